package ent

import (
	"strings"

	"github.com/oklog/ulid/v2"

	"portico/ent/db"
)

// longestID is the width of the columns that hold ids.
const longestID = 40

// TypeOf tells the type of a node by the prefix of its id; "" for none, and for
// what can't be an id: MariaDB doesn't compare other characters with one.
func TypeOf(id string) string {
	prefix, unique, ok := strings.Cut(id, "_")
	if !ok || len(id) > longestID || strings.ContainsFunc(unique, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return ""
	}
	return db.Prefixes[prefix]
}

// NewID makes an id with a prefix: time-ordered, unique.
func NewID(prefix string) string { return prefix + "_" + ulid.Make().String() }
