package server_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"portico/ent"
	"portico/ent/db/auditevent"
	"portico/portal"
	"portico/portaltest"
	"portico/server"
)

func settings(t *testing.T) server.Config {
	t.Helper()
	return server.Config{Data: t.TempDir(), Listen: "127.0.0.1:0", Private: "", Trust: "off", BodyLimit: 1 << 20, RequestTimeout: time.Minute,
		StopTimeout: 20 * time.Second, MailFrom: "portico@localhost", LogLevel: "info", Introspection: true}
}

func TestAWrongSettingIsRefusedByItsName(t *testing.T) {
	right := settings(t)
	if err := right.Check(); err != nil {
		t.Fatal(err)
	}
	const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwAAAA"
	for _, gateway := range []string{"https://gateway.example.com", "http://127.0.0.1:8000", "http://localhost/sms", "http://[::1]:8000"} {
		s := right
		s.SMSWebhook, s.SMSSecret = gateway, secret
		if err := s.Check(); err != nil {
			t.Errorf("5.7: %s: %v", gateway, err)
		}
	}
	for _, c := range []struct {
		name  string
		wrong func(*server.Config)
	}{
		{"listen", func(c *server.Config) { c.Listen = "8080" }},
		{"listen", func(c *server.Config) { c.Listen = "127.0.0.1:http-alt" }},
		{"listen", func(c *server.Config) { c.Listen = "127.0.0.1:65536" }},
		{"private", func(c *server.Config) { c.Private = "9090" }},
		{"base-url", func(c *server.Config) { c.BaseURL = "portico.example.com" }},
		{"base-url", func(c *server.Config) { c.BaseURL = "ftp://portico.example.com" }},
		{"trusted-proxies", func(c *server.Config) { c.TrustedProxies = []string{"10.0.0.1"} }},
		{"trust", func(c *server.Config) { c.Trust = "perhaps" }},
		{"documents", func(c *server.Config) { c.Trust = "require" }},
		{"budget", func(c *server.Config) { c.Budget = -2 }},
		{"drain", func(c *server.Config) { c.Drain = -time.Second }},
		{"body-limit", func(c *server.Config) { c.BodyLimit = 1023 }},
		{"request-timeout", func(c *server.Config) { c.RequestTimeout = 99 * time.Millisecond }},
		{"stop-timeout", func(c *server.Config) { c.StopTimeout = -time.Second }},
		{"clock-skew", func(c *server.Config) { c.ClockSkew = -time.Second }},
		{"memory-limit", func(c *server.Config) { c.MemoryLimit = -1 }},
		{"log-level", func(c *server.Config) { c.LogLevel = "loud" }},
		{"smtp", func(c *server.Config) { c.SMTP = "mail.example.com:587" }},
		{"mail-from", func(c *server.Config) { c.SMTP, c.MailFrom = "smtp://localhost", "nobody" }},
		{"sms-webhook", func(c *server.Config) { c.SMSWebhook, c.SMSSecret = "gateway", secret }},
		{"sms-webhook", func(c *server.Config) { c.SMSSecret = secret }},
		{"sms-webhook", func(c *server.Config) { c.SMSWebhook, c.SMSSecret = "http://gateway.example.com", secret }},
		{"sms-webhook", func(c *server.Config) { c.SMSWebhook, c.SMSSecret = "http://127.0.0.1.example.com", secret }},
		{"open-requests", func(c *server.Config) { c.OpenRequests = -1 }},
		{"visitor-commands", func(c *server.Config) { c.VisitorCommands = -1 }},
		{"sms-secret", func(c *server.Config) { c.SMSWebhook = "https://gateway.example.com" }},
	} {
		s := right
		c.wrong(&s)
		err := s.Check()
		if err == nil || !strings.Contains(err.Error(), "--"+c.name) {
			t.Errorf("--%s: %v", c.name, err)
		}
		if err != nil && strings.Contains(err.Error(), secret) {
			t.Errorf("--%s tells a secret", c.name)
		}
	}
}

