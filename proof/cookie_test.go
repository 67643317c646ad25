package proof_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"portico/portaltest"
	"portico/server/transport"
)

// delivering are the mutations that open a session or renew its tokens, by the schema.
func delivering(t *testing.T) (names []string) {
	t.Helper()
	for _, f := range published().Mutation.Fields {
		payload := published().Types[f.Type.Name()]
		if payload == nil || payload.Fields.ForName("session") == nil || payload.Fields.ForName("session").Type.Name() != "Session" {
			continue
		}
		if payload.Fields.ForName("webSession") == nil || published().Types[f.Arguments[0].Type.Name()].Fields.ForName("delivery") == nil {
			t.Errorf("1.4: %s delivers no session in cookies", f.Name)
			continue
		}
		names = append(names, f.Name)
	}
	if len(names) < 7 {
		t.Errorf("only %v", names)
	}
	return names
}

// page sends an operation as a page does, and returns the answer with its cookies.
func (s *stage) page(doc string, variables map[string]any, header http.Header) (*http.Response, portaltest.Response) {
	s.T.Helper()
	body, err := json.Marshal(map[string]any{"query": doc, "variables": variables})
	if err != nil {
		s.T.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, "/graphql", bytes.NewReader(body))
	r.Header = header
	r.Header.Set("Content-Type", "application/json")
	rec := httptest.NewRecorder()
	s.Handler().ServeHTTP(rec, r)
	out := portaltest.Response{Status: rec.Code, Raw: rec.Body.Bytes()}
	_ = json.Unmarshal(out.Raw, &out) // a stream of events is no JSON
	return rec.Result(), out
}

func TestSessionsAreDeliveredInCookies(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		s, db := newStage(w), open(t, w)
		for _, name := range delivering(t) {
			args := operations[name].args(s, s.subject(name), nil)
			args["input"].(input)["delivery"] = "COOKIE"
			doc := document(name, args, shape{first: 1, depth: 2})
			before := dump(t, w, db)
			for code, header := range map[string]http.Header{"CROSS_ORIGIN": {"Sec-Fetch-Site": {"cross-site"}}, "COOKIES_UNAVAILABLE": {"Accept": {"text/event-stream"}}} {
				got, out := s.page(doc, args, header)
				if !strings.Contains(string(out.Raw), `"code":"`+code+`"`) || len(got.Cookies()) > 0 {
					t.Errorf("1.4: %s: %s", name, out.Raw)
				}
			}
			if diff := change(before, dump(t, w, db)); len(diff) > 0 {
				t.Errorf("1.4: %s that is refused changes %v", name, diff)
			}
			got, out := s.page(doc, args, http.Header{"Sec-Fetch-Site": {"same-origin"}})
			access := ""
			for _, c := range got.Cookies() {
				if !c.HttpOnly || !c.Secure || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" || c.MaxAge <= 0 || strings.Contains(string(out.Raw), c.Value) {
					t.Errorf("1.4: %s: %v in %s", name, c, out.Raw)
				}
				if c.Name == transport.AccessCookie {
					access = c.Name + "=" + c.Value
				}
			}
			if len(got.Cookies()) != 2 || portaltest.At(out.Data, name, "session") != nil || portaltest.At(out.Data, name, "webSession", "expiresAt") == nil ||
				strings.Contains(string(out.Raw), `"pa_`) || strings.Contains(string(out.Raw), `"pr_`) {
				t.Errorf("1.4: %s: %s", name, out.Raw)
			}
			if _, out := s.page("{ viewer { person { id } } }", nil, http.Header{"Cookie": {access}}); portaltest.At(out.Data, "viewer", "person", "id") == nil {
				t.Errorf("1.4: %s opens no session: %s", name, out.Raw)
			}
		}
	})
}
