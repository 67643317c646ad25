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

// longestInit is the maximum length of a message before the connection is acknowledged,
// in bytes.
const longestInit = 16 << 10

// init authenticates the client by authorization in the payload, or else by the request's
// header, or else by its cookie. It takes the language of answers from acceptLanguage or Accept-Language in the
// payload, or else from the header.
func (s *socket) init(payload json.RawMessage) bool {
	var given map[string]any
	if notText(payload) >= 0 || len(payload) > 0 && json.Unmarshal(payload, &given) != nil {
		return s.malformed()
	}
	s.token, _ = Bearer(s.r.Header.Get("Authorization"))
	if c, brought := cookiesOf(s.ctx); brought {
		s.token = c.Access
	}
	for name, v := range given {
		text, _ := v.(string)
		switch strings.ToLower(name) {
		case "authorization":
			s.token = tokenIn(text)
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

// tooManyStreams is the reason in the close frame of a connection over the limit.
var tooManyStreams = clause.Throttled.Code + ": too many streams"

// admit acknowledges the connection of a principal. From now on it lasts until the
// principal's session ends.
func (s *socket) admit(p *authz.Principal) {
	s.principal = p
	leaveSeat(s.ctx)
	s.mu.Lock()
	s.acked = true
	s.c.SetReadLimit(s.limit)
	s.mu.Unlock()
	s.holder = s.live.cfg.Holders.Hold(authz.With(s.ctx, p), checkSession, s.finish)
	s.send(message{Type: "connection_ack"})
}

// checkSession refuses a principal whose session has ended.
func checkSession(p *authz.Principal) error {
	if p == nil {
		return clause.Unauthenticated
	}
	return nil
}

// late hangs up if the client hasn't authenticated in time.
func (s *socket) late() {
	s.mu.Lock()
	late := !s.inited
	s.mu.Unlock()
	if late {
		s.hangUp(closeInitTimeout, "Connection initialisation timeout")
	}
}
