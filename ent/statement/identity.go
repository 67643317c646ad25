package statement

import (
	"portico/ent"
	"portico/ent/db/attempt"
)

// CountAttempt moves the counter of a subject to its next version, or makes it at
// its first: for the rest of the transaction its row is locked for the caller. It
// sets the time of the last attempt to tx.Wall if moved is true or the row is new. For unit identity; the
// rows are of no account.
func CountAttempt(tx *ent.Tx, subject string, moved bool) error {
	c := counted{table: attempt.Table, key: attempt.FieldSubject, count: attempt.FieldVersion,
		columns: []string{attempt.FieldID, attempt.FieldSubject, attempt.FieldFailures, attempt.FieldVersion, attempt.FieldLastAt},
		values:  []any{attempt.DefaultID(), subject, attempt.DefaultFailures, 1, tx.Wall}}
	if moved {
		c.also = []string{attempt.FieldLastAt}
	}
	return c.insertOrCount(tx)
}
