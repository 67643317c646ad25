package sandbox

import (
	"context"
	"log/slog"
	"time"

	"portico/authz"
	"portico/portal/kernel/job"
)

const (
	// retry is the portal's time after which a failed job is tried again.
	retry = time.Hour
	// fruitless is the number of times that a job may be due without finding
	// anything to do, before it counts as failed.
	fruitless = 5
	// reserve is the part of a request's time that is kept for a refusal.
	reserve = 2 * time.Second
	// look is the interval at which another process's lease is checked.
	look = 100 * time.Millisecond
)

// mostWait is the time for which another process's work is waited for without
// any progress. It is longer than the lease of a killed process lasts.
var mostWait = 20 * time.Second

// passage moves time to an instant: it repeatedly runs the job that is due
// first, at the instant at which it is due.
type passage struct {
	runner job.Runner
	clock  *Clock
	jobs   []job.Job
	to     time.Time

	runs, failed int
	// again holds the times at which failed jobs are due again, by name.
	again map[string]time.Time
	// idle and waited count rounds without progress since the last run.
	idle   int
	waited time.Duration
}

func (p *passage) pass(ctx context.Context) error {
	p.again = map[string]time.Time{}
	for {
		first, at, err := p.earliest(ctx)
		if err != nil {
			return err
		}
		if first == nil || at.After(p.to) {
			break
		}
		if at.After(p.clock.Now()) {
			if err := p.clock.move(ctx, p.runner.Store, at); err != nil {
				return err
			}
		}
		if err := p.run(ctx, *first, at); err != nil {
			return err
		}
	}
	if p.to.After(p.clock.Now()) {
		return p.clock.move(ctx, p.runner.Store, p.to)
	}
	return nil
}

// run runs a due job. A failure doesn't prevent other jobs from running, unless
// the database fails, which the next look reports.
func (p *passage) run(ctx context.Context, j job.Job, at time.Time) error {
	done, wait, err := p.runner.Try(ctx, j)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		slog.ErrorContext(ctx, "job failed", "job", j.Name, "error", err)
		p.fail(j.Name)
	case wait > 0:
		return p.wait(ctx, j.Name, at, wait)
	case done > 0:
		p.runs++
		p.idle, p.waited = 0, 0
		if p.runner.Store.Now().Before(p.again[j.Name]) {
			delete(p.again, j.Name)
		}
	default: // another replica has done it
		if p.idle++; p.idle >= fruitless {
			slog.ErrorContext(ctx, "job finds nothing of what is due", "job", j.Name, "due", at)
			p.fail(j.Name)
			return nil
		}
		return job.Pause(ctx)
	}
	return nil
}

func (p *passage) fail(name string) {
	p.failed++
	p.idle, p.waited = 0, 0
	p.again[name] = p.clock.Now().Add(retry)
}

// wait waits a moment for the process that has the lease of due work. If it has
// waited long enough, it refuses to continue.
func (p *passage) wait(ctx context.Context, name string, at time.Time, lease time.Duration) error {
	moment, cancel := context.WithTimeout(ctx, look)
	defer cancel()
	near := ctx
	if end, ok := ctx.Deadline(); ok {
		var stop context.CancelFunc
		near, stop = context.WithDeadline(ctx, end.Add(-reserve))
		defer stop()
	}
	select {
	case <-moment.Done():
		p.waited += look
	case <-near.Done():
		p.waited = mostWait
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if p.waited < mostWait {
		return nil
	}
	seconds := int((lease + time.Second - 1) / time.Second)
	slog.WarnContext(ctx, "clock held by another process", "job", name, "due", at)
	return ClockHeld.With("at", at).With("to", p.to).With("retryAfter", seconds)
}

func (p *passage) earliest(ctx context.Context) (first *job.Job, at time.Time, err error) {
	for i, j := range p.jobs {
		if j.OnWall {
			continue
		}
		next, due, err := j.Next(authz.With(ctx, authz.AsSystem(j.Name)), p.runner.Store)
		if err != nil {
			return nil, at, err
		}
		next = latest(next, p.again[j.Name])
		if due && (first == nil || next.Before(at)) {
			first, at = &p.jobs[i], next
		}
	}
	return first, at, nil
}
