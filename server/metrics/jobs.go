package metrics

import (
	"context"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"portico/authz"
	"portico/calendar"
	"portico/portal"
	"portico/portal/finance/billing"
	"portico/portal/kernel/outbox"
)

// Jobs measures the jobs of a portal and what waits for them, until stop is called. Only
// tests have several portals in a process; the first of them is measured.
func Jobs(ctx context.Context, p *portal.Portal) (stop func()) {
	m := jobMetrics{p}
	if err := registry.Register(m); err != nil {
		slog.DebugContext(ctx, "jobs not measured: another server's are", "error", err)
	}
	return func() { registry.Unregister(m) }
}

// scrapeTime is the maximum time that one collection of metrics queries the database.
const scrapeTime = 2 * time.Second

func described(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("portico_"+name, help, labels, nil)
}

var (
	jobSuccess   = described("job_last_success_timestamp_seconds", "Time at which a check or a run of the job last succeeded on this replica.", "job")
	jobLag       = described("job_lag_seconds", "Time since the work that is due first fell due.", "job")
	jobRunning   = described("job_running", "1 while this replica runs the job, else 0.", "job")
	jobRuns      = described("job_runs_total", "Runs of the job on this replica.", "job")
	jobFailures  = described("job_failures_total", "Runs of the job, and checks for due work, that failed on this replica.", "job")
	jobObjects   = described("job_objects_total", "Objects that runs of the job on this replica processed, or failed to process.", "job", "result")
	jobTaken     = described("job_leases_taken_over_total", "Leases in the far future, caused by a wrong clock, that were taken over.", "job")
	clockSkew    = described("clock_skew_seconds", "Time by which this replica's clock is ahead of the database's; a large difference stops its jobs.")
	outboxQueued = described("outbox_queued", "Messages that wait to be sent.", "channel")
	outboxOldest = described("outbox_oldest_seconds", "Age of the oldest message that waits to be sent.", "channel")
	unbilled     = described("billing_periods_failed", "Usage periods that could not be billed and wait for another try.", "failure")
)

// jobMetrics collects the current metrics of a replica's jobs, and of what waits for
// them in the outbox and in billing.
type jobMetrics struct{ p *portal.Portal }

// Describe implements [prometheus.Collector].
func (m jobMetrics) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{jobSuccess, jobLag, jobRunning, jobRuns, jobFailures, jobTaken, jobObjects, clockSkew, outboxQueued, outboxOldest, unbilled} {
		out <- d
	}
}

// Collect implements [prometheus.Collector]. It leaves out metrics that the database
// doesn't return in time.
func (m jobMetrics) Collect(out chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	count := func(d *prometheus.Desc, n int64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(n), labels...)
	}
	for _, r := range m.p.Status.Reports() {
		if !r.LastSuccess.IsZero() {
			gauge(jobSuccess, float64(r.LastSuccess.UnixMilli())/1000, r.Name)
		}
		running := 0.0
		if r.Running {
			running = 1
		}
		gauge(jobRunning, running, r.Name)
		gauge(jobLag, r.Lag.Seconds(), r.Name)
		count(jobRuns, r.Runs, r.Name)
		count(jobFailures, r.Failures, r.Name)
		count(jobTaken, r.TakenOver, r.Name)
		count(jobObjects, r.Done, r.Name, "done")
		count(jobObjects, r.Failed, r.Name, "failed")
	}
	skew, _ := m.p.Status.Skew()
	gauge(clockSkew, skew.Seconds())
	ctx, cancel := context.WithTimeout(authz.With(context.Background(), authz.AsSystem("metrics")), scrapeTime)
	defer cancel()
	failed, err := billing.Failed(ctx, m.p.Store)
	if err != nil {
		slog.ErrorContext(ctx, "billing not measured", "error", err)
	}
	for failure, n := range failed {
		gauge(unbilled, float64(n), failure)
	}
	waiting, err := outbox.Waiting(ctx, m.p.Store)
	if err != nil {
		slog.ErrorContext(ctx, "outbox not measured", "error", err)
	}
	for _, w := range waiting {
		gauge(outboxQueued, float64(w.Messages), string(w.Channel))
		gauge(outboxOldest, calendar.Elapsed(w.Oldest, m.p.Store.Wall()).Seconds(), string(w.Channel))
	}
}
