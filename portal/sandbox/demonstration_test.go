package sandbox_test

import (
	"context"
	"errors"
	"path/filepath"
	"reflect"
	"sync"
	"testing"
	"time"

	"gocloud.dev/blob/memblob"

	"portico/authz"
	"portico/calendar"
	"portico/ent"
	"portico/ent/db/invoice"
	"portico/ent/db/order"
	"portico/ent/db/topup"
	"portico/portal"
	"portico/portal/finance/ledger"
	"portico/portal/kernel/standing"
	"portico/portal/sandbox"
	"portico/portaltest"
	"portico/portaltest/engine"
)

// wallTime is when the demonstration's tests begin. Three months of its year
// have passed, and the prices of that year are in force.
var wallTime = time.Date(2026, 6, 20, 2, 0, 0, 0, time.UTC)

// fresh opens a sandbox on a database, and its demonstration.
func fresh(t *testing.T, database string, keys *ent.Keys) (*portal.Portal, sandbox.Demonstration) {
	t.Helper()
	return freshAt(t, database, keys, calendar.NewManual(wallTime))
}

func freshAt(t *testing.T, database string, keys *ent.Keys, wall calendar.Clock) (*portal.Portal, sandbox.Demonstration) {
	t.Helper()
	p, err := portal.Open(t.Context(), portal.Config{Database: database, Keys: keys, Wall: wall, Sandbox: true,
		Files: memblob.OpenBucket(nil), PublicURL: "http://portico.test"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	if _, err := p.Store.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := p.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	return p, sandbox.Demonstration{Store: p.Store, Clock: p.Clock, Jobs: p.Jobs, Channels: p.Channels, Printer: p.Printer, Files: p.Files}
}

// eachEmpty runs a test on an empty database of each engine.
func eachEmpty(t *testing.T, f func(t *testing.T, database string, keys *ent.Keys)) {
	t.Parallel()
	for _, e := range portaltest.Engines {
		t.Run(e, func(t *testing.T) {
			t.Parallel()
			keys, _, err := ent.NewKeys()
			if err != nil {
				t.Fatal(err)
			}
			database := "sqlite:" + filepath.Join(t.TempDir(), "portico.db")
			if e == "mariadb" {
				database = engine.EmptyMariaDB(t)
			}
			f(t, database, keys)
		})
	}
}

func system() context.Context {
	return authz.With(context.Background(), authz.AsSystem("sandbox-seed"))
}

// figures counts what the demonstration created, and checks that it is
// consistent.
func figures(t *testing.T, p *portal.Portal) map[string]int {
	t.Helper()
	ctx, c := system(), p.Store.Read()
	counts := map[string]int{}
	for name, count := range map[string]func(context.Context) (int, error){
		"accounts": c.Account.Query().Count, "people": c.Person.Query().Count, "employees": c.Employee.Query().Count,
		"orders": c.Order.Query().Where(order.StatusEQ(order.StatusFULFILLED)).Count, "services": c.Service.Query().Count,
		"bills": c.Bill.Query().Count, "top-ups": c.TopUp.Query().Count, "usage": c.UsageEvent.Query().Count,
		"suspense": c.TopUp.Query().Where(topup.StatusEQ(topup.StatusSUSPENSE)).Count,
		"issued":   c.Invoice.Query().Where(invoice.StatusEQ(invoice.StatusISSUED)).Count,
		"waiting":  c.Invoice.Query().Where(invoice.StatusEQ(invoice.StatusREQUESTED)).Count,
		"read":     c.NoticeReceipt.Query().Count, "invitations": c.Invitation.Query().Count,
	} {
		n, err := count(ctx)
		if err != nil {
			t.Fatal(err)
		}
		counts[name] = n
	}
	findings, err := ledger.Check(ctx, p.Store)
	if err != nil || len(findings) > 0 {
		t.Errorf("the ledger: %v %v", findings, err)
	}
	restricted, err := standing.Check(ctx, p.Store, portal.Standing())
	if err != nil || len(restricted) > 0 {
		t.Errorf("standing: %v %v", restricted, err)
	}
	return counts
}

func TestTheDemonstrationData(t *testing.T) {
	eachEmpty(t, func(t *testing.T, database string, keys *ent.Keys) {
		p, d := fresh(t, database, keys)
		file := filepath.Join(t.TempDir(), "logins.json")
		logins, err := d.Seed(system(), file)
		if err != nil {
			t.Fatal(err)
		}
		made := figures(t, p)
		want := map[string]int{"accounts": 1, "people": 6, "employees": 5, "orders": 7, "services": 7, "top-ups": 5,
			"suspense": 1, "issued": 1, "waiting": 1, "read": 2, "invitations": 4}
		for name, n := range want {
			if made[name] != n {
				t.Errorf("%d %s, want %d", made[name], name, n)
			}
		}
		if made["bills"] < 40 || made["usage"] < 80 {
			t.Errorf("%d bills of %d reports", made["bills"], made["usage"])
		}
		if !p.Store.Now().Equal(p.Store.Wall()) {
			t.Errorf("the portal's clock ends at %s, and it is %s", p.Store.Now(), p.Store.Wall())
		}
		first, err := p.Store.Read().Account.Query().Only(system())
		if err != nil || p.Store.Now().Sub(first.CreatedAt) < 91*24*time.Hour {
			t.Errorf("it begins at %v: %v", first, err)
		}
		t.Run("started again, it makes nothing", func(t *testing.T) {
			again, err := d.Seed(system(), file)
			if err != nil || !reflect.DeepEqual(again, logins) || !reflect.DeepEqual(figures(t, p), made) {
				t.Errorf("%v %v %v", again, err, figures(t, p))
			}
		})
	})
}

func TestReplicasThatStartAtOnceSeedOnce(t *testing.T) {
	eachEmpty(t, func(t *testing.T, database string, keys *ent.Keys) {
		const replicas = 3
		file := filepath.Join(t.TempDir(), "logins.json")
		var portals []*portal.Portal
		var logins [replicas]*sandbox.Logins
		var failed [replicas]error
		var group sync.WaitGroup
		for i := range replicas {
			p, d := fresh(t, database, keys)
			portals = append(portals, p)
			group.Go(func() { logins[i], failed[i] = d.Seed(system(), file) })
		}
		group.Wait()
		if err := errors.Join(failed[:]...); err != nil {
			t.Fatal(err)
		}
		for i, p := range portals {
			if !reflect.DeepEqual(logins[i], logins[0]) {
				t.Errorf("%v and %v", logins[i], logins[0])
			}
			if made := figures(t, p); made["accounts"] != 1 || made["people"] != 6 || made["orders"] != 7 || made["top-ups"] != 5 {
				t.Errorf("%v", made)
			}
			if p.Clock.Behind() {
				t.Error("its clock is behind")
			}
		}
	})
}

// fuse is a clock that stands still and stops a start after a number of
// readings.
type fuse struct {
	mu   sync.Mutex
	left int
	cut  context.CancelFunc
}

func (f *fuse) Now() time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.left--; f.left == 0 && f.cut != nil {
		f.cut()
	}
	return wallTime
}

func TestTheDemonstrationDataIsMadeOnce(t *testing.T) {
	eachEmpty(t, func(t *testing.T, database string, keys *ent.Keys) {
		file := filepath.Join(t.TempDir(), "logins.json")
		// Starts are interrupted one after another, the first ones early.
		for cut, cuts := 10, 0; ; cut, cuts = cut+max(10, cut/2), cuts+1 {
			ctx, cancel := context.WithCancel(system())
			clock := &fuse{}
			p, d := freshAt(t, database, keys, clock)
			clock.mu.Lock()
			clock.left, clock.cut = cut, cancel
			clock.mu.Unlock()
			_, err := d.Seed(ctx, file)
			cancel()
			if err == nil {
				if cuts < 5 {
					t.Errorf("only %d starts were cut off", cuts)
				}
				break
			}
			if !errors.Is(err, context.Canceled) {
				t.Fatalf("after %d cuts: %v", cuts, err)
			}
			if err := p.Clock.Load(system(), p.Store); err != nil {
				t.Fatal(err)
			}
			if counts := figures(t, p); counts["invitations"] < 4 && counts["accounts"] > 0 && !p.Store.Now().Before(wallTime) {
				t.Errorf("cut off, it is taken for whole: %v", counts)
			}
		}
		p, _ := fresh(t, database, keys)
		made := figures(t, p)
		for name, n := range map[string]int{"accounts": 1, "people": 6, "orders": 7, "top-ups": 5, "invitations": 4, "read": 2, "issued": 1} {
			if made[name] != n {
				t.Errorf("%d %s, want %d", made[name], name, n)
			}
		}
	})
}

func TestASandboxInUseIsLeftAsItIs(t *testing.T) {
	eachEmpty(t, func(t *testing.T, database string, keys *ent.Keys) {
		p, d := fresh(t, database, keys)
		file := filepath.Join(t.TempDir(), "logins.json")
		if _, err := sandbox.Seed(system(), p.Store, file); err != nil {
			t.Fatal(err)
		}
		before := figures(t, p)
		if _, err := d.Seed(system(), file); err != nil || !reflect.DeepEqual(figures(t, p), before) {
			t.Errorf("%v: %v, and before %v", err, figures(t, p), before)
		}
		if !p.Store.Now().Equal(wallTime) {
			t.Errorf("its clock was put to %s", p.Store.Now())
		}
	})
}

func TestTheDemonstrationDataOnAnyDay(t *testing.T) {
	t.Parallel()
	keys, _, err := ent.NewKeys()
	if err != nil {
		t.Fatal(err)
	}
	for day, whole := range map[string]bool{"2026-04-02": false, "2026-04-03": true, "2026-05-31": true, "2026-08-29": true,
		"2026-12-31": true, "2027-03-01": true, "2028-02-29": true} {
		t.Run(day, func(t *testing.T) {
			t.Parallel()
			at, err := time.Parse(time.DateOnly, day)
			if err != nil {
				t.Fatal(err)
			}
			p, d := freshAt(t, "sqlite:"+filepath.Join(t.TempDir(), "portico.db"), keys, calendar.Fixed(at))
			if _, err := d.Seed(system(), filepath.Join(t.TempDir(), "logins.json")); err != nil {
				t.Fatal(err)
			}
			if made := figures(t, p); made["accounts"] != 1 || whole != (made["orders"] == 7) || whole != (made["issued"] == 1) {
				t.Errorf("%v", made)
			}
			if !p.Store.Now().Equal(at) {
				t.Errorf("its clock ends at %s", p.Store.Now())
			}
		})
	}
}
