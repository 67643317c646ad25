package identity

import (
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/attempt"
)

// turn locks the counter of a subject for the rest of the transaction: every
// flow that counts the same subject waits here, or is rerun. The work is the
// same whether or not the subject was met before.
func turn(tx *ent.Tx, kind, value string) (*db.Attempt, error) {
	subject := tx.Store().Index("attempt."+kind, value)
	err := tx.Attempt.Create().SetSubject(subject).SetLastAt(tx.Wall).SetTurn(1).
		OnConflictColumns(attempt.FieldSubject).AddTurn(1).SetLastAt(tx.Wall).Exec(tx)
	if err != nil {
		return nil, err
	}
	return tx.Attempt.Query().Where(attempt.Subject(subject)).Only(tx)
}
