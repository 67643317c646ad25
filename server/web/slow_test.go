package web_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"portico/portaltest"
	"portico/server"
	"portico/server/servertest"
)

// narrow makes the buffers of its connections small, so that they fill early.
type narrow struct{ net.Listener }

func (l narrow) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if tcp, ok := c.(*net.TCPConn); ok {
		err = tcp.SetWriteBuffer(4 << 10)
	}
	return c, err
}

// narrowDial dials with a small buffer at the client.
func narrowDial(ctx context.Context, network, address string) (net.Conn, error) {
	c, err := new(net.Dialer).DialContext(ctx, network, address)
	if err == nil {
		err = c.(*net.TCPConn).SetReadBuffer(4 << 10)
	}
	return c, err
}

// The stream of a client that doesn't read is cut: no write waits forever.
func TestAStreamWithoutAReaderIsCut(t *testing.T) {
	w := portaltest.New(t, "sqlite", servertest.Quick(func(c *server.Config) { c.LivePing = 100 * time.Millisecond }))
	s := httptest.NewUnstartedServer(w.Handler())
	counted := &countingListener{Listener: narrow{s.Listener}}
	s.Listener = counted
	s.Start()
	t.Cleanup(s.Close)
	a := w.Owner("Sleeper")
	const large = "{ __schema { types { name description fields { name description args { name description } } } } }"
	client := &http.Client{Transport: &http.Transport{DialContext: narrowDial}}
	t.Run("server-sent events", func(t *testing.T) {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL+"/graphql", strings.NewReader(fmt.Sprintf(`{"query":%q}`, large)))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Accept", "text/event-stream")
		resp, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		servertest.Gone(t, "connections", counted.count)
	})
	t.Run("a websocket", func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), servertest.Patience)
		defer cancel()
		c, _, err := websocket.Dial(ctx, strings.Replace(s.URL, "http", "ws", 1)+"/graphql", &websocket.DialOptions{Subprotocols: []string{"graphql-transport-ws"}, HTTPClient: client})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = c.CloseNow() }()
		l := servertest.Socket{T: t, Conn: c}
		l.Send(servertest.Frame{Type: "connection_init", Payload: map[string]any{"authorization": "Bearer " + w.Token(a)}})
		l.Want("connection_ack")
		l.Run("1", large, "")
		servertest.Gone(t, "connections", counted.count)
	})
}
