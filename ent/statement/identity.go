package statement

import (
	"portico/ent"
	"portico/ent/db/attempt"
)

// CountAttempt moves the counter of a subject to its next version, or creates it.
// The caller holds its row for the rest of the transaction. The time of the last
// attempt is set to tx.Wall if moved is true, and on the first attempt. Only unit
// identity may call it. The rows belong to no account.
func CountAttempt(tx *ent.Tx, subject string, moved bool) error {
	c := counted{table: attempt.Table, key: attempt.FieldSubject, count: attempt.FieldVersion,
		columns: []string{attempt.FieldID, attempt.FieldSubject, attempt.FieldFailures, attempt.FieldVersion, attempt.FieldLastAt},
		values:  []any{attempt.DefaultID(), subject, attempt.DefaultFailures, 1, tx.Wall}}
	if moved {
		c.also = []string{attempt.FieldLastAt}
	}
	return c.insertOrCount(tx)
}
