// Package demo holds the demonstration catalogue of a provider that doesn't
// exist, Portico Communications. The sandbox loads it; a provider publishes
// its own.
package demo

import (
	_ "embed"

	"portico/portal/offer/catalog"
)

//go:embed catalogue.json
var text []byte

// Catalogue returns the demonstration catalogue (2.1). The file is part of
// the program; a mistake in it panics.
func Catalogue() catalog.Document {
	d, err := catalog.ReadDocument(text)
	if err != nil {
		panic("demo: " + err.Error())
	}
	return d
}
