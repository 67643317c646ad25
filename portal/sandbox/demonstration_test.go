package sandbox_test

import (
	"context"
	"errors"
	"path/filepath"
	"reflect"
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
	"portico/portal/job"
	"portico/portal/ledger"
	"portico/portal/portaltest"
	"portico/portal/portaltest/engine"
	"portico/portal/sandbox"
	"portico/portal/standing"
)

// wallTime is when the demonstration's tests begin: three months into a year
// whose prices hold.
var wallTime = time.Date(2026, 6, 20, 2, 0, 0, 0, time.UTC)

// fresh opens a sandbox on a database, and a demonstration on it.
func fresh(t *testing.T, database string, keys *ent.Keys) (*portal.Portal, sandbox.Demonstration) {
	t.Helper()
	p, err := portal.Open(t.Context(), portal.Config{Database: database, Keys: keys, Wall: calendar.NewManual(wallTime), Sandbox: true,
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
	return p, sandbox.Demonstration{Store: p.Store, Clock: p.Clock, Jobs: p.Jobs, Channels: p.Channels, Press: p.Press, Files: p.Files}
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

// figures counts what the demonstration made, and finds that all of it adds up.
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

// errCut is how a test cuts the making of the data off.
var errCut = errors.New("cut off")

func TestTheDemonstrationDataIsMadeOnce(t *testing.T) {
	eachEmpty(t, func(t *testing.T, database string, keys *ent.Keys) {
		file := filepath.Join(t.TempDir(), "logins.json")
		// A start is cut off by a job that fails from some look at what is due on.
		for cut := 1; ; cut *= 3 {
			p, d := fresh(t, database, keys)
			looks := 0
			d.Jobs = append(d.Jobs, job.Job{Name: "cut", Next: func(context.Context, *ent.Store) (time.Time, bool, error) {
				if looks++; looks > cut {
					return time.Time{}, false, errCut
				}
				return time.Time{}, false, nil
			}})
			_, err := d.Seed(system(), file)
			if err == nil {
				break
			}
			if !errors.Is(err, errCut) {
				t.Fatal(err)
			}
			if !p.Store.Now().Before(p.Store.Wall()) {
				t.Errorf("cut off after %d looks, it is taken for whole", cut)
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
