package transport_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"

	"portico/authz"
	"portico/portal/kernel/live"
	"portico/server/transport"
)

// streaming serves streams to clients whose token is their name. While over is
// set, every session has ended.
type streaming struct {
	*httptest.Server
	live    *transport.Live
	holders *live.Holders
	over    atomic.Bool
}

func stream(t *testing.T, c transport.LiveConfig) *streaming {
	t.Helper()
	s := &streaming{}
	s.holders = live.NewHolders(time.Hour, func(_ context.Context, list []*authz.Principal) ([]*authz.Principal, error) {
		if s.over.Load() {
			return make([]*authz.Principal, len(list)), nil
		}
		return list, nil
	})
	c.Holders = s.holders
	c.Authenticate = func(_ *http.Request, token string) (*authz.Principal, error) {
		if token == "" {
			return nil, nil
		}
		return &authz.Principal{Kind: authz.Person, ID: token, SessionID: token}, nil
	}
	s.live = transport.NewLive(c)
	s.Server = httptest.NewServer(handler(transport.Config{Live: s.live}))
	t.Cleanup(s.Close)
	return s
}

// dial opens a websocket, which is closed at the end of the test.
func (s *streaming) dial(t *testing.T) *websocket.Conn {
	t.Helper()
	c, _, err := websocket.Dial(t.Context(), strings.Replace(s.URL, "http", "ws", 1), &websocket.DialOptions{Subprotocols: []string{"graphql-transport-ws"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.CloseNow() })
	return c
}

// say sends a message and returns the answer, or the code with which the
// connection was closed.
func say(t *testing.T, c *websocket.Conn, text string) (string, websocket.StatusCode) {
	t.Helper()
	if err := c.Write(t.Context(), websocket.MessageText, []byte(text)); err != nil {
		t.Fatal(err)
	}
	return hear(t, c)
}

func hear(t *testing.T, c *websocket.Conn) (string, websocket.StatusCode) {
	t.Helper()
	_, data, err := c.Read(t.Context())
	var closed websocket.CloseError
	if err != nil && !errors.As(err, &closed) {
		t.Fatal(err)
	}
	return string(data), closed.Code
}

// as opens a websocket and authenticates as a client.
func (s *streaming) as(t *testing.T, who string) (*websocket.Conn, websocket.StatusCode) {
	t.Helper()
	c := s.dial(t)
	answer, code := say(t, c, `{"type":"connection_init","payload":{"authorization":"`+who+`"}}`)
	if code == 0 && !strings.Contains(answer, "connection_ack") {
		t.Fatalf("%s", answer)
	}
	return c, code
}

func TestStreamsAreBoundedByPrincipalAndInAll(t *testing.T) {
	s := stream(t, transport.LiveConfig{Streams: 2, Total: 3})
	for _, who := range []string{"a", "a", "b"} {
		if _, code := s.as(t, who); code != 0 {
			t.Fatalf("%s within the bounds: %d", who, code)
		}
	}
	if _, code := hear(t, s.dial(t)); code != websocket.StatusTryAgainLater {
		t.Errorf("the fourth in all: %d", code)
	}
	a := post(t, handler(transport.Config{Live: s.live}), query("{ hello }"), "Accept", "text/event-stream")
	if a.want(http.StatusTooManyRequests, "THROTTLED"); a.Header().Get("Retry-After") == "" {
		t.Errorf("%v", a.Header())
	}
	wide := stream(t, transport.LiveConfig{Streams: 2, Total: 4})
	for _, who := range []string{"a", "a"} {
		wide.as(t, who)
	}
	if _, code := wide.as(t, "a"); code != websocket.StatusTryAgainLater {
		t.Errorf("the third of one: %d", code)
	}
	if _, code := wide.as(t, "b"); code != 0 {
		t.Errorf("another: %d", code)
	}
}

func TestASocketEndsInEachWayOnce(t *testing.T) {
	for name, c := range map[string]struct {
		end  func(*streaming, *websocket.Conn)
		code websocket.StatusCode
	}{
		"the session ends": {func(s *streaming, _ *websocket.Conn) { s.over.Store(true); s.holders.Recheck() }, 4401},
		"the server stops": {func(s *streaming, _ *websocket.Conn) { go s.live.Close(context.Background()) }, websocket.StatusGoingAway},
		"both at once": {func(s *streaming, _ *websocket.Conn) {
			s.over.Store(true)
			s.holders.Recheck()
			go s.live.Close(context.Background())
		}, 0},
		"not the protocol": {func(_ *streaming, c *websocket.Conn) {
			_ = c.Write(context.Background(), websocket.MessageText, []byte("{"))
		}, 4400},
	} {
		t.Run(name, func(t *testing.T) {
			s := stream(t, transport.LiveConfig{})
			conn, _ := s.as(t, "a")
			c.end(s, conn)
			if _, code := hear(t, conn); code != c.code && c.code != 0 || code == 0 {
				t.Errorf("closed by %d", code)
			}
			empty(t, s.live)
		})
	}
	t.Run("the client goes", func(t *testing.T) {
		s := stream(t, transport.LiveConfig{})
		conn, _ := s.as(t, "a")
		_ = conn.CloseNow()
		empty(t, s.live)
	})
	t.Run("it never authenticates", func(t *testing.T) {
		s := stream(t, transport.LiveConfig{Init: time.Millisecond})
		if _, code := hear(t, s.dial(t)); code != 4408 {
			t.Errorf("closed by %d", code)
		}
		empty(t, s.live)
	})
}

// empty closes the streams and checks that all of them end.
func empty(t *testing.T, l *transport.Live) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	if err := l.Close(ctx); err != nil {
		t.Error(err)
	}
	if sockets, events := l.Open(); sockets+events != 0 {
		t.Errorf("%d sockets and %d streams of events are left", sockets, events)
	}
}
