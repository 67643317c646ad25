package transport

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/coder/websocket"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"portico/authz"
	"portico/clause"
	"portico/graph/limits"
)

// protocol is the subprotocol that is spoken.
const protocol = "graphql-transport-ws"

// The protocol's own close codes.
const (
	closeBadRequest   websocket.StatusCode = 4400
	closeUnauthorized websocket.StatusCode = 4401
	closeForbidden    websocket.StatusCode = 4403
	closeNoProtocol   websocket.StatusCode = 4406
	closeInitTimeout  websocket.StatusCode = 4408
	closeSubscriber   websocket.StatusCode = 4409
	closeTooManyInits websocket.StatusCode = 4429
)

// message is one of the protocol's.
type message struct {
	ID      string          `json:"id,omitempty"`
	Type    string          `json:"type"`
	Payload json.RawMessage `json:"payload,omitempty"`
}

// socket is one websocket. Its reader is the request's own goroutine; there is
// one more that pings, and one for each operation.
type socket struct {
	stream
	h      *Handler
	live   *Live
	r      *http.Request
	c      *websocket.Conn
	ctx    context.Context
	cancel context.CancelFunc

	closing sync.Once
	gone    chan struct{} // closed once the connection is
	inited  bool          // the reader's

	mu         sync.Mutex
	acked      bool
	principal  *authz.Principal
	operations map[string]context.CancelCauseFunc
	ending     bool  // nothing new is begun
	limit      int64 // of a message, in bytes
	underway   sync.WaitGroup
}

// socket serves one websocket to its end.
func (h *Handler) socket(w http.ResponseWriter, r *http.Request) {
	// Whoever opens it proves itself by a token that no browser sends by itself,
	// so a page of another site gains nothing by opening one.
	c, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: []string{protocol},
		InsecureSkipVerify: true, CompressionMode: websocket.CompressionDisabled})
	if err != nil {
		return // answered
	}
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	s := &socket{h: h, live: h.cfg.Live, r: r, c: c, ctx: ctx, cancel: cancel, gone: make(chan struct{}), operations: map[string]context.CancelCauseFunc{}}
	s.end = s.finish
	if c.Subprotocol() != protocol {
		s.close(closeNoProtocol, "Subprotocol not acceptable")
		return
	}
	if !s.live.enter(&s.stream) {
		s.close(websocket.StatusGoingAway, "The server stops")
		return
	}
	defer s.live.leave(&s.stream)
	x := &exchange{h: h, r: r}
	s.limit = x.bodyLimit()
	c.SetReadLimit(min(longestInit, s.limit)) // until it has said who it is
	timer := time.AfterFunc(s.live.cfg.Init, s.late)
	defer timer.Stop()
	pinging := make(chan struct{})
	go func() {
		defer close(pinging)
		s.ping()
	}()
	s.read()
	cancel()
	_ = c.CloseNow() // nothing to be done about one that is closed
	s.stop(context.Canceled)
	s.underway.Wait()
	<-pinging
}

// read handles messages until the connection ends.
func (s *socket) read() {
	defer func() {
		if v := recover(); v != nil {
			slog.ErrorContext(s.ctx, "websocket", "error", Recover(s.ctx, v))
			s.close(websocket.StatusInternalError, "Internal error")
		}
	}()
	for {
		kind, data, err := s.c.Read(s.ctx)
		if err != nil {
			select { // a close under way from this side ends first
			case <-s.gone:
			default:
				s.closing.Do(func() { close(s.gone) })
				<-s.gone
			}
			return
		}
		var m message
		if kind != websocket.MessageText || json.Unmarshal(data, &m) != nil {
			s.close(closeBadRequest, "Invalid message received")
			return
		}
		if !s.handle(m) {
			return
		}
	}
}

