package command_test

import (
	"errors"
	"testing"

	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/auditevent"
	"portico/portal/kernel/command"
	"portico/portaltest"
)

// 1.2: commands in one transaction are audited one by one, or not done at all.
func TestSeveralCommandsInOneTransaction(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a, b := w.Owner("Several"), w.Owner("Others")
		events := func() []*db.AuditEvent {
			return w.Portal.Store.Read().AuditEvent.Query().Where(auditevent.Action("several")).Order(db.Asc(auditevent.FieldObjectID)).AllX(w.System())
		}
		broken := errors.New("one of them")
		done := []command.Done{{AccountID: a.AccountID, ObjectID: "o1", Details: map[string]any{"n": 1}}, {AccountID: b.AccountID, ObjectID: "o2"}}
		for _, fails := range []error{broken, nil} {
			err := command.DoSeveral(w.System(), w.Portal.Store, "several", func(*ent.Tx) ([]command.Done, error) { return done, fails })
			if !errors.Is(err, fails) || fails != nil && len(events()) != 0 {
				t.Errorf("%v: %v, %d events", fails, err, len(events()))
			}
		}
		// The event is the same as that of a command of its own.
		_, err := command.Do(w.System(), w.Portal.Store, command.Command{Name: "several"}, func(tx *command.Tx) (*probe, error) {
			tx.AuditObject(a.AccountID, "o3")
			tx.AuditDetail("n", 1)
			return nil, nil
		})
		if err != nil {
			t.Fatal(err)
		}
		got := events()
		if len(got) != 3 || got[1].AccountID != b.AccountID || got[1].Details != "{}" {
			t.Fatalf("%v", got)
		}
		alone, together := *got[2], *got[0]
		alone.ID, alone.ObjectID, alone.At = together.ID, together.ObjectID, together.At
		if alone.String() != together.String() {
			t.Errorf("alone    %v\ntogether %v", &alone, &together)
		}
		if err := command.DoSeveral(w.As(a), w.Portal.Store, "several", func(*ent.Tx) ([]command.Done, error) { return done, nil }); err == nil {
			t.Error("a person did several commands at once")
		}
		if err := command.DoSeveral(command.WithKey(w.System(), "k"), w.Portal.Store, "several", func(*ent.Tx) ([]command.Done, error) { return done, nil }); err == nil {
			t.Error("several commands took one key")
		}
	})
}
