// Package text makes one text of the many ways to write it: names as they are
// shown ([Clean]) and as they are compared ([Fold]), what a machine reads
// ([Plain]), and bytes of a known charset ([Decode]). It also tells a name from
// something to call, mail or open ([AddressLike]). Pure functions.
package text

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

const openBrackets, closeBrackets = "([{<〈《「『【〔〖〘〚⟨❨", ")]}>〉》」』】〕〗〙〛⟩❩"

// middleDots are the dots that people, keyboards and registers write between the
// parts of a name, after NFKC.
const middleDots = "\u00b7\u2022\u2027\u2219\u22c5\u2e31\u2e33\u30fb\u16eb\ua78f\U00010101"

// invisible reports whether a character is nothing to see: format characters,
// variation selectors, fillers, controls that are no space.
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

// brailleBlank is seen as a space, though it is a symbol.
const brailleBlank = '\u2800'

// visible drops what can't be seen and makes every space a plain one.
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

// Plain is what a machine reads of a text: NFKC (full-width characters become
// plain ones), without what can't be seen, without space around.
func Plain(s string) string {
	s = visible(strings.ToValidUTF8(s, "\uFFFD"))
	return strings.TrimSpace(visible(norm.NFKC.String(s)))
}

// Clean is a name as it is kept and shown: [Plain] in one line with single
// spaces, but for brackets and other full-width punctuation, which stay as they
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
// registers write and NFKC would change.
func registered(r rune) bool {
	return r >= '\uff01' && r <= '\uff63' && !unicode.IsLetter(r) && !unicode.IsDigit(r)
}

// Fold makes names comparable (3.5, 3.9): two names are the same holder's when
// they fold to the same text, unless that is empty. NFKC, without spaces and what
// can't be seen, every bracket round, every middle dot alike, case folded.
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

// Named reports whether a clean text can be a name of at most so many
// characters: it has a letter or a digit.
func Named(clean string, most int) bool {
	return utf8.RuneCountInString(clean) <= most &&
		strings.ContainsFunc(clean, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) })
}

// Printable reports whether a text is 1 to most printable ASCII characters, as
// references and keys are.
func Printable(s string, most int) bool {
	return s != "" && len(s) <= most && !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' })
}

// Value is what a text that may be missing says; empty if it is.
func Value(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
