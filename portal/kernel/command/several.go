package command

import (
	"context"
	"encoding/json"
	"errors"

	"portico/authz"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/auditevent"
)

// Done is what the audit states of one of several commands: the account, the
// object, and what changed.
type Done struct {
	AccountID, ObjectID string
	Details             map[string]any
}

// errNotSystem is a mistake of the program: people's commands are decided and
// recorded one by one, by [Do].
var errNotSystem = errors.New("command: several at once, and not by the system")

// DoSeveral runs several commands of the same name as the system, in one
// transaction: all of them or none. Each is an audit event of its own, as with
// [Do]. The function may run again from the beginning after a conflict. If it
// returns an error, nothing was done and nothing is audited, and the caller runs
// the commands one by one, so that a failure is recorded for the one that fails. If
// the commit got no answer ([ent.ErrUnknown]) they may have been done: the
// commands must find this out when they are run again.
func DoSeveral(ctx context.Context, s *ent.Store, name string, f func(tx *ent.Tx) ([]Done, error)) error {
	p := authz.From(ctx)
	if p == nil || p.Kind != authz.System || keyOf(ctx) != "" {
		return errNotSystem
	}
	return s.Write(ctx, func(tx *ent.Tx) error {
		tx.RecordChanges()
		done, err := f(tx)
		if err != nil {
			return err
		}
		events, changes := make([]*db.AuditEvent, len(done)), tx.Changes()
		for i, d := range done {
			text := []byte("{}")
			if len(d.Details) > 0 {
				if text, err = json.Marshal(d.Details); err != nil {
					return err
				}
			}
			changed, err := changesOf(changes, d.AccountID)
			if err != nil {
				return err
			}
			events[i] = &db.AuditEvent{AccountID: d.AccountID, At: tx.Now, ActorKind: auditevent.ActorKind(p.Kind), ActorID: p.ID,
				ActingAs: actingAs(p, d.AccountID), Action: name, ObjectID: short(d.ObjectID), Result: auditevent.ResultDONE,
				IPAddress: p.Address, Agent: p.Agent, CorrelationID: p.Correlation, Details: string(text), Changes: changed, Count: 1}
		}
		return ent.Insert(tx, events...)
	})
}
