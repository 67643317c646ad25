package transport

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/99designs/gqlgen/graphql"

	"portico/authz"
	"portico/clause"
)

// longestID is the maximum length of an operation's id, in bytes. Each answer repeats
// the id.
const longestID = 128

// operation is an operation on a websocket.
type operation struct {
	id     string
	cancel context.CancelCauseFunc

	mu   sync.Mutex
	over bool // no more messages are sent about it: its id is free
}

// emit sends a message about an operation, unless the client has completed it. After the
// last message the operation's id is free.
func (s *socket) emit(o *operation, kind string, payload any, last bool) {
	var data json.RawMessage
	if payload != nil {
		var err error
		if data, err = json.Marshal(payload); err != nil {
			panic(err) // it is JSON already
		}
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.over {
		return
	}
	if last {
		s.release(o)
	}
	s.send(message{ID: o.id, Type: kind, Payload: data})
}

// release frees the id of an operation. The caller holds the operation's lock.
func (s *socket) release(o *operation) {
	if o.over {
		return
	}
	o.over = true
	s.mu.Lock()
	s.open--
	s.mu.Unlock()
}

// isOver waits until a message in progress is sent, and reports whether it was the last.
func (o *operation) isOver() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.over
}

// complete ends an operation that its client has completed. Its id is free at once.
func (s *socket) complete(id string) {
	s.mu.Lock()
	o := s.operations[id]
	delete(s.operations, id)
	s.mu.Unlock()
	if o == nil {
		return
	}
	o.cancel(errDone)
	o.mu.Lock()
	defer o.mu.Unlock()
	s.release(o)
}

// tokenIn returns the token of a text that may begin with the scheme Bearer.
func tokenIn(text string) string {
	if token, _ := Bearer(text); token != "" {
		return token
	}
	return text
}

// authenticate authenticates the sender of an operation by the token of the socket, or
// by a newer one in the operation's extensions, which replaces it. If the token has
// expired but the session hasn't ended, the sender is a visitor. If the session has
// ended, the returned context is nil.
func (s *socket) authenticate(ctx context.Context, asked *sent) (context.Context, error) {
	token := s.token
	for name, v := range asked.Extensions {
		if strings.EqualFold(name, "authorization") {
			text, _ := v.(string)
			token = tokenIn(text)
		}
	}
	fresh, err := s.live.cfg.Authenticate(s.r.WithContext(ctx), token)
	switch {
	case err != nil:
		return ctx, err
	case fresh == nil:
		err := s.holder.Check(ctx)
		if errors.Is(err, clause.Unauthenticated) {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		nobody := authz.Nobody(s.principal.Address, s.principal.Agent)
		nobody.Correlation = s.principal.Correlation
		return TokenRefused(authz.With(ctx, nobody)), nil
	case fresh.ID != s.principal.ID || fresh.SessionID != s.principal.SessionID:
		return ctx, clause.Malformed.With("detail", text("此连接属于另一会话，请另开连接。", "this connection belongs to another session; open a new connection."))
	}
	s.token = token
	return authz.With(tokenAccepted(ctx), fresh), nil
}

// subscribe begins an operation; false if that closed the connection. The reader waits
// until the operation is established, so that a ping sent after it is answered after it.
// Why is the error if the message could not be charged; then it is only sent back.
func (s *socket) subscribe(m message, why error) bool {
	if m.ID == "" || len(m.ID) > longestID || strings.ContainsRune(m.ID, utf8.RuneError) {
		return s.malformed()
	}
	ctx := clause.WithLang(s.ctx, s.lang)
	var asked sent
	if why != nil {
		s.sendErrors(m.ID, s.h.presented(ctx, why))
		return true
	}
	if f := checkJSON(m.Payload, s.limit); f != nil {
		s.sendErrors(m.ID, s.h.presented(ctx, f.refusal))
		return true
	}
	if unmarshal(m.Payload, &asked) != nil {
		return s.malformed()
	}
	s.mu.Lock()
	before := s.operations[m.ID]
	full := s.open >= s.live.cfg.Operations || s.running >= 2*s.live.cfg.Operations
	s.mu.Unlock()
	switch {
	case before != nil && !before.isOver():
		return s.hangUp(closeSubscriber, "Subscriber for "+m.ID+" already exists")
	case full:
		s.sendErrors(m.ID, s.h.presented(ctx, clause.Throttled.With("retryAfter", 1)))
		return true
	}
	return s.start(ctx, m.ID, &asked)
}

// start authenticates the sender of an operation, whose id is free, and begins it. The
// operation's time limit includes the authentication.
func (s *socket) start(ctx context.Context, id string, asked *sent) bool {
	timed, done := s.bound(ctx)
	proved, err := s.authenticate(timed, asked)
	if err != nil {
		done()
		s.sendErrors(id, s.h.presented(ctx, err))
		return true
	}
	if proved == nil {
		done()
		s.sendErrors(id, s.h.presented(ctx, clause.Unauthenticated))
		return s.hangUp(closeUnauthorized, "Unauthorized: the session has ended")
	}
	ctx, end := context.WithCancelCause(graphql.StartOperationTrace(proved))
	cancel := func(why error) { end(why); done() }
	ctx = authz.Ending(ctx, cancel)
	run, errs := s.h.begin(ctx, s.r, asked)
	if errs != nil {
		cancel(nil)
		s.sendErrors(id, errs)
		return true
	}
	o := &operation{id: id, cancel: cancel}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ending {
		cancel(nil)
		return true
	}
	s.operations[id] = o
	s.open++
	s.running++
	s.underway.Add(1)
	go s.run(ctx, o, run)
	return true
}

// forget removes an operation that has ended. Another operation may already have its id.
func (s *socket) forget(o *operation) {
	o.mu.Lock()
	s.release(o)
	o.mu.Unlock()
	s.mu.Lock()
	if s.operations[o.id] == o {
		delete(s.operations, o.id)
	}
	s.running--
	s.mu.Unlock()
	o.cancel(nil)
	s.underway.Done()
}

// run sends the answers of an operation until it ends.
func (s *socket) run(ctx context.Context, o *operation, next func() (*graphql.Response, bool)) {
	defer s.forget(o)
	answered := false
	for more := true; more; {
		var resp *graphql.Response
		resp, more = next()
		answered = !more && resp != nil
		switch {
		case resp == nil:
			more = false
		case resp.Data == nil && len(resp.Errors) > 0:
			s.emit(o, "error", resp.Errors, true)
			return
		default:
			s.emit(o, "next", resp, false)
		}
	}
	why := ended(ctx)
	switch {
	case answered:
		s.emit(o, "complete", nil, true)
	case why != nil:
		s.emit(o, "error", s.h.presented(ctx, why), true)
		if errors.Is(why, clause.Unauthenticated) {
			s.finish(clause.Unauthenticated)
		}
	case context.Cause(ctx) == nil:
		s.emit(o, "complete", nil, true)
	}
}
