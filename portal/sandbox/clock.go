// Package sandbox owns the sandbox's clock, which integrators move, and the
// demonstration data with which they try the portal.
package sandbox

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"portico/authz"
	"portico/calendar"
	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/sandboxclock"
	"portico/portal/kernel/command"
	"portico/portal/kernel/job"
)

// Clock is the sandbox's clock: wall time plus an offset, which is stored in
// the database and never decreases. The offset is negative only while the
// demonstration data is created; see [Demonstration].
type Clock struct {
	Wall calendar.Clock
	// Off, if set, returns how far this replica's wall clock is known to be
	// ahead of the clock that all replicas share. This difference is
	// subtracted, so that what one replica writes after another isn't dated
	// before it.
	Off func() time.Duration
	// offset is in microseconds; nil until it is read from the database.
	offset atomic.Pointer[int64]
}

// Now returns the portal's time.
func (c *Clock) Now() time.Time {
	return calendar.UTC(c.shared().Add(c.ahead()))
}

// shared returns wall time by the clock that all replicas share.
func (c *Clock) shared() time.Time {
	if c.Off == nil {
		return c.Wall.Now()
	}
	return c.Wall.Now().Add(-c.Off())
}

// ahead returns how far the portal's time is ahead of wall time.
func (c *Clock) ahead() time.Duration {
	offset := c.offset.Load()
	if offset == nil {
		return 0
	}
	return time.Duration(*offset) * time.Microsecond
}

// Behind reports whether the portal's time is behind wall time, which it is
// while the demonstration data is created.
func (c *Clock) Behind() bool { return c.ahead() < 0 }

// IsWall reports whether the portal's time is wall time.
func (c *Clock) IsWall() bool { return c.ahead() == 0 }

// Load reads the offset from the database. The job runner calls it repeatedly,
// so that all replicas have the same time.
func (c *Clock) Load(ctx context.Context, s *ent.Store) error {
	row, err := s.Read().SandboxClock.Query().Only(authz.With(ctx, authz.AsSystem("sandbox-clock")))
	if db.IsNotFound(err) {
		return nil
	}
	if err == nil {
		c.raise(row.OffsetMicros)
	}
	return err
}

func (c *Clock) raise(offset int64) {
	for {
		old := c.offset.Load()
		if old != nil && offset <= *old || c.offset.CompareAndSwap(old, &offset) {
			return
		}
	}
}

// clockID is the id of the clock's one row.
const clockID = "sclk_the_one"

// move sets the portal's time forward to an instant.
func (c *Clock) move(ctx context.Context, s *ent.Store, to time.Time) error {
	return c.put(ctx, s, to.Sub(c.shared()).Microseconds())
}

// put sets the offset in microseconds, unless it is further ahead already.
func (c *Clock) put(ctx context.Context, s *ent.Store, offset int64) error {
	err := s.Write(ctx, func(tx *ent.Tx) error {
		n, err := tx.SandboxClock.Update().Where(sandboxclock.ID(clockID), sandboxclock.OffsetMicrosLTE(offset)).
			SetOffsetMicros(offset).Save(tx)
		if err != nil || n > 0 {
			return err
		}
		there, err := tx.SandboxClock.Query().Exist(tx)
		if err != nil || there { // a concurrent request moved it further
			return err
		}
		err = tx.SandboxClock.Create().SetID(clockID).SetOffsetMicros(offset).Exec(tx)
		if ent.IsDuplicate(err) {
			return ent.ErrStale
		}
		return err
	})
	if err != nil {
		return err
	}
	return c.Load(ctx, s)
}

// mostYears is the maximum number of years by which the clock can be ahead.
const mostYears = 100

// Advance moves the portal's clock forward to an instant. Every job that falls
// due on the way runs at its own instant, in the order of these instants. A run
// that fails is counted and retried an hour of the portal's time later. For
// operators with the role platform. Refusals: CLOCK_BACKWARDS; CLOCK_HELD if
// another process has due work, or had it when it was killed, and waiting for
// it takes too long. The clock then stands at the instant of that work.
func Advance(ctx context.Context, s *ent.Store, c *Clock, jobs []job.Job, in AdvanceClockInput) (*AdvanceClockPayload, error) {
	payload, err := command.Do(ctx, s, command.Command{Name: "advanceClock", Permission: authz.SandboxAdvance, Global: true, Input: in, Secret: true},
		func(tx *command.Tx) (*AdvanceClockPayload, error) {
			if in.To.Before(tx.Now) {
				return nil, ClockBackwards.At("to").With("now", tx.Now).With("to", tx.Now.Add(10*time.Minute).Truncate(time.Minute))
			}
			if in.To.After(tx.Wall.AddDate(mostYears, 0, 0)) {
				return nil, clause.InvalidField("to", fmt.Sprintf("最多可比实际时间提前 %d 年。", mostYears), fmt.Sprintf("can be at most %d years ahead of wall time.", mostYears))
			}
			tx.AuditDetail("to", in.To)
			return &AdvanceClockPayload{}, nil
		})
	if err != nil {
		return nil, err
	}
	system := authz.With(ctx, authz.AsSystem("sandbox-clock"))
	p := passage{runner: job.Runner{Store: s, Holder: ent.NewID("hold")}, clock: c, jobs: jobs, to: in.To}
	if err := p.pass(system); err != nil {
		return nil, err
	}
	now := c.Now()
	payload.Now, payload.JobsRun, payload.JobsFailed = &now, &p.runs, &p.failed
	return payload, nil
}
