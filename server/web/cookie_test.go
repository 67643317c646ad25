package web_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"portico/portal/access/identity"
	"portico/portaltest"
	"portico/server/servertest"
	"portico/server/transport"
)

// browser keeps the cookies of the API and sends them with each request, as a browser
// does. It forgets none when its time has come, so that a test sees what a dead one does.
type browser struct {
	*portaltest.World
	cookies map[string]string
	last    *httptest.ResponseRecorder
}

func newBrowser(w *portaltest.World) *browser {
	return &browser{World: w, cookies: map[string]string{}}
}

// header returns the header of a request, with further names and values.
func (b *browser) header(more ...string) http.Header {
	h := http.Header{"Accept": {modern}}
	for _, name := range slices.Sorted(maps.Keys(b.cookies)) {
		h["Cookie"] = []string{strings.TrimPrefix(strings.Join(h["Cookie"], "")+"; "+name+"="+b.cookies[name], "; ")}
	}
	for i := 0; i < len(more); i += 2 {
		h.Add(more[i], more[i+1])
	}
	return h
}

// post sends an operation, and keeps the cookies of the answer.
func (b *browser) post(query string, variables map[string]any, more ...string) portaltest.Response {
	b.T.Helper()
	body, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	if err != nil {
		b.T.Fatal(err)
	}
	return b.take(servertest.Request(b.World, http.MethodPost, "/graphql", string(body), b.header(more...), servertest.Nobody))
}

func (b *browser) get(query string, more ...string) portaltest.Response {
	b.T.Helper()
	return b.take(servertest.Request(b.World, http.MethodGet, "/graphql?query="+url.QueryEscape(query), "", b.header(more...), servertest.Nobody))
}

func (b *browser) take(rec *httptest.ResponseRecorder) portaltest.Response {
	b.T.Helper()
	b.last = rec
	for _, c := range rec.Result().Cookies() {
		if b.cookies[c.Name] = c.Value; c.MaxAge < 0 {
			delete(b.cookies, c.Name)
		}
	}
	r := portaltest.Response{Status: rec.Code, Raw: rec.Body.Bytes()}
	if err := json.Unmarshal(r.Raw, &r); err != nil {
		b.T.Fatalf("%d: %s", rec.Code, r.Raw)
	}
	return r
}

const (
	signInBy  = `mutation($i: SignInInput!) { signIn(input: $i) { session { accessToken refreshToken expiresAt } webSession { expiresAt } challenge { id } userErrors { code field } } }`
	renew     = `mutation($i: RefreshSessionInput!) { refreshSession(input: $i) { session { accessToken refreshToken } webSession { expiresAt } userErrors { code field } } }`
	leave     = `mutation { signOut(input: {everywhere: false}) { userErrors { code } } }`
	whoIsHere = "{ viewer { person { id } } }"
)

func entering(a *portaltest.Actor) map[string]any {
	return map[string]any{"i": map[string]any{"login": a.Phone, "password": portaltest.Password, "delivery": "COOKIE"}}
}

// enter signs a person in.
func (b *browser) enter(a *portaltest.Actor) {
	b.T.Helper()
	if r := b.post(signInBy, entering(a)); portaltest.At(r.Data, "signIn", "webSession") == nil {
		b.T.Fatalf("%s", r.Raw)
	}
}

// refresh renews the session, and returns the code of its refusal.
func (b *browser) refresh() string {
	b.T.Helper()
	r := b.post(renew, map[string]any{"i": map[string]any{}})
	if portaltest.At(r.Data, "refreshSession", "webSession") != nil {
		return ""
	}
	return portaltest.String(r.Data, "refreshSession", "userErrors", 0, "code")
}

// person returns who is signed in; empty for nobody.
func (b *browser) person(more ...string) string {
	b.T.Helper()
	id, _ := portaltest.At(b.post(whoIsHere, nil, more...).Data, "viewer", "person", "id").(string)
	return id
}

func codesOf(r portaltest.Response) (codes []string) {
	for _, e := range r.Errors {
		codes = append(codes, e.Code())
	}
	return codes
}

