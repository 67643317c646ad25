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

// grace is the time after the deadline of a request at which it is answered in place of
// a handler that hasn't returned: the handler may wait for something that ignores its
// context.
const grace = time.Second

// bodyTime is the maximum time in which a request's body must arrive.
const bodyTime = time.Minute

// ConnectionTime returns the maximum time that one request may use a connection: the
// time for its body, for the request itself, and for reading the answer.
func ConnectionTime(limit time.Duration) time.Duration { return bodyTime + limit + 2*readTime }

// timeOf returns the maximum time of a request: the limit, and the time for sending a
// body of the announced length.
func timeOf(r *http.Request, limit time.Duration) time.Duration {
	if r.ContentLength < 0 {
		return limit + bodyTime
	}
	return limit + min(bodyTime, time.Duration(r.ContentLength)*time.Second/readSpeed)
}

// timed limits the time of every request as a whole: authenticating, reading and serving
// it. The request's context ends at the deadline. A request that has no answer then, or
// fails after it, is answered 503 with the code TIMEOUT, regardless of its handler. A
// stream has no deadline after it has begun; each of its operations has one.
func timed(limit time.Duration, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		limit := timeOf(r, limit)
		ctx, done := transport.Bound(r.Context(), limit)
		defer done()
		if r.ContentLength != 0 { // later than the context, so that a reader of the body sees the context's end first
			_ = http.NewResponseController(w).SetReadDeadline(calendar.Real{}.Now().Add(limit + grace/2)) // the recorder of tests has no deadline
		}
		a := &answer{w: w, r: r, ctx: ctx, header: http.Header{}}
		late := time.AfterFunc(limit+grace, a.late)
		defer late.Stop()
		defer a.end()
		next.ServeHTTP(a, r.WithContext(ctx))
	})
}

// answer is the [http.ResponseWriter] of a handler. Until the handler begins its answer,
// the deadline may answer in its place; anything that the handler writes after that is
// discarded. The handler has a separate header, so that both never share one.
type answer struct {
	w      http.ResponseWriter
	r      *http.Request
	ctx    context.Context
	header http.Header

	mu    sync.Mutex
	begun bool // by the handler or in its place
	over  bool // answered in its place: further writes are discarded
	ended bool // the handler has returned
}

// Header returns the header of the handler's answer.
func (a *answer) Header() http.Header { return a.header }

// Unwrap lets http.ResponseController reach the connection.
func (a *answer) Unwrap() http.ResponseWriter { return a.w }

// ranOut reports whether the request's deadline has passed.
func (a *answer) ranOut() bool { return errors.Is(context.Cause(a.ctx), context.DeadlineExceeded) }

// WriteHeader begins the answer. An error status after the deadline becomes TIMEOUT.
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

// late answers in place of a handler that hasn't returned after the deadline.
func (a *answer) late() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.begun || a.ended || !a.ranOut() {
		return
	}
	a.timeout()
	_ = http.NewResponseController(a.w).Flush() // the answer is sent only when the handler returns, unless it is flushed
}

// end answers in place of a handler that has returned after the deadline without an
// answer.
func (a *answer) end() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.begun && !a.ended && a.ranOut() {
		a.timeout()
	}
	a.ended = true
}

// timeout answers TIMEOUT in place of the handler. The caller holds the lock.
func (a *answer) timeout() {
	a.begun, a.over = true, true
	id := transport.Correlation(a.ctx)
	slog.WarnContext(a.ctx, "ran out of time", "correlation_id", id, "path", pathOf(a.r))
	turnAway(a.w, a.r, http.StatusServiceUnavailable, transport.OutOfTime(id))
}
