package ent_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"ariga.io/atlas/sql/migrate"
	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"
	"entgo.io/ent/dialect/sql/schema"
	"entgo.io/ent/schema/field"
	"github.com/go-sql-driver/mysql"

	"portico/authz"
	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/application"
	"portico/portaltest"
)

func TestATransactionIsRerunAfterAConflict(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		s := w.Portal.Store
		name := func(tx *ent.Tx) error {
			return tx.Lease.Create().SetJob("j").SetHolder("h").SetUntilAt(tx.Wall).Exec(tx)
		}
		for label, conflict := range map[string]error{"stale": ent.ErrStale, "deadlock": &mysql.MySQLError{Number: 1213}, "lock wait": &mysql.MySQLError{Number: 1205},
			"snapshot": &mysql.MySQLError{Number: 1020}, "node not ready": &mysql.MySQLError{Number: 1047}} {
			t.Run(label+": all of it again, and nothing of the first run is left", func(t *testing.T) {
				runs := 0
				err := s.Write(w.System(), func(tx *ent.Tx) error {
					runs++
					if n, err := tx.Lease.Query().Count(tx); err != nil || n != 0 {
						t.Errorf("%d %v", n, err)
					}
					if err := name(tx); err != nil {
						return err
					}
					if runs < 3 {
						return conflict
					}
					_, err := tx.Lease.Delete().Exec(tx)
					return err
				})
				if err != nil || runs != 3 {
					t.Errorf("%d runs, %v", runs, err)
				}
			})
		}
		t.Run("it is given up after twelve runs", func(t *testing.T) {
			runs := 0
			err := s.Write(w.System(), func(*ent.Tx) error { runs++; return ent.ErrStale })
			if !errors.Is(err, ent.ErrStale) || runs != 12 {
				t.Errorf("%d runs, %v", runs, err)
			}
		})
		t.Run("what is no conflict is not rerun", func(t *testing.T) {
			runs, no := 0, errors.New("no")
			if err := s.Write(w.System(), func(*ent.Tx) error { runs++; return no }); !errors.Is(err, no) || runs != 1 {
				t.Errorf("%d runs, %v", runs, err)
			}
		})
	})
}

func TestATransactionIsOneAndHasOneInstant(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		s := w.Portal.Store
		name := func(tx *ent.Tx) error {
			return tx.Lease.Create().SetJob("j").SetHolder("h").SetUntilAt(tx.Wall).Exec(tx)
		}
		t.Run("a panic rolls back, and the next transaction goes on", func(t *testing.T) {
			func() {
				defer func() { _ = recover() }()
				_ = s.Write(w.System(), func(tx *ent.Tx) error {
					if err := name(tx); err != nil {
						return err
					}
					panic("broken")
				})
			}()
			if n, err := s.Read().Lease.Query().Count(w.System()); err != nil || n != 0 {
				t.Errorf("%d %v", n, err)
			}
		})
		t.Run("a transaction within a transaction is an error", func(t *testing.T) {
			err := s.Write(w.System(), func(tx *ent.Tx) error { return s.Write(tx, func(*ent.Tx) error { return nil }) })
			if err == nil {
				t.Error("it was run")
			}
		})
		t.Run("a transaction has one instant, even if the clock moves", func(t *testing.T) {
			err := s.Write(w.System(), func(tx *ent.Tx) error {
				now, wall := tx.Now, tx.Wall
				w.Wall.Advance(time.Second)
				if !tx.Now.Equal(now) || !tx.Wall.Equal(wall) || !tx.Within("acct_x").Now.Equal(now) {
					t.Error("it moved")
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		})
	})
}

func TestTimesAreStoredInUTCAndWholeMicroseconds(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		given := time.Date(2026, 3, 2, 8, 30, 0, 123_456_999, time.FixedZone("CST", 8*3600))
		want := time.Date(2026, 3, 2, 0, 30, 0, 123_456_000, time.UTC)
		err := w.Portal.Store.Write(w.System(), func(tx *ent.Tx) error {
			return tx.Lease.Create().SetJob("j").SetHolder("h").SetUntilAt(given).Exec(tx)
		})
		if err != nil {
			t.Fatal(err)
		}
		row, err := w.Portal.Store.Read().Lease.Query().Only(w.System())
		if err != nil {
			t.Fatal(err)
		}
		if _, offset := row.UntilAt.Zone(); offset != 0 || !row.UntilAt.Equal(want) {
			t.Errorf("%v, want %v", row.UntilAt, want)
		}
	})
}

