package transport

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"portico/authz"
	"portico/portal/kernel/live"
)

// Live serves subscriptions, over websockets (graphql-transport-ws) and
// server-sent events (graphql-sse, a connection an operation). Make it by
// [NewLive]; it serves one [Handler].
type Live struct {
	cfg  LiveConfig
	open *live.Listeners[*stream]
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
	// Total is how many streams may be open in all. Default 10,000.
	Total int
	// Charge takes what a message of so many bytes on a websocket costs from the
	// context's sender, or refuses it; nil takes nothing. A request's own is the
	// business of the middleware.
	Charge func(ctx context.Context, bytes int) error
	// Origin reports whether a page may open a websocket, by the request's Origin;
	// nil is every one. What is no browser sends none, and isn't asked about.
	Origin func(*http.Request) bool
	// Authenticate finds the principal of a token, nil if it opens nothing.
	Authenticate func(r *http.Request, token string) (*authz.Principal, error)
	// Holders ends a websocket once the session that opened it has ended.
	Holders *live.Holders
}

// NewLive makes the streams of a configuration.
func NewLive(c LiveConfig) *Live {
	c.Init = above(c.Init, 10*time.Second)
	c.Ping = above(c.Ping, 15*time.Second)
	c.Operations = above(c.Operations, 20)
	c.Streams = above(c.Streams, 50)
	c.Total = above(c.Total, 10_000)
	return &Live{cfg: c, open: live.New[*stream](live.Config{All: c.Total, Each: c.Streams})}
}

// above is a figure, or its default where it isn't above zero.
func above[T cmp.Ordered](figure, standard T) T {
	if zero := *new(T); figure <= zero {
		return standard
	}
	return figure
}

// Open is how many websockets, and how many streams of events, are open.
func (l *Live) Open() (sockets, events int) {
	all := l.open.All()
	for _, s := range all {
		if s.socket {
			sockets++
		}
	}
	return sockets, len(all) - sockets
}

// Close ends every stream, each with word that the server stops, and refuses new
// ones. It returns once they are gone, or the context ends.
func (l *Live) Close(ctx context.Context) error {
	return l.open.Close(ctx, func(s *stream) { s.end(errStopping) })
}

var (
	errStopping = errors.New("transport: the server stops")
	errDone     = errors.New("transport: completed by the client")
)

// stream is an open stream, as [Live] knows it.
type stream struct {
	// end ends it for a reason; it may be called several times.
	end    func(error)
	socket bool // else it is one of events
	entry  *live.Entry[*stream]
}

// enter counts a stream, to be left by its entry. The error is live.ErrClosed
// if the server stops, or the refusal of one too many.
func (l *Live) enter(s *stream) (err error) {
	s.entry, err = l.open.Join("", s)
	return err
}

// belongs counts a stream to its principal, or refuses one too many.
func (s *stream) belongs(p *authz.Principal) error {
	switch {
	case p.SignedIn():
		return s.entry.Name(string(p.Kind) + p.ID)
	case p != nil:
		return s.entry.Name("address " + p.Network())
	}
	return s.entry.Name("nobody")
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

// ended is why an operation ended from within, its time too; nil if it came to
// its end, or nobody is there to be told.
func ended(ctx context.Context) error {
	cause := context.Cause(ctx)
	if cause == nil || errors.Is(cause, errDone) || errors.Is(cause, errStopping) || errors.Is(cause, context.Canceled) {
		return nil
	}
	return cause
}
