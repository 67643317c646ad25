// Package ent is the door.
package ent

import (
	"database/sql"

	"portico/ent/db"
)

// Open opens.
func Open(s *sql.DB) *db.Client {
	_, _ = s.Exec("PRAGMA x")
	c := db.NewClient()
	c.Order.Create()
	return c
}

// Insert inserts.
func Insert[T any](rows ...*T) {}