func create(tx *ent.Tx, account string) error {
	return tx.Application.Create().SetAccountID(account).SetName("x").SetKind("SOCIAL").SetRegion(application.RegionMAINLAND).
		SetStatus(application.StatusACTIVE).SetCreatedAt(tx.Now).Exec(tx)
}

func TestTenancy(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a, b := w.Verified("Ada"), w.Verified("Bea")
		mine, theirs := w.Application(a, "MAINLAND"), w.Application(b, "MAINLAND")
		s, ctx := w.Portal.Store, w.As(a)
		t.Run("1.4: a query sees one's own rows alone", func(t *testing.T) {
			ids, err := s.Read().Application.Query().IDs(ctx)
			if err != nil || !slices.Equal(ids, []string{mine}) {
				t.Errorf("%v %v", ids, err)
			}
			if _, err := s.Read().Application.Get(ctx, theirs); !db.IsNotFound(err) {
				t.Errorf("%v", err)
			}
			if n, err := s.Read().Account.Query().Count(ctx); err != nil || n != 1 {
				t.Errorf("%d %v", n, err)
			}
		})
		t.Run("1.4: a foreign row is neither changed nor deleted, in bulk or by its id", func(t *testing.T) {
			err := s.Write(ctx, func(tx *ent.Tx) error {
				if n, err := tx.Application.Update().SetName("taken").Save(tx); err != nil || n != 1 {
					t.Errorf("%d %v", n, err)
				}
				if err := tx.Application.UpdateOneID(theirs).SetName("taken").Exec(tx); !db.IsNotFound(err) {
					t.Errorf("%v", err)
				}
				if n, err := tx.Application.Delete().Where(application.ID(theirs)).Exec(tx); err != nil || n != 0 {
					t.Errorf("%d %v", n, err)
				}
				return nil
			})
			if row, e := s.Read().Application.Get(w.System(), theirs); err != nil || e != nil || row.Name == "taken" {
				t.Errorf("%v %v %v", row, err, e)
			}
		})
		t.Run("1.4: a row for another's account is refused as if it weren't there", func(t *testing.T) {
			for _, id := range []string{b.AccountID, "", "acct_none"} {
				if err := s.Write(ctx, func(tx *ent.Tx) error { return create(tx, id) }); !errors.Is(err, clause.NotFound) {
					t.Errorf("%q: %v", id, err)
				}
			}
		})
	})
}

func TestTenancyIsNarrowed(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a, b := w.Verified("Ada"), w.Verified("Bea")
		mine := w.Application(a, "MAINLAND")
		s, ctx := w.Portal.Store, w.As(a)
		t.Run("1.4: a narrowed transaction reaches one account, also for the system", func(t *testing.T) {
			err := s.Write(w.System(), func(tx *ent.Tx) error {
				tx = tx.Within(a.AccountID)
				ids, err := tx.Application.Query().IDs(tx)
				if err != nil || !slices.Equal(ids, []string{mine}) {
					t.Errorf("%v %v", ids, err)
				}
				accounts, err := tx.Account.Query().IDs(tx)
				if err != nil || !slices.Equal(accounts, []string{a.AccountID}) {
					t.Errorf("%v %v", accounts, err)
				}
				return create(tx, b.AccountID)
			})
			if !errors.Is(err, clause.NotFound) {
				t.Errorf("%v", err)
			}
		})
		t.Run("1.4: narrowed to another's account one sees nothing, not even one's own", func(t *testing.T) {
			narrow := authz.Narrow(ctx, b.AccountID)
			rows, err := s.Read().Application.Query().Count(narrow)
			accounts, e := s.Read().Account.Query().Count(narrow)
			if err != nil || e != nil || rows != 0 || accounts != 0 {
				t.Errorf("%d %d %v %v", rows, accounts, err, e)
			}
		})
		t.Run("1.4: without a principal nothing is read or written", func(t *testing.T) {
			if _, err := s.Read().Application.Query().Count(context.Background()); err == nil {
				t.Error("it was read")
			}
			if _, err := s.Read().Product.Query().Count(context.Background()); err == nil {
				t.Error("it was read")
			}
			err := s.Write(context.Background(), func(tx *ent.Tx) error { return create(tx, a.AccountID) })
			if err == nil {
				t.Error("it was written")
			}
		})
	})
}

