package server_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"portico/portal/correspondence/notice"
	"portico/portaltest"
	"portico/server"
	"portico/server/servertest"
)

// page is a page in a browser, driven by its debugging protocol.
type page struct {
	t  *testing.T
	c  *websocket.Conn
	id int
}

// browse opens a page in headless Chromium.
func browse(t *testing.T, url string) *page {
	t.Helper()
	browser, err := exec.LookPath("chromium")
	if err != nil {
		t.Fatal("this test needs the package chromium: ", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 4*servertest.Patience)
	cmd := exec.CommandContext(ctx, browser, "--headless", "--no-sandbox", "--disable-gpu", "--user-data-dir="+t.TempDir(), "--remote-debugging-port=0", "about:blank")
	out, err := cmd.StderrPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		_ = cmd.Wait() // the process was killed
	})
	address := ""
	for lines := bufio.NewScanner(out); address == "" && lines.Scan(); {
		_, address, _ = strings.Cut(lines.Text(), "DevTools listening on ws://")
	}
	host, _, _ := strings.Cut(address, "/")
	go func() { // the browser must not block on unread output
		for lines := bufio.NewScanner(out); lines.Scan(); {
		}
	}()
	r, err := http.NewRequestWithContext(ctx, http.MethodPut, "http://"+host+"/json/new?about:blank", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var tab struct{ WebSocketDebuggerURL string }
	if err := json.NewDecoder(resp.Body).Decode(&tab); err != nil {
		t.Fatal(err)
	}
	c, _, err := websocket.Dial(ctx, tab.WebSocketDebuggerURL, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.CloseNow() })
	c.SetReadLimit(8 << 20)
	p := &page{t: t, c: c}
	p.call("Page.navigate", map[string]any{"url": url})
	p.until(`document.readyState == "complete" && location.href != "about:blank"`)
	return p
}

func (p *page) call(method string, params map[string]any) json.RawMessage {
	p.t.Helper()
	p.id++
	ctx, cancel := context.WithTimeout(p.t.Context(), 2*servertest.Patience)
	defer cancel()
	b, err := json.Marshal(map[string]any{"id": p.id, "method": method, "params": params})
	if err == nil {
		err = p.c.Write(ctx, websocket.MessageText, b)
	}
	for err == nil {
		var data []byte
		if _, data, err = p.c.Read(ctx); err != nil {
			break
		}
		var m struct {
			ID            int
			Result, Error json.RawMessage
		}
		if err = json.Unmarshal(data, &m); err == nil && m.ID == p.id {
			if m.Error != nil {
				p.t.Fatalf("%s: %s", method, m.Error)
			}
			return m.Result
		}
	}
	p.t.Fatalf("%s: %v", method, err)
	return nil
}

// eval runs a script, awaits its promise, and returns the result as text.
func (p *page) eval(script string) string {
	p.t.Helper()
	var r struct {
		Result           struct{ Value any }
		ExceptionDetails json.RawMessage
	}
	if err := json.Unmarshal(p.call("Runtime.evaluate", map[string]any{"expression": script, "awaitPromise": true, "returnByValue": true}), &r); err != nil {
		p.t.Fatal(err)
	}
	if r.ExceptionDetails != nil {
		return "thrown: " + string(r.ExceptionDetails)
	}
	return fmt.Sprint(r.Result.Value)
}

// until waits for a condition of the page.
func (p *page) until(condition string) {
	p.t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for end := time.After(2 * servertest.Patience); p.eval(condition) != "true"; {
		select {
		case <-end:
			p.t.Fatalf("never: %s\n%s", condition, p.eval("document.body.innerText"))
		case <-tick.C:
		}
	}
}

// elsewhere serves an empty page on another origin.
func elsewhere(t *testing.T) *httptest.Server {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte("<!doctype html><title>elsewhere</title>"))
	}))
	t.Cleanup(s.Close)
	return s
}

