package payment

import (
	"crypto/rand"
	"regexp"
	"strings"

	"portico/text"
)

// A payment reference is quoted by the payer and carried by the channel: two
// letters and twelve characters (60 bits) that can't be confused with one
// another.
const (
	referencePrefix   = "PT"
	referenceAlphabet = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
	referenceLength   = 12
)

var referenceWithin = regexp.MustCompile(referencePrefix + "[2-9A-HJ-NP-Z]{12}")

func newReference() string {
	b := make([]byte, referenceLength)
	_, _ = rand.Read(b)
	for i := range b {
		b[i] = referenceAlphabet[int(b[i])%len(referenceAlphabet)]
	}
	return referencePrefix + string(b)
}

// quoted finds the reference in the remark of a transfer, which may be in
// full-width characters or contain spaces; empty if there is none.
func quoted(remark string) string {
	s := strings.ToUpper(text.Plain(remark))
	if found := referenceWithin.FindString(s); found != "" {
		return found
	}
	return referenceWithin.FindString(strings.Join(strings.Fields(s), ""))
}
