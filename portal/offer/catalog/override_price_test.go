package catalog_test

import (
	"fmt"
	"testing"
	"time"

	"portico/portaltest"
)

const (
	reportOne     = `mutation($i: ReportUsageInput!) { reportUsage(input: $i) { accepted rejected { code } userErrors { code } } }`
	placeOne      = `mutation($i: PlaceOrderInput!) { placeOrder(input: $i) { order { service { id } } ` + userErrors + ` } }`
	userErrors    = `userErrors { code message field clause remedy { description operation input } }`
	overridePrice = `mutation($i: OverridePriceInput!) { overridePrice(input: $i) { override { id figure value from until per metric plan { code } term { unit count } clause standard } ` + userErrors + ` } }`
	previewPrice  = `query($i: OrderPreviewInput!) { orderPreview(input: $i) { total { amount } } }`
	billed        = `query($id: ID!) { account(id: $id) { overrides { figure value } bills { nodes { total { amount } lines { quantity unitPrice amount { amount } } } } } }`
)

var aMonth = map[string]any{"unit": "MONTH", "count": 1}

// price returns an input of overridePrice.
func price(w *portaltest.World, a *portaltest.Actor, plan, value string, from, until time.Time, changes ...any) map[string]any {
	in := map[string]any{"accountId": a.AccountID, "planId": w.PlanID(plan), "unitPrice": value, "agreementNumber": "PC-2026-018",
		"from": from.Format(time.RFC3339Nano), "until": until.Format(time.RFC3339Nano)}
	for i := 0; i < len(changes); i += 2 {
		in[changes[i].(string)] = changes[i+1]
	}
	return map[string]any{"i": in}
}

func TestASignedPriceOfAnOrder(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a, b, platform := w.Funded("Signed", "2000.00"), w.Funded("Standard", "2000.00"), w.Platform()
		apps := map[*portaltest.Actor]string{a: w.Application(a, "MAINLAND"), b: w.Application(b, "MAINLAND")}
		from, until := portaltest.Start.Add(24*time.Hour), portaltest.Start.Add(48*time.Hour)
		p := w.Done(platform, overridePrice, price(w, a, "im-flagship", "999.50", from, until, "term", aMonth))
		t.Run("13.3: it is recorded with what is listed instead", func(t *testing.T) {
			o := p["override"]
			if portaltest.String(o, "figure") != "price.im-flagship.MONTH.1" || portaltest.String(o, "value") != "999.50" || portaltest.String(o, "standard") != "1500.00" ||
				portaltest.String(o, "plan", "code") != "im-flagship" || portaltest.String(o, "term", "unit") != "MONTH" || portaltest.String(o, "clause") != "13.3" {
				t.Fatalf("%v", o)
			}
		})
		shown := func(who *portaltest.Actor) string {
			in := map[string]any{"accountId": who.AccountID, "applicationId": apps[who], "planId": w.PlanID("im-flagship"), "term": aMonth}
			return portaltest.String(w.Must(who, previewPrice, map[string]any{"i": in}), "orderPreview", "total", "amount")
		}
		for _, c := range []struct {
			name string
			at   time.Time
			want string
		}{{"before its first instant the list holds", from.Add(-time.Microsecond), "1500.00"}, {"from its first instant it holds", from, "999.50"},
			{"up to its last instant it holds", until.Add(-time.Microsecond), "999.50"}, {"from its end the list holds", until, "1500.00"}} {
			t.Run("13.3: "+c.name, func(t *testing.T) {
				w.AdvanceTo(c.at)
				if got := shown(a); got != c.want {
					t.Errorf("the preview has %s, want %s", got, c.want)
				}
				if got := shown(b); got != "1500.00" {
					t.Errorf("another account has %s", got)
				}
				if c.at.Equal(from) {
					order := map[string]any{"i": map[string]any{"accountId": a.AccountID, "applicationId": apps[a], "planId": w.PlanID("im-flagship"), "term": aMonth,
						"expectedTotal": map[string]any{"amount": "999.50", "currency": "CNY"}}}
					w.Done(a, placeOne, order)
				}
			})
		}
	})
}

