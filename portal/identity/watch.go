package identity

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"portico/authz"
	"portico/ent"
	"portico/ent/statement"
)

// watched is who holds a stream open on this process. What was found of a
// session is at most one interval behind; see [CheckEvery].
type watched struct {
	store   *ent.Store
	mu      sync.Mutex
	every   time.Duration
	all     map[*watcher]struct{}
	running bool
	// look asks the loop to look now.
	look chan struct{}
}

type watcher struct {
	principal *authz.Principal
	changed   func(*authz.Principal)
}

type watchedKey struct{}

func watchedBy(s *ent.Store) *watched {
	w, _ := s.Memo().LoadOrStore(watchedKey{}, &watched{store: s, every: 5 * time.Second, all: map[*watcher]struct{}{}, look: make(chan struct{}, 1)})
	return w.(*watched)
}

// CheckEvery says how often the sessions behind open streams are looked at, in
// one statement for all of them. Zero leaves it as it is: 5 seconds.
func CheckEvery(s *ent.Store, interval time.Duration) {
	w := watchedBy(s)
	w.mu.Lock()
	defer w.mu.Unlock()
	if interval > 0 {
		w.every = interval
	}
}

// Watch tells, until the context ends, what its principal holds, as often as it
// is looked at: nil once its session or key has ended.
func Watch(ctx context.Context, s *ent.Store, changed func(*authz.Principal)) {
	w, one := watchedBy(s), &watcher{principal: authz.From(ctx), changed: changed}
	w.mu.Lock()
	w.all[one] = struct{}{}
	if !w.running {
		w.running = true
		go w.loop(w.every)
	}
	w.mu.Unlock()
	context.AfterFunc(ctx, func() {
		w.mu.Lock()
		delete(w.all, one)
		last := len(w.all) == 0
		w.mu.Unlock()
		if last {
			w.now()
		}
	})
}

// Recheck looks at the sessions behind open streams at once, since one of them
// may have ended.
func Recheck(s *ent.Store) { watchedBy(s).now() }

func (w *watched) now() {
	select {
	case w.look <- struct{}{}:
	default: // it is going to look
	}
}

// loop looks until nobody is watched any more.
func (w *watched) loop(every time.Duration) {
	t := time.NewTicker(every)
	defer t.Stop()
	for {
		select {
		case <-t.C:
		case <-w.look:
		}
		w.mu.Lock()
		if len(w.all) == 0 {
			w.running = false
			w.mu.Unlock()
			return
		}
		all := slices.Collect(maps.Keys(w.all))
		w.mu.Unlock()
		if err := w.check(all); err != nil {
			slog.Error("sessions of streams not read", "error", err)
		}
	}
}

func (w *watched) check(all []*watcher) error {
	sessions, keys := map[string]bool{}, map[string]bool{}
	for _, one := range all {
		if p := one.principal; p.Kind == authz.Person {
			sessions[p.SessionID] = true
		} else {
			keys[p.ID] = true
		}
	}
	ctx, done := context.WithTimeout(context.Background(), countBound)
	defer done()
	found, err := statement.Principals(ctx, w.store, slices.Collect(maps.Keys(sessions)), slices.Collect(maps.Keys(keys)))
	if err != nil {
		return err
	}
	for _, one := range all {
		one.changed(found[credential(one.principal)])
	}
	return nil
}

// credential names what a principal proved itself by.
func credential(p *authz.Principal) string {
	if p.Kind == authz.Person {
		return p.SessionID
	}
	return p.ID
}

// Again reads anew what the context's principal holds; nil once its session or
// key has ended, and for a visitor. One indexed read.
func Again(ctx context.Context, s *ent.Store) (*authz.Principal, error) {
	p := authz.From(ctx)
	var sessions, keys []string
	switch p.Kind {
	case authz.Person:
		sessions = []string{p.SessionID}
	case authz.Key:
		keys = []string{p.ID}
	default:
		return nil, nil
	}
	found, err := statement.Principals(ctx, s, sessions, keys)
	if err != nil {
		return nil, err
	}
	fresh := found[credential(p)]
	if fresh != nil {
		fresh.Address, fresh.Agent, fresh.Correlation, fresh.Language = p.Address, p.Agent, p.Correlation, p.Language
	}
	return fresh, nil
}
