package web_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"portico/ent"
	"portico/ent/db/employee"
	"portico/portal/correspondence/notice"
	"portico/portaltest"
	"portico/server"
	"portico/server/servertest"
)

func TestTheProtocolOfTheWebsocket(t *testing.T) {
	w := portaltest.New(t, "sqlite", servertest.Quick(func(c *server.Config) { c.LiveInit = 200 * time.Millisecond }))
	s := httptest.NewServer(w.Handler())
	t.Cleanup(s.Close)
	a := w.Owner("Protocol")
	init := fmt.Sprintf(`{"type":"connection_init","payload":{"Authorization":"Bearer %s"}}`, w.Token(a))
	sub := fmt.Sprintf(`{"id":"1","type":"subscribe","payload":{"query":%q,"variables":{"accountId":%q}}}`, servertest.Posted, a.AccountID)
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
			l := servertest.Dial(t, s.URL, "graphql-transport-ws")
			for _, text := range c.say {
				l.Text(text)
			}
			if got := l.Closed(); got != c.code {
				t.Errorf("closed by %d, not %d", got, c.code)
			}
		})
	}
	long := servertest.Dial(t, s.URL, "graphql-transport-ws")
	long.Text(init)
	long.Want("connection_ack")
	_ = long.Conn.Write(t.Context(), websocket.MessageText, []byte(`{"type":"ping","payload":{"x":"`+strings.Repeat("x", 2<<20)+`"}}`))
	if f, err := long.Read(); err == nil {
		t.Errorf("2 MiB in one message: %+v", f)
	}
	if got := servertest.Dial(t, s.URL, "graphql-ws").Closed(); got != 4406 {
		t.Errorf("another protocol: %d", got)
	}
	l := servertest.Dial(t, s.URL, "graphql-transport-ws")
	l.Text(init)
	l.Want("connection_ack")
	if err := l.Conn.Write(t.Context(), websocket.MessageBinary, []byte(`{"type":"ping"}`)); err != nil {
		t.Fatal(err)
	}
	if got := l.Closed(); got != 4400 {
		t.Errorf("a binary message: %d", got)
	}
}

func TestOperationsOverTheWebsocket(t *testing.T) {
	w := portaltest.New(t, "sqlite", servertest.Quick(func(c *server.Config) { c.LiveOperations, c.LiveAccount = 3, 2 }))
	s := httptest.NewServer(w.Handler())
	t.Cleanup(s.Close)
	a, b := w.Owner("Operator of sockets"), w.Owner("Foreign")
	l := servertest.Connect(t, s.URL, w.Token(a))
	l.Send(servertest.Frame{Type: "ping", Payload: map[string]any{"x": 1}})
	l.Want("pong")
	l.Send(servertest.Frame{ID: "q", Type: "subscribe", Payload: map[string]any{"query": "{ viewer { person { id } } }"}})
	if f := l.Want("next"); portaltest.String(f.Payload, "data", "viewer", "person", "id") != a.PersonID {
		t.Errorf("%+v", f)
	}
	l.Want("complete")
	for want, payload := range map[string]map[string]any{
		"GRAPHQL_VALIDATION_FAILED": {"query": "subscription { nothing }"},
		"GRAPHQL_PARSE_FAILED":      {"query": "subscription {"},
		"NOT_FOUND":                 {"query": servertest.Posted, "variables": map[string]any{"accountId": b.AccountID}},
		"BAD_REQUEST":               {"query": servertest.Posted, "variables": map[string]any{"accountId": a.AccountID, "after": "forged"}},
	} {
		l.Send(servertest.Frame{ID: "e", Type: "subscribe", Payload: payload})
		if got := l.Code(); got != want {
			t.Errorf("%v: %s", payload, got)
		}
	}
	for _, id := range []string{"1", "2"} {
		l.Follow(id, a.AccountID)
	}
	l.Subscribe("3", a.AccountID, nil)
	if got := l.Code(); got != "THROTTLED" { // the limit of the account
		t.Errorf("a third stream of the account: %s", got)
	}
	id := servertest.PublishNotice(w, w.Operator("support"), nil)
	received := map[string]int{}
	for range 2 {
		f := l.Want("next")
		received[f.ID]++
		if portaltest.String(f.Payload, "data", "noticePosted", "notice", "id") != id {
			t.Errorf("%+v", f)
		}
	}
	if received["1"] != 1 || received["2"] != 1 {
		t.Errorf("%v", received)
	}
	l.Send(servertest.Frame{ID: "1", Type: "complete"})
	l.Send(servertest.Frame{ID: "2", Type: "complete"})
	servertest.Gone(t, "streams", func() int { return notice.Following(w.Portal.Store) })
	l.Follow("1", a.AccountID) // the ID is free again
}

