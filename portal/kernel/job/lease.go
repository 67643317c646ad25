package job

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/lease"
)

const (
	// leaseTime is how long a lease lasts unless its holder renews it.
	leaseTime = 15 * time.Second
	// farAhead is later than any holder sets the end of a lease: a lease that
	// ends later was written by a wrong clock.
	farAhead = time.Minute
	// giveTime bounds returning a lease; otherwise it expires.
	giveTime = 2 * time.Second
)

// The reasons why a run's context ends before the run does.
var (
	// ErrLost: the lease couldn't be renewed, or another replica has it.
	ErrLost = errors.New("job: the lease was lost")
	// ErrClock: the replica's clock differs too much from the database's.
	ErrClock = errors.New("job: the clock is off")
	// ErrLong: the run took as long as a run may; the next run does the rest.
	ErrLong = errors.New("job: the run took too long")
)

func (r Runner) leaseTime() time.Duration {
	if r.Lease > 0 {
		return r.Lease
	}
	return leaseTime
}

// take takes a job's lease by a conditional update, on the database's clock. It
// returns for how long another replica has it, zero if this replica got it. A
// replica whose clock is off doesn't get it.
func (r Runner) take(ctx context.Context, name string) (wait time.Duration, err error) {
	var stale *db.Lease
	err = r.Store.Write(ctx, func(tx *ent.Tx) error {
		wait, stale = 0, nil
		now, err := tx.DatabaseTime()
		if err != nil {
			return err
		}
		if !r.status().judge(tx.Wall, now, r.Store.Wall()) {
			return ErrClock
		}
		row, err := tx.Lease.Query().Where(lease.Job(name)).Only(tx)
		if db.IsNotFound(err) {
			err = tx.Lease.Create().SetJob(name).SetHolder(r.Holder).SetUntilAt(now.Add(r.leaseTime())).Exec(tx)
			if ent.IsDuplicate(err) {
				return ent.ErrStale
			}
			return err
		}
		if err != nil {
			return err
		}
		left := row.UntilAt.Sub(now)
		switch {
		case left > farAhead:
			stale = row
		case left > 0 && row.Holder != r.Holder:
			wait = left
			return nil
		}
		n, err := tx.Lease.Update().Where(lease.ID(row.ID), lease.Holder(row.Holder), lease.UntilAt(row.UntilAt)).
			SetHolder(r.Holder).SetUntilAt(now.Add(r.leaseTime())).Save(tx)
		if err == nil && n == 0 {
			return ent.ErrStale
		}
		return err
	})
	if err == nil && stale != nil {
		slog.ErrorContext(ctx, "lease in the far future taken over", "job", name, "holder", stale.Holder, "until", stale.UntilAt)
		r.status().of(name, func(p *Report) { p.TakenOver++ })
	}
	return wait, err
}

// keep renews a lease until the context ends. It ends the context if renewing
// fails for too long, another replica has the lease, or the clock is off.
func (r Runner) keep(ctx context.Context, end context.CancelCauseFunc, name string) {
	whole := r.leaseTime()
	// An ended run has a quarter of the lease to stop before another replica may
	// take it.
	lost := time.AfterFunc(whole*3/4, func() { end(ErrLost) })
	defer lost.Stop()
	t := time.NewTicker(whole / 3)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
		err := r.renew(ctx, name)
		switch {
		case err == nil:
			lost.Reset(whole * 3 / 4)
		case errors.Is(err, ErrLost), errors.Is(err, ErrClock):
			end(err)
			return
		case ctx.Err() == nil:
			slog.WarnContext(ctx, "lease not renewed", "job", name, "error", err)
		}
	}
}

func (r Runner) renew(ctx context.Context, name string) error {
	ctx, cancel := context.WithTimeout(ctx, r.leaseTime()/3)
	defer cancel()
	return r.Store.Write(ctx, func(tx *ent.Tx) error {
		now, err := tx.DatabaseTime()
		if err != nil {
			return err
		}
		if !r.status().judge(tx.Wall, now, r.Store.Wall()) {
			return ErrClock
		}
		n, err := tx.Lease.Update().Where(lease.Job(name), lease.Holder(r.Holder)).SetUntilAt(now.Add(r.leaseTime())).Save(tx)
		if err == nil && n == 0 {
			return ErrLost
		}
		return err
	})
}

// give returns a lease, so that nobody waits for its end.
func (r Runner) give(ctx context.Context, name string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), giveTime)
	defer cancel()
	err := r.Store.Write(ctx, func(tx *ent.Tx) error {
		now, err := tx.DatabaseTime()
		if err != nil {
			return err
		}
		return tx.Lease.Update().Where(lease.Job(name), lease.Holder(r.Holder)).SetUntilAt(now).Exec(tx)
	})
	if err != nil {
		slog.WarnContext(ctx, "lease not given back", "job", name, "error", err)
	}
}
