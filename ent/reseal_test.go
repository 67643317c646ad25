package ent

import (
	"slices"
	"testing"

	"entgo.io/ent/schema/field"

	"portico/ent/db/migrate"
)

func TestEverySealedColumnIsResealed(t *testing.T) {
	var listed, bytes []string
	for _, c := range sealedColumns {
		listed = append(listed, c.table+"."+c.column)
	}
	for _, table := range migrate.Tables {
		for _, c := range table.Columns {
			if c.Type == field.TypeBytes {
				bytes = append(bytes, table.Name+"."+c.Name)
			}
		}
	}
	slices.Sort(listed)
	slices.Sort(bytes)
	if !slices.Equal(listed, bytes) || len(bytes) < 10 {
		t.Errorf("5.7: columns of sealed values: %v; sealed anew: %v", bytes, listed)
	}
}
