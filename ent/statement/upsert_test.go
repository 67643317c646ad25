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
	"portico/portal/portaltest"
)

func event(tx *ent.Tx, key string) *db.AuditEventCreate {
	return tx.AuditEvent.Create().SetAccountID("").SetAt(tx.Now).SetActorKind(auditevent.ActorKindVISITOR).SetActorID("").SetActingAs("").
		SetAction("signIn").SetObjectID("o").SetResult(auditevent.ResultREFUSED).SetCode("THROTTLED").SetClause("5.4").
		SetIPAddress("192.0.2.1").SetAgent("a").SetCorrelationID("c").SetDetails("{}").SetOnceKey(key).SetLastAt(tx.Wall)
}

// What is counted at first is the row that ent makes, and then one more of it.
func TestWhatIsCountedIsOneRow(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		s, hour := w.Portal.Store, w.Wall.Now().UTC().Truncate(time.Hour)
		write := func(steps func(tx *ent.Tx) error) {
			t.Helper()
			if err := s.Write(w.System(), steps); err != nil {
				t.Fatal(err)
			}
		}
		var first, later time.Time
		counts := []func(tx *ent.Tx) error{
			func(tx *ent.Tx) error { return statement.CountAttempt(tx, "hand", false) },
			func(tx *ent.Tx) error { return statement.CountAttempt(tx, "moved", true) },
			func(tx *ent.Tx) error { return statement.CountVisit(tx, "hand", hour) },
			func(tx *ent.Tx) error { return statement.CountEvent(tx, event(tx, "hand")) },
		}
		count := func(at *time.Time) {
			write(func(tx *ent.Tx) error {
				*at = tx.Wall
				for _, c := range counts {
					if err := c(tx); err != nil {
						return err
					}
				}
				return nil
			})
		}
		count(&first)
		write(func(tx *ent.Tx) error {
			if err := tx.Attempt.Create().SetSubject("ent").SetTurn(1).SetLastAt(first).Exec(tx); err != nil {
				return err
			}
			if err := tx.VisitorTally.Create().SetSubject("ent").SetHour(hour).SetCount(1).Exec(tx); err != nil {
				return err
			}
			return event(tx, "ent").SetLastAt(first).Exec(tx)
		})
		rows := func(subject string) (*db.Attempt, *db.VisitorTally, *db.AuditEvent) {
			t.Helper()
			a, err := s.Read().Attempt.Query().Where(attempt.Subject(subject)).Only(w.System())
			if err != nil {
				t.Fatal(err)
			}
			if subject == "moved" {
				return a, nil, nil
			}
			v, err := s.Read().VisitorTally.Query().Where(visitortally.Subject(subject)).Only(w.System())
			if err != nil {
				t.Fatal(err)
			}
			e, err := s.Read().AuditEvent.Query().Where(auditevent.OnceKey(subject)).Only(w.System())
			if err != nil {
				t.Fatal(err)
			}
			return a, v, e
		}
		t.Run("the first is as ent makes it", func(t *testing.T) {
			a, v, e := rows("hand")
			byA, byV, byE := rows("ent")
			for _, pair := range [][2]any{{a, byA}, {v, byV}, {e, byE}} {
				if diff := cmp.Diff(pair[1], pair[0], cmpopts.IgnoreUnexported(db.Attempt{}, db.VisitorTally{}, db.AuditEvent{}),
					cmp.FilterPath(func(p cmp.Path) bool {
						name := p.Last().String()
						return name == ".ID" || name == ".Subject" || name == ".OnceKey" || name == ".At"
					}, cmp.Ignore())); diff != "" {
					t.Error(diff)
				}
			}
		})
		w.Wall.Advance(time.Second)
		count(&later)
		t.Run("the second is counted in it, and what it did last is where it belongs", func(t *testing.T) {
			a, v, e := rows("hand")
			moved, _, _ := rows("moved")
			if a.Turn != 2 || !a.LastAt.Equal(first) || moved.Turn != 2 || !moved.LastAt.Equal(later) || v.Count != 2 ||
				e.Count != 2 || e.LastAt == nil || !e.LastAt.Equal(later) {
				t.Errorf("%v %v %v %v, first at %s, later at %s", a, moved, v, e, first, later)
			}
		})
		t.Run("without a principal nothing is counted", func(t *testing.T) {
			write(func(tx *ent.Tx) error {
				nobody := *tx
				nobody.Context = context.Background()
				for _, c := range counts[:3] {
					if c(&nobody) == nil {
						t.Error("it was counted")
					}
				}
				return nil
			})
		})
	})
}

// 9: what is read to be changed is what ent reads, locked or not.
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
