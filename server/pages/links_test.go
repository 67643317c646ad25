package pages_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"portico/ent/db/person"
	"portico/portal/access/staff"
	"portico/portaltest"
)

// visit requests the path of a link, or sends its form.
func visit(w *portaltest.World, method, link string, form url.Values) *httptest.ResponseRecorder {
	w.T.Helper()
	u, err := url.Parse(link)
	if err != nil {
		w.T.Fatal(err)
	}
	r := httptest.NewRequest(method, u.RequestURI(), strings.NewReader(form.Encode()))
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	rec := httptest.NewRecorder()
	w.Handler().ServeHTTP(rec, r)
	return rec
}

// linkIn returns the link in the newest message to a recipient.
func linkIn(w *portaltest.World, to string) string {
	w.T.Helper()
	body := w.Message(to).Body
	_, after, found := strings.Cut(body, "http://portico.test")
	if !found {
		w.T.Fatal(body)
	}
	return "http://portico.test" + strings.Fields(after)[0]
}

func TestLinksInMessagesLeadSomewhere(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a := w.Verified("Acme")
		verified := func() bool {
			row, err := w.Portal.Store.Read().Person.Query().Where(person.ID(a.PersonID)).Only(w.System())
			if err != nil {
				t.Fatal(err)
			}
			return row.EmailVerifiedAt != nil
		}
		t.Run("1.1: opening the link of a mail verifies nothing, its page's button does", func(t *testing.T) {
			link, token := linkIn(w, a.Email), w.Message(a.Email).Token
			page := visit(w, http.MethodGet, link, nil)
			if page.Code != http.StatusOK || !strings.Contains(page.Body.String(), token) || verified() {
				t.Fatalf("%d %s", page.Code, page.Body)
			}
			if rec := visit(w, http.MethodPost, link, url.Values{"token": {token}}); rec.Code != http.StatusOK || !verified() {
				t.Errorf("%d %s", rec.Code, rec.Body)
			}
			if rec := visit(w, http.MethodPost, link, url.Values{"token": {token}}); rec.Code != http.StatusUnprocessableEntity {
				t.Errorf("twice: %d", rec.Code)
			}
		})
		t.Run("1.5: the link of an invitation shows whose it is; a wrong one shows nothing", func(t *testing.T) {
			w.Done(a, `mutation($i: InviteEmployeeInput!) { inviteEmployee(input: $i) { invitation { id } userErrors { code } } }`,
				map[string]any{"i": map[string]any{"accountId": a.AccountID, "address": "+8613711000021", "roleIds": []string{staff.RoleID("finance")}}})
			link := linkIn(w, "+8613711000021")
			page := visit(w, http.MethodGet, link, nil)
			if page.Code != http.StatusOK || !strings.Contains(page.Body.String(), "Acme Ltd") {
				t.Errorf("%d %s", page.Code, page.Body)
			}
			if raw := regexp.MustCompile(`>[^<]*\d{4}-\d\d-\d\dT`).FindString(page.Body.String()); raw != "" || !strings.Contains(page.Body.String(), "(Beijing time)") {
				t.Errorf("a time as programs write it: %q in %s", raw, page.Body)
			}
			r := httptest.NewRequest(http.MethodGet, link, nil)
			r.Header.Set("Accept-Language", "zh-CN")
			rec := httptest.NewRecorder()
			if w.Handler().ServeHTTP(rec, r); !strings.Contains(rec.Body.String(), "（北京时间）") {
				t.Errorf("in Chinese: %s", rec.Body)
			}
			if rec := visit(w, http.MethodGet, link+"x", nil); rec.Code != http.StatusUnprocessableEntity || strings.Contains(rec.Body.String(), "Acme") {
				t.Errorf("%d %s", rec.Code, rec.Body)
			}
		})
		t.Run("what a link holds is text on the page, never markup", func(t *testing.T) {
			rec := visit(w, http.MethodGet, "/links/verify-email?token="+url.QueryEscape(`"><script>x</script>`), nil)
			if strings.Contains(rec.Body.String(), "<script>") {
				t.Error(rec.Body)
			}
		})
	})
}

func TestALinkUndoesAChangeOfAddress(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		t.Run("1.1: opening the link to undo a change of address undoes nothing, its page's button does", func(t *testing.T) {
			b := w.Owner("Bea")
			w.VerifyEmail(b)
			w.Wall.Advance(time.Second)
			w.Done(b, `mutation($i: ChangeEmailInput!) { changeEmail(input: $i) { userErrors { code } } }`,
				map[string]any{"i": map[string]any{"email": "bea.moved@example.com", "currentPassword": portaltest.Password}})
			w.Done(nil, `mutation($i: VerifyEmailInput!) { verifyEmail(input: $i) { userErrors { code } } }`,
				map[string]any{"i": map[string]any{"token": w.Message("bea.moved@example.com").Token}})
			link, token := linkIn(w, b.Email), w.Message(b.Email).Token
			address := func() string {
				return portaltest.String(w.Must(b, `{ viewer { person { email } } }`, nil), "viewer", "person", "email")
			}
			page := visit(w, http.MethodGet, link, nil)
			if page.Code != http.StatusOK || !strings.Contains(page.Body.String(), token) || address() != "bea.moved@example.com" {
				t.Fatalf("%d %s", page.Code, page.Body)
			}
			if rec := visit(w, http.MethodPost, link, url.Values{"token": {token}}); rec.Code != http.StatusOK {
				t.Errorf("%d %s", rec.Code, rec.Body)
			}
			w.Begin(b)
			if address() != b.Email {
				t.Error(address())
			}
			if rec := visit(w, http.MethodPost, link, url.Values{"token": {token}}); rec.Code != http.StatusUnprocessableEntity {
				t.Errorf("twice: %d", rec.Code)
			}
		})
	})
}