// handle does what a message asks for; false if that closed the connection.
func (s *socket) handle(m message) bool {
	switch m.Type {
	case "connection_init":
		if s.inited {
			return s.close(closeTooManyInits, "Too many initialisation requests")
		}
		s.inited = true
		return s.init(m.Payload)
	case "ping":
		s.send(message{Type: "pong"})
		return true
	case "pong":
		return true
	case "subscribe":
		if !s.acked {
			return s.close(closeUnauthorized, "Unauthorized")
		}
		return s.subscribe(m)
	case "complete":
		if m.ID == "" {
			break
		}
		s.mu.Lock()
		cancel := s.operations[m.ID]
		s.mu.Unlock()
		if cancel != nil {
			cancel(errDone)
		}
		return true
	}
	return s.close(closeBadRequest, "Invalid message received")
}

// init finds out who has opened the connection: by the payload's authorization,
// else by the header of the request.
func (s *socket) init(payload json.RawMessage) bool {
	var given map[string]any
	if len(payload) > 0 && json.Unmarshal(payload, &given) != nil {
		return s.close(closeBadRequest, "Invalid message received")
	}
	p := authz.From(s.ctx)
	for name, v := range given {
		if !strings.EqualFold(name, "authorization") {
			continue
		}
		text, _ := v.(string)
		if scheme, token, ok := strings.Cut(text, " "); ok && strings.EqualFold(scheme, "Bearer") {
			text = strings.TrimSpace(token)
		}
		var err error
		if p, err = s.live.cfg.Authenticate(s.r, text); err != nil {
			slog.ErrorContext(s.ctx, "websocket", "error", err)
			return s.close(websocket.StatusInternalError, "Internal error")
		}
	}
	if !p.SignedIn() {
		return s.close(closeForbidden, "Forbidden: "+clause.Unauthenticated.Code)
	}
	if err := s.live.belongs(&s.stream, p); err != nil {
		return s.close(websocket.StatusTryAgainLater, clause.Throttled.Code+": too many streams")
	}
	s.mu.Lock()
	s.acked, s.principal = true, p
	s.c.SetReadLimit(s.limit)
	s.mu.Unlock()
	s.live.cfg.Watch(authz.With(s.ctx, p), func(fresh *authz.Principal) {
		if fresh == nil {
			s.finish(clause.Unauthenticated)
		}
	})
	s.send(message{Type: "connection_ack"})
	return true
}

// finish ends every operation for a reason, which each is told, and then closes
// the connection.
func (s *socket) finish(why error) {
	code, reason := websocket.StatusGoingAway, "The server stops"
	if errors.Is(why, clause.Unauthenticated) {
		code, reason = closeUnauthorized, "Unauthorized: the session has ended"
	}
	s.stop(why)
	go func() {
		s.underway.Wait()
		s.close(code, reason)
	}()
}

// stop ends every operation, and begins none any more.
func (s *socket) stop(why error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ending = true
	for _, cancel := range s.operations {
		cancel(why)
	}
}

// close says why the connection ends, and ends it. It is false, always.
func (s *socket) close(code websocket.StatusCode, reason string) bool {
	s.closing.Do(func() {
		if len(reason) > 123 { // the most that fits
			reason = strings.ToValidUTF8(reason[:123], "")
		}
		_ = s.c.Close(code, reason) // whoever has gone isn't told
		close(s.gone)
		s.cancel()
	})
	return false
}

// ping tries the connection: one that doesn't answer is cut.
func (s *socket) ping() {
	t := time.NewTicker(s.live.cfg.Ping)
	defer t.Stop()
	for {
		select {
		case <-s.ctx.Done():
			return
		case <-t.C:
		}
		ctx, cancel := context.WithTimeout(s.ctx, s.live.cfg.Ping)
		err := s.c.Ping(ctx)
		cancel()
		if err != nil {
			s.cut()
			return
		}
	}
}

// cut ends a connection whose peer doesn't take anything any more.
func (s *socket) cut() {
	s.cancel()
	_ = s.c.CloseNow()
}