func TestFollowingMissesNothingAndSendsNothingTwice(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		replica := portaltest.Open(t, w.Engine, w.Database, servertest.Quick())
		here, there := httptest.NewServer(w.Handler()), httptest.NewServer(replica.Handler())
		defer here.Close()
		defer there.Close()
		operator, a, b := w.Operator("support"), w.Owner("Follower"), w.Owner("Bystander")
		servertest.PublishNotice(w, operator, map[string]any{"title": "before"})
		l := servertest.Connect(t, here.URL, w.Token(a))
		l.Follow("1", a.AccountID)
		total, got, cursor := 30, 0, ""
		done := make(chan struct{})
		go func() {
			defer close(done)
			for i := range total {
				by := []*portaltest.World{w, replica}[i%2]
				more := map[string]any{"title": fmt.Sprint(i)}
				if i%3 == 0 {
					more["audience"], more["channels"] = map[string]any{"accountIds": []any{a.AccountID}}, []any{"IN_SITE"}
				}
				servertest.PublishNotice(by, operator, more)
				if i%4 == 0 {
					servertest.PublishNotice(by, operator, map[string]any{"title": "not his", "audience": map[string]any{"accountIds": []any{b.AccountID}}, "channels": []any{"IN_SITE"}})
				}
			}
		}()
		for got < total {
			var title string
			title, cursor = l.Event()
			if title != fmt.Sprint(got) {
				t.Fatalf("want %d: %s", got, title)
			}
			got++
			if got%7 == 0 { // cut, and continue at the other replica
				_ = l.Conn.CloseNow()
				l = servertest.Connect(t, []string{here.URL, there.URL}[got%2], w.Token(a))
				l.Subscribe("1", a.AccountID, cursor)
			}
		}
		<-done
		d := w.Must(a, `query($id: ID!) { account(id: $id) { notices(first: 3) { edges { cursor node { title } } } } }`, map[string]any{"id": a.AccountID})
		edge := portaltest.At(d, "account", "notices", "edges", 2) // cursors of the list are valid too
		l.Subscribe("2", a.AccountID, portaltest.String(edge, "cursor"))
		for _, want := range []int{total - 2, total - 1} {
			if title, _ := l.Event(); title != fmt.Sprint(want) {
				t.Errorf("after a cursor of the list: %s", title)
			}
		}
		l.Subscribe("3", b.AccountID, cursor)
		if got := l.Code(); got != "NOT_FOUND" {
			t.Errorf("another's account: %s", got)
		}
	}, servertest.Quick())
}

func TestWhoLosesItsSessionOrItsGrantLosesTheStream(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		replica := portaltest.Open(t, w.Engine, w.Database, servertest.Quick())
		here, there := httptest.NewServer(w.Handler()), httptest.NewServer(replica.Handler())
		defer here.Close()
		defer there.Close()
		a, operator := w.Owner("Leaver"), w.Operator("support")
		signOut := `mutation { signOut(input: {everywhere: true}) { userErrors { code } } }`
		lines := []servertest.Socket{servertest.Connect(t, here.URL, w.Token(a)), servertest.Connect(t, there.URL, w.Token(a))}
		idle := servertest.Connect(t, here.URL, w.Token(a))
		for _, l := range lines {
			l.Follow("1", a.AccountID)
		}
		w.Done(a, signOut, nil)
		for _, l := range lines {
			if got := l.Code(); got != "UNAUTHENTICATED" {
				t.Errorf("received %s", got)
			}
			if got := l.Closed(); got != 4401 {
				t.Errorf("closed by %d", got)
			}
		}
		if got := idle.Closed(); got != 4401 {
			t.Errorf("the idle one is closed by %d", got)
		}
		w.Begin(a)
		l := servertest.Connect(t, here.URL, w.Token(a))
		l.Follow("1", a.AccountID)
		offboard(w, a)
		servertest.PublishNotice(w, operator, nil) // it isn't sent to the stream
		if got := l.Code(); got != "FORBIDDEN" {
			t.Errorf("received %s", got)
		}
		l.Subscribe("2", a.AccountID, nil)
		if got := l.Code(); got != "NOT_FOUND" && got != "FORBIDDEN" {
			t.Errorf("and again: %s", got)
		}
		servertest.Gone(t, "streams", func() int { return notice.Following(w.Portal.Store) + notice.Following(replica.Portal.Store) })
	}, servertest.Quick())
}

// offboard ends an actor's employment by a direct write.
func offboard(w *portaltest.World, a *portaltest.Actor) {
	w.T.Helper()
	err := w.Portal.Store.Write(w.System(), func(tx *ent.Tx) error {
		return tx.Employee.Update().Where(employee.PersonID(a.PersonID)).SetStatus(employee.StatusOFFBOARDED).Exec(tx)
	})
	if err != nil {
		w.T.Fatal(err)
	}
}

// The open websockets of one principal are limited: one too many is refused.
func TestOnePrincipalHasSoManyStreams(t *testing.T) {
	w := portaltest.New(t, "sqlite", servertest.Quick(func(c *server.Config) { c.LiveStreams = 2 }))
	s := httptest.NewServer(w.Handler())
	t.Cleanup(s.Close)
	a := w.Owner("Many")
	for range 2 {
		servertest.Connect(t, s.URL, w.Token(a))
	}
	l := servertest.Dial(t, s.URL, "graphql-transport-ws")
	l.Send(servertest.Frame{Type: "connection_init", Payload: map[string]any{"authorization": w.Token(a)}})
	if got := l.Closed(); got != websocket.StatusTryAgainLater {
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
