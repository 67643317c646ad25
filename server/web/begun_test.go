package web_test

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/coder/websocket"

	"portico/portal"
	"portico/portaltest"
	"portico/server"
	"portico/server/servertest"
)

// asks sends the head of a request for events, whose body never ends. It
// returns the response once the request is served.
func asks(t *testing.T, url string) (*http.Response, net.Conn) {
	t.Helper()
	c, err := new(net.Dialer).DialContext(t.Context(), "tcp", strings.TrimPrefix(url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	_, err = fmt.Fprintf(c, "POST /graphql HTTP/1.1\r\nHost: portal.example\r\nContent-Type: application/json\r\nAccept: text/event-stream\r\nContent-Length: 1000\r\nExpect: 100-continue\r\n\r\n")
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatal(err)
	}
	return r, c
}

// upgrade opens a websocket and returns the status; the websocket is nil if it
// is refused.
func upgrade(t *testing.T, url string) (*websocket.Conn, int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), servertest.Patience)
	defer cancel()
	c, r, err := websocket.Dial(ctx, strings.Replace(url, "http", "ws", 1)+"/graphql", &websocket.DialOptions{Subprotocols: []string{"graphql-transport-ws"}})
	if r == nil {
		t.Fatal(err)
	}
	if err == nil {
		t.Cleanup(func() { _ = c.CloseNow() })
	}
	return c, r.StatusCode
}

// A request for a stream counts as a request in progress until the stream has
// begun, so it can't exceed the limit of these.
func TestAStreamThatHasNotBegunIsARequestUnderWay(t *testing.T) {
	const most = 3
	w := portaltest.New(t, "sqlite", func(_ *portal.Config, c *server.Config) { c.OpenRequests = most })
	s := httptest.NewServer(w.Handler())
	t.Cleanup(s.Close)
	t.Run("5.4: bodies of streams that are never sent", func(t *testing.T) {
		for range most {
			r, c := asks(t, s.URL)
			defer func() { _ = c.Close() }()
			if r.StatusCode != http.StatusContinue {
				t.Fatalf("%d", r.StatusCode)
			}
		}
		r, c := asks(t, s.URL)
		defer func() { _ = c.Close() }()
		if r.StatusCode != http.StatusTooManyRequests {
			t.Errorf("one more: %d", r.StatusCode)
		}
	})
	t.Run("5.4: websockets that haven't authenticated", func(t *testing.T) {
		var lines []servertest.Socket
		servertest.Awaited(t, func() bool { // the earlier ones have ended
			c, _ := upgrade(t, s.URL)
			if c != nil {
				lines = append(lines, servertest.Socket{T: t, Conn: c})
			}
			return len(lines) == most
		})
		if _, status := upgrade(t, s.URL); status != http.StatusTooManyRequests {
			t.Errorf("one more: %d", status)
		}
		lines[0].Send(servertest.Frame{Type: "connection_init", Payload: map[string]any{"authorization": "Bearer " + w.Token(w.Owner("Begun"))}})
		lines[0].Want("connection_ack")
		if _, status := upgrade(t, s.URL); status != http.StatusSwitchingProtocols {
			t.Errorf("once one of them has: %d", status)
		}
	})
}

func TestAMessageOnASocketIsCharged(t *testing.T) {
	w := portaltest.New(t, "sqlite", servertest.Quick(func(c *server.Config) { c.Budget = 3000 }))
	s := httptest.NewServer(w.Handler())
	t.Cleanup(s.Close)
	l := servertest.Connect(t, s.URL, w.Token(w.Owner("Talker")))
	t.Run("5.4: by its length, before it is decoded", func(t *testing.T) {
		filler := strings.Repeat(" ", 10<<10)
		for n := 0; ; n++ {
			l.Run(fmt.Sprint(n), "{ __typename }"+filler, "")
			f, err := l.Read()
			if err != nil {
				t.Fatal(err)
			}
			if f.Type == "error" {
				if got := portaltest.String(f.Payload, 0, "extensions", "code"); got != "THROTTLED" || n == 0 {
					t.Errorf("after %d: %s", n, got)
				}
				break
			}
			l.Want("complete")
			if n > 1000 {
				t.Fatal("it is never refused")
			}
		}
	})
	t.Run("5.4: a long one that can't be paid for ends the connection", func(t *testing.T) {
		l.Run("long", strings.Repeat(" ", 100<<10), "")
		if got := l.Closed(); got != websocket.StatusTryAgainLater {
			t.Errorf("%d", got)
		}
	})
}
