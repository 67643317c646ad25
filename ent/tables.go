package ent

import (
	"entgo.io/ent/dialect/sql/schema"

	"portico/ent/db/migrate"
)

// Tables returns the tables that ent/schema declares. Ids are in ASCII, like
// the references to them (ent doesn't set the collation of a primary key).
func Tables() []*schema.Table {
	for _, t := range migrate.Tables {
		for _, c := range t.PrimaryKey {
			c.Collation = "ascii_bin"
		}
	}
	return migrate.Tables
}
