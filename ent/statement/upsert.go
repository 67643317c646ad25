package statement

import (
	"errors"
	"strings"

	"entgo.io/ent/dialect"

	"portico/ent"
)

// errNoPrincipal is a fault of ours: every statement runs for somebody.
var errNoPrincipal = errors.New("statement: a count without a principal")

// onConflict begins, in a dialect, the part of an INSERT that says how the row
// is changed that has the key already; of names what the new row would have in a
// column.
func onConflict(dialectName string, key ...string) (begin string, of func(column string) string) {
	if dialectName == dialect.MySQL {
		return " ON DUPLICATE KEY UPDATE ", func(column string) string { return "VALUES(" + column + ")" }
	}
	return " ON CONFLICT (" + strings.Join(key, ", ") + ") DO UPDATE SET ", func(column string) string { return "excluded." + column }
}

// counted is a row that is inserted, or, where its key is taken, counted in the
// row that has it.
type counted struct {
	table, key, count string
	columns           []string
	values            []any
	// also are the columns that the row takes from the new one.
	also []string
}

// insertOrCount is one statement, so that racers wait for each other, and the work
// is the same whether or not there was a row.
func (c counted) insertOrCount(tx *ent.Tx) error {
	if tx.Principal() == nil {
		return errNoPrincipal
	}
	begin, of := onConflict(tx.Store().Dialect(), c.key)
	var query strings.Builder
	query.WriteString("INSERT INTO " + c.table + " (" + strings.Join(c.columns, ", ") + ") VALUES (?" + strings.Repeat(", ?", len(c.values)-1) + ")" +
		begin + c.count + " = " + c.table + "." + c.count + " + 1")
	for _, column := range c.also {
		query.WriteString(", " + column + " = " + of(column))
	}
	_, err := tx.ExecContext(tx, query.String(), c.values...)
	return err
}
