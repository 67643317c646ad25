package server

import (
	"net/http"
	"net/http/pprof"

	"portico/server/metrics"
)

// private returns the handler of the private address: metrics and profiles.
func private(s *metrics.State) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", metrics.Handler(s))
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	return mux
}
