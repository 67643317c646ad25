package statement

import (
	"portico/ent"
	"portico/ent/db/attempt"
)

// CountAttempt moves the counter of a subject on by one turn, or makes it at its
// first: for the rest of the transaction its row is the caller's. What it did last
// is at tx.Wall, where moved says so and at its first turn. For unit identity; the
// rows are of no account.
func CountAttempt(tx *ent.Tx, subject string, moved bool) error {
	c := counted{table: attempt.Table, key: attempt.FieldSubject, count: attempt.FieldTurn,
		columns: []string{attempt.FieldID, attempt.FieldSubject, attempt.FieldFailures, attempt.FieldTurn, attempt.FieldLastAt},
		values:  []any{attempt.DefaultID(), subject, attempt.DefaultFailures, 1, tx.Wall}}
	if moved {
		c.also = []string{attempt.FieldLastAt}
	}
	return c.insertOrCount(tx)
}
