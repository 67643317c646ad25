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

// Jobs measures the jobs of a portal, and what waits for them, until stop is
// called. There is one portal a process, but in tests: the first is measured.
func Jobs(ctx context.Context, p *portal.Portal) (stop func()) {
	m := jobMetrics{p}
	if err := registry.Register(m); err != nil {
		slog.DebugContext(ctx, "another server's jobs are measured", "error", err)
	}
	return func() { registry.Unregister(m) }
}

// scrapeTime bounds what one look at the metrics asks the database.
const scrapeTime = 2 * time.Second

func described(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("portico_"+name, help, labels, nil)
}

var (
	jobSuccess   = described("job_last_success_timestamp_seconds", "When a look or a run of the job last ended well on this replica.", "job")
	jobLag       = described("job_lag_seconds", "How long what is due first has been due.", "job")
	jobRunning   = described("job_running", "Whether this replica does the job now.", "job")
	jobRuns      = described("job_runs_total", "Runs of the job on this replica.", "job")
	jobFailures  = described("job_failures_total", "Runs of the job, and looks for what is due, that failed on this replica.", "job")
	jobObjects   = described("job_objects_total", "Objects that runs of the job on this replica did, or could not do.", "job", "result")
	jobTaken     = described("job_leases_taken_over_total", "Leases in the far future, of a clock that was wrong, that were taken over.", "job")
	clockSkew    = described("clock_skew_seconds", "How far this replica's clock is ahead of the database's; too far stops its jobs.")
	outboxQueued = described("outbox_queued", "Messages that wait to leave.", "channel")
	outboxOldest = described("outbox_oldest_seconds", "How long the oldest message that waits has waited.", "channel")
	unbilled     = described("billing_periods_failed", "Periods of use that could not be billed and wait for another try.", "failure")
)

// jobMetrics are the metrics of a replica's jobs, and of what waits for them in
// the outbox and in billing, as of when they are looked at.
type jobMetrics struct{ p *portal.Portal }

// Describe is Prometheus's.
func (m jobMetrics) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{jobSuccess, jobLag, jobRunning, jobRuns, jobFailures, jobTaken, jobObjects, clockSkew, outboxQueued, outboxOldest, unbilled} {
		out <- d
	}
}

// Collect is Prometheus's. What the database doesn't tell in time is left out.
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
