package statement

import (
	"errors"
	"strings"

	"entgo.io/ent/dialect"

	"portico/ent"
)

// errNoPrincipal is a programming error: every statement needs a principal.
var errNoPrincipal = errors.New("statement: a count without a principal")

// onConflict returns, for a dialect, the start of the part of an INSERT that
// updates an existing row with the same key. The function of returns the value
// that the new row would have in a column.
func onConflict(dialectName string, key ...string) (begin string, of func(column string) string) {
	if dialectName == dialect.MySQL {
		return " ON DUPLICATE KEY UPDATE ", func(column string) string { return "VALUES(" + column + ")" }
	}
	return " ON CONFLICT (" + strings.Join(key, ", ") + ") DO UPDATE SET ", func(column string) string { return "excluded." + column }
}

// counted is a row that is inserted, or counted in the existing row with the
// same key.
type counted struct {
	table, key, count string
	columns           []string
	values            []any
	// also are the columns that the existing row takes over from the new one.
	also []string
}

// insertOrCount takes one statement. So concurrent transactions wait for each
// other, and the work is the same whether or not the row exists.
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
