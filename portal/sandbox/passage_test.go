package sandbox_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"portico/clause"
	"portico/ent"
	"portico/ent/db/lease"
	"portico/ent/db/plan"
	"portico/portal/customer/agreement"
	agreementdemo "portico/portal/customer/agreement/demo"
	"portico/portal/kernel/job"
	"portico/portal/offer/catalog"
	catalogdemo "portico/portal/offer/catalog/demo"
	"portico/portal/sandbox"
	"portico/portaltest"
)

// leased stores a job's lease as another process would.
func leased(t *testing.T, w *portaltest.World, name string, ahead time.Duration) {
	t.Helper()
	now, err := w.Portal.Store.DatabaseTime(w.System())
	if err != nil {
		t.Fatal(err)
	}
	err = w.Portal.Store.Write(w.System(), func(tx *ent.Tx) error {
		n, err := tx.Lease.Update().Where(lease.Job(name)).SetHolder("another").SetUntilAt(now.Add(ahead)).Save(tx)
		if err != nil || n > 0 {
			return err
		}
		return tx.Lease.Create().SetJob(name).SetHolder("another").SetUntilAt(now.Add(ahead)).Exec(tx)
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestTheClockWaitsForWhoHasTheWork(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		var rang []string
		hour := func(n int) time.Time { return portaltest.Start.Add(time.Duration(n) * time.Hour) }
		a, b := &alarm{name: "a", due: []time.Time{hour(1), hour(4)}, rang: &rang}, &alarm{name: "b", due: []time.Time{hour(2), hour(5)}, rang: &rang}
		jobs := []job.Job{a.job(false), b.job(false)}
		ctx := w.As(w.Platform())
		advance := func(ctx context.Context, to int) (*sandbox.AdvanceClockPayload, error) {
			return sandbox.Advance(ctx, w.Portal.Store, w.Portal.Clock, jobs, sandbox.AdvanceClockInput{To: hour(to)})
		}
		t.Run("for the lease of a process that was killed", func(t *testing.T) {
			leased(t, w, "a", 1500*time.Millisecond)
			got, err := advance(ctx, 3)
			if err != nil || *got.JobsRun != 2 || *got.JobsFailed != 0 || fmt.Sprint(rang) != "[a at 1h0m0s b at 2h0m0s]" {
				t.Errorf("%+v %v %v", got, rang, err)
			}
		})
		t.Run("for one that goes on it is refused in time, and the clock stands at the work's instant", func(t *testing.T) {
			rang = nil
			leased(t, w, "a", 50*time.Second)
			short, cancel := context.WithTimeout(ctx, 2500*time.Millisecond)
			defer cancel()
			_, err := advance(short, 6)
			var r clause.Refusal
			if !errors.As(err, &r) || r.Code != "CLOCK_HELD" || r.Remedy.Operation != "advanceClock" || short.Err() != nil {
				t.Fatalf("%v", err)
			}
			if wait, ok := r.Params["retryAfter"].(int); !ok || wait < 1 || wait > 50 || r.Params["to"] != hour(6) {
				t.Errorf("%v", r.Params)
			}
			if !w.Portal.Store.Now().Equal(hour(4)) || len(rang) != 0 {
				t.Errorf("%s, %v", w.Portal.Store.Now(), rang)
			}
			leased(t, w, "a", -time.Second)
			got, err := advance(ctx, 6)
			if err != nil || *got.JobsRun != 2 || fmt.Sprint(rang) != "[a at 4h0m0s b at 5h0m0s]" || !w.Portal.Store.Now().Equal(hour(6)) {
				t.Errorf("%+v %v %v", got, rang, err)
			}
		})
	})
}

func TestAJobThatFailsDoesNotBreakTheClock(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		var rang []string
		hour := func(n int) time.Time { return portaltest.Start.Add(time.Duration(n) * time.Hour) }
		b := &alarm{name: "b", due: []time.Time{hour(2), hour(3)}, rang: &rang}
		failing := func(name string, err error) job.Job {
			return job.Job{Name: name,
				Next: func(context.Context, *ent.Store) (time.Time, bool, error) { return hour(1), true, nil },
				Run:  func(context.Context, *ent.Store) (int, error) { return 0, err }}
		}
		jobs := []job.Job{failing("broken", errors.New("one account's period")), b.job(false), failing("idle", nil)}
		got, err := sandbox.Advance(w.As(w.Platform()), w.Portal.Store, w.Portal.Clock, jobs, sandbox.AdvanceClockInput{To: hour(3)})
		if err != nil || *got.JobsRun != 2 || *got.JobsFailed != 6 || !got.Now.Equal(hour(3)) || fmt.Sprint(rang) != "[b at 2h0m0s b at 3h0m0s]" {
			t.Errorf("%+v %v %v", got, rang, err)
		}
		if p := w.Done(w.Platform(), `mutation($i: AdvanceClockInput!) { advanceClock(input: $i) { now jobsRun jobsFailed userErrors { code } } }`, to(hour(4))); portaltest.At(p, "jobsFailed") != 0.0 {
			t.Errorf("%v", p)
		}
	})
}

