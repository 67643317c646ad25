// Package address reads, seals, opens and looks up the numbers and e-mail
// addresses that people are reached at.
package address

import (
	"net/mail"
	"strings"
	"unicode"

	"github.com/nyaruka/phonenumbers"

	"portico/text"
)

// The domains of the blind indexes, and the columns that are sealed.
const (
	phoneColumn = "person.phone"
	emailColumn = "person.email"
)

// NormalPhone is a mobile number in E.164 (1.1); without a country code it is
// taken for one of mainland China. False if it is no valid number, or one that
// gets no short messages, or an extension.
func NormalPhone(s string) (string, bool) {
	s = text.Plain(s)
	if len(s) > longestPhone || strings.ContainsFunc(s, unicode.IsLetter) {
		return "", false
	}
	n, err := phonenumbers.Parse(s, "CN")
	if err != nil || n.GetExtension() != "" || !phonenumbers.IsValidNumber(n) {
		return "", false
	}
	switch phonenumbers.GetNumberType(n) {
	case phonenumbers.MOBILE, phonenumbers.FIXED_LINE_OR_MOBILE:
		return phonenumbers.Format(n, phonenumbers.E164), true
	}
	return "", false
}

// longestPhone bounds what is parsed as a number, in bytes.
const longestPhone = 40

// NormalEmail is an address folded and in lower case, at most 254 bytes. False
// if it is none.
func NormalEmail(s string) (string, bool) {
	s = strings.ToLower(text.Plain(s))
	a, err := mail.ParseAddress(s)
	if err != nil || a.Address != s || len(s) > 254 {
		return "", false
	}
	_, domain, _ := strings.Cut(s, "@")
	if !strings.Contains(domain, ".") || strings.ContainsAny(s, " \t\"") || isLiteral(domain) {
		return "", false
	}
	return s, true
}

// isLiteral reports whether the domain of an address is a machine's number
// instead of a name: in brackets, or as it stands.
func isLiteral(domain string) bool {
	last := domain[strings.LastIndexByte(domain, '.')+1:]
	return strings.ContainsAny(domain, "[]:") || strings.Trim(last, "0123456789") == ""
}
