package web_test

import (
	"net/http"
	"strings"
	"testing"

	"portico/portaltest"
	"portico/server/servertest"
)

const console = "https://console.example.com"

func TestPagesOfListedOriginsMayCallTheAPI(t *testing.T) {
	w := portaltest.New(t, "sqlite", servertest.Origins(console, "http://localhost:5173", "https://upper.example.com:443"))
	a := w.Owner("Shared")
	preflight := func(origin, path string) http.Header {
		return servertest.Request(w, http.MethodOptions, path, "", http.Header{"Origin": {origin}, "Access-Control-Request-Method": {"POST"},
			"Access-Control-Request-Headers": {"authorization,content-type"}}, servertest.Nobody).Header()
	}
	for _, path := range []string{"/graphql", "/files/file_x", "/invoices/invc_x"} {
		for _, origin := range []string{console, "http://localhost:5173", "https://upper.example.com"} {
			h := preflight(origin, path)
			if h.Get("Access-Control-Allow-Origin") != origin || !strings.Contains(h.Get("Access-Control-Allow-Methods"), "POST") || h.Get("Access-Control-Max-Age") == "" ||
				h.Get("Access-Control-Allow-Credentials") != "true" || !strings.Contains(strings.Join(h.Values("Vary"), ","), "Origin") {
				t.Errorf("%s from %s: %v", path, origin, h)
			}
			for _, name := range []string{"Authorization", "Content-Type", "Accept-Language", "Apollo-Require-Preflight", "GraphQL-Preflight", "X-Request-ID"} {
				if !strings.Contains(h.Get("Access-Control-Allow-Headers"), name) {
					t.Errorf("%s isn't allowed", name)
				}
			}
		}
		for _, origin := range []string{"", "null", "https://evil.example", "http://console.example.com", console + ".evil.example", console + ":8443", "https://CONSOLE.example.com"} {
			h := preflight(origin, path)
			if h.Get("Access-Control-Allow-Origin") != "" || h.Get("Access-Control-Allow-Credentials") != "" || !strings.Contains(strings.Join(h.Values("Vary"), ","), "Origin") {
				t.Errorf("%s from %q: %v", path, origin, h)
			}
		}
	}
	for _, token := range []string{w.Token(a), "pa_rubbishrubbish"} { // a page must be able to read refusals too
		r := servertest.Request(w, http.MethodPost, "/graphql", servertest.Anything, http.Header{"Origin": {console}, "Authorization": {"Bearer " + token}}, servertest.Nobody)
		if r.Header().Get("Access-Control-Allow-Origin") != console || r.Header().Get("Access-Control-Allow-Credentials") != "true" || !strings.Contains(r.Header().Get("Access-Control-Expose-Headers"), "X-Request-ID") ||
			!strings.Contains(r.Header().Get("Access-Control-Expose-Headers"), "Retry-After") || r.Header().Get("X-Request-ID") == "" {
			t.Errorf("%v", r.Header())
		}
	}
	for _, path := range []string{"/notices", "/healthz", "/sandbox/pay/x", "/graphiql/", "/payments/alipay"} {
		if h := preflight(console, path); h.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s is open to %s", path, console)
		}
	}
	auth := http.Header{"Authorization": {"Bearer " + w.Token(a)}}
	for origin, status := range map[string]int{console: 200, "https://evil.example": 403} {
		h := auth.Clone()
		h.Set("Origin", origin)
		if r := form(w, h, servertest.Anything, `{}`, "", ""); r.Code != status {
			t.Errorf("an upload from %s: %d %s", origin, r.Code, r.Body)
		}
	}
}

func TestWithoutTheSettingNoOtherOriginIsLetIn(t *testing.T) {
	w := portaltest.New(t, "sqlite")
	r := servertest.Request(w, http.MethodOptions, "/graphql", "", http.Header{"Origin": {console}, "Access-Control-Request-Method": {"POST"}}, servertest.Nobody)
	if r.Header().Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("%v", r.Header())
	}
}