func request(w *portaltest.World, method, path, body string, header http.Header, from string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.RemoteAddr = from
	r.Header.Set("Content-Type", "application/json")
	maps.Copy(r.Header, header)
	rec := httptest.NewRecorder()
	w.Handler().ServeHTTP(rec, r)
	return rec
}

const (
	nobody   = "192.0.2.9:4711"
	anything = `{"query":"{ __typename }"}`
)

func TestWhereARequestComesFrom(t *testing.T) {
	trusting := func(_ *portal.Config, s *server.Config) {
		s.Listen, s.BaseURL, s.TrustedProxies = "127.0.0.1:0", "http://portico.test", []string{"10.0.0.0/8", "::1/128"}
		if err := s.Check(); err != nil {
			t.Error(err)
		}
	}
	w := portaltest.New(t, "sqlite", trusting)
	for _, c := range []struct{ from, told, want, why string }{
		{"192.0.2.9:1", "", "192.0.2.9", "a peer is itself"},
		{"192.0.2.9:1", "198.51.100.1", "192.0.2.9", "a stranger isn't believed"},
		{"10.1.2.3:1", "198.51.100.1", "198.51.100.1", "a trusted proxy is"},
		{"10.1.2.3:1", "203.0.113.5, 198.51.100.1", "198.51.100.1", "what the client made up isn't"},
		{"10.1.2.3:1", "198.51.100.1, 10.9.9.9", "198.51.100.1", "nor proxies behind proxies"},
		{"10.1.2.3:1", "rubbish", "10.1.2.3", "nor rubbish"},
		{"10.1.2.3:1", "::ffff:198.51.100.1", "198.51.100.1", "one address has one notation"},
		{"[::1]:1", "fe80::1%" + strings.Repeat("z", 300), "fe80::1", "a zone is no part of it"},
		{"10.1.2.3:1", "198.51.100.1:567", "198.51.100.1", "nor is a port"},
		{"10.1.2.3:1", "198.51.100.1, 10.9.9.9:80", "198.51.100.1", "nor a trusted proxy's port"},
		{"10.1.2.3:1", "[2001:db8::1]:80", "2001:db8::1", "nor brackets"},
		{"10.1.2.3:1", "[2001:db8::1]", "2001:db8::1", "nor brackets without a port"},
		{"10.1.2.3:1", "[2001:db8::1]:port", "10.1.2.3", "a port that is none is rubbish"},
	} {
		rec := request(w, http.MethodPost, "/graphql", `{"query":"mutation { createCaptcha(input: {purpose: REGISTER}) { captcha { id } userErrors { code } } }"}`,
			http.Header{"X-Forwarded-For": {c.told}}, c.from)
		if rec.Code != http.StatusOK || !strings.Contains(rec.Body.String(), "capt_") {
			t.Fatalf("5.4: %s: %s", c.why, rec.Body)
		}
		e, err := w.Portal.Store.Read().AuditEvent.Query().Where(auditevent.IPAddress(c.want)).Count(w.System())
		if err != nil || e == 0 {
			t.Errorf("5.4: %s: nothing came from %s: %v", c.why, c.want, err)
		}
		if err := w.Portal.Store.Write(w.System(), func(tx *ent.Tx) error { _, err := tx.AuditEvent.Delete().Exec(tx); return err }); err != nil {
			t.Fatal(err)
		}
	}
}

