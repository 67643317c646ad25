package audit_test

import (
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/auditevent"
	"portico/ent/db/auditlink"
	"portico/portal/access/audit"
	"portico/portaltest"
)

const seals = `query($id: ID!) { account(id: $id) { auditSeals(first: 5) { totalCount nodes { id number from to until events digest previous sealedAt } } } }`

// raw opens a connection of its own to a world's database.
func raw(t *testing.T, w *portaltest.World) *sql.DB {
	t.Helper()
	driver, dsn := "mysql", w.Database
	if path, ok := strings.CutPrefix(w.Database, "sqlite:"); ok {
		driver, dsn = "sqlite", "file:"+path+"?_pragma=busy_timeout(10000)&_time_format=sqlite"
	}
	c, err := sql.Open(driver, dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func exec(t *testing.T, c *sql.DB, query string, args ...any) {
	t.Helper()
	r, err := c.Exec(query, args...)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := r.RowsAffected(); err != nil || n == 0 {
		t.Fatalf("%d rows: %v", n, err)
	}
}

// event writes an audit event of an account at an instant.
func event(t *testing.T, w *portaltest.World, accountID string, at time.Time, sealedBy string) string {
	t.Helper()
	id := ent.NewID("audt")
	err := w.Portal.Store.Write(w.System(), func(tx *ent.Tx) error {
		return ent.Insert(tx, &db.AuditEvent{ID: id, AccountID: accountID, At: at, ActorKind: auditevent.ActorKindSYSTEM, ActorID: "test", Action: "tested",
			Result: auditevent.ResultDONE, IPAddress: "-", SealedBy: sealedBy, Details: "{}", Count: 1})
	})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func seal(t *testing.T, w *portaltest.World, until time.Time) int {
	t.Helper()
	n, err := audit.SealBefore(w.System(), w.Portal.Store, until)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func verified(t *testing.T, w *portaltest.World) []audit.Finding {
	t.Helper()
	found, err := audit.Verify(w.System(), w.Portal.Store)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestClause1_2EventsAreSealedHourly(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a := w.Owner("Acme")
		start := w.Portal.Store.Now().Truncate(time.Hour).Add(time.Hour)
		for hour := range 3 {
			for minute := range 3 {
				event(t, w, a.AccountID, start.Add(time.Duration(hour)*time.Hour+time.Duration(minute)*time.Minute), "")
			}
		}
		seal(t, w, start.Add(2*time.Hour))
		d := w.Must(a, seals, map[string]any{"id": a.AccountID})
		list, _ := portaltest.At(d, "account", "auditSeals", "nodes").([]any)
		if len(list) != 3 || portaltest.String(list[0], "previous") != portaltest.String(list[1], "digest") || portaltest.At(list[2], "previous") != nil ||
			portaltest.At(list[0], "events") != float64(3) || portaltest.String(list[0], "until") != start.Add(2*time.Hour).Format(time.RFC3339Nano) {
			t.Fatalf("%v", d)
		}
		t.Run("an hour that hasn't settled isn't sealed, and a second run seals nothing", func(t *testing.T) {
			if n := seal(t, w, start.Add(2*time.Hour)); n != 0 {
				t.Fatal(n)
			}
			if n := seal(t, w, start.Add(3*time.Hour)); n != 3 {
				t.Fatal(n)
			}
			if found := verified(t, w); len(found) != 0 {
				t.Fatalf("%v", found)
			}
		})
		t.Run("an event that commits late is sealed by the next run, and is reported", func(t *testing.T) {
			late := event(t, w, a.AccountID, start.Add(time.Hour+30*time.Minute), "")
			if n := seal(t, w, start.Add(3*time.Hour)); n != 1 {
				t.Fatal(n)
			}
			if found := verified(t, w); len(found) != 1 || found[0].Finding != audit.Inserted || found[0].EventID != late {
				t.Fatalf("%v", found)
			}
		})
		t.Run("5.12: a hidden access is in the provider's chain, not in the account's", func(t *testing.T) {
			hidden := event(t, w, a.AccountID, start.Add(4*time.Hour), "seal_hidden")
			if n := seal(t, w, start.Add(5*time.Hour)); n != 1 {
				t.Fatal(n)
			}
			l := w.Portal.Store.Read().AuditLink.Query().Where(auditlink.ID(hidden)).OnlyX(w.System())
			if l.AccountID != "" {
				t.Fatalf("%v", l)
			}
		})
	})
}

func TestClause1_2SealsMadeTogetherAreMadeOnce(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		start := w.Portal.Store.Now().Truncate(time.Hour).Add(time.Hour)
		err := w.Portal.Store.Write(w.System(), func(tx *ent.Tx) error {
			var rows []*db.AuditEvent
			for i := range 3000 { // more than one transaction seals
				rows = append(rows, &db.AuditEvent{AccountID: fmt.Sprintf("acct_%026d", i/2), At: start.Add(time.Duration(i) * time.Second / 2), ActorKind: auditevent.ActorKindSYSTEM,
					ActorID: "test", Action: "tested", Result: auditevent.ResultDONE, IPAddress: "-", Details: "{}", Count: 1})
			}
			for some := range slices.Chunk(rows, 500) {
				if err := ent.Insert(tx, some...); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		var all sync.WaitGroup
		errs := make([]error, 2)
		for i := range errs {
			all.Go(func() { _, errs[i] = audit.SealBefore(w.System(), w.Portal.Store, start.Add(time.Hour)) })
		}
		all.Wait()
		for _, err := range errs {
			if err != nil {
				t.Fatal(err)
			}
		}
		c := w.Portal.Store.Read()
		if n := c.AuditLink.Query().Where(auditlink.AccountIDHasPrefix("acct_0000000000")).CountX(w.System()); n != 3000 {
			t.Errorf("%d are sealed", n)
		}
		if found := verified(t, w); len(found) != 0 {
			t.Errorf("%v", found[:min(3, len(found))])
		}
	})
}

func TestClause1_2WhatIsNotAsItWasSealedIsNamed(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a := w.Owner("Acme")
		c, start := raw(t, w), w.Portal.Store.Now().Truncate(time.Hour).Add(time.Hour)
		var ids []string
		for i := range 12 {
			ids = append(ids, event(t, w, a.AccountID, start.Add(time.Duration(i)*20*time.Minute), ""))
		}
		seal(t, w, start.Add(4*time.Hour))
		if found := verified(t, w); len(found) != 0 {
			t.Fatalf("%v", found)
		}
		first := func(finding, eventID string) {
			t.Helper()
			found := verified(t, w)
			if len(found) == 0 || found[0].Finding != finding || found[0].EventID != eventID || found[0].AccountID != a.AccountID {
				t.Errorf("%v, want %s of %s", found, finding, eventID)
			}
		}
		t.Run("1.2: changed", func(t *testing.T) {
			for column, value := range map[string]string{"details": `{"amount":"1"}`, "actor_id": "another", "ip_address": "192.0.2.1", "result": "REFUSED", "changes": "[]", "agent": "x"} {
				var was sql.NullString
				if err := c.QueryRow("SELECT "+column+" FROM audit_events WHERE id = ?", ids[4]).Scan(&was); err != nil {
					t.Fatal(err)
				}
				exec(t, c, "UPDATE audit_events SET "+column+" = ? WHERE id = ?", value, ids[4])
				first(audit.Changed, ids[4])
				exec(t, c, "UPDATE audit_events SET "+column+" = ? WHERE id = ?", was, ids[4])
			}
			if found := verified(t, w); len(found) != 0 {
				t.Errorf("%v", found)
			}
		})
		t.Run("1.2: put in between", func(t *testing.T) {
			id := event(t, w, a.AccountID, start.Add(70*time.Minute), "")
			first(audit.Inserted, id)
			seal(t, w, start.Add(4*time.Hour)) // even once it is sealed
			first(audit.Inserted, id)
			exec(t, c, "DELETE FROM audit_seals WHERE id = (SELECT seal_id FROM audit_links WHERE id = ?)", id)
			exec(t, c, "DELETE FROM audit_links WHERE id = ?", id)
			exec(t, c, "DELETE FROM audit_events WHERE id = ?", id)
		})
		t.Run("1.2: removed", func(t *testing.T) {
			exec(t, c, "DELETE FROM audit_events WHERE id = ?", ids[7])
			first(audit.Removed, ids[7])
		})
		t.Run("1.2: removed with its place in the chain, and a seal", func(t *testing.T) {
			exec(t, c, "DELETE FROM audit_links WHERE id = ?", ids[7])
			if found := verified(t, w); len(found) == 0 || found[0].Finding != audit.Removed {
				t.Errorf("%v", found)
			}
			exec(t, c, "DELETE FROM audit_seals WHERE account_id = ? AND number = 2", a.AccountID)
			if found := verified(t, w); len(found) == 0 || found[0].Finding != audit.Removed {
				t.Errorf("%v", found)
			}
		})
	})
}