func TestWhatIsSealedOpensInItsColumnAlone(t *testing.T) {
	w := portaltest.New(t, "sqlite")
	s := w.Portal.Store
	sealed, err := s.Seal("person.phone", "+8613800138000")
	if err != nil || strings.Contains(string(sealed), "138001") {
		t.Fatalf("%q %v", sealed, err)
	}
	if got, err := s.Unseal("person.phone", sealed); err != nil || got != "+8613800138000" {
		t.Errorf("5.7: %q %v", got, err)
	}
	if _, err := s.Unseal("person.email", sealed); err == nil {
		t.Error("5.7: it opens in another column")
	}
	again, err := s.Seal("person.phone", "+8613800138000")
	if err != nil || string(again) == string(sealed) {
		t.Error("5.7: equal values are sealed alike")
	}
	once, twice := s.Index("a", "b"), s.Index("a", "b")
	if s.Index("a", "bc") == s.Index("ab", "c") || once != twice {
		t.Error("5.7: the domains of indexes mix")
	}
	for _, bad := range []string{"", "{}", `{"keyset":{},"index":"AAAA"}`} {
		if _, err := ent.ParseKeys([]byte(bad)); err == nil || strings.Contains(err.Error(), "AAAA") {
			t.Errorf("5.7: %q: %v", bad, err)
		}
	}
}

func TestMigratingFromNothingGivesTheSchema(t *testing.T) {
	for _, e := range portaltest.Engines {
		t.Run(e, func(t *testing.T) {
			w := portaltest.New(t, e) // the migrations have created its database
			driver, name, dsn := "mysql", dialect.MySQL, w.Database
			if path, ok := strings.CutPrefix(w.Database, "sqlite:"); ok {
				driver, name, dsn = "sqlite", dialect.SQLite, "file:"+path+"?_pragma=foreign_keys(1)"
			} else {
				c, err := mysql.ParseDSN(dsn)
				if err != nil {
					t.Fatal(err)
				}
				c.ParseTime = true
				dsn = c.FormatDSN()
			}
			drv, err := entsql.Open(driver, dsn)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = drv.Close() })
			dir := &migrate.MemDir{}
			m, err := schema.NewMigrate(entsql.OpenDB(name, drv.DB()), schema.WithDialect(name), schema.WithDir(dir),
				schema.WithMigrationMode(schema.ModeInspect), schema.WithErrNoPlan(true))
			if err != nil {
				t.Fatal(err)
			}
			if err := m.Diff(t.Context(), ent.Tables()...); !errors.Is(err, migrate.ErrNoPlan) {
				files, _ := dir.Files()
				for _, f := range files {
					t.Logf("%s", f.Bytes())
				}
				t.Errorf("the migrations lack something: %v", err)
			}
			more := append(slices.Clone(ent.Tables()), schema.NewTable("no_such_table").AddPrimary(&schema.Column{Name: "id", Type: field.TypeInt}))
			if err := m.Diff(t.Context(), more...); err != nil {
				t.Errorf("a table that isn't there isn't missed: %v", err)
			}
		})
	}
}

func TestATransactionHasOneInstant(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		ahead := w.Portal.Store.Now().Add(4 * time.Millisecond)
		var began []time.Time
		err := w.Portal.Store.Write(w.System(), func(tx *ent.Tx) error {
			began = append(began, tx.Now)
			tx.Within("acct_x").NoEarlier(ahead) // a part of the transaction builds on it
			return nil
		})
		if err != nil || len(began) != 2 || !began[1].Equal(ahead) {
			t.Errorf("it began at %v, want a second time at %s: %v", began, ahead, err)
		}
	})
}
