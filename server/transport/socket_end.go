package transport

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/coder/websocket"

	"portico/clause"
)

// A socket ends in one of three ways. The first that gets there ends it; whatever
// comes later waits for that, and does nothing else:
//
//	hangUp  says by a close frame why the connection ends: the client broke the
//	        protocol, was too slow to say who it is, or isn't let in.
//	cut     says nothing: the client has gone, or doesn't take anything any more.
//	finish  ends the operations first, each is told why, and then hangs up: the
//	        session has ended, or the server stops.
//
// Each makes the reader return, and [Handler.socket] then waits for the rest.

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

// longestReason is the longest reason, in bytes, that fits into a close frame.
const longestReason = 123

// hangUp says why the connection ends, and ends it. It is false, always: the
// reader is to read no more.
func (s *socket) hangUp(code websocket.StatusCode, reason string) bool {
	s.ended.Do(func() {
		if len(reason) > longestReason {
			reason = strings.ToValidUTF8(reason[:longestReason], "")
		}
		_ = s.c.Close(code, reason) // whoever has gone isn't told
		s.cancel()
	})
	return false
}

// malformed hangs up on a message that isn't the protocol's.
func (s *socket) malformed() bool { return s.hangUp(closeBadRequest, "Invalid message received") }

// cut ends the connection without a word.
func (s *socket) cut() {
	s.ended.Do(func() {
		s.cancel()
		_ = s.c.CloseNow() // nothing to be done about one that is closed
	})
}

// finish ends every operation for a reason, which each is told, and then hangs
// up. It doesn't wait.
func (s *socket) finish(why error) {
	code, reason := websocket.StatusGoingAway, "The server stops"
	if errors.Is(why, clause.Unauthenticated) {
		code, reason = closeUnauthorized, "Unauthorized: the session has ended"
	}
	s.endOperations(why)
	go func() {
		s.underway.Wait()
		s.hangUp(code, reason)
	}()
}

// endOperations ends every operation, and lets none begin any more.
func (s *socket) endOperations(why error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ending = true
	for _, o := range s.operations {
		o.cancel(why)
	}
}

// ping tries the connection every so often: one that doesn't answer is cut.
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
