package job_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"portico/ent"
	"portico/ent/db/service"
	"portico/portal/kernel/job"
	"portico/portaltest"
)

func TestAClockIsJudgedByTheDatabases(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		status := &job.Status{MostSkew: time.Hour}
		for _, c := range []struct {
			ahead time.Duration
			right bool
		}{
			{0, true}, {time.Hour - 10*time.Minute, true}, {time.Hour + 10*time.Minute, false}, {40 * 24 * time.Hour, false}, {0, true},
			{-time.Hour + 10*time.Minute, true}, {-time.Hour - 10*time.Minute, false}, {-40 * 24 * time.Hour, false}, {0, true},
		} {
			w.Wall.Set(database(t, w).Add(c.ahead))
			right, err := status.Measure(w.System(), w.Portal.Store)
			ahead, off := status.Skew()
			if err != nil || right != c.right || off == c.right || (ahead-c.ahead).Abs() > 5*time.Minute {
				t.Errorf("%s ahead: measured %s, right %t, off %t: %v", c.ahead, ahead, right, off, err)
			}
			if taken := status.Correction(); right && (taken-ahead).Abs() > time.Second || !right && taken != 0 {
				t.Errorf("%s ahead: %s are taken off", c.ahead, taken)
			}
		}
	})
}

// paid returns an account with a service that is paid for a month.
func paid(t *testing.T, w *portaltest.World) string {
	t.Helper()
	a := w.Funded("Ada", "5000.00")
	w.Done(a, `mutation($i: PlaceOrderInput!) { placeOrder(input: $i) { order { id } userErrors { code } } }`,
		map[string]any{"i": map[string]any{"accountId": a.AccountID, "applicationId": w.Application(a, "MAINLAND"), "planId": w.PlanID("im-flagship"),
			"term": map[string]any{"unit": "MONTH", "count": 1}, "expectedTotal": map[string]any{"amount": "1500.00", "currency": "CNY"}}})
	row, err := w.Portal.Store.Read().Service.Query().Only(w.System())
	if err != nil {
		t.Fatal(err)
	}
	return row.ID
}

// stateOf returns the status of a service.
func stateOf(t *testing.T, w *portaltest.World, id string) service.Status {
	t.Helper()
	row, err := w.Portal.Store.Read().Service.Get(w.System(), id)
	if err != nil {
		t.Fatal(err)
	}
	return row.Status
}

func TestAReplicaWhoseClockIsOffRunsNoJob(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		w.Wall.Set(database(t, w))
		id := paid(t, w)
		r := job.Runner{Store: w.Portal.Store, Holder: "a", Status: &job.Status{MostSkew: time.Hour}}
		w.Wall.Set(database(t, w).Add(40 * 24 * time.Hour))
		t.Run("3.7: 40 days ahead it expires no paid service, and takes no lease", func(t *testing.T) {
			ran := 0
			for _, j := range w.Portal.Jobs {
				_, err := r.Once(w.System(), j)
				if err != nil && !errors.Is(err, job.ErrClock) {
					t.Errorf("%s: %v", j.Name, err)
				}
				if err != nil {
					ran++
				}
			}
			if ran == 0 {
				t.Error("nothing would have been due")
			}
			if got := stateOf(t, w, id); got != service.StatusRUNNING {
				t.Errorf("the service is %s", got)
			}
			if n, err := w.Portal.Store.Read().Lease.Query().Count(w.System()); err != nil || n != 0 {
				t.Errorf("%d leases: %v", n, err)
			}
		})
		t.Run("3.7: at the service's end by a right clock it expires", func(t *testing.T) {
			w.Wall.Set(database(t, w))
			if got := stateOf(t, w, id); got != service.StatusRUNNING {
				t.Fatalf("the service is %s", got)
			}
			w.AdvanceTo(w.Portal.Store.Now().AddDate(0, 0, 40))
			if got := stateOf(t, w, id); got != service.StatusEXPIRED {
				t.Errorf("the service is %s", got)
			}
		})
	})
}

func TestJobsGoOnOnceTheClockIsRight(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		status := &job.Status{MostSkew: time.Hour}
		r := job.Runner{Store: w.Portal.Store, Holder: "a", Status: status}
		w.Wall.Set(database(t, w).Add(40 * 24 * time.Hour))
		t.Run("its jobs go on once its clock is right, and not before", func(t *testing.T) {
			var runs, wrong atomic.Int64
			ran := newSignal()
			r.Jobs = []job.Job{{Name: "work", OnWall: true,
				Next: func(_ context.Context, s *ent.Store) (time.Time, bool, error) { return s.Wall(), true, nil },
				Run: func(_ context.Context, s *ent.Store) (int, error) {
					if runs.Add(1); s.Wall().After(database(t, w).Add(time.Hour)) {
						wrong.Add(1)
					}
					ran.set()
					return 1, nil
				}}}
			stop := started(t, r)
			if right, err := status.Measure(w.System(), w.Portal.Store); right || err != nil || runs.Load() != 0 {
				t.Errorf("right %t, %d runs: %v", right, runs.Load(), err)
			}
			w.Wall.Set(database(t, w))
			ran.await(t, "a run")
			stop()
			if wrong.Load() != 0 {
				t.Errorf("%d of %d runs by a clock that was off", wrong.Load(), runs.Load())
			}
		})
		t.Run("a clock that steps while a job runs ends the run", func(t *testing.T) {
			w.Wall.Set(database(t, w))
			began, why := newSignal(), make(chan error, 1)
			short := r
			short.Lease = time.Second
			go func() { began.await(t, "the run"); w.Wall.Set(database(t, w).AddDate(0, 0, 40)) }()
			if _, err := short.Once(w.System(), blocked("stepped", began, why)); !errors.Is(err, job.ErrClock) || !errors.Is(<-why, job.ErrClock) {
				t.Errorf("%v", err)
			}
			if _, off := status.Skew(); !off {
				t.Error("the clock isn't reported to be off")
			}
		})
	})
}

func TestReplicasWhoseClocksDifferDateByOne(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		p := w.Portal
		p.Status.MostSkew = time.Hour
		base := database(t, w)
		for _, ahead := range []time.Duration{0, 30 * time.Minute, -30 * time.Minute, 0} {
			w.Wall.Set(base.Add(ahead))
			if _, err := p.Status.Measure(w.System(), p.Store); err != nil {
				t.Fatal(err)
			}
			if off := p.Clock.Now().Sub(base).Abs(); off > 5*time.Minute {
				t.Errorf("%s ahead: the portal's time is %s off", ahead, off)
			}
		}
		w.Wall.Set(base.Add(40 * 24 * time.Hour))
		if _, err := p.Status.Measure(w.System(), p.Store); err != nil {
			t.Fatal(err)
		}
		if now := p.Clock.Now(); !now.Equal(w.Wall.Now()) {
			t.Errorf("a clock that is wrong was corrected to %s", now)
		}
	})
}
