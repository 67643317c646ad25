package server

import (
	"context"
	"errors"
	"net/http"
	"time"
)

// errInterrupted is the cause of a stop that somebody waits for at a terminal: it
// doesn't drain.
var errInterrupted = errors.New("interrupted")

// drain has readiness say that the server stops, and serves on for a time, so
// that whatever sends requests here comes to know and sends them elsewhere. What
// ends the server meanwhile ends the drain.
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

// shedding asks clients to close their connections once the server stops: what
// they send next goes over a new one, to another server.
func (s *side) shedding(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.ready.stops() {
			w.Header().Set("Connection", "close")
		}
		next.ServeHTTP(w, r)
	})
}
