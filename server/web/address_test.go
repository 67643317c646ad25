package web_test

import (
	"net/http"
	"strings"
	"testing"

	"portico/ent"
	"portico/ent/db/auditevent"
	"portico/portal"
	"portico/portaltest"
	"portico/server"
	"portico/server/servertest"
)

func TestWhereARequestComesFrom(t *testing.T) {
	trusting := func(_ *portal.Config, s *server.Config) {
		s.Listen, s.BaseURL, s.TrustedProxies = "127.0.0.1:0", "http://portico.test", []string{"10.0.0.0/8", "::1/128"}
		if err := s.Check(); err != nil {
			t.Error(err)
		}
	}
	w := portaltest.New(t, "sqlite", trusting)
	for _, c := range []struct{ from, forwarded, want, why string }{
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
		rec := servertest.Request(w, http.MethodPost, "/graphql", `{"query":"mutation { createCaptcha(input: {purpose: REGISTER}) { captcha { id } userErrors { code } } }"}`,
			http.Header{"X-Forwarded-For": {c.forwarded}}, c.from)
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
