package command_test

import (
	"context"
	"errors"
	"testing"

	"portico/authz"
	"portico/clause"
	"portico/ent/db"
	"portico/portal/kernel/command"
	"portico/portaltest"
)

// newcomer is a payload after which the request goes on as somebody else.
type newcomer struct {
	clause.Answer
	command.Becomes `json:"-"`
	Person          *db.Person
}

// What an answer is stored as gives nobody a principal: grants that were taken away
// since would come back with it.
func TestAStoredAnswerHoldsNoPrincipal(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a := w.Owner("Becoming")
		do := func() *newcomer {
			payload, err := command.Do(command.WithKey(w.As(a), "once"), w.Portal.Store, command.Command{Name: "probe", SignedIn: true},
				func(tx *command.Tx) (*newcomer, error) {
					row, err := tx.Person.Get(tx, a.PersonID)
					return &newcomer{Becomes: command.BecomesAs(tx.Principal()), Person: row}, err
				})
			if err != nil {
				t.Fatal(err)
			}
			return payload
		}
		if first := do(); first.Principal() == nil || first.Principal().ID != a.PersonID {
			t.Errorf("the first answer becomes %v", first.Principal())
		}
		row, err := w.Portal.Store.Read().ActKey.Query().Only(w.System())
		if err != nil || row.Answer == nil || *row.Answer != `{"fields":{"Person":"`+a.PersonID+`"}}` {
			t.Errorf("stored: %v, %v", row, err)
		}
		if again := do(); again.Principal() != nil || again.Person == nil {
			t.Errorf("the second answer becomes %v", again.Principal())
		}
	})
}

// A command that asks for somebody signed in asks its own transaction, not the
// beginning of the request.
func TestASessionThatEndedMeanwhileDoesNothing(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a := w.Owner("Ended")
		ctx := w.As(a)
		do := func(ctx context.Context) error {
			_, err := command.Do(ctx, w.Portal.Store, command.Command{Name: "probe", SignedIn: true},
				func(tx *command.Tx) (bool, error) { return true, nil })
			return err
		}
		if err := do(ctx); err != nil {
			t.Errorf("while it lasts: %v", err)
		}
		w.Done(a, `mutation { signOut(input: {}) { userErrors { code } } }`, nil)
		if err := do(ctx); !errors.Is(err, clause.Unauthenticated) {
			t.Errorf("once it has ended: %v", err)
		}
		if err := do(authz.With(ctx, authz.AsSystem("probe"))); err != nil {
			t.Errorf("the system: %v", err)
		}
	})
}
