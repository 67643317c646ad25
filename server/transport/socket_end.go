package transport

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/coder/websocket"

	"portico/clause"
)

// A socket ends in one of three ways. The first call ends it; later calls wait for that
// and do nothing else:
//
//	hangUp  closes the connection with a close frame that gives the reason: the client
//	        violated the protocol, was too slow to authenticate, or was refused.
//	cut     closes the connection without a close frame: the client is gone or doesn't
//	        accept messages.
//	finish  ends the operations with a reason, and then hangs up: the session has
//	        ended, or the server stops.
//
// Each makes the reader return; [Handler.socket] then waits for the other goroutines.

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

// longestReason is the maximum length of the reason in a close frame, in bytes.
const longestReason = 123

// hangUp closes the connection with a close frame. It always returns false, which makes
// the reader stop.
func (s *socket) hangUp(code websocket.StatusCode, reason string) bool {
	s.ended.Do(func() {
		if len(reason) > longestReason {
			reason = strings.ToValidUTF8(reason[:longestReason], "")
		}
		_ = s.c.Close(code, reason) // it fails if the client is gone
		s.cancel()
	})
	return false
}

// malformed hangs up because of a message that violates the protocol.
func (s *socket) malformed() bool { return s.hangUp(closeBadRequest, "Invalid message received") }

// cut closes the connection without a close frame.
func (s *socket) cut() {
	s.ended.Do(func() {
		s.cancel()
		_ = s.c.CloseNow() // it fails if the connection is already closed
	})
}

// finish ends every operation and sends the reason to each, and then hangs up. It
// doesn't wait.
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

// endOperations ends every operation and prevents new ones.
func (s *socket) endOperations(why error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ending = true
	for _, o := range s.operations {
		o.cancel(why)
	}
}

// ping pings at each interval, and cuts a connection that doesn't answer.
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
