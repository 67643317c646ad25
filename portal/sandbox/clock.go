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
	"portico/portal/act"
	"portico/portal/job"
)

// Clock is the sandbox's: wall time and an offset that is kept in the database
// and never decreases. It is below nought only while the demonstration data is
// made, see [Demonstration].
type Clock struct {
	Wall calendar.Clock
	// offset is in microseconds; nil until the database has told one.
	offset atomic.Pointer[int64]
}

// Now is the portal's time.
func (c *Clock) Now() time.Time {
	return calendar.UTC(c.Wall.Now().Add(c.ahead()))
}

// ahead is how far the portal's time is ahead of wall time.
func (c *Clock) ahead() time.Duration {
	offset := c.offset.Load()
	if offset == nil {
		return 0
	}
	return time.Duration(*offset) * time.Microsecond
}

// Behind reports whether the portal's time is behind wall time: while the
// demonstration data is made.
func (c *Clock) Behind() bool { return c.ahead() < 0 }

// Load reads the offset from the database; the runner of jobs calls it again
// and again, so that replicas follow each other.
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

// move puts the portal's time forward to an instant.
func (c *Clock) move(ctx context.Context, s *ent.Store, to time.Time) error {
	return c.put(ctx, s, to.Sub(c.Wall.Now()).Microseconds())
}

// put makes the offset so many microseconds, unless it is further already.
func (c *Clock) put(ctx context.Context, s *ent.Store, offset int64) error {
	err := s.Write(ctx, func(tx *ent.Tx) error {
		n, err := tx.SandboxClock.Update().Where(sandboxclock.ID(clockID), sandboxclock.OffsetMicrosLTE(offset)).
			SetOffsetMicros(offset).Save(tx)
		if err != nil || n > 0 {
			return err
		}
		there, err := tx.SandboxClock.Query().Exist(tx)
		if err != nil || there { // a twin is further ahead
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

// mostYears bounds how far the clock may be ahead.
const mostYears = 100

// mostRuns bounds how many jobs one call runs, so that a far leap ends.
const mostRuns = 100_000

// mostIdle bounds how often one waits for a replica that has the work.
const mostIdle = 200

// Advance moves the portal's clock forward to an instant and runs every job
// that falls due on the way, in the order in which they do, each at its own
// instant. For operators of the role platform. The refusal is CLOCK_BACKWARDS.
func Advance(ctx context.Context, s *ent.Store, c *Clock, jobs []job.Job, in AdvanceClockInput) (*AdvanceClockPayload, error) {
	payload, err := act.Do(ctx, s, act.Command{Name: "advanceClock", Permission: authz.SandboxAdvance, Global: true, Input: in, Secret: true},
		func(tx *ent.Tx) (*AdvanceClockPayload, error) {
			if in.To.Before(tx.Now) {
				return nil, ClockBackwards.At("to").With("now", tx.Now).With("to", tx.Now.Add(10*time.Minute).Truncate(time.Minute))
			}
			if in.To.After(tx.Wall.AddDate(mostYears, 0, 0)) {
				return nil, clause.Invalid.At("to").With("detail", clause.Text{
					ZH: fmt.Sprintf("最多比真实时间提前 %d 年。", mostYears), EN: fmt.Sprintf("at most %d years ahead of wall time.", mostYears)})
			}
			tx.Detail("to", in.To)
			return &AdvanceClockPayload{}, nil
		})
	if err != nil {
		return nil, err
	}
	system := authz.With(ctx, authz.AsSystem("sandbox-clock"))
	runs, err := passThrough(system, job.Runner{Store: s, Holder: ent.NewID("hold")}, c, jobs, in.To)
	if err != nil {
		return nil, err
	}
	now := c.Now()
	payload.Now, payload.JobsRun = &now, &runs
	return payload, nil
}

// passThrough lets time pass until an instant: again and again the job that is
// due first runs, at the instant at which it is due.
func passThrough(ctx context.Context, runner job.Runner, c *Clock, jobs []job.Job, to time.Time) (runs int, err error) {
	s := runner.Store
	for idle := 0; runs < mostRuns && idle < mostIdle; {
		first, at, err := earliest(ctx, s, jobs)
		if err != nil {
			return runs, err
		}
		if first == nil || at.After(to) {
			break
		}
		if at.After(c.Now()) {
			if err := c.move(ctx, s, at); err != nil {
				return runs, err
			}
		}
		done, err := runner.Once(ctx, *first)
		if err != nil {
			return runs, err
		}
		if done == 0 { // another replica has the lease, or the work
			if err := job.Pause(ctx); err != nil {
				return runs, err
			}
			idle++
			continue
		}
		runs++
		idle = 0
	}
	if to.After(c.Now()) {
		err = c.move(ctx, s, to)
	}
	return runs, err
}

func earliest(ctx context.Context, s *ent.Store, jobs []job.Job) (first *job.Job, at time.Time, err error) {
	for i := range jobs {
		if jobs[i].OnWall {
			continue
		}
		next, due, err := jobs[i].Next(authz.With(ctx, authz.AsSystem(jobs[i].Name)), s)
		if err != nil {
			return nil, at, err
		}
		if due && (first == nil || next.Before(at)) {
			first, at = &jobs[i], next
		}
	}
	return first, at, nil
}
