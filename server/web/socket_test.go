package web_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"portico/portal/access/identity"
	"portico/portaltest"
	"portico/server"
	"portico/server/servertest"
)

const whoAmI = "{ viewer { person { id } } }"

func TestEachOperationOfASocketProvesItsTokenAgain(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		s := httptest.NewServer(w.Handler())
		t.Cleanup(s.Close)
		a, b := w.Owner("Long-lived"), w.Owner("Other")
		refreshToken := w.Begin(a)
		l := servertest.Connect(t, s.URL, w.Token(a))
		l.Follow("stream", a.AccountID)
		rename := fmt.Sprintf(`mutation { createApplication(input: {accountId: %q, name: "By socket", kind: GENERAL, region: MAINLAND}) { application { id } userErrors { code } } }`, a.AccountID)
		if got := l.Query("1", whoAmI, ""); portaltest.String(got, "data", "viewer", "person", "id") != a.PersonID {
			t.Fatalf("%v", got)
		}
		w.Wall.Advance(identity.AccessLifetime - time.Microsecond)
		if got := l.Query("1", whoAmI, ""); portaltest.String(got, "data", "viewer", "person", "id") != a.PersonID {
			t.Errorf("a moment before its end: %v", got)
		}
		w.Wall.Advance(time.Microsecond)
		before := applications(w)
		for _, query := range []string{whoAmI, rename, "{ __typename }", "{ products { totalCount } }"} {
			l.Run("2", query, "")
			if got := l.Code(); got != "UNAUTHENTICATED" {
				t.Errorf("%s after the token's end: %s", query, got)
			}
		}
		l.Subscribe("3", a.AccountID, nil)
		if got := l.Code(); got != "UNAUTHENTICATED" {
			t.Errorf("a stream after the token's end: %s", got)
		}
		if got := applications(w); got != before {
			t.Errorf("%d applications, not %d", got, before)
		}
		refresh := fmt.Sprintf(`mutation { refreshSession(input: {refreshToken: %q}) { session { accessToken } userErrors { code } } }`, refreshToken)
		fresh := portaltest.String(l.Query("4", refresh, ""), "data", "refreshSession", "session", "accessToken")
		if fresh == "" {
			t.Fatal("not refreshed over the socket")
		}
		for token, want := range map[string]string{"pa_rubbishrubbish": "UNAUTHENTICATED", " ": "UNAUTHENTICATED", w.Token(b): "BAD_REQUEST"} {
			l.Run("5", whoAmI, token)
			if got := l.Code(); got != want {
				t.Errorf("%s: %s", token, got)
			}
		}
		if got := l.Query("6", whoAmI, fresh); portaltest.String(got, "data", "viewer", "person", "id") != a.PersonID {
			t.Errorf("with a new token: %v", got)
		}
		if got := l.Query("7", whoAmI, ""); portaltest.String(got, "data", "viewer", "person", "id") != a.PersonID {
			t.Errorf("which holds from then on: %v", got)
		}
		servertest.PublishNotice(w, w.Operator("support"), map[string]any{"title": "still told"})
		if title, _ := l.Event(); title != "still told" {
			t.Errorf("the stream that was open: %s", title)
		}
	}, servertest.Quick())
}

func TestASessionThatEndsClosesASocketWithAnyToken(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		s := httptest.NewServer(w.Handler())
		t.Cleanup(s.Close)
		a := w.Owner("Leaving")
		idle, expired := servertest.Connect(t, s.URL, w.Token(a)), servertest.Connect(t, s.URL, w.Token(a))
		refresh := fmt.Sprintf(`mutation { refreshSession(input: {refreshToken: %q}) { session { accessToken } userErrors { code } } }`, w.Begin(a))
		again := servertest.Connect(t, s.URL, w.Token(a))
		w.Wall.Advance(identity.AccessLifetime)
		expired.Run("1", whoAmI, "")
		if got := expired.Code(); got != "UNAUTHENTICATED" {
			t.Errorf("%s", got)
		}
		fresh := portaltest.String(w.Must(nil, refresh, nil), "refreshSession", "session", "accessToken")
		w.SendToken(fresh, `mutation { signOut(input: {everywhere: true}) { userErrors { code } } }`, nil)
		for _, l := range []servertest.Socket{idle, expired, again} {
			if got := l.Closed(); got != 4401 {
				t.Errorf("closed by %d", got)
			}
		}
	}, servertest.Quick())
}

