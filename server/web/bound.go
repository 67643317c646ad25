package web

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"net/http"
	"strings"
	"sync"
	"time"

	"portico/calendar"
	"portico/server/transport"
)

// grace is how much later than its time a request is answered for its handler,
// where that doesn't come back: it may wait for something that no context ends.
const grace = time.Second

// bodyTime is how long a request's body may take to arrive.
const bodyTime = time.Minute

// ConnectionTime is how long one request may keep a connection busy: the time of
// its body, the time that the request itself may take, and the time of reading the
// answer.
func ConnectionTime(limit time.Duration) time.Duration { return bodyTime + limit + 2*readTime }

// timeOf is how long a request may take: the limit, and what it takes to send its
// body, as long as that is announced to be.
func timeOf(r *http.Request, limit time.Duration) time.Duration {
	if r.ContentLength < 0 {
		return limit + bodyTime
	}
	return limit + min(bodyTime, time.Duration(r.ContentLength)*time.Second/readSpeed)
}

// timed bounds every request as a whole: finding out who sends it, reading it,
// serving it. Its context ends in time; and what has no answer then, or fails
// after it, is answered 503 with the code TIMEOUT, whatever its handler says or
// waits for. Streams lift the bound once they have begun, and bound each
// operation by themselves.
func timed(limit time.Duration, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		limit := timeOf(r, limit)
		ctx, done := transport.Bound(r.Context(), limit)
		defer done()
		if r.ContentLength != 0 { // what waits for the body sees the end of the context first
			_ = http.NewResponseController(w).SetReadDeadline(calendar.Real{}.Now().Add(limit + grace/2)) // a recorder of tests has none
		}
		a := &answer{w: w, r: r, ctx: ctx, header: http.Header{}}
		late := time.AfterFunc(limit+grace, a.late)
		defer late.Stop()
		defer a.end()
		next.ServeHTTP(a, r.WithContext(ctx))
	})
}

// answer is where a handler writes its answer to. Until it begins, the bound may
// answer for it; what the handler writes after that goes nowhere. The handler has
// a header of its own, so that the two never share one.
type answer struct {
	w      http.ResponseWriter
	r      *http.Request
	ctx    context.Context
	header http.Header

	mu    sync.Mutex
	begun bool // by the handler, or for it
	over  bool // for it: what else it writes goes nowhere
	ended bool
}

// Header is that of the handler's answer.
func (a *answer) Header() http.Header { return a.header }

// Unwrap lets http.ResponseController reach the connection.
func (a *answer) Unwrap() http.ResponseWriter { return a.w }

// ranOut reports whether the request's time has passed.
func (a *answer) ranOut() bool { return errors.Is(context.Cause(a.ctx), context.DeadlineExceeded) }

// WriteHeader begins the answer; what fails after its time is TIMEOUT instead.
func (a *answer) WriteHeader(status int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case a.begun:
		return
	case status >= http.StatusBadRequest && a.ranOut() && !(status == http.StatusServiceUnavailable && strings.Contains(a.header.Get("Content-Type"), "json")):
		a.timeout()
		return
	case status == http.StatusServiceUnavailable && a.header.Get("Retry-After") == "":
		a.header.Set("Retry-After", "5")
	}
	a.begun = status >= http.StatusOK || status == http.StatusSwitchingProtocols
	maps.Copy(a.w.Header(), a.header)
	a.w.WriteHeader(status)
}

// Write writes a part of the answer.
func (a *answer) Write(b []byte) (int, error) {
	a.mu.Lock()
	begun, over := a.begun, a.over
	a.mu.Unlock()
	if !begun {
		a.WriteHeader(http.StatusOK)
	}
	if over || !begun && a.isOver() {
		return 0, http.ErrHandlerTimeout
	}
	return a.w.Write(b)
}

func (a *answer) isOver() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.over
}

// late answers for a handler that doesn't come back.
func (a *answer) late() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.begun || a.ended || !a.ranOut() {
		return
	}
	a.timeout()
	_ = http.NewResponseController(a.w).Flush() // the handler hasn't returned, which would send it
}

// end answers for a handler that has come back without a word once its time had
// passed.
func (a *answer) end() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.begun && !a.ended && a.ranOut() {
		a.timeout()
	}
	a.ended = true
}

// timeout answers for the handler. The lock is held.
func (a *answer) timeout() {
	a.begun, a.over = true, true
	id := transport.Correlation(a.ctx)
	slog.WarnContext(a.ctx, "ran out of time", "correlation_id", id, "path", pathOf(a.r))
	turnAway(a.w, a.r, http.StatusServiceUnavailable, transport.OutOfTime(id))
}
