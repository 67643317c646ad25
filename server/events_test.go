package server_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
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
)

// events is a client's end of a stream of events.
type events struct {
	t    *testing.T
	resp *http.Response
	in   *bufio.Scanner
}

// listen posts an operation and takes a stream of events for its answer.
func listen(t *testing.T, url, token, query string, variables map[string]any) *events {
	t.Helper()
	body, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*patience)
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
	return &events{t, resp, bufio.NewScanner(resp.Body)}
}

// next is the kind of the next event and what it holds; comments are passed
// over. It is empty once the stream has ended.
func (e *events) next() (kind string, data any) {
	e.t.Helper()
	for e.in.Scan() {
		switch text := e.in.Text(); {
		case strings.HasPrefix(text, "event: "):
			kind = strings.TrimPrefix(text, "event: ")
		case strings.HasPrefix(text, "data: "):
			if err := json.Unmarshal([]byte(strings.TrimPrefix(text, "data: ")), &data); err != nil {
				e.t.Fatalf("%s: %v", text, err)
			}
		case text == "" && kind != "":
			return kind, data
		}
	}
	return "", nil
}

func (e *events) title() (title, cursor string) {
	e.t.Helper()
	kind, data := e.next()
	if kind != "next" {
		e.t.Fatalf("%q %v", kind, data)
	}
	return portaltest.String(data, "data", "noticePosted", "notice", "title"), portaltest.String(data, "data", "noticePosted", "cursor")
}

// code is the code of the error that an operation ends with; then it completes.
func (e *events) code() string {
	e.t.Helper()
	_, data := e.next()
	if kind, _ := e.next(); kind != "complete" {
		e.t.Errorf("%q instead of complete", kind)
	}
	return portaltest.String(data, "errors", 0, "extensions", "code")
}

func TestFollowingByServerSentEvents(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		s := httptest.NewServer(w.Handler())
		t.Cleanup(s.Close)
		operator, a, b := w.Operator("support"), w.Owner("Listener"), w.Owner("Stranger")
		post(w, operator, map[string]any{"title": "before"})
		own := map[string]any{"accountId": a.AccountID}
		e := listen(t, s.URL, w.Token(a), posted, own)
		if e.resp.StatusCode != 200 || !strings.HasPrefix(e.resp.Header.Get("Content-Type"), "text/event-stream") || e.resp.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%d %v", e.resp.StatusCode, e.resp.Header)
		}
		cursor := ""
		for i := range 9 {
			post(w, operator, map[string]any{"title": fmt.Sprint(i)})
			title := ""
			if title, cursor = e.title(); title != fmt.Sprint(i) {
				t.Fatalf("want %d: %s", i, title)
			}
			if i%3 == 2 { // cut, miss one, go on
				_ = e.resp.Body.Close()
				post(w, operator, map[string]any{"title": "missed"})
				e = listen(t, s.URL, w.Token(a), posted, map[string]any{"accountId": a.AccountID, "after": cursor})
				if title, cursor = e.title(); title != "missed" {
					t.Fatalf("what was missed: %s", title)
				}
			}
		}
		for want, other := range map[string]*events{
			"UNAUTHENTICATED":           listen(t, s.URL, "", posted, own),
			"NOT_FOUND":                 listen(t, s.URL, w.Token(b), posted, own),
			"GRAPHQL_VALIDATION_FAILED": listen(t, s.URL, w.Token(a), "{ nothing }", nil),
			"BAD_REQUEST":               listen(t, s.URL, w.Token(b), posted, map[string]any{"accountId": b.AccountID, "after": cursor}),
		} {
			if got := other.code(); got != want {
				t.Errorf("want %s: %s", want, got)
			}
		}
		q := listen(t, s.URL, w.Token(a), "{ viewer { person { id } } }", nil)
		if _, data := q.next(); portaltest.String(data, "data", "viewer", "person", "id") != a.PersonID {
			t.Errorf("%v", data)
		}
		w.Done(a, `mutation { signOut(input: {everywhere: false}) { userErrors { code } } }`, nil)
		if got := e.code(); got != "UNAUTHENTICATED" {
			t.Errorf("signed out: %s", got)
		}
		gone(t, "streams", func() int { return notice.Following(w.Portal.Store) })
	}, quick())
}

func TestAStreamOfEventsOutlivesARequestsTimeAndIsKeptAlive(t *testing.T) {
	w := portaltest.New(t, "sqlite")
	hasty := portaltest.Open(t, w.Engine, w.Database, quick(func(c *server.Config) { c.LivePing, c.RequestTimeout = 50*time.Millisecond, 100*time.Millisecond }))
	s := httptest.NewServer(hasty.Handler())
	t.Cleanup(s.Close)
	a := w.Owner("Patient")
	e := listen(t, s.URL, w.Token(a), posted, map[string]any{"accountId": a.AccountID})
	for n := 0; n < 5; { // four pings after the first comment take twice a request's time
		if !e.in.Scan() {
			t.Fatalf("ended after %d comments: %v", n, e.in.Err())
		}
		if e.in.Text() == ":" {
			n++
		}
	}
	post(w, w.Operator("support"), map[string]any{"title": "late"})
	if title, _ := e.title(); title != "late" {
		t.Errorf("%s", title)
	}
}

func TestWhatNamesJSONIsAnsweredWithJSON(t *testing.T) {
	w := portaltest.New(t, "sqlite")
	a := w.Owner("Asker")
	body := fmt.Sprintf(`{"query": %q, "variables": {"accountId": %q}}`, posted, a.AccountID)
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
