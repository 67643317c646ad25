package web_test

import (
	"bufio"
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"portico/portal"
	"portico/portal/access/identity"
	"portico/portaltest"
	"portico/server"
	"portico/server/servertest"
	"portico/server/transport"
)

const socketProtocol = "graphql-transport-ws"

// dial opens a websocket with the cookies, and reports whether it was let in.
func (b *browser) dial(url string, more ...string) bool {
	ctx, cancel := context.WithTimeout(b.T.Context(), servertest.Patience)
	defer cancel()
	c, r, err := websocket.Dial(ctx, strings.Replace(url, "http", "ws", 1)+"/graphql", &websocket.DialOptions{Subprotocols: []string{socketProtocol}, HTTPHeader: b.header(more...)})
	if err == nil {
		_ = c.CloseNow()
	} else if r == nil || r.StatusCode != http.StatusForbidden {
		b.T.Errorf("%v", err)
	}
	return err == nil
}

// socket opens a websocket with the cookies, and sends its init.
func (b *browser) socket(t *testing.T, url string, init map[string]any) servertest.Socket {
	t.Helper()
	l := servertest.DialWith(t, url, b.header("Origin", url), socketProtocol)
	l.Send(servertest.Frame{Type: "connection_init", Payload: init})
	return l
}

func TestASocketIsOpenedByCookie(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		s := httptest.NewServer(w.Handler())
		t.Cleanup(s.Close)
		a, b := w.Owner("By socket"), newBrowser(w)
		b.enter(a)
		for name, header := range map[string][]string{"another site": {"Origin", "https://evil.example"}, "no origin": {"Origin", "null"}, "a neighbour": {"Sec-Fetch-Site", "same-site", "Origin", "https://neighbour.example"}} {
			if b.dial(s.URL, header...) {
				t.Errorf("1.4: a socket from %s", name)
			}
		}
		for name, header := range map[string][]string{"its own page": {"Origin", s.URL}, "a listed one": {"Origin", console}, "a program": nil} {
			if !b.dial(s.URL, header...) {
				t.Errorf("no socket from %s", name)
			}
		}
		l := b.socket(t, s.URL, nil)
		l.Want("connection_ack")
		if got := l.Query("1", whoAmI, ""); portaltest.String(got, "data", "viewer", "person", "id") != a.PersonID {
			t.Errorf("1.4: %v", got)
		}
		for _, in := range []map[string]any{entering(a)["i"].(map[string]any), {}} {
			query := signInBy
			if len(in) == 0 {
				query = renew
			}
			l.Send(servertest.Frame{ID: "2", Type: "subscribe", Payload: map[string]any{"query": query, "variables": map[string]any{"i": in}}})
			if f := l.Want("next"); portaltest.String(f.Payload, "errors", 0, "extensions", "code") != "COOKIES_UNAVAILABLE" {
				t.Errorf("1.4: cookies over a socket: %+v", f)
			}
			l.Want("complete")
		}
	}, servertest.Quick(), servertest.Origins(console))
}

func TestASocketByCookieEndsWithItsSession(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		s := httptest.NewServer(w.Handler())
		t.Cleanup(s.Close)
		a, c, b := w.Owner("By socket"), w.Owner("By token"), newBrowser(w)
		b.enter(a)
		l := b.socket(t, s.URL, nil)
		l.Want("connection_ack")
		l.Follow("3", a.AccountID)
		w.Wall.Advance(identity.AccessLifetime)
		l.Run("4", whoAmI, "")
		if got := l.Code(); got != "UNAUTHENTICATED" {
			t.Errorf("1.4: after the token's end: %s", got)
		}
		dead := b.socket(t, s.URL, nil)
		if got := dead.Closed(); got != 4403 {
			t.Errorf("1.4: opened by a dead cookie: %d", got)
		}
		other := b.socket(t, s.URL, map[string]any{"authorization": "Bearer " + w.Token(c)}) // wins over the dead cookie
		other.Want("connection_ack")
		if got := other.Query("1", whoAmI, ""); portaltest.String(got, "data", "viewer", "person", "id") != c.PersonID {
			t.Errorf("%v", got)
		}
		if code := b.refresh(); code != "" {
			t.Fatal(code)
		}
		fresh := b.socket(t, s.URL, nil)
		fresh.Want("connection_ack")
		b.post(leave, nil)
		if len(b.cookies) > 0 {
			t.Errorf("1.4: %v", b.cookies)
		}
		for _, l := range []servertest.Socket{l, fresh} {
			if got := l.Closed(); got != 4401 {
				t.Errorf("1.4: after the session's end: %d", got)
			}
		}
	}, servertest.Quick())
}

