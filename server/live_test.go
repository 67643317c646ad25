package server_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"portico/ent"
	"portico/ent/db/employee"
	"portico/portal"
	"portico/portal/correspondence/notice"
	"portico/portaltest"
	"portico/server"
)

// quick makes the streams' figures small, so that tests needn't wait.
func quick(more ...func(*server.Config)) portaltest.Option {
	return func(_ *portal.Config, c *server.Config) {
		c.LivePoll, c.LiveCheck = 20*time.Millisecond, 20*time.Millisecond
		for _, f := range more {
			f(c)
		}
	}
}

// line is a client's end of a websocket.
type line struct {
	t *testing.T
	c *websocket.Conn
}

type frame struct {
	ID      string `json:"id"`
	Type    string `json:"type"`
	Payload any    `json:"payload"`
}

const patience = 30 * time.Second

func dial(t *testing.T, url string, protocols ...string) line {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	c, _, err := websocket.Dial(ctx, strings.Replace(url, "http", "ws", 1)+"/graphql", &websocket.DialOptions{Subprotocols: protocols})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.CloseNow() })
	return line{t, c}
}

// connect dials and says who it is.
func connect(t *testing.T, url, token string) line {
	t.Helper()
	l := dial(t, url, "graphql-transport-ws")
	l.send(frame{Type: "connection_init", Payload: map[string]any{"authorization": "Bearer " + token}})
	l.want("connection_ack")
	return l
}

func (l line) text(s string) {
	l.t.Helper()
	ctx, cancel := context.WithTimeout(l.t.Context(), patience)
	defer cancel()
	if err := l.c.Write(ctx, websocket.MessageText, []byte(s)); err != nil {
		l.t.Fatal(err)
	}
}

func (l line) send(f frame) {
	l.t.Helper()
	b, err := json.Marshal(f)
	if err != nil {
		l.t.Fatal(err)
	}
	l.text(string(b))
}

func (l line) read() (f frame, err error) {
	ctx, cancel := context.WithTimeout(l.t.Context(), patience)
	defer cancel()
	_, data, err := l.c.Read(ctx)
	if err != nil {
		return f, err
	}
	return f, json.Unmarshal(data, &f)
}

func (l line) want(kind string) frame {
	l.t.Helper()
	f, err := l.read()
	if err != nil || f.Type != kind {
		l.t.Fatalf("want %s: %+v %v", kind, f, err)
	}
	return f
}

// closed reads to the close, and returns its code.
func (l line) closed() websocket.StatusCode {
	l.t.Helper()
	for {
		if _, err := l.read(); err != nil {
			var e websocket.CloseError
			if !errors.As(err, &e) {
				l.t.Fatalf("no close: %v", err)
			}
			return e.Code
		}
	}
}

const posted = `subscription($accountId: ID!, $after: String) { noticePosted(accountId: $accountId, after: $after) { cursor notice { id kind title publishedAt } } }`

// ask subscribes.
func (l line) ask(id, accountID string, after any) {
	l.t.Helper()
	l.send(frame{ID: id, Type: "subscribe", Payload: map[string]any{"query": posted, "variables": map[string]any{"accountId": accountID, "after": after}}})
}

// follow subscribes, and waits until that is established.
func (l line) follow(id, accountID string) {
	l.t.Helper()
	l.ask(id, accountID, nil)
	l.send(frame{Type: "ping"})
	l.want("pong")
}

func (l line) event() (title, cursor string) {
	l.t.Helper()
	f := l.want("next")
	return portaltest.String(f.Payload, "data", "noticePosted", "notice", "title"), portaltest.String(f.Payload, "data", "noticePosted", "cursor")
}

// code is the code of the error that ended an operation.
func (l line) code() string {
	l.t.Helper()
	return portaltest.String(l.want("error").Payload, 0, "extensions", "code")
}