func TestASessionIsDeliveredInCookies(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a, b := w.Owner("Web"), newBrowser(w)
		before := w.Wall.Now()
		r := b.post(signInBy, entering(a))
		set := b.last.Header().Values("Set-Cookie")
		want := map[string]int{transport.AccessCookie: int(identity.AccessLifetime / time.Second), transport.RefreshCookie: int(identity.RefreshLifetime / time.Second)}
		if len(set) != len(want) {
			t.Fatalf("1.4: %q", set)
		}
		for _, line := range set {
			name, rest, _ := strings.Cut(line, "=")
			value, attributes, _ := strings.Cut(rest, "; ")
			if got := fmt.Sprintf("Path=/; Max-Age=%d; HttpOnly; Secure; SameSite=Lax", want[name]); attributes != got || len(value) != 46 {
				t.Errorf("1.4: %s, not %s", line, got)
			}
			if strings.Contains(string(r.Raw), value) {
				t.Errorf("1.4: a script sees the token: %s", r.Raw)
			}
		}
		if portaltest.At(r.Data, "signIn", "session") != nil || strings.Contains(string(r.Raw), identity.AccessPrefix) || strings.Contains(string(r.Raw), identity.RefreshPrefix) {
			t.Errorf("1.4: %s", r.Raw)
		}
		if got := portaltest.String(r.Data, "signIn", "webSession", "expiresAt"); got != before.Add(identity.AccessLifetime).UTC().Format("2006-01-02T15:04:05.999999Z") {
			t.Errorf("%s after %s", got, before)
		}
		if b.person() != a.PersonID {
			t.Errorf("%s", b.last.Body)
		}
		if got := b.get("{ viewer { sessions { nodes { current } } } }"); !strings.Contains(string(got.Raw), `"current":true`) {
			t.Errorf("%s", got.Raw)
		}
		for _, by := range []any{nil, "BEARER"} { // without being asked for, nothing is set
			in := entering(a)["i"].(map[string]any)
			in["delivery"] = by
			r := newBrowser(w).post(signInBy, map[string]any{"i": in})
			if portaltest.At(r.Data, "signIn", "session", "accessToken") == nil || portaltest.At(r.Data, "signIn", "webSession") != nil {
				t.Errorf("%v: %s", by, r.Raw)
			}
		}
		wrong := entering(a)
		wrong["i"].(map[string]any)["password"] = "wrong horse battery 47"
		held := maps.Clone(b.cookies)
		if r := b.post(signInBy, wrong); len(b.last.Header().Values("Set-Cookie")) > 0 || !maps.Equal(held, b.cookies) {
			t.Errorf("a refused sign-in changes the cookies: %s", r.Raw)
		}
	})
}

// foreign are the headers by which requests of pages of other sites are known.
var foreign = map[string][]string{
	"another site":                     {"Sec-Fetch-Site", "cross-site", "Origin", "https://evil.example"},
	"another site, without an origin":  {"Sec-Fetch-Site", "cross-site"},
	"a neighbour":                      {"Sec-Fetch-Site", "same-site", "Origin", "https://neighbour.example.com"},
	"an old browser":                   {"Origin", "https://evil.example"},
	"a page without an origin":         {"Origin", "null"},
	"the listed host, without HTTPS":   {"Sec-Fetch-Site", "same-site", "Origin", "http://console.example.com"},
	"an origin that ends like another": {"Origin", console + ".evil.example"},
}

// own are the headers of requests of pages that may use the cookies, and of programs.
var own = map[string][]string{
	"a page of the API's origin": {"Sec-Fetch-Site", "same-origin", "Origin", "https://example.com"},
	"an old browser":             {"Origin", "https://example.com"},
	"a listed page":              {"Sec-Fetch-Site", "same-site", "Origin", console},
	"the base URL":               {"Sec-Fetch-Site", "same-site", "Origin", "http://portico.test"},
	"an address that was typed":  {"Sec-Fetch-Site", "none"},
	"a program":                  {},
}

