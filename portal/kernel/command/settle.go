package command

import (
	"context"
	"errors"

	"portico/authz"
	"portico/ent"
	"portico/ent/db/auditevent"
)

// errCommitted ends the second run of a command that was committed before.
var errCommitted = errors.New("command: already committed")

// settled runs a command's transaction. If its commit got no answer (the
// connection or the node was lost), the command's audit event shows whether it
// was done, and if not, the transaction runs again. The event has the same id
// at each run, so the command is done once, regardless of the first commit.
// Keep saves the answer of the first run; the function that it returns restores
// it.
func settled(ctx context.Context, s *ent.Store, event string, keep func() (restore func()), run func(tx *ent.Tx) error) error {
	err := s.Write(ctx, run)
	if !errors.Is(err, ent.ErrUnknown) {
		return err
	}
	restore := keep()
	err = s.Write(ctx, func(tx *ent.Tx) error {
		done, err := tx.AuditEvent.Query().Where(auditevent.ID(event)).Exist(authz.With(tx, authz.AsSystem("commit")))
		if err != nil {
			return err
		}
		if done {
			return errCommitted
		}
		if err := run(tx); ent.IsDuplicate(err) { // the first commit was still in progress
			return ent.ErrStale
		} else if err != nil {
			return err
		}
		return nil
	})
	if errors.Is(err, errCommitted) {
		restore()
		return nil
	}
	return err
}
