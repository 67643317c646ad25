package identity

import (
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/attempt"
)

// turn locks the counter of a subject for the rest of the transaction: every
// flow that counts the same subject waits here, or is rerun.
func turn(tx *ent.Tx, kind, value string) (*db.Attempt, error) {
	subject := tx.Store().Index("attempt."+kind, value)
	n, err := tx.Attempt.Update().Where(attempt.Subject(subject)).AddTurn(1).SetLastAt(tx.Wall).Save(tx)
	if err != nil {
		return nil, err
	}
	if n == 0 {
		err := tx.Attempt.Create().SetSubject(subject).SetLastAt(tx.Wall).SetTurn(1).Exec(tx)
		if ent.IsDuplicate(err) {
			return nil, ent.ErrStale
		}
		if err != nil {
			return nil, err
		}
	}
	return tx.Attempt.Query().Where(attempt.Subject(subject)).Only(tx)
}
