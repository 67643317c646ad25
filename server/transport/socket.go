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
	"unicode/utf8"

	"github.com/99designs/gqlgen/graphql"
	"github.com/coder/websocket"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"portico/authz"
	"portico/clause"
	"portico/ent"
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

	// The reader's: who has opened it, by which token, and in which language to
	// answer.
	principal *authz.Principal
	token     string
	lang      clause.Lang

	mu         sync.Mutex
	inited     bool // it was told who has opened it
	acked      bool
	operations map[string]*operation
	open       int   // of them, those that are still told of
	running    int   // operations that haven't ended, completed ones too
	ending     bool  // nothing new is begun
	limit      int64 // of a message, in bytes
	underway   sync.WaitGroup
}

// socket serves one websocket to its end.
func (h *Handler) socket(w http.ResponseWriter, r *http.Request) {
	if ask := h.cfg.Live.cfg.Origin; ask != nil && r.Header.Get("Origin") != "" && !ask(r) {
		x := &exchange{h: h, w: w, r: r, media: typeJSON}
		x.refuse(&fault{status: http.StatusForbidden, refusal: CrossOrigin})
		return
	}
	c, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: []string{protocol},
		InsecureSkipVerify: true, CompressionMode: websocket.CompressionDisabled})
	if err != nil {
		return // answered
	}
	lasts(r.Context()) // each message has a bound of its own
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	s := &socket{h: h, live: h.cfg.Live, r: r, c: c, ctx: ctx, cancel: cancel, gone: make(chan struct{}),
		lang: clause.LangOf(ctx), operations: map[string]*operation{}}
	s.end, s.stream.socket = s.finish, true
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
		if kind == websocket.MessageText && !utf8.Valid(data) {
			s.close(websocket.StatusInvalidFramePayloadData, "Not text in UTF-8")
			return
		}
		unpaid := s.live.charge(s.sender(), len(data))
		if unpaid != nil && len(data) > longestInit {
			s.close(websocket.StatusTryAgainLater, clause.Throttled.Code)
			return
		}
		var m message
		if kind != websocket.MessageText || json.Unmarshal(data, &m) != nil {
			s.close(closeBadRequest, "Invalid message received")
			return
		}
		if !s.handle(m, unpaid) {
			return
		}
	}
}

// sender is a context of who has opened the connection, as far as it has said.
func (s *socket) sender() context.Context {
	if s.principal == nil {
		return s.ctx
	}
	return authz.With(s.ctx, s.principal)
}

// handle does what a message asks for; false if that closed the connection.
// Unpaid is why its sender can't have anything begun now, if it can't.
func (s *socket) handle(m message, unpaid error) bool {
	switch m.Type {
	case "connection_init":
		if s.inited {
			return s.close(closeTooManyInits, "Too many initialisation requests")
		}
		s.mu.Lock()
		s.inited = true
		s.mu.Unlock()
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
		return s.subscribe(m, unpaid)
	case "complete":
		if m.ID == "" {
			break
		}
		s.complete(m.ID)
		return true
	}
	return s.close(closeBadRequest, "Invalid message received")
}

// init finds out who has opened the connection, by the payload's authorization,
// else by the header of the request; and in which language to answer, by the
// payload's acceptLanguage or Accept-Language, else by the header.
func (s *socket) init(payload json.RawMessage) bool {
	var given map[string]any
	if notText(payload) >= 0 || len(payload) > 0 && json.Unmarshal(payload, &given) != nil {
		return s.close(closeBadRequest, "Invalid message received")
	}
	s.token, _ = Bearer(s.r.Header.Get("Authorization"))
	for name, v := range given {
		text, _ := v.(string)
		switch strings.ToLower(name) {
		case "authorization":
			s.token = bare(text)
		case "acceptlanguage", "accept-language":
			s.lang = language(text)
		}
	}
	ctx, done := s.bound(s.ctx)
	p, err := s.live.cfg.Authenticate(s.r.WithContext(ctx), s.token)
	done()
	if ent.IsTimeout(err) {
		slog.WarnContext(s.ctx, "ran out of time", "error", err)
		return s.close(websocket.StatusTryAgainLater, clause.Timeout.Code)
	}
	if err != nil {
		slog.ErrorContext(s.ctx, "websocket", "error", err)
		return s.close(websocket.StatusInternalError, "Internal error")
	}
	if !p.SignedIn() {
		return s.close(closeForbidden, "Forbidden: "+clause.Unauthenticated.Code)
	}
	if err := s.live.belongs(&s.stream, p); err != nil {
		return s.close(websocket.StatusTryAgainLater, clause.Throttled.Code+": too many streams")
	}
	s.principal = p
	seated(s.ctx)
	s.mu.Lock()
	s.acked = true
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

// bound gives what is asked for by one message its time.
func (s *socket) bound(ctx context.Context) (context.Context, context.CancelFunc) {
	if s.h.cfg.Timeout <= 0 {
		return context.WithCancel(ctx)
	}
	return Bound(ctx, s.h.cfg.Timeout)
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
	for _, o := range s.operations {
		o.cancel(why)
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

func (s *socket) sendErrors(id string, errs gqlerror.List) {
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