func TestEventsAreFollowedByCookie(t *testing.T) {
	w := portaltest.New(t, "sqlite", servertest.Quick())
	s := httptest.NewServer(w.Handler())
	t.Cleanup(s.Close)
	a, b := w.Owner("Following"), newBrowser(w)
	b.enter(a)
	follow := func(more ...string) *servertest.Events {
		q := url.Values{"query": {servertest.Posted}, "variables": {`{"accountId":"` + a.AccountID + `"}`}}
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+"/graphql?"+q.Encode(), nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header = b.header(more...)
		r.Header.Set("Accept", "text/event-stream")
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = resp.Body.Close() })
		return &servertest.Events{T: t, Response: resp, Lines: bufio.NewScanner(resp.Body)}
	}
	for name, header := range foreign {
		if e := follow(header...); e.Response.StatusCode != http.StatusForbidden {
			t.Errorf("1.4: %s: %d", name, e.Response.StatusCode)
		}
	}
	e := follow("Sec-Fetch-Site", "same-origin")
	servertest.PublishNotice(w, w.Operator("support"), map[string]any{"title": "To the page"})
	if title, _ := e.Title(); title != "To the page" {
		t.Errorf("1.4: %s", title)
	}
	h := b.header()
	h.Set("Accept", "text/event-stream")
	if r := servertest.Request(w, http.MethodPost, "/graphql", `{"query":"mutation { refreshSession(input: {}) { userErrors { code } } }"}`, h, servertest.Nobody); !strings.Contains(r.Body.String(), "COOKIES_UNAVAILABLE") || len(r.Result().Cookies()) > 0 {
		t.Errorf("1.4: cookies in a stream of events: %s", r.Body)
	}
	b.post(leave, nil)
	if got := e.Code(); got != "UNAUTHENTICATED" {
		t.Errorf("1.4: after the session's end: %s", got)
	}
}

func TestWhatAnotherSiteSendsIsPaidFor(t *testing.T) {
	w := portaltest.New(t, "sqlite", func(_ *portal.Config, c *server.Config) { c.Budget = 20 })
	b := newBrowser(w)
	b.cookies[transport.AccessCookie] = w.Token(w.Person("Flooded"))
	for range 20 {
		if r := b.post(whoIsHere, nil, foreign["another site"]...); r.Status != http.StatusForbidden {
			t.Fatalf("5.4: %d %s", r.Status, r.Raw)
		}
	}
	if r := b.post(whoIsHere, nil, foreign["another site"]...); r.Status != http.StatusTooManyRequests {
		t.Errorf("5.4: %d %s", r.Status, r.Raw)
	}
	if got := b.person(); got == "" {
		t.Errorf("5.4: another site spends the person's budget: %s", b.last.Body)
	}
}

func TestACookieCountsAsItsPerson(t *testing.T) {
	w := portaltest.New(t, "sqlite", func(_ *portal.Config, c *server.Config) { c.Budget = 6000 })
	a, b := w.Owner("Budget"), newBrowser(w)
	w.Wall.Advance(time.Minute)
	b.enter(a)
	costly := `{ viewer { accounts(first: 100) { nodes { id employees(first: 10) { nodes { id } } } } } }`
	for range 10_000 {
		if r := w.Send(a, costly, nil); r.Errors != nil {
			break
		}
	}
	if got := codesOf(b.post(costly, nil)); len(got) != 1 || got[0] != "THROTTLED" {
		t.Errorf("5.4: by cookie a person spends more: %v", got)
	}
}