// calling is the script of a frontend: it sends a request, uploads, opens a
// websocket, reads a stream of events, and returns the outcome of each.
const calling = `(async () => {
  const url = %q, token = %q, out = {};
  const attempt = async (name, f) => { try { out[name] = await f(); } catch (e) { out[name] = 'failed'; } };
  const headers = {'Content-Type': 'application/json', 'Accept-Language': 'zh-CN', 'X-Request-ID': 'mine-1', Authorization: 'Bearer ' + token};
  const query = JSON.stringify({query: '{ viewer { person { name } } }'});
  await attempt('ask', async () => {
    const r = await fetch(url, {method: 'POST', headers, body: query});
    return (await r.json()).data.viewer.person.name + ' ' + r.headers.get('X-Request-ID');
  });
  await attempt('upload', async () => {
    const f = new FormData();
    f.append('operations', query); f.append('map', '{}');
    return (await fetch(url, {method: 'POST', headers: {Authorization: headers.Authorization, 'Apollo-Require-Preflight': '1'}, body: f})).status;
  });
  await attempt('events', async () => {
    const r = await fetch(url, {method: 'POST', headers: {...headers, Accept: 'text/event-stream'}, body: query});
    return (await r.text()).includes('event: complete');
  });
  await attempt('file', async () => (await fetch(new URL('/files/file_none', url), {headers: {Authorization: headers.Authorization}})).status);
  await attempt('socket', () => new Promise((done, failed) => {
    const s = new WebSocket(url.replace('http', 'ws'), 'graphql-transport-ws');
    s.onopen = () => s.send(JSON.stringify({type: 'connection_init', payload: {authorization: 'Bearer ' + token}}));
    s.onmessage = m => done(JSON.parse(m.data).type);
    s.onerror = failed;
  }));
  return JSON.stringify(out);
})()`

func TestABrowserCallsTheAPIFromAnotherOrigin(t *testing.T) {
	listed, stranger := elsewhere(t), elsewhere(t)
	w := portaltest.New(t, "sqlite", servertest.Origins(listed.URL))
	s := httptest.NewServer(w.Handler())
	t.Cleanup(s.Close)
	a := w.Owner("Frontend")
	script := fmt.Sprintf(calling, s.URL+"/graphql", w.Token(a))
	for from, want := range map[string]map[string]any{
		listed.URL:   {"ask": "Frontend mine-1", "upload": 200.0, "events": true, "file": 404.0, "socket": "connection_ack"},
		stranger.URL: {"ask": "failed", "upload": "failed", "events": "failed", "file": "failed", "socket": "failed"},
	} {
		text := browse(t, from).eval(script)
		got := map[string]any{}
		if err := json.Unmarshal([]byte(text), &got); err != nil {
			t.Fatal(text)
		}
		for what, v := range want {
			if got[what] != v {
				t.Errorf("%s from %s: %v, not %v", what, from, got[what], v)
			}
		}
	}
}

// GraphiQL runs a subscription with the token that is set under Headers.
func TestGraphiQLSubscribes(t *testing.T) {
	w := portaltest.New(t, "sqlite", servertest.Quick(func(c *server.Config) { c.Graphiql = true }))
	s := httptest.NewServer(w.Handler())
	t.Cleanup(s.Close)
	a := w.Owner("Explorer")
	p := browse(t, s.URL+"/graphiql/")
	p.until(`document.querySelector('.graphiql-execute-button') !== null && document.querySelectorAll('.graphiql-editor .CodeMirror').length > 2`)
	query := fmt.Sprintf(`subscription { noticePosted(accountId: "%s") { notice { title } } }`, a.AccountID)
	headers, err := json.Marshal(map[string]string{"Authorization": "Bearer " + w.Token(a)})
	if err != nil {
		t.Fatal(err)
	}
	p.eval(fmt.Sprintf(`(() => {
	  const editors = [...document.querySelectorAll('.graphiql-editor .CodeMirror')].map(e => e.CodeMirror);
	  editors[0].setValue(%q); editors[2].setValue(%q);
	})()`, query, headers))
	p.until(`document.querySelectorAll('.graphiql-editor .CodeMirror')[2].CodeMirror.getValue().includes('Bearer')`)
	// GraphiQL parses the text a moment after it is typed, and sends what it
	// has parsed.
	p.until(`(ast => ast && ast.definitions.some(d => d.operation === 'subscription'))(document.querySelector('.graphiql-editor .CodeMirror').CodeMirror.documentAST)`)
	p.eval(`document.querySelector('.graphiql-execute-button').click()`)
	if !servertest.Awaited(t, func() bool { return notice.Following(w.Portal.Store) > 0 }) {
		t.Fatalf("nothing is followed: %s", p.eval(`document.querySelector('.result-window').innerText`))
	}
	servertest.PublishNotice(w, w.Operator("support"), map[string]any{"title": "Told to GraphiQL"})
	p.until(`document.querySelector('.result-window').innerText.includes('Told to GraphiQL')`)
}
