package web_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"portico/graph"
	"portico/portal/access/identity"
	"portico/portaltest"
	"portico/server/servertest"
)

// withoutToken are the mutations that are answered with any token: those with
// @public.
var withoutToken = []string{"createCaptcha", "refreshSession", "register", "requestPhoneCode", "resetPassword", "signIn", "verifyEmail"}

// bearing sends an operation with a header, and returns status, codes and data.
func bearing(w *portaltest.World, header http.Header, query, accept string) (status int, codes []string, data map[string]json.RawMessage) {
	w.T.Helper()
	h := header.Clone()
	h.Set("Accept", accept)
	body, err := json.Marshal(map[string]string{"query": query})
	if err != nil {
		w.T.Fatal(err)
	}
	r := servertest.Request(w, http.MethodPost, "/graphql", string(body), h, servertest.Nobody)
	var got struct {
		Data   map[string]json.RawMessage
		Errors []portaltest.Error
	}
	if err := json.Unmarshal(r.Body.Bytes(), &got); err != nil {
		w.T.Fatalf("%s: %s", query, r.Body)
	}
	for _, e := range got.Errors {
		codes = append(codes, e.Code())
	}
	return r.Code, codes, got.Data
}

const modern = "application/graphql-response+json"

// needToken are operations, some of them public, with a field that a bad token
// locks.
var needToken = []string{"{ __typename }", "{ viewer { person { id } } }", "{ terms(kind: SERVICE_TERMS) { id } }", "{ products { totalCount } }", "{ publicNotices { totalCount } }",
	`{ node(id: "appl_x") { id } }`, `mutation { signOut(input: {}) { userErrors { code } } }`,
	`mutation { createCaptcha(input: {purpose: SIGN_IN}) { captcha { id } } signOut(input: {}) { userErrors { code } } }`,
	`mutation { ...F } fragment F on Mutation { signOut(input: {}) { userErrors { code } } }`}

func TestABadTokenIsRefusedOnEveryFieldButThoseThatSignIn(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a := w.Owner("Stale")
		expired, good := w.Token(a), ""
		w.Wall.Advance(identity.AccessLifetime)
		good = w.Token(a)
		s := httptest.NewServer(w.Handler())
		t.Cleanup(s.Close)
		for name, values := range map[string][]string{
			"expired": {"Bearer " + expired}, "unknown": {"Bearer pa_" + strings.Repeat("x", 43)}, "short": {"Bearer x"}, "long": {"Bearer " + strings.Repeat("x", 300)},
			"no token": {"Bearer"}, "another scheme": {"Basic dTpw"}, "no scheme": {good}, "two": {"Bearer " + good, "Bearer " + good}, "unknown key": {"Bearer pk_" + strings.Repeat("x", 43)},
		} {
			header := http.Header{"Authorization": values}
			for _, query := range needToken {
				status, codes, data := bearing(w, header, query, modern)
				if status != http.StatusUnauthorized || !slices.Equal(codes, []string{"UNAUTHENTICATED"}) || data != nil {
					t.Errorf("%s: %s: %d %v %v", name, query, status, codes, data)
				}
				if status, codes, _ := bearing(w, header, query, "application/json"); status != http.StatusOK || !slices.Equal(codes, []string{"UNAUTHENTICATED"}) {
					t.Errorf("%s: %s: %d %v", name, query, status, codes)
				}
			}
			status, codes, data := bearing(w, header, `mutation { __typename ... on Mutation { refreshSession(input: {refreshToken: "pr_none"}) { userErrors { code } } } }`, modern)
			if status != 200 || codes != nil || !strings.Contains(string(data["refreshSession"]), "REFRESH_INVALID") {
				t.Errorf("%s: refreshing: %d %v %s", name, status, codes, data)
			}
		}
		if got := servertest.Listen(t, s.URL, expired, "{ products { totalCount } }", nil).Code(); got != "UNAUTHENTICATED" {
			t.Errorf("a stream of events: %s", got)
		}
		for name, header := range map[string]http.Header{"nothing": {}, "an empty header": {"Authorization": {""}}, "blanks": {"Authorization": {"  "}}, "a good one": {"Authorization": {"bearer " + good}}} {
			if status, codes, _ := bearing(w, header, "{ viewer { person { id } } }", modern); status != 200 || codes != nil {
				t.Errorf("%s: %d %v", name, status, codes)
			}
		}
	})
}

func TestWhatIsAnsweredWithAnyToken(t *testing.T) {
	var found []string
	for _, f := range graph.Published(true).Mutation.Fields {
		if f.Directives.ForName("public") != nil {
			found = append(found, f.Name)
		}
	}
	slices.Sort(found)
	for _, name := range withoutToken {
		if !slices.Contains(found, name) {
			t.Errorf("%s isn't @public: a stale token locks it", name)
		}
	}
}
