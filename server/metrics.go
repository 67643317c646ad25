package server

import (
	"context"
	"strings"
	"sync"

	"github.com/99designs/gqlgen/graphql"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"portico/clause"
	"portico/server/transport"
)

// failures counts what broke, or ran out of time, by the operation that it was:
// a field of the schema's root, or "none" where there was no operation yet.
var failures = prometheus.NewCounterVec(prometheus.CounterOpts{
	Name: "portico_graphql_failures_total", Help: "Errors INTERNAL and TIMEOUT of the API, by operation (a root field of the schema) and code.",
}, []string{"operation", "code"})

// counted are the codes that failures counts.
var counted = []string{clause.Broken.Code, clause.Timeout.Code}

// operations are the names that failures tells apart.
var operations sync.Map

func init() {
	registry.MustRegister(failures)
	for _, code := range counted {
		failures.WithLabelValues(noOperation, code)
	}
}

const noOperation = "none"

// watchOperations begins the count of every operation at 0, so that the first
// failure is seen as a rise.
func watchOperations(schema *ast.Schema) {
	for _, root := range []*ast.Definition{schema.Query, schema.Mutation, schema.Subscription} {
		if root == nil {
			continue
		}
		for _, f := range root.Fields {
			if strings.HasPrefix(f.Name, "__") {
				continue
			}
			operations.Store(f.Name, true)
			for _, code := range counted {
				failures.WithLabelValues(f.Name, code)
			}
		}
	}
}

var present = transport.Presenter(correlationOf)

// presented is an error as it is shown; what broke or ran out of time is counted.
func presented(ctx context.Context, err error) *gqlerror.Error {
	shown := present(ctx, err)
	switch code, _ := shown.Extensions["code"].(string); code {
	case clause.Broken.Code, clause.Timeout.Code:
		failures.WithLabelValues(operationOf(ctx), code).Inc()
	}
	return shown
}

// operationOf is the root field of an error's context.
func operationOf(ctx context.Context) string {
	name := ""
	if root := graphql.GetRootFieldContext(ctx); root != nil && root.Field.Field != nil {
		name = root.Field.Name
	} else if graphql.HasOperationContext(ctx) {
		if op := graphql.GetOperationContext(ctx).Operation; op != nil && len(op.SelectionSet) == 1 {
			if f, ok := op.SelectionSet[0].(*ast.Field); ok {
				name = f.Name
			}
		}
	}
	if _, ok := operations.Load(name); ok {
		return name
	}
	return noOperation
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
func (s *side) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{connections, mostOpen, waits, waited, statements, mostKept, evicted, unprepared, underWay, openStreams} {
		to <- d
	}
}

// Collect is prometheus.Collector's.
func (s *side) Collect(to chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	count := func(d *prometheus.Desc, v float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, v, labels...)
	}
	for name, p := range s.portal.Store.Pools() {
		gauge(connections, float64(p.InUse), name, "in_use")
		gauge(connections, float64(p.Idle), name, "idle")
		gauge(mostOpen, float64(p.MaxOpenConnections), name)
		count(waits, float64(p.WaitCount), name)
		count(waited, p.WaitDuration.Seconds(), name)
	}
	kept := s.portal.Store.Statements()
	gauge(statements, float64(kept.Kept))
	gauge(mostKept, float64(kept.Most))
	count(evicted, float64(kept.Evicted))
	count(unprepared, float64(kept.Refused))
	gauge(underWay, float64(s.places.open()))
	sockets, events := s.live.Open()
	gauge(openStreams, float64(sockets), "websocket")
	gauge(openStreams, float64(events), "events")
}

// metrics is a registry of what this side's state is.
func (s *side) metrics() *prometheus.Registry {
	r := prometheus.NewRegistry()
	r.MustRegister(s)
	return r
}
