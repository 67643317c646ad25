package transport

import (
	"encoding/json"
	"log/slog"
	"strings"

	"github.com/coder/websocket"

	"portico/authz"
	"portico/clause"
	"portico/ent"
)

// longestInit is the longest message, in bytes, before the connection is
// acknowledged.
const longestInit = 16 << 10

// init finds out who has opened the connection, by the payload's authorization,
// else by the header of the request; and in which language to answer, by the
// payload's acceptLanguage or Accept-Language, else by the header.
func (s *socket) init(payload json.RawMessage) bool {
	var given map[string]any
	if notText(payload) >= 0 || len(payload) > 0 && json.Unmarshal(payload, &given) != nil {
		return s.malformed()
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
	switch {
	case ent.IsTimeout(err):
		slog.WarnContext(s.ctx, "ran out of time", "error", err)
		return s.hangUp(websocket.StatusTryAgainLater, clause.Timeout.Code)
	case err != nil:
		slog.ErrorContext(s.ctx, "websocket", "error", err)
		return s.hangUp(websocket.StatusInternalError, "Internal error")
	case !p.SignedIn():
		return s.hangUp(closeForbidden, "Forbidden: "+clause.Unauthenticated.Code)
	}
	if err := s.belongs(p); err != nil {
		return s.hangUp(websocket.StatusTryAgainLater, tooManyStreams)
	}
	s.admit(p)
	return true
}

// tooManyStreams is why a connection ends that is one too many.
var tooManyStreams = clause.Throttled.Code + ": too many streams"

// admit acknowledges the connection, which is a principal's from now on, and
// lasts as long as its session.
func (s *socket) admit(p *authz.Principal) {
	s.principal = p
	seated(s.ctx)
	s.mu.Lock()
	s.acked = true
	s.c.SetReadLimit(s.limit)
	s.mu.Unlock()
	s.holder = s.live.cfg.Holders.Hold(authz.With(s.ctx, p), lives, s.finish)
	s.send(message{Type: "connection_ack"})
}

// lives refuses a principal whose session has ended.
func lives(p *authz.Principal) error {
	if p == nil {
		return clause.Unauthenticated
	}
	return nil
}

// late hangs up on a client that hasn't said in time who it is.
func (s *socket) late() {
	s.mu.Lock()
	late := !s.inited
	s.mu.Unlock()
	if late {
		s.hangUp(closeInitTimeout, "Connection initialisation timeout")
	}
}
