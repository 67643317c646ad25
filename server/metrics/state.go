package metrics

import (
	"github.com/prometheus/client_golang/prometheus"

	"portico/ent"
)

// State collects what one server holds now: connections to the database, requests,
// streams.
type State struct {
	// Store is the store whose connections are counted.
	Store *ent.Store
	// UnderWay returns the number of running requests, without streams that have begun.
	UnderWay func() int
	// Streams returns the numbers of open websockets and of open streams of events.
	Streams func() (sockets, events int)
}

// The metrics of a server's state.
var (
	poolLabels  = []string{"pool"}
	connections = prometheus.NewDesc("portico_database_connections", "Connections to the database, by pool and state (in_use, idle).", []string{"pool", "state"}, nil)
	mostOpen    = prometheus.NewDesc("portico_database_connections_max", "Maximum number of connections of a pool.", poolLabels, nil)
	waits       = prometheus.NewDesc("portico_database_waits_total", "Number of times that a request waited for a connection, by pool.", poolLabels, nil)
	waited      = prometheus.NewDesc("portico_database_wait_seconds_total", "Time for which requests waited for a connection, by pool.", poolLabels, nil)
	statements  = prometheus.NewDesc("portico_database_statements", "Prepared statements on the connections to the database.", nil, nil)
	mostKept    = prometheus.NewDesc("portico_database_statements_max", "Maximum number of prepared statements on the connections.", nil, nil)
	evicted     = prometheus.NewDesc("portico_database_statements_evicted_total", "Prepared statements that were closed to make room for new ones.", nil, nil)
	unprepared  = prometheus.NewDesc("portico_database_statements_refused_total", "Number of times that the database refused to prepare a statement, which then ran as text.", nil, nil)
	underWay    = prometheus.NewDesc("portico_requests_under_way", "Running requests, without streams that have begun.", nil, nil)
	openStreams = prometheus.NewDesc("portico_streams", "Open streams, by kind (websocket, events).", []string{"kind"}, nil)
)

// Describe implements [prometheus.Collector].
func (s *State) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{connections, mostOpen, waits, waited, statements, mostKept, evicted, unprepared, underWay, openStreams} {
		to <- d
	}
}

// Collect implements [prometheus.Collector].
func (s *State) Collect(to chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	count := func(d *prometheus.Desc, v float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, v, labels...)
	}
	for name, p := range s.Store.Pools() {
		gauge(connections, float64(p.InUse), name, "in_use")
		gauge(connections, float64(p.Idle), name, "idle")
		gauge(mostOpen, float64(p.MaxOpenConnections), name)
		count(waits, float64(p.WaitCount), name)
		count(waited, p.WaitDuration.Seconds(), name)
	}
	kept := s.Store.Statements()
	gauge(statements, float64(kept.Kept))
	gauge(mostKept, float64(kept.Most))
	count(evicted, float64(kept.Evicted))
	count(unprepared, float64(kept.Refused))
	gauge(underWay, float64(s.UnderWay()))
	sockets, events := s.Streams()
	gauge(openStreams, float64(sockets), "websocket")
	gauge(openStreams, float64(events), "events")
}
