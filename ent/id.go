package ent

import (
	"strings"

	"github.com/oklog/ulid/v2"

	"portico/ent/db"
)

// TypeOf tells the type of a node by the prefix of its id; "" for none.
func TypeOf(id string) string {
	prefix, _, ok := strings.Cut(id, "_")
	if !ok {
		return ""
	}
	return db.Prefixes[prefix]
}

// NewID makes an id with a prefix: time-ordered, unique.
func NewID(prefix string) string { return prefix + "_" + ulid.Make().String() }
