package identity

import (
	"strings"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

const openBrackets, closeBrackets = "([{<〈《「『【〔〖〘〚⟨❨", ")]}>〉》」』】〕〗〙〛⟩❩"

// FoldName makes names comparable (3.5, 3.9): NFKC, without spaces and
// invisible characters, every bracket round, case folded. Two names are the
// same holder's when they fold to the same text, unless that is empty.
func FoldName(name string) string {
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
