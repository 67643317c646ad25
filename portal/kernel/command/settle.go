package command

import (
	"context"
	"errors"

	"portico/authz"
	"portico/ent"
	"portico/ent/db/auditevent"
)

// errCommitted ends a rerun of a command that was committed before.
var errCommitted = errors.New("command: it was committed before")

// settled runs a command's transaction. Where its commit wasn't answered (the
// connection or the node was lost), it finds out by the command's audit event
// whether it was done, and runs it again where it wasn't: the event has the same
// id at each run, so that it is done once whatever becomes of the first commit.
// Keep remembers the answer of the run before; what it returns brings it back.
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
		if err := run(tx); ent.IsDuplicate(err) { // the first commit was under way
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
