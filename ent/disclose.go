package ent

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"

	"portico/ent/db"
)

// undisclosed are the sealed columns that even their subject isn't shown: who has them
// could act as the subject.
var undisclosed = []string{"messages.body", "messages.code", "messages.token", "second_factors.secret"}

// Disclose returns what a row holds on its subject, by the names of the API: every
// value but hashes, keys of indexes and secrets, with personal data in the clear. The
// caller must know that the reader is the subject.
func (s *Store) Disclose(row db.Node) (map[string]any, error) {
	text, err := json.Marshal(row) // leaves out what is marked as secret or sealed
	if err != nil {
		return nil, err
	}
	var values map[string]any
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&values); err != nil {
		return nil, err
	}
	shown := make(map[string]any, len(values))
	for column, v := range values {
		shown[fieldName(column)] = v
	}
	cols := columnsOf(row)
	for _, c := range sealedColumns {
		if c.table != cols.table || slices.Contains(undisclosed, c.table+"."+c.column) {
			continue
		}
		sealed, _ := plain(reflect.ValueOf(row).Elem().Field(cols.at[c.column]).Interface()).([]byte)
		if len(sealed) == 0 {
			continue
		}
		if shown[fieldName(c.column)], err = s.unsealed(c, sealed); err != nil {
			return nil, fmt.Errorf("ent: %s of %s: %w", c.column, row.NodeID(), err)
		}
	}
	return shown, nil
}

// unsealed opens a value of a sealed column.
func (s *Store) unsealed(c sealedColumn, sealed []byte) (v string, err error) {
	for _, domain := range c.domains {
		if v, err = s.Unseal(domain, sealed); err == nil {
			return v, nil
		}
	}
	return "", err
}
