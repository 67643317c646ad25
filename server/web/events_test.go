package web_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"portico/portal/correspondence/notice"
	"portico/portaltest"
	"portico/server"
	"portico/server/servertest"
)

func TestFollowingByServerSentEvents(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		s := httptest.NewServer(w.Handler())
		t.Cleanup(s.Close)
		operator, a, b := w.Operator("support"), w.Owner("Listener"), w.Owner("Stranger")
		servertest.PublishNotice(w, operator, map[string]any{"title": "before"})
		own := map[string]any{"accountId": a.AccountID}
		e := servertest.Listen(t, s.URL, w.Token(a), servertest.Posted, own)
		if e.Response.StatusCode != 200 || !strings.HasPrefix(e.Response.Header.Get("Content-Type"), "text/event-stream") || e.Response.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%d %v", e.Response.StatusCode, e.Response.Header)
		}
		cursor := ""
		for i := range 9 {
			servertest.PublishNotice(w, operator, map[string]any{"title": fmt.Sprint(i)})
			title := ""
			if title, cursor = e.Title(); title != fmt.Sprint(i) {
				t.Fatalf("want %d: %s", i, title)
			}
			if i%3 == 2 { // cut, miss one event, continue
				_ = e.Response.Body.Close()
				servertest.PublishNotice(w, operator, map[string]any{"title": "missed"})
				e = servertest.Listen(t, s.URL, w.Token(a), servertest.Posted, map[string]any{"accountId": a.AccountID, "after": cursor})
				if title, cursor = e.Title(); title != "missed" {
					t.Fatalf("what was missed: %s", title)
				}
			}
		}
		for want, other := range map[string]*servertest.Events{
			"UNAUTHENTICATED":           servertest.Listen(t, s.URL, "", servertest.Posted, own),
			"NOT_FOUND":                 servertest.Listen(t, s.URL, w.Token(b), servertest.Posted, own),
			"GRAPHQL_VALIDATION_FAILED": servertest.Listen(t, s.URL, w.Token(a), "{ nothing }", nil),
			"BAD_REQUEST":               servertest.Listen(t, s.URL, w.Token(b), servertest.Posted, map[string]any{"accountId": b.AccountID, "after": cursor}),
		} {
			if got := other.Code(); got != want {
				t.Errorf("want %s: %s", want, got)
			}
		}
		q := servertest.Listen(t, s.URL, w.Token(a), "{ viewer { person { id } } }", nil)
		if _, data := q.Next(); portaltest.String(data, "data", "viewer", "person", "id") != a.PersonID {
			t.Errorf("%v", data)
		}
		w.Done(a, `mutation { signOut(input: {everywhere: false}) { userErrors { code } } }`, nil)
		if got := e.Code(); got != "UNAUTHENTICATED" {
			t.Errorf("signed out: %s", got)
		}
		servertest.Gone(t, "streams", func() int { return notice.Following(w.Portal.Store) })
	}, servertest.Quick())
}

func TestAStreamOfEventsOutlivesARequestsTimeAndIsKeptAlive(t *testing.T) {
	w := portaltest.New(t, "sqlite")
	hasty := portaltest.Open(t, w.Engine, w.Database, servertest.Quick(func(c *server.Config) { c.LivePing, c.RequestTimeout = 50*time.Millisecond, 100*time.Millisecond }))
	s := httptest.NewServer(hasty.Handler())
	t.Cleanup(s.Close)
	a := w.Owner("Patient")
	e := servertest.Listen(t, s.URL, w.Token(a), servertest.Posted, map[string]any{"accountId": a.AccountID})
	for n := 0; n < 5; { // four pings after the first comment take twice a request's time
		if !e.Lines.Scan() {
			t.Fatalf("ended after %d comments: %v", n, e.Lines.Err())
		}
		if e.Lines.Text() == ":" {
			n++
		}
	}
	servertest.PublishNotice(w, w.Operator("support"), map[string]any{"title": "late"})
	if title, _ := e.Title(); title != "late" {
		t.Errorf("%s", title)
	}
}

func TestWhatNamesJSONIsAnsweredWithJSON(t *testing.T) {
	w := portaltest.New(t, "sqlite")
	a := w.Owner("Asker")
	body := fmt.Sprintf(`{"query": %q, "variables": {"accountId": %q}}`, servertest.Posted, a.AccountID)
	r := httptest.NewRequest(http.MethodPost, "/graphql", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "application/graphql-response+json, application/json, text/event-stream")
	r.Header.Set("Authorization", "Bearer "+w.Token(a))
	rec := httptest.NewRecorder()
	w.Handler().ServeHTTP(rec, r)
	text, err := io.ReadAll(rec.Body)
	if err != nil || rec.Code != http.StatusBadRequest || !strings.Contains(string(text), "SUBSCRIPTION_NEEDS_STREAM") {
		t.Errorf("%d %s %v", rec.Code, text, err)
	}
}