func TestASandboxKeepsWhatItWasGiven(t *testing.T) {
	eachEmpty(t, func(t *testing.T, database string, keys *ent.Keys) {
		p, d := fresh(t, database, keys)
		file := filepath.Join(t.TempDir(), "logins.json")
		documents := agreementdemo.Documents()
		for i := range documents {
			documents[i].Version = "own-1"
		}
		own := catalogdemo.Catalogue()
		own.Products = own.Products[:1]
		own.Products[0].Names.EN = "Our own"
		codes := func() []string {
			list, err := p.Store.Read().Plan.Query().Where(plan.WithdrawnAtIsNil()).Select(plan.FieldCode).Strings(system())
			if err != nil {
				t.Fatal(err)
			}
			slices.Sort(list)
			return list
		}
		var want []string
		for _, one := range own.Products[0].Plans {
			want = append(want, one.Code)
		}
		slices.Sort(want)
		if _, err := agreement.Load(system(), p.Store, documents); err != nil {
			t.Fatal(err)
		}
		if err := catalog.Load(system(), p.Store, own); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if _, err := d.Seed(system(), file); err != nil {
				t.Fatal(err)
			}
			terms, err := p.Store.Read().Terms.Query().All(system())
			if err != nil {
				t.Fatal(err)
			}
			for _, one := range terms {
				if one.Version != "own-1" {
					t.Errorf("the demonstration's %s %s was published", one.Kind, one.Version)
				}
			}
			if got := codes(); !slices.Equal(got, want) || p.Clock.Behind() {
				t.Errorf("plans %v, want %v", got, want)
			}
		}
	})
}

func TestASandboxKeepsACatalogueThatWasLoadedLater(t *testing.T) {
	eachEmpty(t, func(t *testing.T, database string, keys *ent.Keys) {
		p, _ := fresh(t, database, keys)
		file := filepath.Join(t.TempDir(), "logins.json")
		if _, err := sandbox.Seed(system(), p.Store, file); err != nil {
			t.Fatal(err)
		}
		before, err := p.Store.Read().Plan.Query().Where(plan.WithdrawnAtIsNil()).Count(system())
		if err != nil {
			t.Fatal(err)
		}
		own := catalogdemo.Catalogue()
		own.Products = own.Products[:1]
		if err := catalog.Load(system(), p.Store, own); err != nil {
			t.Fatal(err)
		}
		if _, err := sandbox.Seed(system(), p.Store, file); err != nil {
			t.Fatal(err)
		}
		after, err := p.Store.Read().Plan.Query().Where(plan.WithdrawnAtIsNil()).Count(system())
		if err != nil || after != len(own.Products[0].Plans) || before <= after {
			t.Errorf("%d plans at first, %d after a restart, %d loaded: %v", before, after, len(own.Products[0].Plans), err)
		}
	})
}
