// Package job runs work that falls due. Replicas share the work by leases; each
// job finds what is due by an index, works in small transactions, and can be
// killed at any point and run again with the same result.
package job

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"runtime/debug"
	"sync"
	"time"

	"portico/authz"
	"portico/calendar"
	"portico/ent"
)

// Job is one kind of work that falls due.
type Job struct {
	// Name is stable: it names the job's lease, and the job in the audit.
	Name string
	// Next returns the earliest instant at which something is due, past or
	// future; false if nothing is.
	Next func(ctx context.Context, s *ent.Store) (time.Time, bool, error)
	// Run does what is due by the store's time and returns how many objects it
	// did. It ends with its context.
	Run func(ctx context.Context, s *ent.Store) (int, error)
	// OnWall marks a job whose instants are wall time (delivery, purging): the
	// sandbox's clock doesn't advance it.
	OnWall bool
	// Every is how often the job checks whether something is due; zero is a
	// second.
	Every time.Duration
}

// Seldom returns a job that checks less often than every second.
func Seldom(every time.Duration, j Job) Job {
	j.Every = every
	return j
}

const (
	tick = time.Second
	// moment is how long a replica waits for another that holds the lease.
	moment = 50 * time.Millisecond
	// measureEvery is how often the clock is compared with the database's while
	// no job runs; a running job does so whenever it renews its lease.
	measureEvery = 5 * time.Second
	// lookTime bounds each check of what is due, and whatever is done between
	// runs.
	lookTime = 15 * time.Second
	// mostRun is how long one run may take: a run that hangs loses its lease
	// then, and another replica does the work.
	mostRun = time.Hour
	// stopTime is how long a stop waits for active runs, unless [Runner.Stop] is
	// set.
	stopTime = 10 * time.Second
	// mostBackoff bounds the pause after consecutive failures.
	mostBackoff = time.Minute
)

// Runner runs jobs until its context ends. A lease that ends in the far future,
// because a clock was wrong, is taken over, logged and counted.
type Runner struct {
	Store *ent.Store
	Jobs  []Job
	// Holder names this replica.
	Holder string
	// Before, if set, is called every second beside the jobs.
	Before func(ctx context.Context) error
	// Status, if set, collects what happens to each job, and checks the clock.
	Status *Status
	// Stop is how long [Runner.Run] waits for active runs after its context has
	// ended; zero is ten seconds.
	Stop time.Duration
	// Lease is how long a lease lasts unless it is renewed; zero is fifteen
	// seconds.
	Lease time.Duration
}

func (r Runner) status() *Status {
	if r.Status == nil {
		return &Status{}
	}
	return r.Status
}

// Run runs each job in its own loop: a job that hangs or fails doesn't delay
// the others. It returns when the context has ended and the active runs have
// ended, or when [Runner.Stop] has passed; the leases of the remaining runs
// then expire.
func (r Runner) Run(ctx context.Context) {
	var under sync.WaitGroup
	if r.Before != nil {
		under.Go(func() { r.again(ctx, tick, "jobs not prepared", r.Before) })
	}
	if r.status().MostSkew > 0 {
		under.Go(func() {
			r.again(ctx, measureEvery, "clock not measured", func(ctx context.Context) error {
				_, err := r.Status.Measure(ctx, r.Store)
				return err
			})
		})
	}
	for _, j := range r.Jobs {
		r.status().of(j.Name, func(*Report) {})
		under.Go(func() { r.loop(ctx, j) })
	}
	ended := make(chan struct{})
	go func() { defer close(ended); under.Wait() }()
	<-ctx.Done()
	limit := r.Stop
	if limit == 0 {
		limit = stopTime
	}
	t := time.NewTimer(limit)
	defer t.Stop()
	select {
	case <-ended:
	case <-t.C:
		for _, p := range r.status().Reports() {
			if p.Running {
				slog.ErrorContext(ctx, "job doesn't stop", "job", p.Name)
			}
		}
	}
}

// again calls f until the context ends, each call within lookTime.
func (r Runner) again(ctx context.Context, every time.Duration, failed string, f func(ctx context.Context) error) {
	for ctx.Err() == nil {
		one, cancel := context.WithTimeout(ctx, lookTime)
		err := f(one)
		cancel()
		if err != nil && ctx.Err() == nil {
			slog.ErrorContext(ctx, failed, "error", err)
		}
		sleep(ctx, every)
	}
}

