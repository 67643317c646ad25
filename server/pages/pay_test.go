package pages_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"portico/portaltest"
)

// cashier is a customer at the sandbox's page.
type cashier struct {
	*testing.T
	w *portaltest.World
	a *portaltest.Actor
}

// start starts a top-up and returns the path of its page.
func (c cashier) start(channel string) string {
	c.Helper()
	p := c.w.Done(c.a, `mutation($i: StartTopUpInput!) { startTopUp(input: $i) { topUp { id payUrl } userErrors { code } } }`,
		map[string]any{"i": map[string]any{"accountId": c.a.AccountID, "channel": channel, "amount": map[string]any{"amount": "88.80", "currency": "CNY"}}})
	id := portaltest.String(p, "topUp", "id")
	if channel == "SANDBOX" && !strings.HasSuffix(portaltest.String(p, "topUp", "payUrl"), "/sandbox/pay/"+id) {
		c.Errorf("payUrl of %v", p)
	}
	return "/sandbox/pay/" + id
}

func (c cashier) send(method, path string, form url.Values, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	rec := httptest.NewRecorder()
	c.w.Handler().ServeHTTP(rec, r)
	return rec
}

// status returns the status of the sandbox's newest top-up.
func (c cashier) status() string {
	c.Helper()
	d := c.w.Must(c.a, `query($id: ID!) { account(id: $id) { topUps(first: 1) { nodes { status } } } }`, map[string]any{"id": c.a.AccountID})
	return portaltest.String(d, "account", "topUps", "nodes", 0, "status")
}

func TestTheSandboxesCashier(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		c := cashier{t, w, w.Verified("Ada")}
		path, payer := c.start("SANDBOX"), url.Values{"payerName": {"Ada Ltd"}}
		page := c.send(http.MethodGet, path, nil)
		if body := page.Body.String(); page.Code != http.StatusOK || !strings.Contains(body, "88.80") || !strings.Contains(body, `name="payerName"`) {
			t.Errorf("%d %s", page.Code, body)
		}
		if csp := page.Header().Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'none'") {
			t.Errorf("policy %q", csp)
		}
		if zh := c.send(http.MethodGet, path, nil, "Accept-Language", "zh-CN,zh;q=0.9").Body.String(); !strings.Contains(zh, "付款人") {
			t.Error("not in Chinese")
		}
		if r := c.send(http.MethodPost, path, payer, "Sec-Fetch-Site", "cross-site"); r.Code != http.StatusForbidden || c.status() != "PENDING" {
			t.Errorf("another site's form: %d", r.Code)
		}
		if r := c.send(http.MethodPost, path, url.Values{"payerName": {"<b> "}}, "Sec-Fetch-Site", "same-origin"); r.Code != http.StatusSeeOther {
			t.Errorf("3.5: any name pays, it is compared later: %d", r.Code)
		}
		if c.status() != "SUSPENSE" {
			t.Errorf("3.5: a stranger's payment is %s", c.status())
		}
		path = c.start("SANDBOX")
		if r := c.send(http.MethodPost, path, url.Values{"payerName": {" "}}); r.Code != http.StatusUnprocessableEntity || !strings.Contains(r.Body.String(), `role="alert"`) {
			t.Errorf("without a name: %d", r.Code)
		}
		if r := c.send(http.MethodPost, path, payer); r.Code != http.StatusSeeOther || r.Header().Get("Location") != path {
			t.Errorf("%d %v", r.Code, r.Header())
		}
		if c.status() != "CREDITED" {
			t.Errorf("3.5: %s", c.status())
		}
		if paid := c.send(http.MethodGet, path, nil).Body.String(); strings.Contains(paid, "<form") || !strings.Contains(paid, `role="status"`) {
			t.Error("a paid bill can be paid again")
		}
		for _, none := range []string{c.start("BANK_TRANSFER"), "/sandbox/pay/topu_x", "/sandbox/pay/" + c.a.AccountID} {
			if r := c.send(http.MethodGet, none, nil); r.Code != http.StatusNotFound {
				t.Errorf("%s: %d", none, r.Code)
			}
			if r := c.send(http.MethodPost, none, payer); r.Code != http.StatusNotFound {
				t.Errorf("%s: %d", none, r.Code)
			}
		}
	})
}

func TestOutsideTheSandboxNothingOfItIsServed(t *testing.T) {
	w := portaltest.New(t, "sqlite", portaltest.NoSandbox)
	for _, path := range []string{"/sandbox/pay/topu_x", "/payments/sandbox"} {
		rec := httptest.NewRecorder()
		w.Handler().ServeHTTP(rec, httptest.NewRequest(http.MethodPost, path, nil))
		if rec.Code != http.StatusNotFound {
			t.Errorf("%s: %d", path, rec.Code)
		}
	}
}
