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

// Live serves subscriptions over websockets (graphql-transport-ws) and server-sent events
// (graphql-sse, one connection for each operation). Create it with [NewLive]; it belongs
// to one [Handler].
type Live struct {
	cfg  LiveConfig
	open *live.Listeners[*stream]
}

// LiveConfig configures a [Live]. A number that is zero takes its default.
type LiveConfig struct {
	// Init is the time in which the client of a websocket must authenticate. Default
	// 10 seconds.
	Init time.Duration
	// Ping is the interval of pings. A websocket is closed if it doesn't answer one
	// ping before the next, or doesn't accept a message within that time. Default 15
	// seconds.
	Ping time.Duration
	// Operations is the maximum number of concurrent operations of one websocket.
	// Default 20.
	Operations int
	// Streams is the maximum number of open streams of one principal. Default 50.
	Streams int
	// Total is the maximum number of open streams in total. Default 10,000.
	Total int
	// Charge charges the context's sender for a message of a number of bytes on a
	// websocket, or refuses the message; nil charges nothing. The middleware charges
	// for requests.
	Charge func(ctx context.Context, bytes int) error
	// Origin reports whether a page may open a websocket, by the request's Origin; nil
	// allows every page. It isn't called for requests without an Origin, which don't
	// come from a browser.
	Origin func(*http.Request) bool
	// Authenticate returns the principal of a token; nil if the token is invalid.
	Authenticate func(r *http.Request, token string) (*authz.Principal, error)
	// Holders ends a websocket once the session that opened it has ended.
	Holders *live.Holders
}

// NewLive returns a [Live] of a configuration.
func NewLive(c LiveConfig) *Live {
	c.Init = above(c.Init, 10*time.Second)
	c.Ping = above(c.Ping, 15*time.Second)
	c.Operations = above(c.Operations, 20)
	c.Streams = above(c.Streams, 50)
	c.Total = above(c.Total, 10_000)
	return &Live{cfg: c, open: live.New[*stream](live.Config{All: c.Total, Each: c.Streams})}
}

// above returns a number, or its default if it isn't above zero.
func above[T cmp.Ordered](figure, standard T) T {
	if zero := *new(T); figure <= zero {
		return standard
	}
	return figure
}

// Open returns the numbers of open websockets and of open streams of events.
func (l *Live) Open() (sockets, events int) {
	all := l.open.All()
	for _, s := range all {
		if s.socket {
			sockets++
		}
	}
	return sockets, len(all) - sockets
}

// Close ends every stream with the message that the server stops, and refuses new ones.
// It returns when all are closed or the context ends.
func (l *Live) Close(ctx context.Context) error {
	return l.open.Close(ctx, func(s *stream) { s.end(errStopping) })
}

var (
	errStopping = errors.New("transport: the server stops")
	errDone     = errors.New("transport: completed by the client")
)

// stream is an open stream of a [Live].
type stream struct {
	// end ends the stream for a reason; it may be called several times.
	end    func(error)
	socket bool // a websocket, else a stream of events
	entry  *live.Entry[*stream]
}

// enter counts a stream in the total until its entry is left. The error is
// [live.ErrClosed] if the server stops, or THROTTLED if there are too many.
func (l *Live) enter(s *stream) (err error) {
	s.entry, err = l.open.Join("", s)
	return err
}

// belongs counts a stream for its principal, or refuses it if there are too many.
func (s *stream) belongs(p *authz.Principal) error {
	switch {
	case p.SignedIn():
		return s.entry.Name(string(p.Kind) + p.ID)
	case p != nil:
		return s.entry.Name("address " + p.Network())
	}
	return s.entry.Name("nobody")
}

// charge calls [LiveConfig.Charge], if it is set.
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

// ended returns the reason for which the portal ended an operation, such as its timeout;
// nil if the operation completed, or if its client ended it or is gone.
func ended(ctx context.Context) error {
	cause := context.Cause(ctx)
	if cause == nil || errors.Is(cause, errDone) || errors.Is(cause, errStopping) || errors.Is(cause, context.Canceled) {
		return nil
	}
	return cause
}