func TestCookiesServeNoOtherSite(t *testing.T) {
	w := portaltest.New(t, "sqlite", servertest.Origins(console))
	a, b := w.Owner("Forged"), newBrowser(w)
	b.enter(a)
	sessions := w.Portal.Store.Read().Session.Query().CountX(w.System())
	rename := `mutation { updateProfile(input: {name: "Forged"}) { person { name } userErrors { code } } }`
	for name, header := range foreign {
		held := maps.Clone(b.cookies)
		sent := map[string]portaltest.Response{"a mutation": b.post(rename, nil, header...), "a query": b.post(whoIsHere, nil, header...),
			"a GET": b.get(whoIsHere, header...), "refreshing": b.post(renew, map[string]any{"i": map[string]any{}}, header...),
			"something open": b.post("{ products { totalCount } }", nil, header...)}
		rec := form(w, b.header(header...), servertest.Anything, `{}`, "", "")
		sent["an upload"] = b.take(rec)
		for what, r := range sent {
			if r.Status != http.StatusForbidden || !slices.Equal(codesOf(r), []string{"CROSS_ORIGIN"}) || r.Data != nil {
				t.Errorf("1.4: %s from %s: %d %s", what, name, r.Status, r.Raw)
			}
		}
		visitor := newBrowser(w)
		if r := visitor.post(signInBy, entering(a), header...); !slices.Equal(codesOf(r), []string{"CROSS_ORIGIN"}) || len(visitor.cookies) > 0 {
			t.Errorf("1.4: signing in from %s: %s", name, r.Raw)
		}
		if !maps.Equal(held, b.cookies) {
			t.Errorf("1.4: %s changes the cookies", name)
		}
	}
	if n := w.Portal.Store.Read().Session.Query().CountX(w.System()); n != sessions {
		t.Errorf("1.4: %d sessions, not %d", n, sessions)
	}
	for name, header := range own {
		if got := b.person(header...); got != a.PersonID {
			t.Errorf("%s: %s", name, b.last.Body)
		}
		if r := b.post(rename, nil, header...); portaltest.At(r.Data, "updateProfile", "person", "name") == nil {
			t.Errorf("%s: %s", name, r.Raw)
		}
		if r := newBrowser(w).post(signInBy, entering(a), header...); portaltest.At(r.Data, "signIn", "webSession") == nil {
			t.Errorf("signing in from %s: %s", name, r.Raw)
		}
	}
	// A browser keeps no cookie that another site's page sets, listed or not.
	visitor := newBrowser(w)
	if r := visitor.post(signInBy, entering(a), "Sec-Fetch-Site", "cross-site", "Origin", console); !slices.Equal(codesOf(r), []string{"CROSS_ORIGIN"}) {
		t.Errorf("%s", r.Raw)
	}
}

func TestAGetByCookieReads(t *testing.T) {
	w := portaltest.New(t, "sqlite")
	a, b := w.Owner("Reader"), newBrowser(w)
	b.enter(a)
	if r := b.get(whoIsHere); portaltest.At(r.Data, "viewer", "person", "id") != a.PersonID {
		t.Errorf("%s", r.Raw)
	}
	if r := b.get(leave); r.Status != http.StatusMethodNotAllowed || !slices.Equal(codesOf(r), []string{"MUTATION_NEEDS_POST"}) || len(b.cookies) != 2 {
		t.Errorf("1.4: %d %s", r.Status, r.Raw)
	}
}

func TestAnAuthorizationHeaderWinsOverCookies(t *testing.T) {
	w := portaltest.New(t, "sqlite")
	a, c, b := w.Owner("By cookie"), w.Owner("By header"), newBrowser(w)
	b.enter(a)
	bearer := []string{"Authorization", "Bearer " + w.Token(c)}
	if got := b.person(bearer...); got != c.PersonID {
		t.Errorf("1.4: %s", b.last.Body)
	}
	if got := b.person(append(bearer, foreign["another site"]...)...); got != c.PersonID { // no cookie counts
		t.Errorf("%s", b.last.Body)
	}
	if r := b.post(whoIsHere, nil, "Authorization", "Bearer pa_rubbishrubbish"); r.Status != http.StatusUnauthorized {
		t.Errorf("1.4: %d %s", r.Status, r.Raw)
	}
	if r := b.post(renew, map[string]any{"i": map[string]any{}}, bearer...); portaltest.At(r.Data, "refreshSession", "userErrors", 0, "code") != "REFRESH_INVALID" {
		t.Errorf("1.4: the cookie was refreshed: %s", r.Raw)
	}
	b.post(leave, nil, bearer...)
	if len(b.cookies) != 2 || b.person() != a.PersonID {
		t.Errorf("1.4: another session's end removes the cookies: %s", b.last.Body)
	}
}