// loop runs one job whenever it is due and this replica gets its lease. After
// consecutive failures it pauses, twice as long each time, for up to a minute.
func (r Runner) loop(ctx context.Context, j Job) {
	failures := 0
	for ctx.Err() == nil {
		pause := max(j.Every, tick)
		if r.status().may() {
			_, left, err := r.Try(ctx, j)
			if left > 0 { // if its holder has died, the lease has expired by then
				pause = min(pause, left+moment)
			}
			switch {
			case err == nil:
				failures = 0
			case ctx.Err() == nil && !errors.Is(err, ErrClock): // ErrClock is logged elsewhere
				slog.ErrorContext(ctx, "job failed", "job", j.Name, "error", err)
				failures++
				pause = max(pause, backoff(failures))
			}
		}
		sleep(ctx, pause)
	}
}

// backoff returns the pause after a number of consecutive failures.
func backoff(failures int) time.Duration {
	if failures > 6 {
		return mostBackoff
	}
	whole := min(tick<<failures, mostBackoff)
	return whole*3/4 + rand.N(whole/4)
}

// Once runs a job if something is due and this replica gets its lease.
func (r Runner) Once(ctx context.Context, j Job) (int, error) {
	n, _, err := r.Try(ctx, j)
	return n, err
}

// Try is [Runner.Once], and also returns for how long at most another replica
// holds the lease; zero if none does. Errors are counted in [Report.Failures].
func (r Runner) Try(ctx context.Context, j Job) (n int, wait time.Duration, err error) {
	ctx = authz.With(ctx, authz.AsSystem(j.Name))
	due, err := r.look(ctx, j)
	if err == nil && due {
		if wait, err = r.take(ctx, j.Name); err == nil && wait == 0 {
			n, err = r.hold(ctx, j)
		}
	}
	r.status().of(j.Name, func(p *Report) {
		switch {
		case err == nil:
			p.LastSuccess = r.Store.Wall()
		case ctx.Err() == nil && !errors.Is(err, ErrClock):
			p.Failures++
		}
	})
	return n, wait, err
}

// look reports whether something is due.
func (r Runner) look(ctx context.Context, j Job) (due bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, lookTime)
	defer cancel()
	defer recovered(j, &err)
	at, any, err := j.Next(ctx, r.Store)
	if err != nil {
		return false, err
	}
	now := r.now(j)
	due = any && !at.After(now)
	lag := time.Duration(0)
	if due {
		lag = calendar.Elapsed(at, now)
	}
	r.status().of(j.Name, func(p *Report) { p.Lag = lag })
	return due, nil
}

// hold runs a job whose lease was taken, renews the lease meanwhile, and
// returns it afterwards.
func (r Runner) hold(ctx context.Context, j Job) (n int, err error) {
	r.status().of(j.Name, func(p *Report) { p.Running = true; p.Runs++ })
	defer r.status().of(j.Name, func(p *Report) { p.Running = false })
	held, end := context.WithCancelCause(ctx)
	long := time.AfterFunc(mostRun, func() { end(ErrLong) })
	kept := make(chan struct{})
	go func() { defer close(kept); r.keep(held, end, j.Name) }()
	defer func() { end(nil); long.Stop(); <-kept; r.give(ctx, j.Name) }()
	n, err = run(context.WithValue(held, runKey{}, running{r.status(), j.Name}), r.Store, j)
	if cause := context.Cause(held); cause != nil && ctx.Err() == nil {
		err = errors.Join(cause, err)
	}
	return n, err
}

// run turns a panic of one job into an error, so that the other jobs go on.
func run(ctx context.Context, s *ent.Store, j Job) (n int, err error) {
	defer recovered(j, &err)
	return j.Run(ctx, s)
}

func recovered(j Job, err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("job: %s panicked: %v\n%s", j.Name, p, debug.Stack())
	}
}

// Batches calls one until a batch is empty, fails, or the context ends. It
// returns how many there were in all.
func Batches(ctx context.Context, one func() (int, error)) (done int, err error) {
	for ctx.Err() == nil {
		n, err := one()
		done += n
		if err != nil || n == 0 {
			return done, err
		}
	}
	return done, ctx.Err()
}

func (r Runner) now(j Job) time.Time {
	if j.OnWall {
		return r.Store.Wall()
	}
	return r.Store.Now()
}

// Pause waits a moment for another replica that does the work.
func Pause(ctx context.Context) error {
	sleep(ctx, moment)
	return ctx.Err()
}

func sleep(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}
