package job

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"portico/ent"
)

// StandardSkew is how far a replica's clock may be from the database's.
const StandardSkew = 5 * time.Second

// Report is what is known of one job on this replica.
type Report struct {
	Name string
	// Running tells whether this replica does it now.
	Running bool
	// LastSuccess is when a run of it last ended well here, in wall time; zero
	// before the first. A look that found nothing due, or another replica at work,
	// is a success too.
	LastSuccess time.Time
	// Lag is how long what is due first has been due, at the last look.
	Lag time.Duration
	// Runs and Failures count what this replica did; TakenOver counts leases in
	// the far future, see [Runner].
	Runs, Failures, TakenOver int64
	// Done and Failed count the objects that its runs did, or could not do; see
	// [Work]. They grow while it runs.
	Done, Failed int64
}

// Status is what is known of the jobs on this replica, and of its clock. The
// zero Status judges no clock.
type Status struct {
	// MostSkew is how far the replica's wall clock may be from the database's
	// until its jobs stop; zero doesn't judge it.
	MostSkew time.Duration

	mu      sync.Mutex
	jobs    map[string]*Report
	skew    time.Duration
	taken   time.Duration // the correction, see there
	off     bool
	measure bool // whether it was measured
}

// Reports are the jobs of this replica by their names.
func (s *Status) Reports() []Report {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make([]Report, 0, len(s.jobs))
	for r := range maps.Values(s.jobs) {
		all = append(all, *r)
	}
	slices.SortFunc(all, func(a, b Report) int { return strings.Compare(a.Name, b.Name) })
	return all
}

// Skew is how far the replica's clock was ahead of the database's when it was
// last measured, and whether that is too far: then no job runs here, and the
// replica isn't ready.
func (s *Status) Skew() (ahead time.Duration, off bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.skew, s.off
}

// least is what a correction has to be worth: clocks that agree as well as this
// are left alone, and one that is corrected doesn't jump with each measurement.
const least = 100 * time.Millisecond

// Correction is what is taken off the replica's clock, so that replicas whose
// clocks differ a little date what they do by one clock, the database's: about
// the skew that was measured. It is nothing where no clock is judged, or where
// the skew is so large that the replica doesn't work.
func (s *Status) Correction() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.taken
}

// Measure compares the replica's wall clock with the database's, and reports
// whether jobs may run. How long the database took to tell its time is no skew.
func (s *Status) Measure(ctx context.Context, store *ent.Store) (right bool, err error) {
	before := store.Wall()
	at, err := store.DatabaseTime(ctx)
	if err != nil {
		return false, err
	}
	return s.judge(before, at, store.Wall()), nil
}

// judge takes over a measurement: the database's time, and the replica's before
// and after it was asked.
func (s *Status) judge(before, database, after time.Time) (right bool) {
	skew := time.Duration(0)
	switch {
	case before.After(database):
		skew = before.Sub(database)
	case after.Before(database):
		skew = after.Sub(database)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	was := s.off
	s.skew, s.off, s.measure = skew, s.MostSkew > 0 && skew.Abs() > s.MostSkew, true
	if s.MostSkew == 0 || s.off {
		s.taken = 0
	} else if (skew - s.taken).Abs() > least {
		s.taken = skew
	}
	switch {
	case s.off && !was:
		slog.Error("clock is off", "seconds_ahead_of_database", skew.Seconds(), "most", s.MostSkew.Seconds())
	case was && !s.off:
		slog.Info("clock is right again", "seconds_ahead_of_database", skew.Seconds())
	}
	return !s.off
}

// may reports whether the clock lets jobs run: not before it was measured.
func (s *Status) may() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.MostSkew == 0 || s.measure && !s.off
}

func (s *Status) of(name string, change func(r *Report)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.jobs == nil {
		s.jobs = map[string]*Report{}
	}
	r := s.jobs[name]
	if r == nil {
		r = &Report{Name: name}
		s.jobs[name] = r
	}
	change(r)
}

// runKey is where the context of a run has what is reported of it.
type runKey struct{}

// running is a run of a job; the zero running reports to nobody.
type running struct {
	status *Status
	name   string
}

func runOf(ctx context.Context) running {
	of, _ := ctx.Value(runKey{}).(running)
	return of
}

// count counts an object of the run.
func (of running) count(done bool) {
	if of.status == nil {
		return
	}
	of.status.of(of.name, func(r *Report) {
		if done {
			r.Done++
		} else {
			r.Failed++
		}
	})
}
