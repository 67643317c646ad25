// Package job runs what falls due. Replicas share the work by leases; each job
// finds what is due by an index, works in small transactions, and can be killed
// at any point and run again with the same result.
package job

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"

	"portico/authz"
	"portico/ent"
	"portico/ent/db/lease"
)

// Job is one kind of work that falls due.
type Job struct {
	// Name is stable; it is the job's lease, and its name in the audit.
	Name string
	// Next tells the earliest instant at which something is due, past or future;
	// false if nothing is.
	Next func(ctx context.Context, s *ent.Store) (time.Time, bool, error)
	// Run does what is due by the store's time and tells how many it did.
	Run func(ctx context.Context, s *ent.Store) (int, error)
	// OnWall marks a job whose instants are wall time (delivery, clearing away):
	// the sandbox's clock doesn't hurry it.
	OnWall bool
}

const (
	tick      = time.Second
	leaseTime = 30 * time.Second
)

// Runner runs jobs until its context ends.
type Runner struct {
	Store *ent.Store
	Jobs  []Job
	// Holder names this replica.
	Holder string
	// Before, if set, is called before each look at what is due.
	Before func(ctx context.Context) error
}

// Run looks every second for what is due. It returns when the context ends and
// the work under way has ended.
func (r Runner) Run(ctx context.Context) {
	t := time.NewTicker(tick)
	defer t.Stop()
	for {
		if r.Before != nil {
			if err := r.Before(ctx); err != nil && ctx.Err() == nil {
				slog.ErrorContext(ctx, "jobs not prepared", "error", err)
			}
		}
		for _, j := range r.Jobs {
			if ctx.Err() != nil {
				return
			}
			if _, err := r.Once(ctx, j); err != nil && ctx.Err() == nil {
				slog.ErrorContext(ctx, "job failed", "job", j.Name, "error", err)
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
	}
}

// Once runs a job if something is due and this replica gets its lease.
func (r Runner) Once(ctx context.Context, j Job) (int, error) {
	ctx = authz.With(ctx, authz.AsSystem(j.Name))
	at, any, err := j.Next(ctx, r.Store)
	if err != nil || !any || at.After(r.now(j)) {
		return 0, err
	}
	held, err := r.take(ctx, j.Name)
	if err != nil || !held {
		return 0, err
	}
	defer func() {
		if err := r.give(context.WithoutCancel(ctx), j.Name); err != nil {
			slog.ErrorContext(ctx, "lease not given back", "job", j.Name, "error", err)
		}
	}()
	return run(ctx, r.Store, j)
}

// run turns a panic of one job into its error, so that the others go on.
func run(ctx context.Context, s *ent.Store, j Job) (n int, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("job: %s panicked: %v\n%s", j.Name, p, debug.Stack())
		}
	}()
	return j.Run(ctx, s)
}

// Batches does one batch after the other until one is empty, fails, or the
// context ends; it tells how many there were in all.
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

// take gets the lease by a conditional update.
func (r Runner) take(ctx context.Context, name string) (held bool, err error) {
	err = r.Store.Write(ctx, func(tx *ent.Tx) error {
		n, err := tx.Lease.Update().Where(lease.Job(name),
			lease.Or(lease.UntilAtLTE(tx.Wall), lease.Holder(r.Holder))).
			SetHolder(r.Holder).SetUntilAt(tx.Wall.Add(leaseTime)).Save(tx)
		if err != nil || n > 0 {
			held = n > 0
			return err
		}
		exists, err := tx.Lease.Query().Where(lease.Job(name)).Exist(tx)
		if err != nil || exists {
			return err
		}
		err = tx.Lease.Create().SetJob(name).SetHolder(r.Holder).SetUntilAt(tx.Wall.Add(leaseTime)).Exec(tx)
		if ent.IsDuplicate(err) {
			return ent.ErrStale
		}
		held = err == nil
		return err
	})
	return held, err
}

func (r Runner) give(ctx context.Context, name string) error {
	return r.Store.Write(ctx, func(tx *ent.Tx) error {
		return tx.Lease.Update().Where(lease.Job(name), lease.Holder(r.Holder)).SetUntilAt(tx.Wall).Exec(tx)
	})
}

// Pause waits a moment for another replica that has the work.
func Pause(ctx context.Context) error {
	t := time.NewTimer(50 * time.Millisecond)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
