package ent

import (
	"entgo.io/ent/dialect/sql/schema"

	"portico/ent/db/migrate"
)

// Tables are the tables that ent/schema asks for, with ids in ASCII like the
// references to them (ent leaves the collation of a primary key to the table).
func Tables() []*schema.Table {
	for _, t := range migrate.Tables {
		for _, c := range t.PrimaryKey {
			c.Collation = "ascii_bin"
		}
	}
	return migrate.Tables
}
