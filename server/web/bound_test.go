package web_test

import (
	"bufio"
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/go-sql-driver/mysql"
	_ "modernc.org/sqlite"

	"portico/ent/db"
	"portico/money"
	"portico/portal"
	"portico/portal/finance/payment"
	"portico/portaltest"
	"portico/server"
	"portico/server/servertest"
)

// behind makes a world reach MariaDB through a relay, which can stop.
func behind(t *testing.T, r **relay) portaltest.Option {
	return func(c *portal.Config, _ *server.Config) {
		m, err := mysql.ParseDSN(c.Database)
		if err != nil {
			t.Fatal(err)
		}
		*r = newRelay(t, m.Addr)
		m.Net, m.Addr = "tcp", (*r).Addr().String()
		c.Database = m.FormatDSN()
	}
}

// within sets how long a request may take.
func within(limit time.Duration) portaltest.Option {
	return func(_ *portal.Config, c *server.Config) { c.RequestTimeout = limit }
}

// answered is a response of the server.
type answered struct {
	status int
	header http.Header
	body   []byte
}

// timedOut reports whether the response is a timeout with a correlation ID and
// the time after which to retry.
func (a answered) timedOut() bool {
	var b struct {
		Errors []struct {
			Extensions struct {
				Code          string
				CorrelationID string `json:"correlationId"`
			}
		}
	}
	return a.status == http.StatusServiceUnavailable && a.header.Get("Retry-After") != "" && json.Unmarshal(a.body, &b) == nil &&
		len(b.Errors) > 0 && b.Errors[0].Extensions.Code == "TIMEOUT" && b.Errors[0].Extensions.CorrelationID != ""
}

// ask sends a request over its own connection, with a token if there is one.
func ask(t *testing.T, url, token, method, path, body string, header http.Header) answered {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), servertest.Patience)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, method, url+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "application/graphql-response+json")
	for name, values := range header {
		r.Header[name] = values
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(r)
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	return answered{resp.StatusCode, resp.Header, text}
}

// signedNotification returns a signed notification of the sandbox's channel
// about a top-up that doesn't exist.
func signedNotification(w *portaltest.World) (body string, header http.Header) {
	d, err := payment.Sandbox{Store: w.Portal.Store}.Pay(&db.TopUp{PaymentReference: "none"}, "Nobody", money.New(100, money.CNY), portaltest.Start)
	if err != nil {
		w.T.Fatal(err)
	}
	const name = "Sandbox-Signature"
	return string(d.Body), http.Header{name: {d.Header(name)}}
}

// If the database stops answering, no request takes longer than its limit, on
// any path and from any sender. Requests that need the database get 503 with
// the code TIMEOUT; others get their usual answer.
func TestADatabaseThatHangsHoldsNoRequest(t *testing.T) {
	var r *relay
	w := portaltest.New(t, "mariadb", behind(t, &r), within(300*time.Millisecond))
	s := httptest.NewServer(w.Handler())
	t.Cleanup(s.Close)
	t.Cleanup(func() { r.end() }) // before the server is closed, which waits for its handlers
	token := w.Token(w.Person("Waiting"))
	notification, signature := signedNotification(w)
	r.silence()
	held := 0
	for _, p := range append(paths, struct{ name, method, path, body string }{"a signed notification", http.MethodPost, "/payments/sandbox", notification}) {
		t.Run(p.name, func(t *testing.T) {
			if a := ask(t, s.URL, token, p.method, p.path, p.body, signature); !a.timedOut() {
				t.Errorf("5.4: signed in: %d %v %s", a.status, a.header, a.body)
			}
			a := ask(t, s.URL, "", p.method, p.path, p.body, signature)
			if a.timedOut() {
				held++
			} else if a.status == http.StatusServiceUnavailable || a.status == http.StatusInternalServerError {
				t.Errorf("5.4: a visitor: %d %v %s", a.status, a.header, a.body)
			}
			if p.path == "/graphql" && p.method == http.MethodPost { // plain JSON: GraphQL over HTTP asks for 200 once there is an operation
				a := ask(t, s.URL, "", p.method, p.path, p.body, http.Header{"Accept": {"application/json"}})
				if a.status >= http.StatusInternalServerError && !a.timedOut() || bytes.Contains(a.body, []byte("INTERNAL")) {
					t.Errorf("5.4: over plain JSON: %d %s", a.status, a.body)
				}
			}
		})
	}
	if held < 7 {
		t.Errorf("5.4: of what visitors ask only %d needed the database", held)
	}
	t.Run("probes answer", func(t *testing.T) {
		if a := ask(t, s.URL, token, http.MethodGet, "/healthz", "", nil); a.status != http.StatusOK {
			t.Errorf("%d", a.status)
		}
		if a := ask(t, s.URL, token, http.MethodGet, "/readyz", "", nil); a.status != http.StatusServiceUnavailable || !bytes.Contains(a.body, []byte(`"database"`)) {
			t.Errorf("%d %s", a.status, a.body)
		}
	})
}

