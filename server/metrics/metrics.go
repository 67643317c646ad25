// Package metrics provides the metrics of a server to Prometheus.
package metrics

import (
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

var (
	registry = prometheus.NewRegistry()
	requests = prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "portico_http_request_seconds", Help: "Time to answer a request, by method, path and status.",
		Buckets: prometheus.ExponentialBuckets(0.001, 2.5, 12),
	}, []string{"method", "path", "status"})
)

func init() {
	registry.MustRegister(requests, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
}

// Request records the time that a request took. Method and path must come from a fixed
// list and never from the request itself: otherwise a client could create series.
func Request(method, path string, status int, took time.Duration) {
	requests.WithLabelValues(method, path, strconv.Itoa(status)).Observe(took.Seconds())
}

// Handler serves the metrics of the process and of one server's state to Prometheus.
func Handler(s *State) http.Handler {
	of := prometheus.NewRegistry()
	of.MustRegister(s)
	return promhttp.HandlerFor(prometheus.Gatherers{registry, of}, promhttp.HandlerOpts{})
}
