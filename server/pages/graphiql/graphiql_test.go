package graphiql_test

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"portico/server/pages/graphiql"
)

func fetch(h http.Handler, method, path string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(method, path, nil))
	return w
}

func TestThePageLoadsNothingFromElsewhere(t *testing.T) {
	h := graphiql.New("/tools/graphiql", "/v1/graphql")
	page := fetch(h, http.MethodGet, "/tools/graphiql/")
	if page.Code != 200 || !strings.Contains(page.Body.String(), `data-endpoint="/v1/graphql"`) {
		t.Fatalf("%d %s", page.Code, page.Body)
	}
	loaded := regexp.MustCompile(`(?:src|href)="([^"]*)"`).FindAllStringSubmatch(page.Body.String(), -1)
	if len(loaded) != 7 {
		t.Errorf("the page loads %v", loaded)
	}
	for _, m := range loaded {
		if m[1] == "data:," {
			continue
		}
		if !strings.HasPrefix(m[1], "/tools/graphiql/") {
			t.Errorf("loads %s", m[1])
		}
		a := fetch(h, http.MethodGet, m[1])
		if a.Code != 200 || a.Body.Len() == 0 || a.Header().Get("ETag") == "" || a.Header().Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: %d %v", m[1], a.Code, a.Header())
		}
		again := httptest.NewRequest(http.MethodGet, m[1], nil)
		again.Header.Set("If-None-Match", a.Header().Get("ETag"))
		w := httptest.NewRecorder()
		h.ServeHTTP(w, again)
		if w.Code != http.StatusNotModified {
			t.Errorf("%s again: %d", m[1], w.Code)
		}
	}
	for _, name := range []string{"graphiql", "react", "react-dom"} {
		if l := fetch(h, http.MethodGet, "/tools/graphiql/"+name+".LICENSE"); !strings.Contains(l.Body.String(), "MIT") {
			t.Errorf("licence of %s: %d", name, l.Code)
		}
	}
}

func TestThePolicyAllowsNoOtherHostAndNoInlineScript(t *testing.T) {
	h := graphiql.New("/graphiql/", "/graphql")
	first, second := fetch(h, http.MethodGet, "/graphiql/"), fetch(h, http.MethodGet, "/graphiql/")
	csp := first.Header().Get("Content-Security-Policy")
	for _, word := range []string{"unsafe", "*", "http:", "https:"} {
		if strings.Contains(csp, word) {
			t.Errorf("%s in %s", word, csp)
		}
	}
	for _, rule := range []string{"default-src 'none'", "script-src 'self';", "connect-src 'self'", "frame-ancestors 'none'"} {
		if !strings.Contains(csp, rule) {
			t.Errorf("no %s in %s", rule, csp)
		}
	}
	if csp == second.Header().Get("Content-Security-Policy") {
		t.Error("the nonce is the same twice")
	}
	if strings.Contains(first.Body.String(), "<style") || regexp.MustCompile(`<script[^>]*>[^<]`).MatchString(first.Body.String()) {
		t.Errorf("inline: %s", first.Body)
	}
}

func TestWhatIsNotServed(t *testing.T) {
	h := graphiql.New("/graphiql/", `/graphql?"><script>`)
	if strings.Contains(fetch(h, http.MethodGet, "/graphiql/").Body.String(), `"><script>"`) {
		t.Error("the endpoint isn't escaped")
	}
	for path, status := range map[string]int{
		"/graphiql": 301, "/graphiql/none.js": 404, "/graphiql/page.html": 404, "/graphiql/vendored/graphiql.min.js": 404,
		"/graphiql/VERSIONS.json": 404, "/other": 404,
	} {
		if a := fetch(h, http.MethodGet, path); a.Code != status {
			t.Errorf("%s: want %d, got %d", path, status, a.Code)
		}
	}
	if a := fetch(h, http.MethodPost, "/graphiql/"); a.Code != 405 || a.Header().Get("Allow") != "GET, HEAD" {
		t.Errorf("POST: %d", a.Code)
	}
}
