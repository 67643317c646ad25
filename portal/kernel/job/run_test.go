package job_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/lease"
	"portico/portal/kernel/job"
	"portico/portaltest"
)

// patience is the longest wait for what must happen.
const patience = 30 * time.Second

// due returns a job that is always due and calls a function.
func due(name string, do func(ctx context.Context) error) job.Job {
	return job.Job{Name: name, OnWall: true,
		Next: func(_ context.Context, s *ent.Store) (time.Time, bool, error) { return s.Wall(), true, nil },
		Run:  func(ctx context.Context, _ *ent.Store) (int, error) { return 1, do(ctx) }}
}

// signal is closed at most once.
type signal struct {
	once sync.Once
	c    chan struct{}
}

func newSignal() *signal { return &signal{c: make(chan struct{})} }

func (s *signal) set() { s.once.Do(func() { close(s.c) }) }

func (s *signal) await(t *testing.T, what string) {
	t.Helper()
	select {
	case <-s.c:
	case <-time.After(patience):
		t.Fatal("in vain: " + what)
	}
}

// blocked returns a job that runs until its context ends, and sends the cause.
func blocked(name string, began *signal, why chan<- error) job.Job {
	return due(name, func(ctx context.Context) error {
		began.set()
		<-ctx.Done()
		why <- context.Cause(ctx)
		return ctx.Err()
	})
}

// started runs jobs until the test stops them. stop returns when the runner has
// returned.
func started(t *testing.T, r job.Runner) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := newSignal()
	go func() { defer ended.set(); r.Run(ctx) }()
	stop = sync.OnceFunc(func() { cancel(); ended.await(t, "the runner stops") })
	t.Cleanup(stop)
	return stop
}

func row(t *testing.T, w *portaltest.World, name string) *db.Lease {
	t.Helper()
	l, err := w.Portal.Store.Read().Lease.Query().Where(lease.Job(name)).Only(w.System())
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func database(t *testing.T, w *portaltest.World) time.Time {
	t.Helper()
	now, err := w.Portal.Store.DatabaseTime(w.System())
	if err != nil {
		t.Fatal(err)
	}
	return now
}

func TestEachJobRunsByItself(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		began, why := newSignal(), make(chan error, 1)
		again, broken := newSignal(), newSignal()
		var runs atomic.Int64
		status := &job.Status{}
		stop := started(t, job.Runner{Store: w.Portal.Store, Holder: "a", Status: status, Jobs: []job.Job{
			blocked("blocked", began, why),
			due("panics", func(context.Context) error { broken.set(); panic("a mistake") }),
			due("other", func(context.Context) error {
				if runs.Add(1) == 2 {
					again.set()
				}
				return nil
			})}})
		began.await(t, "the job that blocks begins")
		broken.await(t, "the job that panics begins")
		again.await(t, "another one runs, twice, beside them")
		stop()
		if cause := <-why; !errors.Is(cause, context.Canceled) {
			t.Errorf("the job that blocked ended for %v", cause)
		}
		reports := map[string]job.Report{}
		for _, r := range status.Reports() {
			reports[r.Name] = r
		}
		if r := reports["other"]; r.Runs < 2 || r.Failures != 0 || r.LastSuccess.IsZero() || r.Running {
			t.Errorf("%+v", r)
		}
		if r := reports["panics"]; r.Failures == 0 || !r.LastSuccess.IsZero() {
			t.Errorf("%+v", r)
		}
		if r := reports["blocked"]; r.Runs != 1 || r.Running {
			t.Errorf("%+v", r)
		}
		if until := row(t, w, "blocked").UntilAt; until.After(database(t, w)) {
			t.Errorf("stopped, it keeps its lease until %s", until)
		}
	})
}

func TestAStopWaitsForNoJobThatDoesNotEnd(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		began, hangs, ended := newSignal(), make(chan struct{}), newSignal()
		stop := started(t, job.Runner{Store: w.Portal.Store, Holder: "a", Stop: 10 * time.Millisecond, Jobs: []job.Job{
			due("deaf", func(context.Context) error {
				defer ended.set()
				began.set()
				<-hangs
				return nil
			})}})
		began.await(t, "the job begins")
		stop() // it returns, although the job still runs
		select {
		case <-ended.c:
			t.Fatal("the job ended")
		default:
		}
		if l := row(t, w, "deaf"); l.Holder != "a" || !l.UntilAt.After(database(t, w)) {
			t.Errorf("the lease of a job that goes on was given back: %v", l)
		}
		close(hangs)
		ended.await(t, "the job ends")
	})
}

