package server_test

import (
	"fmt"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"

	"portico/portal/access/identity"
	"portico/portaltest"
	"portico/server/servertest"
)

var cookieScript = regexp.MustCompile("(?ms)^```js cookies\n(.*?)^```$")

// withCookies is a page that signs in, asks, and tries what no page may do.
const withCookies = `(async () => {
  %s
  const url = %q, client = porticoWeb(url), who = async () => (await client.ask('{ viewer { person { name } } }')).data.viewer?.person.name ?? 'nobody';
  const attempt = async f => { try { return await f(); } catch (e) { return 'failed'; } };
  const entered = (await client.signIn(%q, %q)).data.signIn;
  const out = [!!entered.webSession, document.cookie === '', await who()];
  out.push(await attempt(() => new Promise((done, failed) => {
    const s = new WebSocket(url.replace('http', 'ws'), 'graphql-transport-ws');
    s.onopen = () => s.send(JSON.stringify({type: 'connection_init'}));
    s.onmessage = m => { s.close(); done(JSON.parse(m.data).type); };
    s.onerror = failed;
  })));
  window.client = client; window.who = who;
  return out.join(' ');
})()`

// A browser keeps the session of the page in README.md, and gives it to no other site.
func TestABrowserKeepsASessionInCookies(t *testing.T) {
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	m := cookieScript.FindSubmatch(readme)
	if m == nil {
		t.Fatal("README.md shows no page with cookies")
	}
	local := func(url string) string { return strings.Replace(url, "127.0.0.1", "localhost", 1) } // where a browser keeps them without HTTPS
	listed, stranger := elsewhere(t), elsewhere(t)
	w := portaltest.New(t, "sqlite", servertest.Quick(), servertest.Origins(local(listed.URL)))
	s := httptest.NewServer(w.Handler())
	t.Cleanup(s.Close)
	a := w.Owner("Frontend")
	p := browse(t, local(listed.URL))
	url := local(s.URL) + "/graphql"
	if got := p.eval(fmt.Sprintf(withCookies, m[1], url, a.Phone, portaltest.Password)); got != "true true Frontend connection_ack" {
		t.Fatalf("1.4: %s", got)
	}
	w.Wall.Advance(identity.AccessLifetime) // the browser's clock stands, and sends a dead cookie
	if got := p.eval(`Promise.all([who(), who(), who()]).then(all => all.join())`); got != "Frontend,Frontend,Frontend" {
		t.Errorf("1.4: after the access token's end: %s", got)
	}
	before := w.Portal.Store.Read().Session.Query().CountX(w.System())
	for _, from := range []string{stranger.URL, local(stranger.URL)} { // another site, and a neighbour that isn't listed
		p.call("Page.navigate", map[string]any{"url": from})
		p.until(fmt.Sprintf(`document.readyState == "complete" && location.href.startsWith(%q)`, from))
		got := p.eval(fmt.Sprintf(`(async () => {
		  const post = (type) => fetch(%q, {method: 'POST', mode: type ? 'cors' : 'no-cors', credentials: 'include', headers: type ? {'Content-Type': type} : {},
		    body: JSON.stringify({query: 'mutation { signOut(input: {}) { userErrors { code } } }'})}).then(r => r.type, () => 'failed');
		  return [await post('application/json'), await post(),
		    await new Promise(done => { const s = new WebSocket(%q, 'graphql-transport-ws'); s.onopen = () => done('open'); s.onerror = () => done('failed'); })].join(' ');
		})()`, url, strings.Replace(url, "http", "ws", 1)))
		if got != "failed opaque failed" {
			t.Errorf("1.4: from %s: %s", from, got)
		}
	}
	p.call("Page.navigate", map[string]any{"url": local(listed.URL)})
	p.until(fmt.Sprintf(`document.readyState == "complete" && location.href.startsWith(%q)`, local(listed.URL)))
	p.eval(fmt.Sprintf(`%s
	  window.client = porticoWeb(%q); 0`, m[1], url))
	if got := p.eval(`client.ask('{ viewer { person { name } } }').then(r => r.data.viewer.person.name)`); got != "Frontend" {
		t.Errorf("1.4: the session is gone: %s", got)
	}
	if got := p.eval(`client.signOut().then(() => client.ask('{ viewer { person { name } } }')).then(r => JSON.stringify(r.data.viewer))`); got != "null" {
		t.Errorf("1.4: after the sign-out: %s", got)
	}
	if after := w.Portal.Store.Read().Session.Query().CountX(w.System()); after != before {
		t.Errorf("1.4: %d sessions, not %d", after, before)
	}
}
