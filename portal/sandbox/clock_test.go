package sandbox_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"portico/ent"
	"portico/portal/kernel/job"
	"portico/portal/sandbox"
	"portico/portaltest"
)

const advance = `mutation($i: AdvanceClockInput!) { advanceClock(input: $i) { now jobsRun userErrors { code clause field } } }`

func to(at time.Time) map[string]any {
	return map[string]any{"i": map[string]any{"to": at.Format(time.RFC3339Nano)}}
}

func TestTheSandboxClock(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		p := w.Platform()
		month := portaltest.Start.AddDate(0, 1, 0)
		t.Run("the clock goes forward, and stands where it was put", func(t *testing.T) {
			got := w.Done(p, advance, to(month))
			if portaltest.String(got, "now") != month.Format(time.RFC3339) || !w.Portal.Store.Now().Equal(month) {
				t.Errorf("%v", got)
			}
			w.Wall.Advance(time.Second)
			if !w.Portal.Store.Now().Equal(month.Add(time.Second)) {
				t.Error("it stands still")
			}
		})
		t.Run("it doesn't go backwards, by a microsecond even, and may stay", func(t *testing.T) {
			now := w.Portal.Store.Now()
			r := w.Refused(p, advance, to(now.Add(-time.Microsecond)))
			if r.Code != "CLOCK_BACKWARDS" || len(r.Field) != 2 || r.Field[1] != "to" || !w.Portal.Store.Now().Equal(now) {
				t.Errorf("%v", r)
			}
			w.Done(p, advance, to(now))
		})
		t.Run("it is at most a hundred years ahead", func(t *testing.T) {
			r := w.Refused(p, advance, to(w.Wall.Now().AddDate(100, 0, 0).Add(time.Microsecond)))
			if r.Code != "INVALID_INPUT" {
				t.Errorf("%v", r)
			}
		})
		t.Run("sessions and codes run on wall time", func(t *testing.T) {
			if w.Must(p, `{ viewer { person { id } } }`, nil)["viewer"] == nil {
				t.Error("the session ended")
			}
			if !w.Portal.Store.Wall().Equal(portaltest.Start.Add(time.Second)) {
				t.Error("wall time moved")
			}
		})
		t.Run("only operators of the platform move it", func(t *testing.T) {
			for _, a := range []*portaltest.Actor{w.Owner("Ada"), w.Operator("support"), nil} {
				if r := w.Send(a, advance, to(month.AddDate(1, 0, 0))); len(r.Errors) != 1 {
					t.Errorf("%s", r.Raw)
				}
			}
		})
		t.Run("a start keeps how far it is ahead, and a replica follows", func(t *testing.T) {
			again := portaltest.Open(t, w.Engine, w.Database)
			if want := portaltest.Start.Add(w.Portal.Store.Now().Sub(w.Wall.Now())); !again.Portal.Store.Now().Equal(want) {
				t.Errorf("%s, want %s", again.Portal.Store.Now(), want)
			}
			w.Done(p, advance, to(month.AddDate(0, 1, 0)))
			if err := again.Portal.Follow(context.Background()); err != nil {
				t.Fatal(err)
			}
			if got, want := again.Portal.Store.Now().Sub(again.Wall.Now()), w.Portal.Store.Now().Sub(w.Wall.Now()); got != want {
				t.Errorf("%s ahead, want %s", got, want)
			}
		})
	})
}

// alarm is a job that is due at some times, once each.
type alarm struct {
	mu   sync.Mutex
	name string
	due  []time.Time
	rang *[]string
}

func (a *alarm) job(wall bool) job.Job {
	return job.Job{Name: a.name, OnWall: wall,
		Next: func(context.Context, *ent.Store) (time.Time, bool, error) {
			a.mu.Lock()
			defer a.mu.Unlock()
			if len(a.due) == 0 {
				return time.Time{}, false, nil
			}
			return a.due[0], true, nil
		},
		Run: func(_ context.Context, s *ent.Store) (int, error) {
			a.mu.Lock()
			defer a.mu.Unlock()
			if len(a.due) == 0 || a.due[0].After(s.Now()) {
				return 0, nil
			}
			*a.rang = append(*a.rang, fmt.Sprintf("%s at %s", a.name, s.Now().Sub(portaltest.Start)))
			a.due = a.due[1:]
			return 1, nil
		}}
}

func TestJobsRunOnTheWayOfTheClock(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		at := func(hours ...int) (all []time.Time) {
			for _, h := range hours {
				all = append(all, portaltest.Start.Add(time.Duration(h)*time.Hour))
			}
			return all
		}
		var rang []string
		a, b, c := &alarm{name: "a", due: at(1, 5, 9), rang: &rang}, &alarm{name: "b", due: at(3, 4, 11), rang: &rang}, &alarm{name: "c", due: at(2), rang: &rang}
		jobs := []job.Job{a.job(false), b.job(false), c.job(true)}
		ctx := w.As(w.Platform())
		t.Run("each at its own instant, in order, and what isn't due or runs on wall time doesn't", func(t *testing.T) {
			got, err := sandbox.Advance(ctx, w.Portal.Store, w.Portal.Clock, jobs, sandbox.AdvanceClockInput{To: portaltest.Start.Add(9 * time.Hour)})
			if err != nil || *got.JobsRun != 5 {
				t.Fatalf("%v %v", got, err)
			}
			if want := "[a at 1h0m0s b at 3h0m0s b at 4h0m0s a at 5h0m0s a at 9h0m0s]"; fmt.Sprint(rang) != want {
				t.Errorf("%v, want %s", rang, want)
			}
		})
		t.Run("twins run each job once, and the clock ends at the later instant", func(t *testing.T) {
			rang = nil
			b.due = at(11, 12, 13)
			var wg sync.WaitGroup
			for _, hours := range []time.Duration{14, 15} {
				wg.Go(func() {
					in := sandbox.AdvanceClockInput{To: portaltest.Start.Add(hours * time.Hour)}
					_, err := sandbox.Advance(ctx, w.Portal.Store, w.Portal.Clock, jobs, in)
					late := hours == 14 && errors.Is(err, sandbox.ClockBackwards) // the other one had advanced the clock before
					if err != nil && !late {
						t.Error(err)
					}
				})
			}
			wg.Wait()
			if len(rang) != 3 || !w.Portal.Store.Now().Equal(portaltest.Start.Add(15*time.Hour)) {
				t.Errorf("%v at %s", rang, w.Portal.Store.Now())
			}
		})
	})
}