func TestADeadCookieLocksNothingThatIsOpen(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a := w.Owner("Dead")
		expired, ended, gone := newBrowser(w), newBrowser(w), newBrowser(w)
		for _, b := range []*browser{expired, ended, gone} {
			b.enter(a)
		}
		w.Must(a, `mutation { signOut(input: {everywhere: true}) { userErrors { code } } }`, nil)
		expired.enter(a)
		w.Wall.Advance(identity.AccessLifetime)
		gone.enter(a)
		delete(gone.cookies, transport.AccessCookie) // its time has come, and the browser has dropped it
		twice, key := newBrowser(w), newBrowser(w)
		twice.enter(a)
		twice.cookies[transport.AccessCookie] += "; " + transport.AccessCookie + "=" + twice.cookies[transport.AccessCookie]
		key.cookies[transport.AccessCookie] = w.Token(w.DataPlane())
		for name, b := range map[string]*browser{"expired": expired, "its session has ended": ended, "only the refresh cookie": gone, "twice": twice, "a key": key} {
			for _, query := range []string{whoIsHere, leave, `{ node(id: "appl_x") { id } }`, `{ node(id: "appl_x") { __typename } }`,
				`{ products { totalCount } viewer { ...V } } fragment V on Viewer { operator { roles } }`,
				`mutation { createCaptcha(input: {purpose: SIGN_IN}) { captcha { id } } signOut(input: {}) { userErrors { code } } }`} {
				if r := b.post(query, nil); r.Status != http.StatusUnauthorized || !slices.Equal(codesOf(r), []string{"UNAUTHENTICATED"}) || r.Data != nil {
					t.Errorf("%s: %s: %d %s", name, query, r.Status, r.Raw)
				}
			}
			for _, query := range []string{"{ __typename }", "{ products { totalCount nodes { code } } }", "{ terms(kind: SERVICE_TERMS) { id } }",
				"{ publicNotices { totalCount } }", "{ __schema { queryType { name } } }", "{ ...P ...P } fragment P on Query { products { totalCount } }",
				`mutation { createCaptcha(input: {purpose: SIGN_IN}) { captcha { id } userErrors { code } } }`} {
				if r := b.post(query, nil); r.Status != http.StatusOK || r.Errors != nil {
					t.Errorf("%s: %s: %d %s", name, query, r.Status, r.Raw)
				}
			}
		}
		if code := ended.refresh(); code != "REFRESH_INVALID" || len(ended.cookies) > 0 {
			t.Errorf("1.4: %s, and %v stays", code, ended.cookies)
		}
		for _, b := range []*browser{expired, gone} {
			if code := b.refresh(); code != "" || b.person() != a.PersonID {
				t.Errorf("1.4: %s: %s", code, b.last.Body)
			}
		}
		key.enter(a)
		if key.person() != a.PersonID {
			t.Errorf("1.4: %s", key.last.Body)
		}
	})
}

func TestASessionIsRefreshedByItsCookie(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a, b := w.Owner("Tabs"), newBrowser(w)
		b.enter(a)
		first := maps.Clone(b.cookies)
		r := b.post(renew, map[string]any{"i": map[string]any{}})
		if portaltest.At(r.Data, "refreshSession", "session") != nil || portaltest.At(r.Data, "refreshSession", "webSession", "expiresAt") == nil ||
			b.cookies[transport.AccessCookie] == first[transport.AccessCookie] || b.cookies[transport.RefreshCookie] == first[transport.RefreshCookie] {
			t.Fatalf("1.4: %s", r.Raw)
		}
		for name, value := range b.cookies {
			if strings.Contains(string(r.Raw), value) {
				t.Errorf("1.4: a script sees %s: %s", name, r.Raw)
			}
		}
		in := map[string]any{"i": map[string]any{"delivery": "BEARER"}}
		if r := b.post(renew, in); portaltest.At(r.Data, "refreshSession", "userErrors", 0, "code") != "INVALID_INPUT" || portaltest.At(r.Data, "refreshSession", "session") != nil {
			t.Errorf("1.4: a script gets tokens out of cookies: %s", r.Raw)
		}
		w.Wall.Advance(30*time.Second - time.Microsecond)
		tab := &browser{World: w, cookies: maps.Clone(first)}
		if code := tab.refresh(); code != "" || tab.person() != a.PersonID || b.person() != a.PersonID {
			t.Errorf("1.4: another tab within the window: %s", code)
		}
		w.Wall.Advance(time.Microsecond)
		thief := &browser{World: w, cookies: first}
		if code := thief.refresh(); code != "REFRESH_REUSED" || len(thief.cookies) > 0 {
			t.Errorf("1.4: outside of the window: %s, and %v stays", code, thief.cookies)
		}
		if tab.person() != "" || b.person() != "" {
			t.Error("1.4: the session goes on after its token was used again")
		}
		if code := b.refresh(); code != "REFRESH_INVALID" || len(b.cookies) > 0 {
			t.Errorf("1.4: %s, and %v stays", code, b.cookies)
		}
		// A session changes from bearer to cookies, but never back.
		moved := newBrowser(w)
		r = moved.post(renew, map[string]any{"i": map[string]any{"refreshToken": w.Begin(a), "delivery": "COOKIE"}})
		if portaltest.At(r.Data, "refreshSession", "session") != nil || moved.person() != a.PersonID {
			t.Errorf("%s", r.Raw)
		}
		if r := newBrowser(w).post(renew, map[string]any{"i": map[string]any{}}); portaltest.At(r.Data, "refreshSession", "userErrors", 0, "code") != "REFRESH_INVALID" {
			t.Errorf("%s", r.Raw)
		}
	})
}

