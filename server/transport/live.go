package transport

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"time"

	"portico/authz"
	"portico/clause"
)

// Live serves subscriptions, over websockets (graphql-transport-ws) and
// server-sent events (graphql-sse, a connection an operation). Make it by
// [NewLive]; it serves one [Handler].
type Live struct {
	cfg LiveConfig

	mu     sync.Mutex
	open   map[*stream]struct{}
	of     map[string]int
	closed bool
	all    sync.WaitGroup
}

// LiveConfig sets up a [Live]. A figure that is zero takes its default.
type LiveConfig struct {
	// Init is how long a websocket may take to say who it is. Default 10
	// seconds.
	Init time.Duration
	// Ping is how often a stream is tried; a websocket that hasn't answered one
	// ping by the next, or doesn't take a message for as long, is closed. Default
	// 15 seconds.
	Ping time.Duration
	// Operations is how many operations one websocket may have under way.
	// Default 20.
	Operations int
	// Streams is how many streams one principal may have open. Default 50.
	Streams int
	// Charge takes what a message of so many bytes on a websocket costs from the
	// context's sender, or refuses it; nil takes nothing. A request's own is the
	// business of the middleware.
	Charge func(ctx context.Context, bytes int) error
	// Origin tells whether a page may open a websocket, by the request's Origin;
	// nil is every one. What is no browser sends none, and isn't asked about.
	Origin func(*http.Request) bool
	// Authenticate finds the principal of a token, nil if it opens nothing.
	Authenticate func(r *http.Request, token string) (*authz.Principal, error)
	// Again reads anew what the context's principal holds, nil if its session
	// has ended.
	Again func(context.Context) (*authz.Principal, error)
	// Watch tells what the context's principal holds, now and then until the
	// context ends: nil once its session has ended.
	Watch func(context.Context, func(*authz.Principal))
}

// NewLive makes the streams of a configuration.
func NewLive(c LiveConfig) *Live {
	if c.Init <= 0 {
		c.Init = 10 * time.Second
	}
	if c.Ping <= 0 {
		c.Ping = 15 * time.Second
	}
	if c.Operations <= 0 {
		c.Operations = 20
	}
	if c.Streams <= 0 {
		c.Streams = 50
	}
	return &Live{cfg: c, open: map[*stream]struct{}{}, of: map[string]int{}}
}

// Open is how many websockets, and how many streams of events, are open.
func (l *Live) Open() (sockets, events int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for s := range l.open {
		if s.socket {
			sockets++
		}
	}
	return sockets, len(l.open) - sockets
}

// Close ends every stream, each with word that the server stops, and refuses new
// ones. It returns once they are gone, or the context ends.
func (l *Live) Close(ctx context.Context) error {
	l.mu.Lock()
	l.closed = true
	for s := range l.open {
		go s.end(errStopping)
	}
	l.mu.Unlock()
	gone := make(chan struct{})
	go func() {
		l.all.Wait()
		close(gone)
	}()
	select {
	case <-gone:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

var (
	errStopping = errors.New("transport: the server stops")
	errDone     = errors.New("transport: completed by the client")
)

// stream is an open stream, as its registry knows it.
type stream struct {
	// end ends it for a reason; it may be called several times.
	end    func(error)
	who    string
	socket bool // else it is one of events
}

// enter notes a stream; false if the server stops.
func (l *Live) enter(s *stream) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return false
	}
	l.open[s] = struct{}{}
	l.all.Add(1)
	return true
}

// leave forgets a stream.
func (l *Live) leave(s *stream) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.open, s)
	if s.who != "" {
		if l.of[s.who]--; l.of[s.who] == 0 {
			delete(l.of, s.who)
		}
	}
	l.all.Done()
}

// belongs counts a stream to its principal, or refuses one too many.
func (l *Live) belongs(s *stream, p *authz.Principal) error {
	who := "nobody"
	switch {
	case p.SignedIn():
		who = string(p.Kind) + p.ID
	case p != nil:
		who = "address " + p.Network()
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.of[who] >= l.cfg.Streams {
		return clause.Throttled.With("retryAfter", 60)
	}
	l.of[who]++
	s.who = who
	return nil
}

// charge is [LiveConfig.Charge].
func (l *Live) charge(ctx context.Context, bytes int) error {
	if l.cfg.Charge == nil {
		return nil
	}
	return l.cfg.Charge(ctx, bytes)
}

// upgrades reports whether a request asks for a websocket.
func upgrades(r *http.Request) bool {
	return r.Method == http.MethodGet && strings.EqualFold(r.Header.Get("Upgrade"), "websocket")
}

// events reports whether server-sent events are accepted and no JSON is named.
func (a accept) events() bool {
	if !a.streamOnly() {
		return false
	}
	for _, r := range a {
		if r.media == typeEvents && r.q > 0 {
			return true
		}
	}
	return false
}

const typeEvents = "text/event-stream"

// ended tells why an operation ended from within, its time too; nil if it came to
// its end, or nobody is there to be told.
func ended(ctx context.Context) error {
	cause := context.Cause(ctx)
	if cause == nil || errors.Is(cause, errDone) || errors.Is(cause, errStopping) || errors.Is(cause, context.Canceled) {
		return nil
	}
	return cause
}

// longestInit is the longest message, in bytes, before the connection is
// acknowledged.
const longestInit = 16 << 10

// late closes a socket that hasn't said in time who it is.
func (s *socket) late() {
	s.mu.Lock()
	late := !s.inited
	s.mu.Unlock()
	if late {
		s.close(closeInitTimeout, "Connection initialisation timeout")
	}
}

// longestID is the longest name of an operation, in bytes: it is repeated in
// each answer.
const longestID = 128