// send sends a message; a peer that doesn't take it in time is cut.
func (s *socket) send(m message) {
	data, err := json.Marshal(m)
	if err != nil {
		panic(err) // strings, and JSON
	}
	ctx, cancel := context.WithTimeout(s.ctx, s.live.cfg.Ping)
	defer cancel()
	if err := s.c.Write(ctx, websocket.MessageText, data); err != nil {
		s.cut()
	}
}

func (s *socket) sendErrors(ctx context.Context, id string, errs gqlerror.List) {
	data, err := json.Marshal(errs)
	if err != nil {
		panic(err) // they are shown as JSON everywhere
	}
	s.send(message{ID: id, Type: "error", Payload: data})
}

// presented is an error as the executor's presenter shows it.
func (h *Handler) presented(ctx context.Context, err error) gqlerror.List {
	ctx = graphql.WithOperationContext(ctx, &graphql.OperationContext{})
	return h.exec.DispatchError(ctx, gqlerror.List{limits.AsError(err)}).Errors
}

// subscribe begins an operation. The reader waits until it is established, so
// that a ping sent after it is answered after it.
func (s *socket) subscribe(m message) bool {
	var asked sent
	if m.ID == "" || len(m.ID) > longestID || unmarshal(m.Payload, &asked) != nil {
		return s.close(closeBadRequest, "Invalid message received")
	}
	s.mu.Lock()
	_, taken := s.operations[m.ID]
	n := len(s.operations)
	s.mu.Unlock()
	switch {
	case taken:
		return s.close(closeSubscriber, "Subscriber for "+m.ID+" already exists")
	case n >= s.live.cfg.Operations:
		s.sendErrors(s.ctx, m.ID, s.h.presented(s.ctx, clause.Throttled.With("retryAfter", 1)))
		return true
	}
	fresh, err := s.live.cfg.Again(authz.With(s.ctx, s.principal))
	if err != nil {
		s.sendErrors(s.ctx, m.ID, s.h.presented(s.ctx, err))
		return true
	}
	if fresh == nil {
		s.sendErrors(s.ctx, m.ID, s.h.presented(s.ctx, clause.Unauthenticated))
		return s.close(closeUnauthorized, "Unauthorized: the session has ended")
	}
	ctx, cancel := context.WithCancelCause(graphql.StartOperationTrace(authz.With(s.ctx, fresh)))
	ctx = authz.Ending(ctx, cancel)
	run, errs := s.h.begin(ctx, s.r, &asked)
	if errs != nil {
		cancel(nil)
		s.sendErrors(ctx, m.ID, errs)
		return true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ending {
		cancel(nil)
		return true
	}
	s.operations[m.ID] = cancel
	s.underway.Add(1)
	go s.run(ctx, m.ID, cancel, run)
	return true
}

// run sends the answers of an operation until it ends.
func (s *socket) run(ctx context.Context, id string, cancel context.CancelCauseFunc, next func() (*graphql.Response, bool)) {
	defer s.underway.Done()
	done := func() {
		s.mu.Lock()
		delete(s.operations, id)
		s.mu.Unlock()
		cancel(nil)
	}
	defer done()
	for more := true; more; {
		var resp *graphql.Response
		resp, more = next()
		switch {
		case resp == nil:
			more = false
		case resp.Data == nil && len(resp.Errors) > 0:
			done()
			s.sendErrors(ctx, id, resp.Errors)
			return
		default:
			data, err := json.Marshal(resp)
			if err != nil {
				panic(err) // it is JSON already
			}
			s.send(message{ID: id, Type: "next", Payload: data})
		}
	}
	why := ended(ctx)
	switch {
	case why != nil:
		errs := s.h.presented(ctx, why)
		s.sendErrors(ctx, id, errs)
		done()
		if errors.Is(why, clause.Unauthenticated) {
			s.finish(clause.Unauthenticated)
		}
	case context.Cause(ctx) == nil:
		done()
		s.send(message{ID: id, Type: "complete"})
	}
}