func TestTheProtocolOfTheWebsocket(t *testing.T) {
	w := portaltest.New(t, "sqlite", quick(func(c *server.Config) { c.LiveInit = 200 * time.Millisecond }))
	s := httptest.NewServer(w.Handler())
	t.Cleanup(s.Close)
	a := w.Owner("Protocol")
	init := fmt.Sprintf(`{"type":"connection_init","payload":{"Authorization":"Bearer %s"}}`, w.Token(a))
	sub := fmt.Sprintf(`{"id":"1","type":"subscribe","payload":{"query":%q,"variables":{"accountId":%q}}}`, posted, a.AccountID)
	for name, c := range map[string]struct {
		say  []string
		code websocket.StatusCode
	}{
		"no init":               {nil, 4408},
		"no JSON":               {[]string{"{"}, 4400},
		"unknown message":       {[]string{init, `{"type":"stop"}`}, 4400},
		"no type":               {[]string{init, `{}`}, 4400},
		"a server's message":    {[]string{init, `{"type":"next","id":"1","payload":{}}`}, 4400},
		"two inits":             {[]string{init, init}, 4429},
		"init of a list":        {[]string{`{"type":"connection_init","payload":[]}`}, 4400},
		"no credential":         {[]string{`{"type":"connection_init"}`}, 4403},
		"a wrong credential":    {[]string{`{"type":"connection_init","payload":{"authorization":"Bearer pa_wrongwrongwrong"}}`}, 4403},
		"subscribe before init": {[]string{sub}, 4401},
		"id twice":              {[]string{init, sub, sub}, 4409},
		"no id":                 {[]string{init, strings.Replace(sub, `"1"`, `""`, 1)}, 4400},
		"no payload":            {[]string{init, `{"id":"1","type":"subscribe"}`}, 4400},
		"query is a number":     {[]string{init, `{"id":"1","type":"subscribe","payload":{"query":5}}`}, 4400},
		"complete without id":   {[]string{init, `{"type":"complete"}`}, 4400},
	} {
		t.Run(name, func(t *testing.T) {
			l := dial(t, s.URL, "graphql-transport-ws")
			for _, text := range c.say {
				l.text(text)
			}
			if got := l.closed(); got != c.code {
				t.Errorf("closed by %d, not %d", got, c.code)
			}
		})
	}
	long := dial(t, s.URL, "graphql-transport-ws")
	long.text(init)
	long.want("connection_ack")
	_ = long.c.Write(t.Context(), websocket.MessageText, []byte(`{"type":"ping","payload":{"x":"`+strings.Repeat("x", 2<<20)+`"}}`))
	if f, err := long.read(); err == nil {
		t.Errorf("2 MiB in one message: %+v", f)
	}
	if got := dial(t, s.URL, "graphql-ws").closed(); got != 4406 {
		t.Errorf("another protocol: %d", got)
	}
	l := dial(t, s.URL, "graphql-transport-ws")
	l.text(init)
	l.want("connection_ack")
	if err := l.c.Write(t.Context(), websocket.MessageBinary, []byte(`{"type":"ping"}`)); err != nil {
		t.Fatal(err)
	}
	if got := l.closed(); got != 4400 {
		t.Errorf("a binary message: %d", got)
	}
}

