package server

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"portico/calendar"
	"portico/ent"
	"portico/portal"
	"portico/server/config"
)

// check is one condition for serving requests.
type check struct {
	name string
	ask  func(context.Context) error
}

// checks returns the checks of readiness in their order. The answer holds the name of
// the first one that fails; its error is only logged.
func checks(p *portal.Portal) []check {
	return []check{
		{"database", p.Store.Probe},
		{"migrations", migrated(p.Store)},
		{"clock", func(context.Context) error { return clockOff(p) }},
	}
}

// migrated returns a check that the database has every migration. After the first
// success it doesn't read the database again, because migrations only go forward.
func migrated(s *ent.Store) func(context.Context) error {
	done := false
	return func(ctx context.Context) error {
		if done {
			return nil
		}
		pending, err := s.Pending(ctx)
		if err == nil && len(pending) > 0 {
			err = config.Wrong("migrate", "the database awaits migrations")
		}
		done = err == nil
		return err
	}
}

const (
	// readyFor is the time for which a result is reused, so that requests to /readyz
	// cause at most one round of checks in that time.
	readyFor = time.Second
	// readyTime is the maximum time of all checks together.
	readyTime = 2 * time.Second
)

// readiness reports whether requests can be served now.
type readiness struct {
	checks []check
	now    func() time.Time

	mu       sync.Mutex
	asked    bool
	at       time.Time
	failed   string        // name of the check that failed last time, "" if none
	underway chan struct{} // closed when the running round of checks has ended
	asking   string        // name of the running check
	stopping bool
}

func newReadiness(p *portal.Portal) *readiness {
	return &readiness{checks: checks(p), now: p.Store.Wall}
}

// stop makes it report from now on that the server stops.
func (s *readiness) stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stopping = true
}

// stops reports whether the server stops.
func (s *readiness) stops() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stopping
}

// ask returns the name of the check that fails, "" if none does. It waits at most
// [readyTime].
func (s *readiness) ask(ctx context.Context) string {
	s.mu.Lock()
	if s.stopping {
		defer s.mu.Unlock()
		return "stopping"
	}
	if s.asked && calendar.Left(s.at, readyFor, s.now()) > 0 {
		defer s.mu.Unlock()
		return s.failed
	}
	if s.underway == nil {
		s.underway = make(chan struct{})
		go s.run(s.underway)
	}
	underway := s.underway
	s.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, readyTime)
	defer cancel()
	select {
	case <-underway:
	case <-ctx.Done(): // the running check ignores its context
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.underway == underway {
			return s.asking
		}
		return s.failed
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.failed
}

// run runs the checks until one fails.
func (s *readiness) run(ended chan struct{}) {
	ctx, cancel := context.WithTimeout(context.Background(), readyTime)
	defer cancel()
	failed := ""
	var why error
	for _, c := range s.checks {
		s.mu.Lock()
		s.asking = c.name
		s.mu.Unlock()
		if why = c.ask(ctx); why != nil {
			failed = c.name
			break
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if failed != s.failed { // one line for each change
		if failed == "" {
			slog.Info("ready again")
		} else {
			slog.Error("not ready", "check", failed, "error", why)
		}
	}
	s.asked, s.at, s.failed, s.underway = true, s.now(), failed, nil
	close(ended)
}

// ServeHTTP answers /readyz with 200, or with 503 and the name of the check that failed.
func (s *readiness) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if failed := s.ask(r.Context()); failed != "" {
		writeStatus(w, http.StatusServiceUnavailable, map[string]string{"status": "not ready", "failed": failed})
		return
	}
	writeStatus(w, http.StatusOK, map[string]string{"status": "ready"})
}

// probed answers /healthz and /readyz before the sender or its budget is checked.
func probed(ready http.Handler, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		get := r.Method == http.MethodGet || r.Method == http.MethodHead
		switch {
		case get && r.URL.Path == "/healthz":
			writeStatus(w, http.StatusOK, map[string]string{"status": "ok", "version": BuiltFrom().Version, "revision": BuiltFrom().Revision})
		case get && r.URL.Path == "/readyz":
			ready.ServeHTTP(w, r)
		default:
			next.ServeHTTP(w, r)
		}
	})
}

func writeStatus(w http.ResponseWriter, status int, what map[string]string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	if err := json.NewEncoder(w).Encode(what); err != nil {
		slog.Debug("answer not written", "error", err)
	}
}
