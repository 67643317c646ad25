package server

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"time"

	"portico/ent"
	"portico/portal"
	"portico/portal/access/staff"
	"portico/portal/kernel/job"
	"portico/server/metrics"
)

// startJobs compares the clocks and starts the jobs. While the clock is off, no job
// runs. The function stop ends the jobs and waits for them at most as long as a stop
// may take.
func startJobs(ctx context.Context, c Config, p *portal.Portal) (stop func(), err error) {
	p.Status.MostSkew = cmp.Or(c.ClockSkew, job.StandardSkew)
	first, cancel := context.WithTimeout(ctx, measureTime)
	defer cancel()
	if _, err := p.Status.Measure(first, p.Store); err != nil {
		return nil, err
	}
	unmeasured := metrics.Jobs(ctx, p)
	due := p.Jobs
	if c.Quiet {
		slog.WarnContext(ctx, "quiet: no jobs run, and nothing is sent")
		due = nil
	}
	jobs, end := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		job.Runner{Store: p.Store, Jobs: due, Holder: ent.NewID("hold"), Before: p.Beside(!c.Quiet), Status: p.Status, Stop: max(c.StopTimeout, time.Second)}.Run(jobs)
	}()
	return func() {
		end()
		<-ended
		unmeasured()
		if c.Quiet {
			return
		}
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), usesTime)
		defer cancel()
		if err := staff.KeepUses(last, p.Store); err != nil {
			slog.ErrorContext(last, "the last uses of grants weren't written", "error", err)
		}
	}, nil
}

// clockOff returns an error if the machine's clock differs too much from the
// database's.
func clockOff(p *portal.Portal) error {
	if skew, off := p.Status.Skew(); off {
		return fmt.Errorf("the clock differs by %s from the database's", skew)
	}
	return nil
}

// usesTime is the maximum time for writing the last uses of grants at a stop.
const usesTime = 5 * time.Second

// measureTime is the maximum time for reading the database's clock at start.
const measureTime = 15 * time.Second
