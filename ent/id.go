package ent

import (
	"strings"

	"github.com/oklog/ulid/v2"

	"portico/ent/db"
)

// longestID is the width of columns that hold ids.
const longestID = 40

// TypeOf returns the type of a node from the prefix of its id. It returns ""
// for an unknown prefix and for a text that can't be an id, since MariaDB
// doesn't compare such characters with an id.
func TypeOf(id string) string {
	prefix, unique, ok := strings.Cut(id, "_")
	if !ok || len(id) > longestID || strings.ContainsFunc(unique, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return ""
	}
	return db.Prefixes[prefix]
}

// NewID returns a new id with a prefix. Ids are unique and sort by the time at
// which they were made.
func NewID(prefix string) string { return prefix + "_" + ulid.Make().String() }
