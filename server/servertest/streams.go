package servertest

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/coder/websocket"

	"portico/portaltest"
)

// Socket is a client of a websocket.
type Socket struct {
	T    *testing.T
	Conn *websocket.Conn
}

// Frame is a message of graphql-transport-ws.
type Frame struct {
	ID      string `json:"id"`
	Type    string `json:"type"`
	Payload any    `json:"payload"`
}

// Dial opens a websocket without sending anything.
func Dial(t *testing.T, url string, protocols ...string) Socket {
	t.Helper()
	return DialWith(t, url, nil, protocols...)
}

// DialWith is [Dial] with a header of the request.
func DialWith(t *testing.T, url string, header http.Header, protocols ...string) Socket {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), Patience)
	defer cancel()
	c, _, err := websocket.Dial(ctx, strings.Replace(url, "http", "ws", 1)+"/graphql", &websocket.DialOptions{Subprotocols: protocols, HTTPHeader: header})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.CloseNow() })
	return Socket{T: t, Conn: c}
}

// Connect opens a websocket and authenticates with a token.
func Connect(t *testing.T, url, token string) Socket {
	t.Helper()
	l := Dial(t, url, "graphql-transport-ws")
	l.Send(Frame{Type: "connection_init", Payload: map[string]any{"authorization": "Bearer " + token}})
	l.Want("connection_ack")
	return l
}

// Text sends a text unchanged.
func (l Socket) Text(s string) {
	l.T.Helper()
	ctx, cancel := context.WithTimeout(l.T.Context(), Patience)
	defer cancel()
	if err := l.Conn.Write(ctx, websocket.MessageText, []byte(s)); err != nil {
		l.T.Fatal(err)
	}
}

// Send sends a message.
func (l Socket) Send(f Frame) {
	l.T.Helper()
	b, err := json.Marshal(f)
	if err != nil {
		l.T.Fatal(err)
	}
	l.Text(string(b))
}

// Read returns the next message.
func (l Socket) Read() (f Frame, err error) {
	ctx, cancel := context.WithTimeout(l.T.Context(), Patience)
	defer cancel()
	_, data, err := l.Conn.Read(ctx)
	if err != nil {
		return f, err
	}
	return f, json.Unmarshal(data, &f)
}

// Want returns the next message, which must be of a kind.
func (l Socket) Want(kind string) Frame {
	l.T.Helper()
	f, err := l.Read()
	if err != nil || f.Type != kind {
		l.T.Fatalf("want %s: %+v %v", kind, f, err)
	}
	return f
}

// Closed reads until the connection is closed, and returns the close code.
func (l Socket) Closed() websocket.StatusCode {
	l.T.Helper()
	for {
		if _, err := l.Read(); err != nil {
			var e websocket.CloseError
			if !errors.As(err, &e) {
				l.T.Fatalf("no close: %v", err)
			}
			return e.Code
		}
	}
}

// Posted is a subscription to the notices of an account.
const Posted = `subscription($accountId: ID!, $after: String) { noticePosted(accountId: $accountId, after: $after) { cursor notice { id kind title publishedAt } } }`

// Subscribe subscribes to the notices of an account.
func (l Socket) Subscribe(id, accountID string, after any) {
	l.T.Helper()
	l.Send(Frame{ID: id, Type: "subscribe", Payload: map[string]any{"query": Posted, "variables": map[string]any{"accountId": accountID, "after": after}}})
}

// Follow subscribes, and waits until the subscription is established.
func (l Socket) Follow(id, accountID string) {
	l.T.Helper()
	l.Subscribe(id, accountID, nil)
	l.Send(Frame{Type: "ping"})
	l.Want("pong")
}

// Event returns the title and the cursor of the next notice.
func (l Socket) Event() (title, cursor string) {
	l.T.Helper()
	f := l.Want("next")
	return portaltest.String(f.Payload, "data", "noticePosted", "notice", "title"), portaltest.String(f.Payload, "data", "noticePosted", "cursor")
}

// Code returns the code of the error that ended an operation.
func (l Socket) Code() string {
	l.T.Helper()
	return portaltest.String(l.Want("error").Payload, 0, "extensions", "code")
}

// Run sends an operation, with a token unless it is empty.
func (l Socket) Run(id, query, token string) {
	l.T.Helper()
	payload := map[string]any{"query": query}
	if token != "" {
		payload["extensions"] = map[string]any{"authorization": "Bearer " + token}
	}
	l.Send(Frame{ID: id, Type: "subscribe", Payload: payload})
}

// Query sends an operation that has one answer, waits until it completes, and returns
// the answer.
func (l Socket) Query(id, query, token string) any {
	l.T.Helper()
	l.Run(id, query, token)
	f := l.Want("next")
	l.Want("complete")
	return f.Payload
}

// Events is a client of a stream of events.
type Events struct {
	T        *testing.T
	Response *http.Response
	Lines    *bufio.Scanner
}

// Listen posts an operation that is answered by a stream of events.
func Listen(t *testing.T, url, token, query string, variables map[string]any) *Events {
	t.Helper()
	body, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*Patience)
	t.Cleanup(cancel)
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, url+"/graphql", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "text/event-stream")
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = resp.Body.Close() })
	return &Events{t, resp, bufio.NewScanner(resp.Body)}
}

// Next returns the kind and the data of the next event, and skips comments. The kind is
// empty after the stream has ended.
func (e *Events) Next() (kind string, data any) {
	e.T.Helper()
	for e.Lines.Scan() {
		switch text := e.Lines.Text(); {
		case strings.HasPrefix(text, "event: "):
			kind = strings.TrimPrefix(text, "event: ")
		case strings.HasPrefix(text, "data: "):
			if err := json.Unmarshal([]byte(strings.TrimPrefix(text, "data: ")), &data); err != nil {
				e.T.Fatalf("%s: %v", text, err)
			}
		case text == "" && kind != "":
			return kind, data
		}
	}
	return "", nil
}

// Title returns the title and the cursor of the next notice.
func (e *Events) Title() (title, cursor string) {
	e.T.Helper()
	kind, data := e.Next()
	if kind != "next" {
		e.T.Fatalf("%q %v", kind, data)
	}
	return portaltest.String(data, "data", "noticePosted", "notice", "title"), portaltest.String(data, "data", "noticePosted", "cursor")
}

// Code returns the code of the error that ended an operation, and waits until the
// operation completes.
func (e *Events) Code() string {
	e.T.Helper()
	_, data := e.Next()
	if kind, _ := e.Next(); kind != "complete" {
		e.T.Errorf("%q instead of complete", kind)
	}
	return portaltest.String(data, "errors", 0, "extensions", "code")
}
