package metrics

import (
	"github.com/prometheus/client_golang/prometheus"

	"portico/ent"
)

// State is what one server holds at the time when it is looked at: connections to
// the database, requests, streams.
type State struct {
	Store *ent.Store
	// UnderWay is how many requests are under way, streams that have begun aside.
	UnderWay func() int
	// Streams is how many websockets, and how many streams of events, are open.
	Streams func() (sockets, events int)
}

// What a database's pools are measured by.
var (
	poolLabels  = []string{"pool"}
	connections = prometheus.NewDesc("portico_database_connections", "Connections to the database, by pool and state (in_use, idle).", []string{"pool", "state"}, nil)
	mostOpen    = prometheus.NewDesc("portico_database_connections_max", "Most connections of a pool.", poolLabels, nil)
	waits       = prometheus.NewDesc("portico_database_waits_total", "How often a request waited for a connection, by pool.", poolLabels, nil)
	waited      = prometheus.NewDesc("portico_database_wait_seconds_total", "How long requests waited for a connection, by pool.", poolLabels, nil)
	statements  = prometheus.NewDesc("portico_database_statements", "Statements that the connections to the database keep prepared.", nil, nil)
	mostKept    = prometheus.NewDesc("portico_database_statements_max", "Statements that the connections may keep prepared.", nil, nil)
	evicted     = prometheus.NewDesc("portico_database_statements_evicted_total", "Prepared statements that were closed to make room for others.", nil, nil)
	unprepared  = prometheus.NewDesc("portico_database_statements_refused_total", "How often the database refused to prepare a statement, which then ran as text.", nil, nil)
	underWay    = prometheus.NewDesc("portico_requests_under_way", "Requests under way, streams that have begun aside.", nil, nil)
	openStreams = prometheus.NewDesc("portico_streams", "Open streams, by kind (websocket, events).", []string{"kind"}, nil)
)

// Describe is prometheus.Collector's.
func (s *State) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{connections, mostOpen, waits, waited, statements, mostKept, evicted, unprepared, underWay, openStreams} {
		to <- d
	}
}

// Collect is prometheus.Collector's.
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
