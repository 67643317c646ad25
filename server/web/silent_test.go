package web_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"portico/portal/correspondence/notice"
	"portico/portaltest"
	"portico/server"
	"portico/server/servertest"
)

// relay copies between clients and a server until it is stopped. Then both
// connections stay open, and nothing is copied.
type relay struct {
	net.Listener
	to    string
	mu    sync.Mutex
	mute  bool
	ends  []net.Conn
	bytes sync.WaitGroup
}

func newRelay(t *testing.T, to string) *relay {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := &relay{Listener: l, to: to}
	go r.accept()
	return r
}

func (r *relay) accept() {
	for {
		near, err := r.Accept()
		if err != nil {
			return
		}
		far, err := net.Dial("tcp", r.to)
		if err != nil {
			_ = near.Close()
			continue
		}
		r.mu.Lock()
		r.ends = append(r.ends, near, far)
		r.bytes.Add(2)
		r.mu.Unlock()
		go r.copy(near, far)
		go r.copy(far, near)
	}
}

func (r *relay) copy(to, from net.Conn) {
	defer r.bytes.Done()
	buffer := make([]byte, 4096)
	for {
		n, err := from.Read(buffer)
		r.mu.Lock()
		mute := r.mute
		r.mu.Unlock()
		if err != nil || mute {
			return // without closing the other connection
		}
		if _, err := to.Write(buffer[:n]); err != nil {
			return
		}
	}
}

func (r *relay) silence() {
	r.mu.Lock()
	r.mute = true
	r.mu.Unlock()
}

func (r *relay) end() {
	_ = r.Close()
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range r.ends {
		_ = c.Close()
	}
}

// countingListener counts its open connections.
type countingListener struct {
	net.Listener
	mu   sync.Mutex
	open int
}

type countedConn struct {
	net.Conn
	once sync.Once
	l    *countingListener
}

func (l *countingListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	l.open++
	l.mu.Unlock()
	return &countedConn{Conn: c, l: l}, nil
}

func (c *countedConn) Close() error {
	c.once.Do(func() {
		c.l.mu.Lock()
		c.l.open--
		c.l.mu.Unlock()
	})
	return c.Conn.Close()
}

func (l *countingListener) count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.open
}

// A thousand websockets whose clients become silent leave no connection, no
// follower and no goroutine.
func TestAThousandSilentSocketsLeaveNothing(t *testing.T) {
	const sockets = 1000
	w := portaltest.New(t, "sqlite", servertest.Quick(func(c *server.Config) {
		c.LivePing, c.LiveInit, c.LiveStreams, c.LiveAccount, c.LiveCheck = 3*time.Second, time.Minute, 2*sockets, 2*sockets, time.Second
	}))
	a := w.Owner("Silent")
	listener := &countingListener{}
	s := httptest.NewUnstartedServer(w.Handler())
	listener.Listener = s.Listener
	s.Listener = listener
	s.Start()
	defer s.Close()
	token := w.Token(a)
	before := runtime.NumGoroutine()
	r := newRelay(t, strings.TrimPrefix(s.URL, "http://"))
	defer r.end()
	var clients []net.Conn
	defer func() {
		for _, c := range clients {
			_ = c.Close()
		}
	}()
	for range sockets {
		clients = append(clients, raw(t, r.Addr().String(), token, a.AccountID))
	}
	if n := notice.Following(w.Portal.Store); n != sockets {
		t.Fatalf("%d streams are open", n)
	}
	r.silence()
	servertest.Gone(t, "streams", func() int { return notice.Following(w.Portal.Store) })
	servertest.Gone(t, "connections", listener.count)
	r.end()
	for _, c := range clients {
		_ = c.Close()
	}
	r.bytes.Wait()
	servertest.Gone(t, "goroutines", func() int { return runtime.NumGoroutine() - before })
}

// raw opens a websocket by hand, follows an account's notices, and answers
// pings while they arrive.
func raw(t *testing.T, address, token, accountID string) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	_, err = fmt.Fprintf(c, "GET /graphql HTTP/1.1\r\nHost: %s\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"+
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\nAuthorization: Bearer %s\r\n\r\n", address, token)
	if err != nil {
		t.Fatal(err)
	}
	in := bufio.NewReader(c)
	resp, err := http.ReadResponse(in, nil)
	if err != nil || resp.StatusCode != http.StatusSwitchingProtocols {
		t.Fatalf("%v %v", resp, err)
	}
	masked(t, c, `{"type":"connection_init"}`)
	acked := heard(c, in, "connection_ack")
	masked(t, c, fmt.Sprintf(`{"id":"1","type":"subscribe","payload":{"query":%q,"variables":{"accountId":%q}}}`, servertest.Posted, accountID))
	masked(t, c, `{"type":"ping"}`)
	if !acked || !heard(c, in, "pong") {
		t.Fatal("the socket isn't taken")
	}
	go heard(c, in, "what nobody says")
	return c
}

// masked sends a text message with a mask of zeros.
func masked(t *testing.T, c net.Conn, text string) {
	t.Helper()
	head := []byte{0x81, 0x80 | byte(len(text)), 0, 0, 0, 0}
	if len(text) > 125 {
		head = []byte{0x81, 0x80 | 126, byte(len(text) >> 8), byte(len(text)), 0, 0, 0, 0}
	}
	if _, err := c.Write(append(head, text...)); err != nil {
		t.Fatal(err)
	}
}

// heard reads messages and answers pings until a message contains a word; false
// if the connection ends before.
func heard(c net.Conn, in *bufio.Reader, word string) bool {
	for {
		head := make([]byte, 2)
		if _, err := io.ReadFull(in, head); err != nil {
			return false
		}
		body := make([]byte, head[1])
		if _, err := io.ReadFull(in, body); err != nil {
			return false
		}
		if head[0] == 0x89 { // a ping
			if _, err := c.Write(append([]byte{0x8a, 0x80 | byte(len(body)), 0, 0, 0, 0}, body...)); err != nil {
				return false
			}
		} else if strings.Contains(string(body), word) {
			return true
		}
	}
}
