package statement_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/attempt"
	"portico/ent/db/auditevent"
	"portico/ent/db/visitortally"
	"portico/ent/statement"
	"portico/portaltest"
)

func event(tx *ent.Tx, key string) *db.AuditEvent {
	return &db.AuditEvent{At: tx.Now, ActorKind: auditevent.ActorKindVISITOR, Action: "signIn", ObjectID: "o", Result: auditevent.ResultREFUSED,
		Code: "THROTTLED", Clause: "5.4", IPAddress: "192.0.2.1", Agent: "a", CorrelationID: "c", Details: "{}", OnceKey: &key, Count: 1, LastAt: &tx.Wall}
}

// counters are the statements that count, each with its own key.
func counters(hour time.Time) []func(tx *ent.Tx) error {
	return []func(tx *ent.Tx) error{
		func(tx *ent.Tx) error { return statement.CountAttempt(tx, "hand", false) },
		func(tx *ent.Tx) error { return statement.CountAttempt(tx, "moved", true) },
		func(tx *ent.Tx) error { return statement.CountVisit(tx, "hand", hour) },
		func(tx *ent.Tx) error { return statement.CountEvent(tx, event(tx, "hand")) },
	}
}

// countAll executes each of them in one transaction, and returns the
// transaction's wall time.
func countAll(t *testing.T, w *portaltest.World, hour time.Time) (at time.Time) {
	t.Helper()
	err := w.Portal.Store.Write(w.System(), func(tx *ent.Tx) error {
		at = tx.Wall
		for _, count := range counters(hour) {
			if err := count(tx); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// byEnt stores the rows of one count by ent.
func byEnt(t *testing.T, w *portaltest.World, hour, at time.Time) {
	t.Helper()
	err := w.Portal.Store.Write(w.System(), func(tx *ent.Tx) error {
		if err := tx.Attempt.Create().SetSubject("ent").SetVersion(1).SetLastAt(at).Exec(tx); err != nil {
			return err
		}
		if err := tx.VisitorTally.Create().SetSubject("ent").SetHour(hour).SetCount(1).Exec(tx); err != nil {
			return err
		}
		return tx.AuditEvent.Create().SetAccountID("").SetAt(tx.Now).SetActorKind(auditevent.ActorKindVISITOR).SetActorID("").SetActingAs("").
			SetAction("signIn").SetObjectID("o").SetResult(auditevent.ResultREFUSED).SetCode("THROTTLED").SetClause("5.4").
			SetIPAddress("192.0.2.1").SetAgent("a").SetCorrelationID("c").SetDetails("{}").SetOnceKey("ent").SetLastAt(at).Exec(tx)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// counts returns the rows of a key.
func counts(t *testing.T, w *portaltest.World, key string) (*db.Attempt, *db.VisitorTally, *db.AuditEvent) {
	t.Helper()
	c, ctx := w.Portal.Store.Read(), w.System()
	a, err := c.Attempt.Query().Where(attempt.Subject(key)).Only(ctx)
	if err != nil {
		t.Fatal(err)
	}
	v, err := c.VisitorTally.Query().Where(visitortally.Subject(key)).Only(ctx)
	if err != nil {
		t.Fatal(err)
	}
	e, err := c.AuditEvent.Query().Where(auditevent.OnceKey(key)).Only(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return a, v, e
}

// ownOnly ignores what differs between the rows of two keys.
var ownOnly = cmp.Options{
	cmpopts.IgnoreUnexported(db.Attempt{}, db.VisitorTally{}, db.AuditEvent{}),
	cmpopts.IgnoreFields(db.Attempt{}, "ID", "Subject"), cmpopts.IgnoreFields(db.VisitorTally{}, "ID", "Subject"),
	cmpopts.IgnoreFields(db.AuditEvent{}, "ID", "OnceKey", "At"),
}

// The first count inserts the row that ent would insert, and the next ones
// increment it.
func TestWhatIsCountedIsOneRow(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		hour := w.Wall.Now().UTC().Truncate(time.Hour)
		first := countAll(t, w, hour)
		t.Run("the first is as ent makes it", func(t *testing.T) {
			byEnt(t, w, hour, first)
			a, v, e := counts(t, w, "hand")
			wantA, wantV, wantE := counts(t, w, "ent")
			for _, pair := range [][2]any{{wantA, a}, {wantV, v}, {wantE, e}} {
				if diff := cmp.Diff(pair[0], pair[1], ownOnly); diff != "" {
					t.Error(diff)
				}
			}
		})
		w.Wall.Advance(time.Second)
		later := countAll(t, w, hour)
		t.Run("the second is counted in it, and what it did last is where it belongs", func(t *testing.T) {
			a, v, e := counts(t, w, "hand")
			moved, err := w.Portal.Store.Read().Attempt.Query().Where(attempt.Subject("moved")).Only(w.System())
			if err != nil || a.Version != 2 || !a.LastAt.Equal(first) || moved.Version != 2 || !moved.LastAt.Equal(later) || v.Count != 2 ||
				e.Count != 2 || e.LastAt == nil || !e.LastAt.Equal(later) {
				t.Errorf("%v %v %v %v %v, first at %s, later at %s", a, moved, v, e, err, first, later)
			}
		})
		t.Run("without a principal nothing is counted", func(t *testing.T) {
			err := w.Portal.Store.Write(w.System(), func(tx *ent.Tx) error {
				nobody := *tx
				nobody.Context = context.Background()
				for _, count := range counters(hour)[:3] {
					if count(&nobody) == nil {
						t.Error("it was counted")
					}
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		})
	})
}

// 9: a row that is read for an update equals the row that ent reads, locked or
// not.
func TestForUpdateFindsWhatEntFinds(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		err := w.Portal.Store.Write(w.System(), func(tx *ent.Tx) error {
			if err := statement.CountAttempt(tx, "locked", false); err != nil {
				return err
			}
			want, err := tx.Attempt.Query().Where(attempt.Subject("locked")).OnlyID(tx)
			if err != nil {
				return err
			}
			got, err := tx.Attempt.Query().Where(attempt.Subject("locked"), statement.ForUpdate).Only(tx)
			if err == nil && got.ID != want {
				t.Errorf("%s, want %s", got.ID, want)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}
