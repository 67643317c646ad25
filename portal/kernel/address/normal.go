// Package address reads, seals, opens and looks up the phone numbers and e-mail
// addresses of persons.
package address

import (
	"net/mail"
	"strings"
	"unicode"

	"github.com/nyaruka/phonenumbers"

	"portico/text"
)

// The sealed columns, which are also the domains of their blind indexes.
const (
	phoneColumn = "person.phone"
	emailColumn = "person.email"
)

// NormalPhone returns a mobile number in E.164 (1.1). A number without a
// country code is read as one of mainland China. It returns false for an
// invalid number, one that gets no short messages, and one with an extension.
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

// NormalEmail returns an e-mail address, folded and in lower case, of at most
// 254 bytes. It returns false for anything else.
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

// isLiteral reports whether the domain of an address is an IP address, with or
// without brackets, instead of a name.
func isLiteral(domain string) bool {
	last := domain[strings.LastIndexByte(domain, '.')+1:]
	return strings.ContainsAny(domain, "[]:") || strings.Trim(last, "0123456789") == ""
}
