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

// check is one thing that must hold for requests to be served.
type check struct {
	name string
	ask  func(context.Context) error
}

// checks are what readiness asks, in this order: the first that fails is answered by
// its name. What a check knows of why is logged, and goes no further.
func checks(p *portal.Portal) []check {
	return []check{
		{"database", p.Store.Probe},
		{"migrations", migrated(p.Store)},
		{"clock", func(context.Context) error { return clockOff(p) }},
	}
}

// migrated asks whether the database has every migration. Once it has, it is not
// asked again: they only go forward.
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
	// readyFor is how long an answer is given again: however often anybody asks,
	// the database is asked once in that time.
	readyFor = time.Second
	// readyTime is how long the checks may take together.
	readyTime = 2 * time.Second
)

// readiness reports whether requests can be served now.
type readiness struct {
	checks []check
	now    func() time.Time

	mu       sync.Mutex
	asked    bool
	at       time.Time
	failed   string        // which check failed the last time
	underway chan struct{} // closed once the checks that are under way have ended
	asking   string        // which of them is under way
	stopping bool
}

func newReadiness(p *portal.Portal) *readiness {
	return &readiness{checks: checks(p), now: p.Store.Wall}
}

// stop has it answer from now on that the server stops.
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

// ask returns the name of the check that fails, "" if none does. It waits for no more than the
// checks' time.
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
	case <-ctx.Done(): // a check that no context ends
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

// run asks every check until one fails.
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
	if failed != s.failed { // a line a change
		if failed == "" {
			slog.Info("ready again")
		} else {
			slog.Error("not ready", "check", failed, "error", why)
		}
	}
	s.asked, s.at, s.failed, s.underway = true, s.now(), failed, nil
	close(ended)
}

// ServeHTTP is /readyz: 200, or 503 and the check that failed.
func (s *readiness) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if failed := s.ask(r.Context()); failed != "" {
		writeStatus(w, http.StatusServiceUnavailable, map[string]string{"status": "not ready", "failed": failed})
		return
	}
	writeStatus(w, http.StatusOK, map[string]string{"status": "ready"})
}

// probed answers what watches the process before anything else is asked of it:
// who sends it, what it may spend.
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
