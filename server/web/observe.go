package web

import (
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"portico/calendar"
	"portico/server/metrics"
	"portico/server/transport"
)

// Observed wraps the handler of all requests: it gives each request a correlation id,
// measures and logs it, and sets the headers that every answer has. The parameter https
// reports whether clients use this server by HTTPS (5.7).
func Observed(https bool, next http.Handler) http.Handler {
	return transport.Correlated(observed(safeHeaders(https, next)))
}

type statusWriter struct {
	http.ResponseWriter
	status int
}

// WriteHeader records the status and sets the deadline by which the peer must have read
// the answer.
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

// known holds the paths that metrics and logs name. All others are "other", so that a
// client can't create series.
var known = map[string]bool{"/graphql": true, "/healthz": true, "/readyz": true}

// pathOf returns the name of a request's path in metrics and logs.
func pathOf(r *http.Request) string {
	if known[r.URL.Path] {
		return r.URL.Path
	}
	return "other"
}

// observed measures and logs each request, without headers, body or personal data.
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
			path = "stream" // the time for which it was open is no response time
		}
		took := calendar.Elapsed(start, clock.Now())
		metrics.Request(method(r), path, s.status, took)
		if !slog.Default().Enabled(r.Context(), slog.LevelDebug) { // making the attributes costs more than measuring
			return
		}
		slog.DebugContext(r.Context(), "request", "method", r.Method, "path", path, "status", s.status,
			"took", took.Round(10*time.Microsecond), "correlation_id", transport.Correlation(r.Context()))
	})
}

func method(r *http.Request) string {
	switch r.Method {
	case http.MethodGet, http.MethodPost, http.MethodHead, http.MethodOptions:
		return r.Method
	}
	return "other"
}
