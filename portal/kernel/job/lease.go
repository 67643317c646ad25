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
	// farAhead is further ahead than any holder puts the end of a lease: one that
	// lies there was put by a clock that was wrong.
	farAhead = time.Minute
	// giveTime bounds giving a lease back; else it runs out.
	giveTime = 2 * time.Second
)

// Why a run's context ends before the run does.
var (
	// ErrLost: the lease couldn't be renewed, or another replica has it.
	ErrLost = errors.New("job: the lease was lost")
	// ErrClock: the replica's clock and the database's have parted.
	ErrClock = errors.New("job: the clock is off")
	// ErrLong: the run took as long as one may; what is left is done by the next.
	ErrLong = errors.New("job: the run took too long")
)

func (r Runner) leaseTime() time.Duration {
	if r.Lease > 0 {
		return r.Lease
	}
	return leaseTime
}

// take gets a job's lease by a conditional update, on the database's clock, and
// tells for how long another has it; nought if it was got. It isn't given to a
// replica whose clock is off.
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

// keep renews a lease until the context ends, and ends it where that fails for
// too long, another has the lease, or the clock is off.
func (r Runner) keep(ctx context.Context, end context.CancelCauseFunc, name string) {
	whole := r.leaseTime()
	// What the run has under way when it is ended has a quarter of the lease to
	// come to nothing, until another may have it.
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

// give gives a lease back, so that nobody waits for its end.
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
