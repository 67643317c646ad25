// Package text normalises text: names as they are shown ([Clean]) and compared
// ([Fold]), text for machines ([Plain]), and bytes of a known charset
// ([Decode]). It also detects text that is something to call, mail or open
// instead of a name ([AddressLike]). All functions are pure.
package text

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

const openBrackets, closeBrackets = "([{<〈《「『【〔〖〘〚⟨❨", ")]}>〉》」』】〕〗〙〛⟩❩"

// middleDots lists the dots that are written between the parts of a name by
// people, keyboards and registers, after NFKC.
const middleDots = "\u00b7\u2022\u2027\u2219\u22c5\u2e31\u2e33\u30fb\u16eb\ua78f\U00010101"

// invisible reports whether a character can't be seen: format characters,
// variation selectors, fillers, and controls that aren't spaces.
func invisible(r rune) bool {
	switch {
	case unicode.Is(unicode.Prepended_Concatenation_Mark, r):
		return false
	case unicode.In(r, unicode.Cf, unicode.Co, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point), r == '\u180f':
		return true
	}
	return unicode.IsControl(r) && !unicode.IsSpace(r)
}

// blank reports whether a character is a space of any kind.
func blank(r rune) bool { return unicode.IsSpace(r) || r == brailleBlank }

// brailleBlank looks like a space, although it is a symbol.
const brailleBlank = '\u2800'

// visible removes invisible characters and replaces every kind of space by a
// plain one.
func visible(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case blank(r):
			return ' '
		case invisible(r):
			return -1
		}
		return r
	}, s)
}

// Plain returns a text for machines: in NFKC (full-width characters become
// plain ones), without invisible characters, and without surrounding space.
func Plain(s string) string {
	s = visible(strings.ToValidUTF8(s, "\uFFFD"))
	return strings.TrimSpace(visible(norm.NFKC.String(s)))
}

// Clean returns a name as it is stored and shown: like [Plain], but in one line
// with single spaces. Brackets and other full-width punctuation stay as they
// are registered.
func Clean(s string) string {
	s = visible(strings.ToValidUTF8(s, "\uFFFD"))
	var b strings.Builder
	for s != "" {
		end := strings.IndexFunc(s, registered)
		if end < 0 {
			end = len(s)
		}
		b.WriteString(norm.NFKC.String(s[:end]))
		if s = s[end:]; s != "" {
			_, size := utf8.DecodeRuneInString(s)
			b.WriteString(s[:size])
			s = s[size:]
		}
	}
	return strings.Join(strings.Fields(visible(b.String())), " ")
}

// registered reports whether a character is full-width punctuation, which
// registers use and NFKC would change.
func registered(r rune) bool {
	return r >= '\uff01' && r <= '\uff63' && !unicode.IsLetter(r) && !unicode.IsDigit(r)
}

// Fold makes names comparable (3.5, 3.9): two names belong to the same holder
// if they fold to the same text and that text isn't empty. The result is in
// NFKC and case-folded, without spaces and invisible characters; all brackets
// become round ones, and all middle dots become the same.
func Fold(name string) string {
	folded := strings.Map(func(r rune) rune {
		switch {
		case r == ' ':
			return -1
		case strings.ContainsRune(openBrackets, r):
			return '('
		case strings.ContainsRune(closeBrackets, r):
			return ')'
		case strings.ContainsRune(middleDots, r):
			return '·'
		}
		return r
	}, Plain(name))
	return norm.NFKC.String(cases.Fold().String(folded))
}

// Named reports whether a clean text can be a name of at most the given number
// of characters: it must contain a letter or a digit.
func Named(clean string, most int) bool {
	return utf8.RuneCountInString(clean) <= most &&
		strings.ContainsFunc(clean, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) })
}

// Printable reports whether a text consists of 1 to most printable ASCII
// characters, as references and keys do.
func Printable(s string, most int) bool {
	return s != "" && len(s) <= most && !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' })
}

// Value returns the text that s points to, or an empty text if s is nil.
func Value(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
