package server

import (
	"context"
	"errors"
	"net/http"
	"time"
)

// errInterrupted is the cause of a stop by an interrupt at a terminal. Such a stop
// doesn't drain.
var errInterrupted = errors.New("interrupted")

// drain makes readiness report that the server stops, and continues to serve for a
// time, so that load balancers send requests elsewhere. It returns early if the server
// fails.
func (s *side) drain(ctx context.Context, limit time.Duration, failed <-chan error) error {
	s.ready.stop()
	if limit <= 0 || errors.Is(context.Cause(ctx), errInterrupted) {
		return nil
	}
	t := time.NewTimer(limit)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case err := <-failed:
		return err
	}
}

// shedding asks clients to close their connections while the server stops. Their next
// request then uses a new connection to another server.
func (s *side) shedding(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.ready.stops() {
			w.Header().Set("Connection", "close")
		}
		next.ServeHTTP(w, r)
	})
}
