package server

import (
	"log/slog"
	"net/http"
	"net/http/pprof"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"portico/calendar"
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

type statusWriter struct {
	http.ResponseWriter
	status int
}

// WriteHeader notes the status, and from when on the peer has to read.
func (w *statusWriter) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
		length, err := strconv.ParseInt(w.Header().Get("Content-Length"), 10, 64)
		if err != nil {
			length = 0
		}
		limitReading(w.ResponseWriter, length)
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write writes a part of the answer.
func (w *statusWriter) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.WriteHeader(http.StatusOK)
	}
	return w.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the connection.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// known are the paths that metrics tell apart, so that nobody can make up
// series.
var known = map[string]bool{"/graphql": true, "/healthz": true, "/readyz": true}

// pathOf is a request's path as metrics and logs tell it.
func pathOf(r *http.Request) string {
	if known[r.URL.Path] {
		return r.URL.Path
	}
	return "other"
}

// observed measures and logs each request: no header, no body, no personal
// data.
func observed(next http.Handler) http.Handler {
	clock := calendar.Real{}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := clock.Now()
		s := &statusWriter{ResponseWriter: w}
		next.ServeHTTP(s, r)
		if s.status == 0 {
			s.status = http.StatusOK
		}
		path := pathOf(r)
		if s.Header().Get("Content-Type") == "text/event-stream; charset=utf-8" || s.status == http.StatusSwitchingProtocols {
			path = "stream" // how long it was open says nothing of how fast it was
		}
		took := calendar.Elapsed(start, clock.Now())
		requests.WithLabelValues(method(r), path, strconv.Itoa(s.status)).Observe(took.Seconds())
		if !slog.Default().Enabled(r.Context(), slog.LevelDebug) { // what it would be told costs more than the measuring
			return
		}
		slog.DebugContext(r.Context(), "request", "method", r.Method, "path", path, "status", s.status,
			"took", took.Round(10*time.Microsecond), "correlation_id", correlationOf(r.Context()))
	})
}

// private is the side for operations: metrics and profiles.
func private(s *side) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(prometheus.Gatherers{registry, s.metrics()}, promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	return mux
}

func method(r *http.Request) string {
	switch r.Method {
	case http.MethodGet, http.MethodPost, http.MethodHead, http.MethodOptions:
		return r.Method
	}
	return "other"
}