func TestBudgets(t *testing.T) {
	w := portaltest.New(t, "sqlite", func(_ *portal.Config, s *server.Config) { s.Budget = 60 })
	spend := func(from string) *httptest.ResponseRecorder {
		return request(w, http.MethodPost, "/graphql", `{"query":"{ viewer { person { id } } }"}`, http.Header{"Accept": {"application/graphql-response+json"}}, from)
	}
	drain := func(from string) (n int, last *httptest.ResponseRecorder) {
		for n = 0; n < 1000; n++ {
			if last = spend(from); strings.Contains(last.Body.String(), "THROTTLED") {
				return n, last
			}
		}
		t.Fatal("5.4: no budget")
		return 0, nil
	}
	spend("192.0.2.99:1") // reading a document for the first time costs too
	all, last := drain(nobody)
	t.Run("5.4: a spent budget is refused with the clause and the seconds to wait", func(t *testing.T) {
		if all == 0 || last.Code != http.StatusTooManyRequests || !strings.Contains(last.Body.String(), `"clause":"5.4"`) || last.Header().Get("Retry-After") == "" {
			t.Errorf("%d: %d %v %s", all, last.Code, last.Header(), last.Body)
		}
	})
	t.Run("5.4: another address has its own", func(t *testing.T) {
		if n, _ := drain("192.0.2.10:1"); n != all {
			t.Errorf("%d, want %d", n, all)
		}
	})
	t.Run("5.4: half a minute fills half of it, two minutes no more than all", func(t *testing.T) {
		w.Wall.Advance(30 * time.Second)
		if n, _ := drain(nobody); n != all/2 {
			t.Errorf("%d, want %d", n, all/2)
		}
		w.Wall.Advance(2 * time.Minute)
		if n, _ := drain(nobody); n != all {
			t.Errorf("%d, want %d", n, all)
		}
	})
	t.Run("5.4: a clock that steps back gives nothing and takes nothing for good", func(t *testing.T) {
		w.Wall.Advance(-time.Hour)
		if n, last := drain(nobody); n != 0 || !slices.Contains([]string{"1", "2", "3", "4"}, last.Header().Get("Retry-After")) {
			t.Errorf("%d, wait %s", n, last.Header().Get("Retry-After"))
		}
		w.Wall.Advance(30 * time.Second)
		if n, _ := drain(nobody); n != all/2 {
			t.Errorf("%d, want %d", n, all/2)
		}
	})
	t.Run("5.4: what costs more than a minute's worth takes all of it", func(t *testing.T) {
		w.Wall.Advance(2 * time.Minute)
		r := request(w, http.MethodPost, "/graphql", `{"query":"{ products(first: 100) { nodes { id name } } }"}`, nil, nobody)
		if !strings.Contains(r.Body.String(), "prod_") {
			t.Errorf("%s", r.Body)
		}
		if n, _ := drain(nobody); n != 0 {
			t.Errorf("%d are left", n)
		}
	})
}

func TestBodiesAreLimited(t *testing.T) {
	w := portaltest.New(t, "sqlite", func(_ *portal.Config, s *server.Config) { s.BodyLimit = 2048 })
	body := func(n int) string { return anything + strings.Repeat(" ", n-len(anything)) }
	key := http.Header{"Authorization": {"Bearer " + w.Token(w.DataPlane())}}
	for _, c := range []struct {
		size   int
		header http.Header
		want   int
	}{{2048, nil, http.StatusOK}, {2049, nil, http.StatusRequestEntityTooLarge}, {8192, key, http.StatusOK}, {8193, key, http.StatusRequestEntityTooLarge}} {
		if rec := request(w, http.MethodPost, "/graphql", body(c.size), c.header, nobody); rec.Code != c.want {
			t.Errorf("5.4: %d bytes: %d, want %d", c.size, rec.Code, c.want)
		}
	}
}

func TestHealth(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		get := func(path string) int { return request(w, http.MethodGet, path, "", nil, nobody).Code }
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

// free is an address that nobody listens on.
func free(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func TestAStopLetsWhatIsUnderWayEnd(t *testing.T) {
	c := settings(t)
	c.Listen, c.Private = free(t), free(t)
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
	// A request whose body isn't all there is under way.
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
	if _, err := io.WriteString(conn, anything); err != nil {
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