func TestOperationsOverTheWebsocket(t *testing.T) {
	w := portaltest.New(t, "sqlite", quick(func(c *server.Config) { c.LiveOperations, c.LiveAccount = 3, 2 }))
	s := httptest.NewServer(w.Handler())
	t.Cleanup(s.Close)
	a, b := w.Owner("Operator of sockets"), w.Owner("Foreign")
	l := connect(t, s.URL, w.Token(a))
	l.send(frame{Type: "ping", Payload: map[string]any{"x": 1}})
	l.want("pong")
	l.send(frame{ID: "q", Type: "subscribe", Payload: map[string]any{"query": "{ viewer { person { id } } }"}})
	if f := l.want("next"); portaltest.String(f.Payload, "data", "viewer", "person", "id") != a.PersonID {
		t.Errorf("%+v", f)
	}
	l.want("complete")
	for want, payload := range map[string]map[string]any{
		"GRAPHQL_VALIDATION_FAILED": {"query": "subscription { nothing }"},
		"GRAPHQL_PARSE_FAILED":      {"query": "subscription {"},
		"NOT_FOUND":                 {"query": posted, "variables": map[string]any{"accountId": b.AccountID}},
		"BAD_REQUEST":               {"query": posted, "variables": map[string]any{"accountId": a.AccountID, "after": "forged"}},
	} {
		l.send(frame{ID: "e", Type: "subscribe", Payload: payload})
		if got := l.code(); got != want {
			t.Errorf("%v: %s", payload, got)
		}
	}
	for _, id := range []string{"1", "2"} {
		l.follow(id, a.AccountID)
	}
	l.ask("3", a.AccountID, nil)
	if got := l.code(); got != "THROTTLED" { // of the account
		t.Errorf("a third stream of the account: %s", got)
	}
	id := post(w, w.Operator("support"), nil)
	seen := map[string]int{}
	for range 2 {
		f := l.want("next")
		seen[f.ID]++
		if portaltest.String(f.Payload, "data", "noticePosted", "notice", "id") != id {
			t.Errorf("%+v", f)
		}
	}
	if seen["1"] != 1 || seen["2"] != 1 {
		t.Errorf("%v", seen)
	}
	l.send(frame{ID: "1", Type: "complete"})
	l.send(frame{ID: "2", Type: "complete"})
	gone(t, "streams", func() int { return notice.Following(w.Portal.Store) })
	l.follow("1", a.AccountID) // the id is free again
}

// gone waits until a count is zero.
func gone(t *testing.T, what string, count func() int) {
	t.Helper()
	if !awaited(t, func() bool { return count() <= 0 }) {
		t.Fatalf("%d %s are left", count(), what)
	}
}

// awaited waits until something holds; false if it never does.
func awaited(t *testing.T, holds func() bool) bool {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-ctx.Done():
			return false
		case <-tick.C:
		}
	}
	return true
}

func TestFollowingMissesNothingAndTellsNothingTwice(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		replica := portaltest.Open(t, w.Engine, w.Database, quick())
		here, there := httptest.NewServer(w.Handler()), httptest.NewServer(replica.Handler())
		defer here.Close()
		defer there.Close()
		operator, a, b := w.Operator("support"), w.Owner("Follower"), w.Owner("Bystander")
		post(w, operator, map[string]any{"title": "before"})
		l := connect(t, here.URL, w.Token(a))
		l.follow("1", a.AccountID)
		total, told, cursor := 30, 0, ""
		done := make(chan struct{})
		go func() {
			defer close(done)
			for i := range total {
				by := []*portaltest.World{w, replica}[i%2]
				more := map[string]any{"title": fmt.Sprint(i)}
				if i%3 == 0 {
					more["audience"], more["channels"] = map[string]any{"accountIds": []any{a.AccountID}}, []any{"IN_SITE"}
				}
				post(by, operator, more)
				if i%4 == 0 {
					post(by, operator, map[string]any{"title": "not his", "audience": map[string]any{"accountIds": []any{b.AccountID}}, "channels": []any{"IN_SITE"}})
				}
			}
		}()
		for told < total {
			var title string
			title, cursor = l.event()
			if title != fmt.Sprint(told) {
				t.Fatalf("want %d: %s", told, title)
			}
			told++
			if told%7 == 0 { // cut, and go on at the other replica
				_ = l.c.CloseNow()
				l = connect(t, []string{here.URL, there.URL}[told%2], w.Token(a))
				l.ask("1", a.AccountID, cursor)
			}
		}
		<-done
		d := w.Must(a, `query($id: ID!) { account(id: $id) { notices(first: 3) { edges { cursor node { title } } } } }`, map[string]any{"id": a.AccountID})
		edge := portaltest.At(d, "account", "notices", "edges", 2) // the list's cursors serve too
		l.ask("2", a.AccountID, portaltest.String(edge, "cursor"))
		for _, want := range []int{total - 2, total - 1} {
			if title, _ := l.event(); title != fmt.Sprint(want) {
				t.Errorf("after a cursor of the list: %s", title)
			}
		}
		l.ask("3", b.AccountID, cursor)
		if got := l.code(); got != "NOT_FOUND" {
			t.Errorf("another's account: %s", got)
		}
	}, quick())
}

