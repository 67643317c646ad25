package payment

import (
	"crypto/rand"
	"regexp"
	"strings"

	"portico/text"
)

// A payment reference is what a payer quotes and a channel carries: two letters
// and twelve characters (60 bits) that can't be mistaken for one another.
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

// quoted finds the reference in what a payer wrote on a transfer, full-width or
// spaced as it may be; empty if there is none.
func quoted(remark string) string {
	s := strings.ToUpper(text.Plain(remark))
	if found := referenceWithin.FindString(s); found != "" {
		return found
	}
	return referenceWithin.FindString(strings.Join(strings.Fields(s), ""))
}