// While another process holds a lock on SQLite, writes can't finish, and no
// context ends their waiting. The request is answered all the same.
func TestALockThatIsHeldHoldsNoRequest(t *testing.T) {
	w := portaltest.New(t, "sqlite", within(300*time.Millisecond))
	s := httptest.NewServer(w.Handler())
	t.Cleanup(s.Close)
	token := w.Token(w.Person("Waiting"))
	notification, signature := signedNotification(w)
	lock, err := sql.Open("sqlite", "file:"+strings.TrimPrefix(w.Database, "sqlite:")+"?_txlock=immediate")
	if err != nil {
		t.Fatal(err)
	}
	tx, err := lock.Begin()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { // before the server is closed, which waits for its handlers
		if err := tx.Rollback(); err != nil {
			t.Error(err)
		}
		_ = lock.Close()
	})
	for _, c := range []struct{ name, path, body, token string }{
		{"a visitor's mutation", "/graphql", `{"query":"mutation { createCaptcha(input: {purpose: REGISTER}) { captcha { id } userErrors { code } } }"}`, ""},
		{"a password that is tried", "/graphql", `{"query":"mutation { signIn(input: {login: \"+8613800138000\", password: \"wrong wrong wrong\"}) { userErrors { code } } }"}`, ""},
		{"a mutation", "/graphql", `{"query":"mutation { signOut(input: {everywhere: true}) { userErrors { code } } }"}`, token},
		{"a notification", "/payments/sandbox", notification, ""},
		{"a link's button", "/links/verify-email", "", ""},
	} {
		t.Run("5.4: "+c.name, func(t *testing.T) {
			header := signature.Clone()
			if strings.HasPrefix(c.path, "/links") {
				c.body = "token=none"
				header.Set("Content-Type", "application/x-www-form-urlencoded")
			}
			if a := ask(t, s.URL, c.token, http.MethodPost, c.path, c.body, header); !a.timedOut() {
				t.Errorf("%d %v %s", a.status, a.header, a.body)
			}
		})
	}
	t.Run("what reads goes on", func(t *testing.T) {
		if a := ask(t, s.URL, "", http.MethodGet, "/notices", "", nil); a.status != http.StatusOK {
			t.Errorf("%d %s", a.status, a.body)
		}
	})
}

// A request whose body doesn't arrive takes no longer than its limit.
func TestABodyThatDoesNotComeHoldsNoRequest(t *testing.T) {
	w := portaltest.New(t, "sqlite", within(300*time.Millisecond))
	s := httptest.NewServer(w.Handler())
	t.Cleanup(s.Close)
	token := w.Token(w.Person("Slow"))
	for _, c := range []struct{ path, kind, begin string }{
		{"/graphql", "application/json", `{"query`},
		{"/graphql", "multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"operations\"\r\n\r\n{"},
		{"/payments/sandbox", "application/json", "{"},
		{"/links/verify-email", "application/x-www-form-urlencoded", "token="},
		{"/sandbox/pay/topu_1", "application/x-www-form-urlencoded", "payerName="},
	} {
		t.Run("5.4: "+c.path+" "+c.kind, func(t *testing.T) {
			a := slowBody(t, s.URL, token, c.path, c.kind, c.begin)
			if strings.HasPrefix(c.path, "/sandbox") && a.status == http.StatusNotFound {
				return // the top-up doesn't exist, so any form gets the same answer
			}
			if !a.timedOut() {
				t.Errorf("%d %v %s", a.status, a.header, a.body)
			}
		})
	}
}