func TestASignedPriceOfUse(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a, platform, plane := w.Funded("Signed", "2000.00"), w.Platform(), w.DataPlane()
		app := w.Application(a, "MAINLAND")
		w.Done(a, placeOne, map[string]any{"i": map[string]any{"accountId": a.AccountID, "applicationId": app, "planId": w.PlanID("rtc-payg"),
			"expectedTotal": map[string]any{"amount": "0.00", "currency": "CNY"}}})
		from, until := portaltest.Start.Add(time.Hour), portaltest.Start.Add(2*time.Hour)
		w.Done(platform, overridePrice, price(w, a, "rtc-payg", "0.01", from, until, "metric", "rtc.minutes"))
		for i, at := range []time.Time{from.Add(-time.Microsecond), from, until.Add(-time.Microsecond), until} {
			w.AdvanceTo(at)
			w.Done(plane, reportOne, map[string]any{"i": map[string]any{"events": []any{map[string]any{"source": "rtc", "eventId": fmt.Sprint(i),
				"applicationId": app, "metric": "rtc.minutes", "quantity": "100", "at": at.Format(time.RFC3339Nano)}}}})
		}
		t.Run("13.3, 3.3: what is used is rated at the price signed for the time of its use", func(t *testing.T) {
			w.AdvanceTo(portaltest.Start.Add(32 * 24 * time.Hour))
			total := map[string]string{}
			nodes, _ := portaltest.At(w.Must(a, billed, map[string]any{"id": a.AccountID}), "account", "bills", "nodes").([]any)
			for _, b := range nodes {
				for _, l := range portaltest.At(b, "lines").([]any) {
					total[portaltest.String(l, "unitPrice")] += portaltest.String(l, "quantity") + " " + portaltest.String(l, "amount", "amount")
				}
			}
			if len(total) != 2 || total["0.01"] != "200 2.00" || total["0.0280"] != "100 2.80100 2.80" {
				t.Fatalf("%v", total)
			}
		})
		t.Run("13.3: the customer sees it among its overrides", func(t *testing.T) {
			if o := portaltest.At(w.Must(a, billed, map[string]any{"id": a.AccountID}), "account", "overrides", 0); portaltest.String(o, "figure") != "price.rtc-payg.rtc.minutes" || portaltest.String(o, "value") != "0.01" {
				t.Fatalf("%v", o)
			}
		})
	})
}

func TestSignedPricesThatAreRefused(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a, platform := w.Owner("Signed"), w.Platform()
		from := portaltest.Start.Add(24 * time.Hour)
		for name, c := range map[string]struct {
			plan        string
			changes     []any
			code, field string
		}{
			"13.3: neither metric nor term":          {"rtc-payg", nil, "INVALID_INPUT", "metric"},
			"13.3: both metric and term":             {"rtc-payg", []any{"metric", "rtc.minutes", "term", aMonth}, "INVALID_INPUT", "metric"},
			"13.3: a metric that isn't listed":       {"rtc-payg", []any{"metric", "rtc.hours"}, "PRICE_NOT_LISTED", "planId"},
			"13.3: a term that isn't listed":         {"im-flagship", []any{"term", map[string]any{"unit": "MONTH", "count": 2}}, "PRICE_NOT_LISTED", "planId"},
			"13.3: a time before it was listed":      {"rtc-payg", []any{"metric", "rtc.minutes", "from", "2025-12-31T15:00:00Z"}, "PRICE_NOT_LISTED", "planId"},
			"3.4: the most use comes to no amount":   {"rtc-payg", []any{"metric", "rtc.minutes", "unitPrice", "1", "per", "0.000001"}, "INVALID_INPUT", "unitPrice"},
			"13.3: a negative price":                 {"rtc-payg", []any{"metric", "rtc.minutes", "unitPrice", "-0.01"}, "INVALID_INPUT", "unitPrice"},
			"13.3: a price of seven decimals":        {"rtc-payg", []any{"metric", "rtc.minutes", "unitPrice", "0.0000001"}, "INVALID_INPUT", "unitPrice"},
			"13.3: a price for no unit":              {"rtc-payg", []any{"metric", "rtc.minutes", "per", "0"}, "INVALID_INPUT", "per"},
			"13.3: a price by use within an hour":    {"rtc-payg", []any{"metric", "rtc.minutes", "from", from.Add(time.Minute).Format(time.RFC3339)}, "INVALID_INPUT", "from"},
			"13.3: a free plan":                      {"im-developer", []any{"term", aMonth}, "INVALID_INPUT", "planId"},
			"13.3: a price without an agreement":     {"rtc-payg", []any{"metric", "rtc.minutes", "agreementNumber", ""}, "INVALID_INPUT", "agreementNumber"},
			"13.3: a price that ends as it begins":   {"rtc-payg", []any{"metric", "rtc.minutes", "until", from.Format(time.RFC3339)}, "INVALID_INPUT", "until"},
			"13.3: a price for an unknown account":   {"rtc-payg", []any{"metric", "rtc.minutes", "accountId", "acct_none"}, "NOT_FOUND", "accountId"},
			"13.3: a price of a plan that isn't one": {"rtc-payg", []any{"metric", "rtc.minutes", "planId", "plan_none"}, "NOT_FOUND", "planId"},
		} {
			t.Run(name, func(t *testing.T) {
				r := w.Refused(platform, overridePrice, price(w, a, c.plan, "0.01", from, from.Add(time.Hour), c.changes...))
				if r.Code != c.code || len(r.Field) != 2 || r.Field[1] != c.field {
					t.Fatalf("%+v", r)
				}
			})
		}
		t.Run("13.3: a customer sets none", func(t *testing.T) {
			if r := w.Send(a, overridePrice, price(w, a, "rtc-payg", "0.01", from, from.Add(time.Hour), "metric", "rtc.minutes")); len(r.Errors) != 1 || r.Errors[0].Code() != "FORBIDDEN" {
				t.Fatalf("%s", r.Raw)
			}
		})
	})
}
