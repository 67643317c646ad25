package server_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"portico/portal/portaltest"
)

func TestTheSandboxesCashier(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a := w.Verified("Ada")
		start := func(channel string) string {
			p := w.Done(a, `mutation($i: StartTopUpInput!) { startTopUp(input: $i) { topUp { id payUrl } userErrors { code } } }`,
				map[string]any{"i": map[string]any{"accountId": a.AccountID, "channel": channel, "amount": map[string]any{"amount": "88.80", "currency": "CNY"}}})
			id := portaltest.String(p, "topUp", "id")
			if channel == "SANDBOX" && !strings.HasSuffix(portaltest.String(p, "topUp", "payUrl"), "/sandbox/pay/"+id) {
				t.Errorf("payUrl of %v", p)
			}
			return "/sandbox/pay/" + id
		}
		send := func(method, path string, form url.Values, header ...string) *httptest.ResponseRecorder {
			r := httptest.NewRequest(method, path, strings.NewReader(form.Encode()))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			for i := 0; i < len(header); i += 2 {
				r.Header.Set(header[i], header[i+1])
			}
			rec := httptest.NewRecorder()
			w.Handler().ServeHTTP(rec, r)
			return rec
		}
		status := func() string {
			d := w.Must(a, `query($id: ID!) { account(id: $id) { topUps { nodes { channel status } } } }`, map[string]any{"id": a.AccountID})
			for i := range 9 {
				if n := portaltest.At(d, "account", "topUps", "nodes", i); portaltest.String(n, "channel") == "SANDBOX" {
					return portaltest.String(n, "status")
				}
			}
			return ""
		}
		path, payer := start("SANDBOX"), url.Values{"payerName": {"Ada Ltd"}}
		page := send(http.MethodGet, path, nil)
		if body := page.Body.String(); page.Code != http.StatusOK || !strings.Contains(body, "88.80") || !strings.Contains(body, `name="payerName"`) {
			t.Errorf("%d %s", page.Code, body)
		}
		if csp := page.Header().Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'none'") {
			t.Errorf("policy %q", csp)
		}
		if zh := send(http.MethodGet, path, nil, "Accept-Language", "zh-CN,zh;q=0.9").Body.String(); !strings.Contains(zh, "付款人") {
			t.Error("not in Chinese")
		}
		if r := send(http.MethodPost, path, payer, "Sec-Fetch-Site", "cross-site"); r.Code != http.StatusForbidden || status() != "PENDING" {
			t.Errorf("another site's form: %d", r.Code)
		}
		if r := send(http.MethodPost, path, url.Values{"payerName": {"<b> "}}, "Sec-Fetch-Site", "same-origin"); r.Code != http.StatusSeeOther {
			t.Errorf("3.5: any name pays, it is compared later: %d", r.Code)
		}
		if status() != "SUSPENSE" {
			t.Errorf("3.5: a stranger's payment is %s", status())
		}
		path = start("SANDBOX")
		if r := send(http.MethodPost, path, url.Values{"payerName": {" "}}); r.Code != http.StatusUnprocessableEntity || !strings.Contains(r.Body.String(), `role="alert"`) {
			t.Errorf("without a name: %d", r.Code)
		}
		if r := send(http.MethodPost, path, payer); r.Code != http.StatusSeeOther || r.Header().Get("Location") != path {
			t.Errorf("%d %v", r.Code, r.Header())
		}
		if status() != "CREDITED" {
			t.Errorf("3.5: %s", status())
		}
		if paid := send(http.MethodGet, path, nil).Body.String(); strings.Contains(paid, "<form") || !strings.Contains(paid, `role="status"`) {
			t.Error("a paid bill can be paid again")
		}
		for _, none := range []string{start("BANK_TRANSFER"), "/sandbox/pay/topu_x", "/sandbox/pay/" + a.AccountID} {
			if r := send(http.MethodGet, none, nil); r.Code != http.StatusNotFound {
				t.Errorf("%s: %d", none, r.Code)
			}
			if r := send(http.MethodPost, none, payer); r.Code != http.StatusNotFound {
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
