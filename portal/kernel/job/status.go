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

// StandardSkew is how far a replica's clock may differ from the database's.
const StandardSkew = 5 * time.Second

// Report holds what this replica knows about one job.
type Report struct {
	Name string
	// Running reports whether this replica runs the job now.
	Running bool
	// LastSuccess is when a run last succeeded on this replica, in wall time;
	// zero before the first. A check that found nothing due, or another replica
	// at work, is a success too.
	LastSuccess time.Time
	// Lag is how overdue the first due object was at the last check.
	Lag time.Duration
	// Runs and Failures count the runs of this replica; TakenOver counts leases
	// in the far future, see [Runner].
	Runs, Failures, TakenOver int64
	// Done and Failed count the objects that the runs processed, or failed to
	// process; see [Work]. They grow during a run.
	Done, Failed int64
}

// Status holds what this replica knows about the jobs and about its clock. The
// zero Status doesn't check the clock.
type Status struct {
	// MostSkew is how far the replica's wall clock may differ from the database's
	// before its jobs stop; zero doesn't check it.
	MostSkew time.Duration

	mu      sync.Mutex
	jobs    map[string]*Report
	skew    time.Duration
	taken   time.Duration // see [Status.Correction]
	off     bool
	measure bool // whether the skew was measured
}

// Reports returns the jobs of this replica by name.
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

// Skew returns how far the replica's clock was ahead of the database's at the
// last measurement, and whether that is too far: then no job runs here, and the
// replica isn't ready.
func (s *Status) Skew() (ahead time.Duration, off bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.skew, s.off
}

// least is the smallest change of the correction: clocks that agree this well
// aren't corrected, and a correction doesn't change with each measurement.
const least = 100 * time.Millisecond

// Correction returns what is subtracted from the replica's clock, about the
// measured skew, so that replicas whose clocks differ a little date by one
// clock, the database's. It is zero if the clock isn't checked, or if the skew
// is so large that the replica doesn't work.
func (s *Status) Correction() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.taken
}

// Measure compares the replica's wall clock with the database's, and reports
// whether jobs may run. The time that the database took to answer doesn't count
// as skew.
func (s *Status) Measure(ctx context.Context, store *ent.Store) (right bool, err error) {
	before := store.Wall()
	at, err := store.DatabaseTime(ctx)
	if err != nil {
		return false, err
	}
	return s.judge(before, at, store.Wall()), nil
}

// judge records a measurement: the database's time, and the replica's time
// before and after the question.
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

// may reports whether the clock lets jobs run. They don't run before the first
// measurement.
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

// runKey is the context key of a run's [running].
type runKey struct{}

// running identifies a run of a job for its report; the zero running reports
// nothing.
type running struct {
	status *Status
	name   string
}

func runOf(ctx context.Context) running {
	of, _ := ctx.Value(runKey{}).(running)
	return of
}

// count counts an object that the run processed.
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