// Opening a stream, and each operation on an open websocket, takes no longer
// than a request; streams that have begun continue.
func TestADatabaseThatHangsHoldsNoStream(t *testing.T) {
	var r *relay
	w := portaltest.New(t, "mariadb", behind(t, &r), within(3*time.Second), servertest.Quick(func(c *server.Config) { c.LiveInit = time.Minute }))
	s := httptest.NewServer(w.Handler())
	t.Cleanup(s.Close)
	t.Cleanup(func() { r.end() }) // before the server is closed, which waits for its handlers
	token := w.Token(w.Owner("Waiting"))
	open, unanswered := servertest.Connect(t, s.URL, token), servertest.Dial(t, s.URL, "graphql-transport-ws")
	r.silence()
	open.Run("1", "{ viewer { person { name } } }", "")
	unanswered.Send(servertest.Frame{Type: "connection_init", Payload: map[string]any{"authorization": "Bearer " + token}})
	t.Run("5.4: an operation on an open websocket", func(t *testing.T) {
		f := open.Want("error")
		if got := portaltest.String(f.Payload, 0, "extensions", "code"); f.ID != "1" || got != "TIMEOUT" {
			t.Errorf("%v", f)
		}
		open.Send(servertest.Frame{Type: "ping"})
		open.Want("pong")
	})
	t.Run("5.4: a websocket that authenticates", func(t *testing.T) {
		if got := unanswered.Closed(); got != websocket.StatusTryAgainLater {
			t.Errorf("closed by %d", got)
		}
	})
	t.Run("5.4: a new websocket and new events", func(t *testing.T) {
		upgrade := http.Header{"Connection": {"Upgrade"}, "Upgrade": {"websocket"}, "Sec-Websocket-Version": {"13"}, "Sec-Websocket-Key": {"dGhlIHNhbXBsZSBub25jZQ=="}}
		if a := ask(t, s.URL, token, http.MethodGet, "/graphql", "", upgrade); !a.timedOut() {
			t.Errorf("%d %s", a.status, a.body)
		}
		if a := ask(t, s.URL, token, http.MethodPost, "/graphql", `{"query":"{ viewer { person { name } } }"}`, http.Header{"Accept": {"text/event-stream"}}); !a.timedOut() {
			t.Errorf("%d %s", a.status, a.body)
		}
	})
	t.Run("5.4: events of a visitor", func(t *testing.T) {
		e := servertest.Listen(t, s.URL, "", "{ products(first: 1) { nodes { id } } }", nil)
		if kind, data := e.Next(); kind != "next" || portaltest.String(data, "errors", 0, "extensions", "code") != "TIMEOUT" {
			t.Errorf("%s %v", kind, data)
		}
		if kind, _ := e.Next(); kind != "complete" {
			t.Errorf("%s", kind)
		}
	})
}

// slowBody sends a request whose body doesn't arrive, and returns the response.
func slowBody(t *testing.T, url, token, path, kind, begin string) answered {
	t.Helper()
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", strings.TrimPrefix(url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nGraphQL-Preflight: 1\r\nContent-Type: %s\r\nContent-Length: 1000\r\n\r\n%s",
		path, token, kind, begin); err != nil {
		t.Fatal(err)
	}
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answered{resp.StatusCode, resp.Header, body}
}

// A stream that has begun isn't limited by the time of a request: it continues
// when a request that began later has timed out.
func TestAStreamOutlivesTheTimeOfARequest(t *testing.T) {
	w := portaltest.New(t, "sqlite")
	hurried := portaltest.Open(t, w.Engine, w.Database, within(time.Second), servertest.Quick())
	s := httptest.NewServer(hurried.Handler())
	t.Cleanup(s.Close)
	a := w.Owner("Patient")
	socket := servertest.Connect(t, s.URL, w.Token(a))
	socket.Follow("1", a.AccountID)
	stream := servertest.Listen(t, s.URL, w.Token(a), servertest.Posted, map[string]any{"accountId": a.AccountID})
	if got := slowBody(t, s.URL, "", "/graphql", "application/json", "{"); !got.timedOut() {
		t.Fatalf("%d %s", got.status, got.body)
	}
	servertest.PublishNotice(w, w.Operator("support"), map[string]any{"title": "later"})
	if title, _ := socket.Event(); title != "later" {
		t.Errorf("%s", title)
	}
	if kind, _ := stream.Next(); kind != "next" {
		t.Errorf("%s", kind)
	}
}
