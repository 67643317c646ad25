// Package stop_test stops a server under load, as an orchestrator does.
package stop_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/coder/websocket"

	"portico/examples/process"
)

const patience = time.Minute

// client sends requests over kept connections, or over a new one each.
func client(keeps bool) *http.Client {
	return &http.Client{Timeout: patience, Transport: &http.Transport{DisableKeepAlives: !keeps}}
}

// send posts an operation and reads the whole answer.
func send(c *http.Client, url, token, query string) (map[string]any, error) {
	body, err := json.Marshal(map[string]any{"query": query})
	if err != nil {
		return nil, err
	}
	r, err := http.NewRequest(http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/json")
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := c.Do(r)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	var answer map[string]any
	if err := json.Unmarshal(text, &answer); err != nil {
		return nil, err
	}
	if resp.StatusCode != http.StatusOK || answer["errors"] != nil {
		return nil, errors.New(string(text))
	}
	return answer, nil
}

// signedIn signs in as the first of the sandbox's logins.
func signedIn(t *testing.T, s *process.Server) string {
	t.Helper()
	text, err := os.ReadFile(s.Logins())
	if err != nil {
		t.Fatal(err)
	}
	var logins struct {
		People []struct{ Phone, Password string }
	}
	if err := json.Unmarshal(text, &logins); err != nil {
		t.Fatal(err)
	}
	p := logins.People[0]
	answer, err := send(client(false), s.URL(), "", `mutation { signIn(input: {login: "`+p.Phone+`", password: "`+p.Password+`"}) { session { accessToken } userErrors { code } } }`)
	if err != nil {
		t.Fatal(err)
	}
	session := answer["data"].(map[string]any)["signIn"].(map[string]any)["session"].(map[string]any)
	return session["accessToken"].(string)
}

// open opens a websocket and authenticates.
func open(t *testing.T, s *process.Server, token string) *websocket.Conn {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	c, _, err := websocket.Dial(ctx, strings.Replace(s.URL(), "http", "ws", 1), &websocket.DialOptions{Subprotocols: []string{"graphql-transport-ws"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.CloseNow() })
	if err := c.Write(ctx, websocket.MessageText, []byte(`{"type":"connection_init","payload":{"authorization":"Bearer `+token+`"}}`)); err != nil {
		t.Fatal(err)
	}
	if _, text, err := c.Read(ctx); err != nil || !strings.Contains(string(text), "connection_ack") {
		t.Fatalf("%s %v", text, err)
	}
	return c
}

// load is what several clients send, each one request after another.
type load struct {
	t          *testing.T
	url, token string
	workers    sync.WaitGroup
	// stopping is set once the clients know that the server stops.
	stopping            atomic.Bool
	sent, failed, after atomic.Int64
}

// work is one client. Every second client keeps its connection, and every
// fourth one writes. It sends some more requests once it knows that the server
// stops.
func (l *load) work(ctx context.Context, n int) {
	query := "{ viewer { person { name } } }"
	if n%4 == 3 {
		query = "mutation { createCaptcha(input: {purpose: REGISTER}) { captcha { id } userErrors { code } } }"
	}
	c := client(n%2 == 0)
	for left := 5; left > 0 && ctx.Err() == nil; {
		if l.stopping.Load() {
			left--
			l.after.Add(1)
		}
		l.sent.Add(1)
		if _, err := send(c, l.url, l.token, query); err != nil {
			l.failed.Add(1)
			l.t.Errorf("a request that failed: %v", err)
		}
	}
}

// A server that receives a signal to stop reports it first, and serves until
// its clients know. No request fails, on kept or new connections. Then it ends
// its streams and stops.
func TestAStopCutsNoRequest(t *testing.T) {
	s := process.Serve(t, "", "--drain", "3s")
	token := signedIn(t, s)
	socket := open(t, s, token)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	l := &load{t: t, url: s.URL(), token: token}
	for n := range 8 {
		l.workers.Go(func() { l.work(ctx, n) })
	}
	ready := func() bool {
		resp, err := client(false).Get("http://" + s.Address + "/readyz")
		if err != nil {
			t.Errorf("readiness: %v", err)
			return false
		}
		defer resp.Body.Close()
		return resp.StatusCode == http.StatusOK
	}
	if !ready() {
		t.Fatal("it isn't ready")
	}
	if err := s.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	for ready() {
		if ctx.Err() != nil {
			t.Fatal("readiness never reports that it stops")
		}
	}
	l.stopping.Store(true)
	l.workers.Wait()
	if l.sent.Load() < 20 || l.after.Load() < 8 || l.failed.Load() > 0 {
		t.Errorf("%d requests, %d after it wasn't ready any more, %d failed", l.sent.Load(), l.after.Load(), l.failed.Load())
	}
	var gone websocket.CloseError
	if _, _, err := socket.Read(ctx); !errors.As(err, &gone) || gone.Code != websocket.StatusGoingAway {
		t.Errorf("the websocket ended by %v", err)
	}
	how, err := s.Wait()
	if err != nil || how.ExitCode() != 0 {
		t.Errorf("it ended by %v, %v: %s", how, err, s.Log())
	}
	for line := range strings.Lines(s.Log()) {
		if !json.Valid([]byte(line)) {
			t.Errorf("a line of the log isn't JSON: %s", line)
		}
	}
	if _, err := send(client(false), s.URL(), token, "{ __typename }"); err == nil {
		t.Error("something still answers")
	}
}

// A second signal ends the server at once, in the middle of its drain.
func TestASecondSignalEndsAtOnce(t *testing.T) {
	s := process.Serve(t, "", "--drain", "10m")
	for range 2 {
		if err := s.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		for { // until the first signal has arrived
			resp, err := client(false).Get("http://" + s.Address + "/readyz")
			if err != nil {
				break
			}
			_ = resp.Body.Close()
			if resp.StatusCode != http.StatusOK {
				break
			}
		}
	}
	how, err := s.Wait()
	if status, ok := how.Sys().(syscall.WaitStatus); err != nil || !ok || !status.Signaled() || status.Signal() != syscall.SIGTERM {
		t.Errorf("it ended by %v, %v", how, err)
	}
}

// An interrupt doesn't drain, so that a person at a terminal needn't wait.
func TestAnInterruptDoesNotDrain(t *testing.T) {
	s := process.Serve(t, "", "--drain", "10m")
	if err := s.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if how, err := s.Wait(); err != nil || how.ExitCode() != 0 {
		t.Errorf("it ended by %v, %v: %s", how, err, s.Log())
	}
}
