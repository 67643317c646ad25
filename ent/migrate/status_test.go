package migrate_test

import (
	"database/sql/driver"
	"errors"
	"slices"
	"strings"
	"testing"

	"portico/ent"
)

// status returns the names of the applied and of the waiting migrations, and
// the whole status.
func status(t *testing.T, s *ent.Store) (applied, waiting []string, all ent.MigrationStatus) {
	t.Helper()
	all, err := s.MigrationStatus(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range all.Applied {
		applied = append(applied, a.Name)
	}
	return applied, all.Waiting, all
}

// halfDone checks the status after the kill: before and after the dead
// process's lease has expired, and as another release reports it.
func halfDone(t *testing.T, database string, s *ent.Store) {
	t.Helper()
	_, _, all := status(t, s)
	want := ent.HalfDoneMigration{Name: "0002_more", Statement: 3, Of: 6, SQL: "ALTER TABLE other ADD COLUMN b int NULL;"}
	if all.HalfDone == nil || *all.HalfDone != want || !all.Running {
		t.Errorf("%+v of %+v", all.HalfDone, all)
	}
	run(t, beside(t, database), "UPDATE portico_migrator SET until_at = UTC_TIMESTAMP(6) - INTERVAL 1 SECOND")
	if _, _, all := status(t, s); all.Running {
		t.Error("a process whose lease has ended migrates")
	}
	other := process(t, database, nil, folder(map[string]string{"0002_more": "CREATE TABLE c (id int);\n"}))
	if _, _, all := status(t, other); !all.HalfDone.Changed || all.HalfDone.Of != 0 || !all.Applied[0].Unknown {
		t.Errorf("of another release: %+v of %+v", all.HalfDone, all)
	}
}

func TestTheStatusOfMigrations(t *testing.T) {
	t.Parallel()
	for _, e := range engines {
		t.Run(e, func(t *testing.T) {
			t.Parallel()
			database := empty(t, e)
			s := process(t, database, nil, counting)
			t.Run("9: of a database that was never migrated all wait", func(t *testing.T) {
				applied, waiting, all := status(t, s)
				if len(applied) > 0 || !slices.Equal(waiting, []string{"0001_first", "0002_more"}) || all.HalfDone != nil || all.Running {
					t.Errorf("%+v", all)
				}
			})
			c := &cutter{at: func(call string, _ []driver.NamedValue, after bool) bool {
				return after && strings.HasPrefix(call, "ALTER TABLE other ADD COLUMN b")
			}}
			if _, err := process(t, database, c, counting).Migrate(t.Context()); !errors.Is(err, errCut) {
				t.Fatal(err)
			}
			t.Run("9: one that was killed is half done at its statement, or wholly undone on SQLite", func(t *testing.T) {
				applied, waiting, all := status(t, s)
				if !slices.Equal(applied, []string{"0001_first"}) || !slices.Equal(waiting, []string{"0002_more"}) || all.Applied[0].At != "2026-03-02T02:00:00Z" {
					t.Errorf("%+v", all)
				}
				if e == "sqlite" {
					if all.HalfDone != nil {
						t.Errorf("%+v", all.HalfDone)
					}
					return
				}
				halfDone(t, database, s)
			})
			t.Run("9: run again, all are applied", func(t *testing.T) {
				if _, err := s.Migrate(t.Context()); err != nil {
					t.Fatal(err)
				}
				applied, waiting, all := status(t, s)
				if len(applied) != 2 || len(waiting) > 0 || all.HalfDone != nil || all.Running {
					t.Errorf("%+v", all)
				}
			})
			t.Run("9: one with another text is reported", func(t *testing.T) {
				_, _, all := status(t, process(t, database, nil, folder(map[string]string{"0001_first": "CREATE TABLE a (id int);\n"})))
				if !all.Applied[0].Changed || !all.Applied[1].Unknown {
					t.Errorf("%+v", all)
				}
			})
		})
	}
}
