package transport

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"portico/authz"
	"portico/calendar"
	"portico/portal/kernel/live"
)

// eventStream is a stream of server-sent events with the answers of one operation.
type eventStream struct {
	stream
	w    http.ResponseWriter
	out  *http.ResponseController
	ping time.Duration
	mu   sync.Mutex
}

// events serves one operation as a stream of events: next for each answer, and complete
// at the end of the operation. A stream that ends without complete was cut, and can be
// resumed. An error of the request itself is answered as without a stream.
func (h *Handler) events(w http.ResponseWriter, r *http.Request) {
	x := &exchange{h: h, w: w, r: r, media: typeJSON}
	defer x.recover()
	defer x.clean()
	if r.Method != http.MethodGet && r.Method != http.MethodPost {
		x.refuse(&fault{status: http.StatusMethodNotAllowed, allow: allowed, refusal: MethodNotAllowed})
		return
	}
	params, f := x.read()
	if f != nil {
		x.refuse(f)
		return
	}
	ctx, cancel := context.WithCancelCause(r.Context())
	defer cancel(nil)
	s := &eventStream{w: w, out: http.NewResponseController(w), ping: h.cfg.Live.cfg.Ping}
	s.end = cancel
	err := h.cfg.Live.enter(&s.stream)
	if err == nil {
		defer s.entry.Leave()
		err = s.belongs(authz.From(ctx))
	}
	switch {
	case errors.Is(err, live.ErrClosed):
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	case err != nil:
		x.write(http.StatusTooManyRequests, &graphql.Response{Errors: h.presented(ctx, err)})
		return
	}
	leaveSeat(ctx)
	_ = s.out.SetReadDeadline(time.Time{}) // a stream lasts longer than a request
	ctx = authz.Ending(ctx, cancel)
	next, errs := h.start(ctx, x, params)
	x.sent = true
	s.begin()
	if errs != nil {
		s.next(&graphql.Response{Errors: errs})
		s.complete()
		return
	}
	var pinging sync.WaitGroup
	pinging.Go(func() { s.keepAlive(ctx, cancel) })
	h.sendAnswers(ctx, s, next)
	cancel(nil)
	pinging.Wait()
}

// sendAnswers sends the answers of an operation until it ends.
func (h *Handler) sendAnswers(ctx context.Context, s *eventStream, next func() (*graphql.Response, bool)) {
	answered := false
	for more := true; more; {
		var resp *graphql.Response
		if resp, more = next(); resp == nil {
			break
		}
		if !s.next(resp) {
			return
		}
		answered = !more
	}
	if answered {
		s.complete()
		return
	}
	if why := ended(ctx); why != nil {
		s.next(&graphql.Response{Errors: h.presented(ctx, why)})
	} else if ctx.Err() != nil {
		return
	}
	s.complete()
}

func (s *eventStream) begin() {
	h := s.w.Header()
	h.Set("Content-Type", typeEvents+"; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Accel-Buffering", "no") // proxies must not buffer the stream
	h.Add("Vary", "Accept, Accept-Language")
	s.write(":\n\n")
}

// write writes a text and flushes it; false if the peer doesn't accept it in time.
func (s *eventStream) write(text string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_ = s.out.SetWriteDeadline(calendar.Real{}.Now().Add(s.ping))
	if _, err := s.w.Write([]byte(text)); err != nil {
		return false
	}
	return s.out.Flush() == nil
}

func (s *eventStream) next(resp *graphql.Response) (ok bool) {
	withBuffer(func(b *bytes.Buffer) {
		encode(b, resp)
		ok = s.write("event: next\ndata: " + b.String() + "\n\n")
	})
	return ok
}

func (s *eventStream) complete() { s.write("event: complete\ndata:\n\n") }

// keepAlive writes a comment at each ping interval, so that proxies keep the stream open
// and a lost peer is noticed.
func (s *eventStream) keepAlive(ctx context.Context, cancel context.CancelCauseFunc) {
	t := time.NewTicker(s.ping)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
			if !s.write(":\n\n") {
				cancel(errDone)
				return
			}
		}
	}
}
