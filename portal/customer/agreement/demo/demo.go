// Package demo holds the demonstration agreement: the service terms and the
// privacy policy of a provider that doesn't exist, Portico Communications.
// The sandbox loads it; a provider publishes its own.
package demo

import (
	"embed"

	"portico/portal/customer/agreement"
)

//go:embed *.md
var folder embed.FS

// Documents returns the demonstration agreement: the service terms, accepted
// by conduct after an amendment, and the privacy policy, which asks for an
// explicit acceptance (clause 0). The files are part of the program; a mistake
// in them panics.
func Documents() []agreement.Document {
	docs, err := agreement.ReadDocuments(folder)
	if err != nil {
		panic("demo: " + err.Error())
	}
	return docs
}
