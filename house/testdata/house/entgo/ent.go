// Package ent stands for the library.
package ent

// Schema is embedded in entities.
type Schema struct{}