func TestTheEndOfASessionRemovesItsCookies(t *testing.T) {
	w := portaltest.New(t, "sqlite")
	a := w.Owner("Leaving")
	current := func(b *browser) string {
		r := b.post("{ viewer { sessions { nodes { id current } } } }", nil)
		nodes, _ := portaltest.At(r.Data, "viewer", "sessions", "nodes").([]any)
		for _, n := range nodes {
			if portaltest.At(n, "current") == true {
				return portaltest.String(n, "id")
			}
		}
		t.Fatalf("%s", r.Raw)
		return ""
	}
	reset := func(*browser) string {
		w.Wall.Advance(time.Minute) // the number was sent another code when it was registered
		return fmt.Sprintf(`mutation { resetPassword(input: {phone: %q, code: %q, newPassword: "quite another staple 58"}) { userErrors { code } } }`, a.Phone, w.Code(a.Phone, "RESET_PASSWORD"))
	}
	for _, c := range []struct {
		name    string
		query   func(b *browser) string
		removed bool
	}{
		{"another session", func(b *browser) string {
			return `mutation { revokeOtherSessions(input: {}) { userErrors { code } } }`
		}, false},
		{"nothing that ends a session", func(*browser) string {
			return `mutation { updateProfile(input: {name: "Leaving"}) { userErrors { code } } }`
		}, false},
		{"sign-out", func(*browser) string { return leave }, true},
		{"sign-out everywhere", func(*browser) string {
			return `mutation { signOut(input: {everywhere: true}) { userErrors { code } } }`
		}, true},
		{"its own session", func(b *browser) string {
			return fmt.Sprintf(`mutation { revokeSession(input: {sessionId: %q}) { userErrors { code } } }`, current(b))
		}, true},
		{"within a fragment", func(*browser) string {
			return `mutation { ...F } fragment F on Mutation { signOut(input: {}) { userErrors { code } } }`
		}, true},
		{"a new password", reset, true},
	} {
		b := newBrowser(w)
		b.enter(a)
		r := b.post(c.query(b), nil)
		if r.Errors != nil || strings.Contains(string(r.Raw), `"code":"`) {
			t.Fatalf("%s: %s", c.name, r.Raw)
		}
		if removed := len(b.cookies) == 0; removed != c.removed {
			t.Errorf("1.4: %s: cookies removed: %v", c.name, removed)
		}
		for _, line := range b.last.Header().Values("Set-Cookie") {
			if _, attributes, _ := strings.Cut(line, "="); attributes != "; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Lax" {
				t.Errorf("%s: %s", c.name, line)
			}
		}
		if b.person() != map[bool]string{false: a.PersonID}[c.removed] {
			t.Errorf("%s: %s", c.name, b.last.Body)
		}
	}
}

func TestASessionThatWasPlantedEndsWithTheSignIn(t *testing.T) {
	w := portaltest.New(t, "sqlite")
	attacker, victim, b := w.Owner("Attacker"), w.Owner("Victim"), newBrowser(w)
	b.enter(attacker)
	planted := maps.Clone(b.cookies)
	b.enter(victim)
	if b.person() != victim.PersonID {
		t.Errorf("1.4: %s", b.last.Body)
	}
	for name, value := range planted {
		if b.cookies[name] == value {
			t.Errorf("1.4: %s stays", name)
		}
	}
	if got := (&browser{World: w, cookies: planted}).person(); got != attacker.PersonID {
		t.Errorf("1.4: the planted session is %s's", got)
	}
	// A value that no session has is never made one.
	b = newBrowser(w)
	chosen := "pa_" + strings.Repeat("x", 43)
	b.cookies = map[string]string{transport.AccessCookie: chosen, transport.RefreshCookie: "pr_" + strings.Repeat("x", 43)}
	b.enter(victim)
	if b.cookies[transport.AccessCookie] == chosen || (&browser{World: w, cookies: map[string]string{transport.AccessCookie: chosen}}).person() != "" {
		t.Error("1.4: the attacker chooses the session")
	}
	// Of a session that ends in the request that opens another, the new cookies stay.
	r := b.post(`mutation($i: SignInInput!) { signIn(input: $i) { webSession { expiresAt } } signOut(input: {}) { userErrors { code } } }`, entering(attacker))
	if r.Errors != nil || b.person() != attacker.PersonID {
		t.Errorf("%s: %s", r.Raw, b.last.Body)
	}
}
