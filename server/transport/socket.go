package transport

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/99designs/gqlgen/graphql"
	"github.com/coder/websocket"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"portico/authz"
	"portico/clause"
	"portico/graph/limits"
	"portico/portal/kernel/live"
)

// protocol is the supported subprotocol of websockets.
const protocol = "graphql-transport-ws"

// message is a message of the protocol.
type message struct {
	ID      string          `json:"id,omitempty"`
	Type    string          `json:"type"`
	Payload json.RawMessage `json:"payload,omitempty"`
}

// socket is one websocket. The goroutine of the request reads from it; another one pings,
// and each operation has one.
type socket struct {
	stream
	h      *Handler
	live   *Live
	r      *http.Request
	c      *websocket.Conn
	ctx    context.Context
	cancel context.CancelFunc
	ended  sync.Once // see socket_end.go
	limit  int64     // of a message, in bytes

	// Used by the reader only: the principal that opened the connection, its token, and
	// the language of answers.
	principal *authz.Principal
	holder    *live.Holder
	token     string
	lang      clause.Lang

	mu         sync.Mutex
	inited     bool // connection_init was received
	acked      bool
	operations map[string]*operation
	open       int  // operations about which messages are still sent
	running    int  // operations that haven't ended, including completed ones
	ending     bool // no new operation begins
	underway   sync.WaitGroup
}

// socket serves one websocket until it ends.
func (h *Handler) socket(w http.ResponseWriter, r *http.Request) {
	if ask := h.cfg.Live.cfg.Origin; ask != nil && r.Header.Get("Origin") != "" && !ask(r) {
		x := &exchange{h: h, w: w, r: r, media: typeJSON}
		x.refuse(&fault{status: http.StatusForbidden, refusal: CrossOrigin})
		return
	}
	c, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: []string{protocol},
		InsecureSkipVerify: true, CompressionMode: websocket.CompressionDisabled})
	if err != nil {
		return // Accept has answered
	}
	liftBound(r.Context()) // each message has its own time limit
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	x := &exchange{h: h, r: r}
	s := &socket{h: h, live: h.cfg.Live, r: r, c: c, ctx: ctx, cancel: cancel, limit: x.bodyLimit(),
		lang: clause.LangOf(ctx), operations: map[string]*operation{}}
	s.end, s.stream.socket = s.finish, true
	if c.Subprotocol() != protocol {
		s.hangUp(closeNoProtocol, "Subprotocol not acceptable")
		return
	}
	switch err := s.live.enter(&s.stream); {
	case errors.Is(err, live.ErrClosed):
		s.hangUp(websocket.StatusGoingAway, "The server stops")
	case err != nil:
		s.hangUp(websocket.StatusTryAgainLater, tooManyStreams)
	default:
		defer s.entry.Leave()
		s.serve()
	}
}

// serve reads until the connection ends, and returns when all its goroutines have ended.
func (s *socket) serve() {
	s.c.SetReadLimit(min(longestInit, s.limit)) // until the client is authenticated
	timer := time.AfterFunc(s.live.cfg.Init, s.late)
	defer timer.Stop()
	var pinging sync.WaitGroup
	pinging.Go(s.ping)
	s.read()
	s.cut() // unless it has already ended
	s.endOperations(context.Canceled)
	s.underway.Wait()
	pinging.Wait()
}

// read handles messages until either side ends the connection.
func (s *socket) read() {
	defer func() {
		if v := recover(); v != nil {
			slog.ErrorContext(s.ctx, "websocket", "error", Recover(s.ctx, v))
			s.hangUp(websocket.StatusInternalError, "Internal error")
		}
	}()
	for {
		kind, data, err := s.c.Read(s.ctx)
		if err != nil {
			return
		}
		if kind == websocket.MessageText && !utf8.Valid(data) {
			s.hangUp(websocket.StatusInvalidFramePayloadData, "Not text in UTF-8")
			return
		}
		unpaid := s.live.charge(s.sender(), len(data))
		if unpaid != nil && len(data) > longestInit {
			s.hangUp(websocket.StatusTryAgainLater, clause.Throttled.Code)
			return
		}
		var m message
		if kind != websocket.MessageText || json.Unmarshal(data, &m) != nil {
			s.malformed()
			return
		}
		if !s.handle(m, unpaid) {
			return
		}
	}
}

// sender returns a context with the principal that opened the connection, if it is
// authenticated.
func (s *socket) sender() context.Context {
	if s.principal == nil {
		return s.ctx
	}
	return authz.With(s.ctx, s.principal)
}

// handle handles a message; false if that closed the connection. Unpaid is the error if
// the message could not be charged to its sender; then no operation may begin.
func (s *socket) handle(m message, unpaid error) bool {
	switch m.Type {
	case "connection_init":
		if s.inited {
			return s.hangUp(closeTooManyInits, "Too many initialisation requests")
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
			return s.hangUp(closeUnauthorized, "Unauthorized")
		}
		return s.subscribe(m, unpaid)
	case "complete":
		if m.ID == "" {
			break
		}
		s.complete(m.ID)
		return true
	}
	return s.malformed()
}

// bound returns a context with the time limit of one message.
func (s *socket) bound(ctx context.Context) (context.Context, context.CancelFunc) {
	if s.h.cfg.Timeout <= 0 {
		return context.WithCancel(ctx)
	}
	return Bound(ctx, s.h.cfg.Timeout)
}

// send sends a message. If the peer doesn't accept it in time, the connection is cut.
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
		panic(err) // errors can always be written as JSON
	}
	s.send(message{ID: id, Type: "error", Payload: data})
}

// presented returns an error as the executor's presenter shows it.
func (h *Handler) presented(ctx context.Context, err error) gqlerror.List {
	ctx = graphql.WithOperationContext(ctx, &graphql.OperationContext{})
	return h.exec.DispatchError(ctx, gqlerror.List{limits.AsError(err)}).Errors
}
