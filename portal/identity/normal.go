package identity

import (
	"net/mail"
	"strings"
	"unicode"

	"github.com/nyaruka/phonenumbers"
	"golang.org/x/text/unicode/norm"
)

// The domains of the blind indexes, and the columns that are sealed.
const (
	phoneColumn = "person.phone"
	emailColumn = "person.email"
	codeDomain  = "code"
)

// fold makes one text of the many ways to type it: NFKC (full-width characters
// become plain ones), without what has no width, without space around.
func fold(s string) string {
	s = norm.NFKC.String(s)
	s = strings.Map(func(r rune) rune {
		if unicode.In(r, unicode.Cf, unicode.Cc, unicode.Mn) || r == 0xFEFF {
			return -1
		}
		return r
	}, s)
	return strings.TrimSpace(s)
}

// NormalPhone is a number in E.164; without a country code it is taken for one
// of mainland China. False if it is no possible number.
func NormalPhone(s string) (string, bool) {
	n, err := phonenumbers.Parse(fold(s), "CN")
	if err != nil || !phonenumbers.IsValidNumber(n) {
		return "", false
	}
	return phonenumbers.Format(n, phonenumbers.E164), true
}

// NormalEmail is an address folded and in lower case, at most 254 bytes. False
// if it is none.
func NormalEmail(s string) (string, bool) {
	s = strings.ToLower(fold(s))
	a, err := mail.ParseAddress(s)
	if err != nil || a.Address != s || len(s) > 254 {
		return "", false
	}
	_, domain, _ := strings.Cut(s, "@")
	if !strings.Contains(domain, ".") || strings.ContainsAny(s, " \t\"") {
		return "", false
	}
	return s, true
}

// NormalName is a human name or title: folded, inner space single, 1 to limit
// characters.
func NormalName(s string, limit int) (string, bool) {
	s = strings.Join(strings.Fields(fold(s)), " ")
	n := len([]rune(s))
	return s, n > 0 && n <= limit
}
