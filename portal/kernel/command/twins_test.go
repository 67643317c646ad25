package command_test

import (
	"context"
	"errors"
	"testing"

	"portico/authz"
	"portico/clause"
	"portico/ent/db"
	"portico/ent/db/auditevent"
	"portico/portal/kernel/command"
	"portico/portaltest"
)

// refusal is by a rule, so that it is stored under a key.
var refusal = clause.Invalid.At("n").With("detail", clause.Text{ZH: "零", EN: "zero"})

// A duplicate that ran beside the command and had another outcome, whatever it was,
// gets the command's answer, and leaves nothing.
func TestADuplicateWithAnotherOutcomeGetsTheFirstAnswer(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		if w.Portal.Store.Writers() == 1 {
			return // nothing runs beside a command
		}
		a := w.Verified("Ada")
		for name, outcome := range map[string]error{"was done too": nil, "was refused": refusal, "found nothing": clause.NotFound.At("accountId"),
			"kept what it wrote": command.CommitRefusal(refusal), "broke": errBroken} {
			t.Run("5.4: a duplicate that "+name, func(t *testing.T) {
				ctx := command.WithKey(w.As(a), name)
				made, done, refused, failed := probes(t, w, a.AccountID), len(events(t, w, auditevent.ResultDONE)), len(events(t, w, auditevent.ResultREFUSED)), len(events(t, w, auditevent.ResultFAILED))
				var first *probe
				again, err := beside(ctx, w, a.AccountID, func() error {
					var err error
					if first == nil {
						first, err = create(ctx, w, a.AccountID, "one", nil)
					}
					return errors.Join(err, outcome)
				})
				if err != nil || first == nil || again.Application.ID != first.Application.ID {
					t.Fatalf("%v %v %v", first, again, err)
				}
				if n := probes(t, w, a.AccountID) - made; n != 1 {
					t.Errorf("%d were made", n)
				}
				if len(events(t, w, auditevent.ResultDONE))-done != 1 || len(events(t, w, auditevent.ResultREFUSED)) != refused || len(events(t, w, auditevent.ResultFAILED)) != failed {
					t.Error("the duplicate was recorded")
				}
			})
		}
	})
}

// beside runs the command of [create] with what happens in its middle.
func beside(ctx context.Context, w *portaltest.World, accountID string, meanwhile func() error) (*probe, error) {
	return command.Do(ctx, w.Portal.Store, command.Command{Name: "probe", Permission: authz.ApplicationCreate, Object: accountID, Field: "accountId", Input: "one"},
		func(tx *command.Tx) (*probe, error) {
			if err := meanwhile(); err != nil {
				return nil, err
			}
			return &probe{Application: &db.Application{ID: "appl_other"}}, nil
		})
}

// A command that is refused after it has written runs again from the beginning, so
// that all of it can be undone; later ones return to a savepoint.
func TestWhatARefusedCommandWroteIsUndone(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a := w.Verified("Ada")
		for i, runs := range []int{2, 1, 1} {
			n, events := 0, func() int { return len(events(t, w, auditevent.ResultREFUSED)) }
			before := events()
			_, err := command.Do(w.As(a), w.Portal.Store, command.Command{Name: "probe", Permission: authz.AccountUpdate, Object: a.AccountID, Field: "accountId"},
				func(tx *command.Tx) (*probe, error) {
					n++
					if err := tx.Account.UpdateOneID(a.AccountID).SetName("Undone").Exec(tx); err != nil {
						return nil, err
					}
					return nil, refusal
				})
			if !errors.Is(err, clause.Invalid) || n != runs || events()-before != 1 {
				t.Errorf("%d: %v after %d runs, %d events", i, err, n, events()-before)
			}
			if row, err := w.Portal.Store.Read().Account.Get(w.System(), a.AccountID); err != nil || row.Name == "Undone" {
				t.Errorf("%v %v", row, err)
			}
		}
	})
}