// applications returns the number of applications.
func applications(w *portaltest.World) int {
	w.T.Helper()
	n, err := w.Portal.Store.Read().Application.Query().Count(w.System())
	if err != nil {
		w.T.Fatal(err)
	}
	return n
}

func TestAnIdIsFreeOnceItsClientHasCompletedIt(t *testing.T) {
	w := portaltest.New(t, "sqlite", servertest.Quick(func(c *server.Config) { c.LiveOperations = 60 }))
	s := httptest.NewServer(w.Handler())
	t.Cleanup(s.Close)
	a := w.Owner("Again")
	l := servertest.Connect(t, s.URL, w.Token(a))
	for range 50 { // all at once, without waiting for answers
		l.Subscribe("1", a.AccountID, nil)
		l.Send(servertest.Frame{ID: "1", Type: "complete"})
	}
	l.Follow("1", a.AccountID)
	id := servertest.PublishNotice(w, w.Operator("support"), nil)
	f := l.Want("next")
	if f.ID != "1" || portaltest.String(f.Payload, "data", "noticePosted", "notice", "id") != id {
		t.Errorf("%+v", f)
	}
	l.Send(servertest.Frame{Type: "ping"})
	l.Want("pong") // one answer after all completed operations
	l.Subscribe("1", a.AccountID, nil)
	if got := l.Closed(); got != 4409 {
		t.Errorf("one that is open: %d", got)
	}
}

func TestASocketSpeaksTheLanguageOfItsInit(t *testing.T) {
	w := portaltest.New(t, "sqlite")
	s := httptest.NewServer(w.Handler())
	t.Cleanup(s.Close)
	a := w.Owner("Linguist")
	for key, want := range map[string]string{"acceptLanguage": "zh-CN", "Accept-Language": "zh-CN,en;q=0.5", "accept-language": "zh", "other": ""} {
		l := servertest.Dial(t, s.URL, "graphql-transport-ws")
		l.Send(servertest.Frame{Type: "connection_init", Payload: map[string]any{"authorization": "Bearer " + w.Token(a), key: want}})
		l.Want("connection_ack")
		l.Subscribe("1", "acct_none", nil)
		overSocket := portaltest.String(l.Want("error").Payload, 0, "message")
		r := servertest.Request(w, http.MethodPost, "/graphql", `{"query":"subscription { noticePosted(accountId: \"acct_none\") { cursor } }"}`, http.Header{"Accept-Language": {want}, "Accept": {"text/event-stream"}, "Authorization": {"Bearer " + w.Token(a)}}, servertest.Nobody)
		if overSocket == "" || !strings.Contains(r.Body.String(), overSocket) {
			t.Errorf("%s: %q, and %s", key, overSocket, r.Body)
		}
	}
}

func TestASocketIsOpenedByItsOwnPagesAndTheListedOnes(t *testing.T) {
	w := portaltest.New(t, "sqlite", servertest.Quick(func(c *server.Config) { c.Origins = []string{"https://console.example.com"} }))
	s := httptest.NewServer(w.Handler())
	t.Cleanup(s.Close)
	for origin, welcome := range map[string]bool{
		"": true, s.URL: true, "http://portico.test": true, "https://console.example.com": true,
		"http://console.example.com": false, "https://console.example.com.evil.example": false, "https://evil.example": false, "null": false,
	} {
		ctx, cancel := context.WithTimeout(t.Context(), servertest.Patience)
		h := http.Header{}
		if origin != "" {
			h.Set("Origin", origin)
		}
		c, resp, err := websocket.Dial(ctx, strings.Replace(s.URL, "http", "ws", 1)+"/graphql", &websocket.DialOptions{Subprotocols: []string{"graphql-transport-ws"}, HTTPHeader: h})
		cancel()
		if c != nil {
			_ = c.CloseNow()
		}
		if welcome != (err == nil) || !welcome && resp.StatusCode != http.StatusForbidden {
			t.Errorf("%q: %v", origin, err)
		}
	}
}
