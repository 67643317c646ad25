// Package live keeps the listeners of this process: how many there may be, what
// wakes them, and what ends them.
package live

import (
	"context"
	"errors"
	"sync"
	"time"

	"portico/clause"
)

// ErrClosed is the error of joining after [Listeners.Close].
var ErrClosed = errors.New("live: closed")

// retryAfter is how many seconds a refused listener has to wait.
const retryAfter = 60

// Config holds the limits of some [Listeners], and what is called for them.
type Config struct {
	// All is how many may listen, Each how many under one key; zero is no limit.
	All, Each int
	// Look, if set, is called at the interval Every, and soon after
	// [Listeners.Look], as long as anybody listens. One call ends before the next
	// begins.
	Look  func(context.Context)
	Every time.Duration
}

// Listeners are the listeners of one kind. Make them by [New].
type Listeners[L any] struct {
	cfg Config
	// soon holds one request to look; the same look answers further requests.
	soon chan struct{}

	mu      sync.Mutex
	entries map[*Entry[L]]struct{}
	under   map[string]int // how many, by key
	looking bool           // the loop runs
	closed  bool
	inside  sync.WaitGroup
}

// Entry is the registration of one listener.
type Entry[L any] struct {
	listeners *Listeners[L]
	listener  L

	// Under the lock of the listeners:
	key  string
	left bool
}

// New returns listeners, empty at first.
func New[L any](c Config) *Listeners[L] {
	return &Listeners[L]{cfg: c, soon: make(chan struct{}, 1), entries: map[*Entry[L]]struct{}{}, under: map[string]int{}}
}

// Join adds a listener under a key; an empty key has no limit. One too many is
// THROTTLED; after [Listeners.Close] the error is [ErrClosed].
func (l *Listeners[L]) Join(key string, listener L) (*Entry[L], error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.closed:
		return nil, ErrClosed
	case l.cfg.All > 0 && len(l.entries) >= l.cfg.All, l.full(key):
		return nil, clause.Throttled.With("retryAfter", retryAfter)
	}
	return l.enter(key, listener), nil
}

// full reports whether no more may listen under a key. The lock is held.
func (l *Listeners[L]) full(key string) bool {
	return key != "" && l.cfg.Each > 0 && l.under[key] >= l.cfg.Each
}

// enter adds a listener. The lock is held.
func (l *Listeners[L]) enter(key string, listener L) *Entry[L] {
	e := &Entry[L]{listeners: l, listener: listener}
	l.entries[e] = struct{}{}
	l.inside.Add(1)
	e.count(key)
	if l.cfg.Look != nil && !l.looking {
		l.looking = true
		go l.loop()
	}
	return e
}

// Name puts a listener that joined without a key under a key. One too many is
// THROTTLED, and nothing changes.
func (e *Entry[L]) Name(key string) error {
	l := e.listeners
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.full(key) {
		return clause.Throttled.With("retryAfter", retryAfter)
	}
	if !e.left {
		e.count(key)
	}
	return nil
}

// count counts an entry under a key. The lock is held.
func (e *Entry[L]) count(key string) {
	if key != "" {
		e.key = key
		e.listeners.under[key]++
	}
}

// Leave removes the listener; it may be called again.
func (e *Entry[L]) Leave() {
	l := e.listeners
	l.mu.Lock()
	defer l.mu.Unlock()
	if e.left {
		return
	}
	e.left = true
	delete(l.entries, e)
	if e.key != "" {
		if l.under[e.key]--; l.under[e.key] == 0 {
			delete(l.under, e.key)
		}
	}
	l.inside.Done()
	if len(l.entries) == 0 {
		l.Look() // which ends the loop
	}
}

// All returns the present listeners.
func (l *Listeners[L]) All() []L {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := make([]L, 0, len(l.entries))
	for e := range l.entries {
		all = append(all, e.listener)
	}
	return all
}

// Len returns the number of present listeners.
func (l *Listeners[L]) Len() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.entries)
}

// Look requests a call of [Config.Look] soon; it doesn't wait.
func (l *Listeners[L]) Look() {
	select {
	case l.soon <- struct{}{}:
	default: // a look is already requested
	}
}

// loop looks until nobody listens any more.
func (l *Listeners[L]) loop() {
	t := time.NewTicker(l.cfg.Every)
	defer t.Stop()
	for {
		select {
		case <-t.C:
		case <-l.soon:
		}
		l.mu.Lock()
		if len(l.entries) == 0 {
			l.looking = false
			l.mu.Unlock()
			return
		}
		l.mu.Unlock()
		l.cfg.Look(context.Background())
	}
}

// Close calls end for each listener, each in its own goroutine, and lets nobody
// join any more. It returns when all have left, or when the context ends.
func (l *Listeners[L]) Close(ctx context.Context, end func(L)) error {
	l.mu.Lock()
	l.closed = true
	for e := range l.entries {
		go end(e.listener)
	}
	l.mu.Unlock()
	left := make(chan struct{})
	go func() {
		l.inside.Wait()
		close(left)
	}()
	select {
	case <-left:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
