package command

import (
	"context"
	"errors"
	"sync"

	"portico/authz"
	"portico/ent"
	"portico/ent/db/auditevent"
)

// errCommitted ends the second run of a command that was committed before.
var errCommitted = errors.New("command: already committed")

// errUnmarked ends the run of a command that was refused after it had written, and
// has no savepoint to return to.
var errUnmarked = errors.New("command: refused after it had written")

// late holds the names of the commands that were refused after they had written.
var late = ent.Keep(func(*ent.Store) *sync.Map { return new(sync.Map) })

// undoable runs a command's transaction. Few commands are refused after they have
// written, so a savepoint would mostly be set in vain: such a command is run anew
// with one, and from then on always.
func undoable(ctx context.Context, s *ent.Store, name string, run func(tx *ent.Tx, marked bool) error) error {
	names := late.Of(s)
	_, marked := names.Load(name)
	err := s.Write(ctx, func(tx *ent.Tx) error { return run(tx, marked) })
	if !errors.Is(err, errUnmarked) {
		return err
	}
	names.Store(name, nil)
	return s.Write(ctx, func(tx *ent.Tx) error { return run(tx, true) })
}

// settled runs a command's transaction. If its commit got no answer (the
// connection or the node was lost), the command's audit event shows whether it
// was done, and if not, the transaction runs again. The event has the same id
// at each run, so the command is done once, regardless of the first commit.
// Keep saves the answer of the first run; the function that it returns restores
// it.
func settled(ctx context.Context, s *ent.Store, c Command, keep func() (restore func()), run func(tx *ent.Tx, marked bool) error) error {
	err := undoable(ctx, s, c.Name, run)
	if !errors.Is(err, ent.ErrUnknown) {
		return err
	}
	restore := keep()
	err = undoable(ctx, s, c.Name, func(tx *ent.Tx, marked bool) error {
		done, err := tx.AuditEvent.Query().Where(auditevent.ID(c.event)).Exist(authz.With(tx, authz.AsSystem("commit")))
		if err != nil {
			return err
		}
		if done {
			return errCommitted
		}
		if err := run(tx, marked); ent.IsDuplicate(err) { // the first commit was still in progress
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