func TestAHolderKeepsItsLeaseWhileItWorks(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		began, why := newSignal(), make(chan error, 1)
		stop := started(t, job.Runner{Store: w.Portal.Store, Holder: "a", Lease: 3 * time.Second, Jobs: []job.Job{blocked("long", began, why)}})
		began.await(t, "the job begins")
		other := job.Runner{Store: w.Portal.Store, Holder: "b"}
		stolen := due("long", func(context.Context) error { t.Error("two replicas have the job"); return nil })
		first := row(t, w, "long").UntilAt
		ctx, cancel := context.WithTimeout(w.System(), patience)
		defer cancel()
		for !database(t, w).After(first) { // the lease would have expired by then without a renewal
			if n, wait, err := other.Try(ctx, stolen); n != 0 || wait <= 0 || err != nil {
				t.Fatalf("the other replica: %d, %s, %v", n, wait, err)
			}
			if err := job.Pause(ctx); err != nil {
				t.Fatal(err)
			}
		}
		if n, wait, err := other.Try(ctx, stolen); n != 0 || wait <= 0 || err != nil {
			t.Fatalf("past the first lease's end: %d, %s, %v", n, wait, err)
		}
		stop()
		<-why
	})
}

// A replica is killed during a run. Nothing that it does afterwards reaches the
// database.
func TestAKilledHolderIsTakenOver(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		killed := portaltest.Open(t, w.Engine, w.Database)
		began, why, over := newSignal(), make(chan error, 1), newSignal()
		stop := started(t, job.Runner{Store: killed.Portal.Store, Holder: "killed", Lease: 4 * time.Second, Jobs: []job.Job{
			due("work", func(ctx context.Context) error {
				began.set()
				<-ctx.Done()
				why <- context.Cause(ctx)
				over.set()
				return ctx.Err()
			})}})
		began.await(t, "the job begins")
		if err := killed.Portal.Store.Close(); err != nil {
			t.Fatal(err)
		}
		taken := newSignal()
		survivor := started(t, job.Runner{Store: w.Portal.Store, Holder: "survivor", Jobs: []job.Job{
			due("work", func(context.Context) error {
				select {
				case <-over.c:
				default:
					t.Error("the killed one still works at it")
				}
				taken.set()
				return nil
			})}})
		if cause := <-why; !errors.Is(cause, job.ErrLost) {
			t.Errorf("its run ended for %v", cause)
		}
		taken.await(t, "the other replica takes over")
		survivor()
		stop()
	})
}

func TestALeaseThatAnotherTookEndsTheRun(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		began, why := newSignal(), make(chan error, 1)
		result := make(chan error, 1)
		go func() {
			_, err := job.Runner{Store: w.Portal.Store, Holder: "a", Lease: time.Second}.Once(context.Background(), blocked("lost", began, why))
			result <- err
		}()
		began.await(t, "the job begins")
		put(t, w, "lost", "b", 50*time.Second)
		if cause := <-why; !errors.Is(cause, job.ErrLost) {
			t.Errorf("%v", cause)
		}
		if err := <-result; !errors.Is(err, job.ErrLost) {
			t.Errorf("%v", err)
		}
		if l := row(t, w, "lost"); l.Holder != "b" || !l.UntilAt.After(database(t, w)) {
			t.Errorf("the loser gave away what isn't its own: %v", l)
		}
	})
}

// put stores or changes a lease, as another process would have left it.
func put(t *testing.T, w *portaltest.World, name, holder string, ahead time.Duration) {
	t.Helper()
	now := database(t, w)
	err := w.Portal.Store.Write(w.System(), func(tx *ent.Tx) error {
		n, err := tx.Lease.Update().Where(lease.Job(name)).SetHolder(holder).SetUntilAt(now.Add(ahead)).Save(tx)
		if err != nil || n > 0 {
			return err
		}
		return tx.Lease.Create().SetJob(name).SetHolder(holder).SetUntilAt(now.Add(ahead)).Exec(tx)
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestALeaseOfAClockThatWasWrong(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		w.Wall.Set(portaltest.Start.AddDate(1, 0, 0)) // the replica's own clock doesn't matter
		status := &job.Status{}
		r := job.Runner{Store: w.Portal.Store, Holder: "a", Status: status}
		taken := func() int64 { return status.Reports()[0].TakenOver }
		j := due("work", func(context.Context) error { return nil })
		for name, c := range map[string]struct {
			ahead time.Duration
			runs  int
			over  int64
		}{
			"a living holder's is respected":             {50 * time.Second, 0, 0},
			"one that is 40 days ahead is taken over":    {40 * 24 * time.Hour, 1, 1},
			"one that has run out is taken, without ado": {-time.Second, 1, 0},
		} {
			put(t, w, j.Name, "b", c.ahead)
			before := int64(0)
			if len(status.Reports()) > 0 {
				before = taken()
			}
			n, wait, err := r.Try(w.System(), j)
			if err != nil || n != c.runs || (wait > 0) != (c.runs == 0) || taken()-before != c.over {
				t.Errorf("%s: %d runs, wait %s, %d taken over, %v", name, n, wait, taken()-before, err)
			}
		}
	})
}

func TestPausesAfterFailuresAreBounded(t *testing.T) {
	for failures := 1; failures < 1000; failures++ {
		whole := time.Minute
		if failures < 6 {
			whole = time.Second << failures
		}
		if got := job.Backoff(failures); got < whole*3/4 || got > whole {
			t.Fatalf("after %d failures: %s, want up to %s", failures, got, whole)
		}
	}
}
