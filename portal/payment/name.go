package payment

import (
	"strings"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// maxName is how long a name may be, in characters.
const maxName = 200

const openBrackets, closeBrackets = "([{<〈《「『【〔〖〘〚⟨❨", ")]}>〉》」』】〕〗〙〛⟩❩"

// Fold makes names comparable (3.5): NFKC, without spaces and invisible
// characters, every bracket round, case folded. Two names are the same payer's
// when they fold to the same text, unless that is empty.
func Fold(name string) string {
	folded := strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r), unicode.Is(unicode.Cf, r), unicode.IsControl(r):
			return -1
		case strings.ContainsRune(openBrackets, r):
			return '('
		case strings.ContainsRune(closeBrackets, r):
			return ')'
		}
		return r
	}, norm.NFKC.String(name))
	return norm.NFKC.String(cases.Fold().String(folded))
}

// clip keeps a name that a channel signed within its column.
func clip(name string) string {
	if r := []rune(name); len(r) > maxName {
		return string(r[:maxName])
	}
	return name
}