func TestWhoLosesItsSessionOrItsGrantLosesTheStream(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		replica := portaltest.Open(t, w.Engine, w.Database, quick())
		here, there := httptest.NewServer(w.Handler()), httptest.NewServer(replica.Handler())
		defer here.Close()
		defer there.Close()
		a, operator := w.Owner("Leaver"), w.Operator("support")
		signOut := `mutation { signOut(input: {everywhere: true}) { userErrors { code } } }`
		lines := []line{connect(t, here.URL, w.Token(a)), connect(t, there.URL, w.Token(a))}
		idle := connect(t, here.URL, w.Token(a))
		for _, l := range lines {
			l.follow("1", a.AccountID)
		}
		w.Done(a, signOut, nil)
		for _, l := range lines {
			if got := l.code(); got != "UNAUTHENTICATED" {
				t.Errorf("told %s", got)
			}
			if got := l.closed(); got != 4401 {
				t.Errorf("closed by %d", got)
			}
		}
		if got := idle.closed(); got != 4401 {
			t.Errorf("the idle one is closed by %d", got)
		}
		w.Begin(a)
		l := connect(t, here.URL, w.Token(a))
		l.follow("1", a.AccountID)
		offboard(w, a)
		post(w, operator, nil) // and nothing of it is told
		if got := l.code(); got != "FORBIDDEN" {
			t.Errorf("told %s", got)
		}
		l.ask("2", a.AccountID, nil)
		if got := l.code(); got != "NOT_FOUND" && got != "FORBIDDEN" {
			t.Errorf("and again: %s", got)
		}
		gone(t, "streams", func() int { return notice.Following(w.Portal.Store) + notice.Following(replica.Portal.Store) })
	}, quick())
}

// offboard ends an actor's employment, as the database sees it.
func offboard(w *portaltest.World, a *portaltest.Actor) {
	w.T.Helper()
	err := w.Portal.Store.Write(w.System(), func(tx *ent.Tx) error {
		return tx.Employee.Update().Where(employee.PersonID(a.PersonID)).SetStatus(employee.StatusOFFBOARDED).Exec(tx)
	})
	if err != nil {
		w.T.Fatal(err)
	}
}

// A stream that nobody names still has its limits: too many are refused.
func TestOnePrincipalHasSoManyStreams(t *testing.T) {
	w := portaltest.New(t, "sqlite", quick(func(c *server.Config) { c.LiveStreams = 2 }))
	s := httptest.NewServer(w.Handler())
	t.Cleanup(s.Close)
	a := w.Owner("Many")
	for range 2 {
		connect(t, s.URL, w.Token(a))
	}
	l := dial(t, s.URL, "graphql-transport-ws")
	l.send(frame{Type: "connection_init", Payload: map[string]any{"authorization": w.Token(a)}})
	if got := l.closed(); got != websocket.StatusTryAgainLater {
		t.Errorf("closed by %d", got)
	}
	r, err := http.NewRequest(http.MethodGet, s.URL+"/graphql?query={viewer{person{id}}}", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Accept", "text/event-stream")
	r.Header.Set("Authorization", "Bearer "+w.Token(a))
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusTooManyRequests || resp.Header.Get("Retry-After") == "" {
		t.Errorf("%d %v", resp.StatusCode, resp.Header)
	}
}
