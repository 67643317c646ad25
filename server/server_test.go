package server_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"portico/portaltest"
	"portico/server"
	"portico/server/servertest"
)

func TestHealth(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		get := func(path string) int {
			return servertest.Request(w, http.MethodGet, path, "", nil, servertest.Nobody).Code
		}
		if get("/healthz") != http.StatusOK || get("/readyz") != http.StatusOK {
			t.Error("a portal that serves isn't healthy and ready")
		}
		for _, path := range []string{"/metrics", "/debug/pprof/", "/debug/pprof/profile"} {
			if get(path) != http.StatusNotFound {
				t.Errorf("%s is public", path)
			}
		}
	})
}

func TestLogsHoldNoPersonalData(t *testing.T) {
	var log bytes.Buffer
	old := slog.Default()
	slog.SetDefault(slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})))
	t.Cleanup(func() { slog.SetDefault(old) })
	w := portaltest.New(t, "sqlite")
	input := w.RegisterInput("Ada Wong")
	w.Done(nil, portaltest.RegisterMutation, map[string]any{"i": input})
	a := w.Owner("Bea Li")
	w.Must(a, `{ viewer { person { name phone email } } }`, nil)
	w.Send(nil, `mutation($i: SignInInput!) { signIn(input: $i) { userErrors { code } } }`, map[string]any{"i": map[string]any{"login": a.Phone, "password": "no"}})
	w.Send(nil, `{ nothing(phone: "`+a.Phone+`") }`, nil)
	if log.Len() == 0 {
		t.Fatal("nothing was logged")
	}
	for what, secret := range map[string]string{"the phone": input["phone"].(string)[3:], "the address": input["email"].(string), "the password": portaltest.Password,
		"the code": `"` + input["code"].(string) + `"`, "the name": "Ada Wong", "a token": w.Token(a), "another phone": a.Phone[3:]} {
		if strings.Contains(log.String(), secret) {
			t.Errorf("5.7: the log holds %s", what)
		}
	}
}

func TestAStopLetsWhatIsUnderWayEnd(t *testing.T) {
	c := servertest.Settings(t)
	c.Listen, c.Private = servertest.FreeAddress(t), servertest.FreeAddress(t)
	c.Database = "sqlite:" + filepath.Join(c.Data, "portico.db")
	if err := c.Check(); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- server.Run(ctx, c, nil) }()
	var conn net.Conn
	for conn == nil {
		select {
		case err := <-ended:
			t.Fatal(err)
		default:
			conn, _ = (&net.Dialer{}).DialContext(ctx, "tcp", c.Listen)
		}
	}
	defer conn.Close()
	metrics, err := http.Get("http://" + c.Private + "/metrics")
	if err != nil || metrics.StatusCode != http.StatusOK {
		t.Fatalf("metrics: %v", err)
	}
	text, err := io.ReadAll(metrics.Body)
	_ = metrics.Body.Close()
	for _, name := range []string{`connections{pool="writer",state="in_use"}`, `connections{pool="writer",state="idle"}`, `connections_max{pool="writer"}`,
		`waits_total{pool="writer"}`, `wait_seconds_total{pool="writer"}`, "statements", "statements_max", "statements_evicted_total", "statements_refused_total"} {
		if !strings.Contains(string(text), "\nportico_database_"+name+" ") {
			t.Errorf("no metric of the database's %s, %v", name, err)
		}
	}
	// A request without its complete body is in progress.
	head := "POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: 26\r\nConnection: close\r\n\r\n"
	if _, err := io.WriteString(conn, head); err != nil {
		t.Fatal(err)
	}
	first := make([]byte, len("HTTP/1.1 100 Continue\r\n\r\n"))
	if _, err := io.ReadFull(conn, first); err != nil || !strings.Contains(string(first), "100") {
		t.Fatalf("%q %v", first, err)
	}
	stop()
	for { // new requests are refused
		c, err := net.Dial("tcp", c.Listen)
		if err != nil {
			break
		}
		_ = c.Close()
	}
	if _, err := io.WriteString(conn, servertest.Anything); err != nil {
		t.Fatal(err)
	}
	answer, err := io.ReadAll(conn)
	if err != nil || !strings.Contains(string(answer), `"__typename":"Query"`) {
		t.Errorf("%q %v", answer, err)
	}
	if err := <-ended; err != nil {
		t.Errorf("%v", err)
	}
}
