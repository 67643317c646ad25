package server_test

import (
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"os"
	"regexp"
	"testing"

	"portico/ent/db/sessiontoken"
	"portico/portal/access/identity"
	"portico/portal/correspondence/notice"
	"portico/portaltest"
	"portico/server/servertest"
)

var script = regexp.MustCompile("(?ms)^```js\n(.*?)^```$")

// shown returns the client that README.md shows.
func shown(t *testing.T) string {
	t.Helper()
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	m := script.FindSubmatch(readme)
	if m == nil {
		t.Fatal("README.md shows no client")
	}
	return string(m[1])
}

// The client in README.md does what README.md describes: concurrent requests
// whose token has expired refresh once, and a stream that was cut continues.
func TestTheClientOfTheReadme(t *testing.T) {
	frontend := elsewhere(t)
	w := portaltest.New(t, "sqlite", servertest.Quick(), servertest.Origins(frontend.URL))
	s := httptest.NewServer(w.Handler())
	t.Cleanup(s.Close)
	a := w.Owner("Reader")
	refresh := w.Begin(a)
	session, err := json.Marshal(map[string]string{"accessToken": w.Token(a), "refreshToken": refresh})
	if err != nil {
		t.Fatal(err)
	}
	w.Wall.Advance(identity.AccessLifetime)
	p := browse(t, frontend.URL)
	p.eval(fmt.Sprintf(`window.sockets = []; window.told = [];
	window.WebSocket = class extends WebSocket { constructor(...a) { super(...a); sockets.push(this); } };
	%s
	window.client = portico(%q, %s); 0`, shown(t), s.URL+"/graphql", session))
	issued := func() int {
		n, err := w.Portal.Store.Read().SessionToken.Query().Where(sessiontoken.RotatedAtNotNil()).Count(w.System())
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	before := issued()
	got := p.eval(`Promise.all([1, 2, 3, 4, 5, 6].map(() => client.ask('{ viewer { person { name } } }'))).then(all => all.map(x => x.data.viewer.person.name).join())`)
	if want := "Reader,Reader,Reader,Reader,Reader,Reader"; got != want {
		t.Errorf("%s", got)
	}
	if n := issued() - before; n != 1 {
		t.Errorf("refreshed %d times", n)
	}
	operator := w.Operator("support")
	following := func(n int) {
		p.until(fmt.Sprintf(`sockets.length == %d && sockets[%d].readyState == 1`, n, n-1))
		if !servertest.Awaited(t, func() bool { return notice.Following(w.Portal.Store) > 0 }) {
			t.Fatal("nothing is followed")
		}
	}
	p.eval(fmt.Sprintf(`client.follow(%q, null, notice => told.push(notice.title))`, a.AccountID))
	following(1)
	servertest.PublishNotice(w, operator, map[string]any{"title": "one"})
	p.until(`told.join() == 'one'`)
	p.eval(`sockets[0].close()`)
	servertest.Gone(t, "streams", func() int { return notice.Following(w.Portal.Store) })
	servertest.PublishNotice(w, operator, map[string]any{"title": "two"})
	following(2)
	servertest.PublishNotice(w, operator, map[string]any{"title": "three"})
	p.until(`told.join() == 'one,two,three'`)
	w.Wall.Advance(identity.AccessLifetime) // closed by 4403, it refreshes and connects again
	p.eval(`sockets[1].close()`)
	servertest.Gone(t, "streams", func() int { return notice.Following(w.Portal.Store) })
	following(4)
	servertest.PublishNotice(w, operator, map[string]any{"title": "four"})
	p.until(`told.join() == 'one,two,three,four'`)
}
