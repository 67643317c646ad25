package order_test

import (
	"fmt"
	"maps"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"portico/ent"
	"portico/ent/db/balance"
	"portico/portal/offer/catalog"
	"portico/portal/offer/catalog/demo"
	"portico/portaltest"
)

const refusal = `{ code field clause remedy { operation input } }`

const place = `mutation($i: PlaceOrderInput!) { placeOrder(input: $i) { order { id number status free total { amount currency } providerBody partner
	term { unit count } plan { code } application { id } service { id status expiresAt } placedBy { id } lines { description quantity unitPrice amount { amount } } }
	userErrors ` + refusal + ` } }`

const keyed = `mutation($i: PlaceOrderInput!, $key: String!) { placeOrder(input: $i) @idempotent(key: $key) { order { id } userErrors ` + refusal + ` } }`

const preview = `query($i: OrderPreviewInput!) { orderPreview(input: $i) { total { amount currency } lines { description quantity unitPrice amount { amount } } refusals ` + refusal + ` } }`

const overview = `query($id: ID!) { account(id: $id) { balance { cash { amount } available { amount } }
	services { nodes { id status plan { code } openedAt expiresAt closedAt } } orders { totalCount nodes { id number total { amount } } } } }`

type input = map[string]any

// order returns an input of placeOrder for a month, or without a term.
func order(w *portaltest.World, a *portaltest.Actor, app, plan, total string, term ...any) input {
	in := input{"accountId": a.AccountID, "planId": w.PlanID(plan), "applicationId": app, "expectedTotal": input{"amount": total, "currency": "CNY"}}
	if len(term) == 2 {
		in["term"] = input{"unit": term[0], "count": term[1]}
	}
	return in
}

func with(in input, field string, value any) input {
	out := maps.Clone(in)
	out[field] = value
	return out
}

// previewCodes returns the codes and the total of orderPreview.
func previewCodes(t *testing.T, w *portaltest.World, a *portaltest.Actor, in input) (codes []string, total string) {
	t.Helper()
	in = maps.Clone(in)
	delete(in, "expectedTotal")
	d := w.Must(a, preview, input{"i": in})
	for _, r := range portaltest.At(d, "orderPreview", "refusals").([]any) {
		codes = append(codes, portaltest.String(r, "code")+" "+portaltest.String(r, "clause"))
	}
	return codes, portaltest.String(d, "orderPreview", "total", "amount")
}

func account(w *portaltest.World, a *portaltest.Actor) any {
	return w.Must(a, overview, input{"id": a.AccountID})["account"]
}

func TestPlaceOrder(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a := w.Funded("Lin", "2000.00")
		app := w.Application(a, "MAINLAND")
		t.Run("3.4: a top-up of 2000.00 pays a month of 1500.00 and leaves 500.00", func(t *testing.T) {
			in := order(w, a, app, "im-flagship", "1500.00", "MONTH", 1)
			if codes, total := previewCodes(t, w, a, in); codes != nil || total != "1500.00" {
				t.Fatalf("the preview has %v at %s", codes, total)
			}
			o := w.Done(a, place, input{"i": in})["order"]
			want := input{"status": "FULFILLED", "free": false, "partner": nil, "providerBody": "柏廊通信（北京）有限公司",
				"total": input{"amount": "1500.00", "currency": "CNY"}, "term": input{"unit": "MONTH", "count": float64(1)},
				"plan": input{"code": "im-flagship"}, "application": input{"id": app}, "placedBy": input{"id": a.PersonID},
				"lines": []any{input{"description": "Messaging flagship, 1 month prepaid", "quantity": "1", "unitPrice": "1500.00", "amount": input{"amount": "1500.00"}}}}
			got := maps.Clone(o.(input))
			delete(got, "id")
			delete(got, "number")
			service := got["service"].(input)
			delete(got, "service")
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
			if service["status"] != "RUNNING" || service["expiresAt"] != "2026-04-02T02:00:00Z" {
				t.Errorf("the service: %v", service)
			}
			if n := portaltest.String(o, "number"); len(n) != 17 || !strings.HasPrefix(n, "20260302-") {
				t.Errorf("the number is %q", n)
			}
			if left := portaltest.String(account(w, a), "balance", "cash", "amount"); left != "500.00" {
				t.Errorf("cash is %s", left)
			}
		})
		t.Run("3.3: 499.99 of 500.00 can be spent on a minimum of 100.00, metered plans cost nothing yet", func(t *testing.T) {
			o := w.Done(a, place, input{"i": order(w, a, app, "rtc-payg", "0.00")})["order"]
			if portaltest.String(o, "total", "amount") != "0.00" || portaltest.At(o, "term") != nil || portaltest.At(o, "service", "expiresAt") != nil {
				t.Errorf("the order: %v", o)
			}
			o = w.Done(a, place, input{"i": order(w, a, app, "sms-partner", "0.00")})["order"]
			if portaltest.String(o, "partner") != "灯塔电信服务有限公司" {
				t.Errorf("2.2: the partner isn't on the order: %v", o)
			}
		})
		freeOrder(t, w, a)
		list := account(w, a)
		if n := portaltest.At(list, "orders", "totalCount"); n != float64(4) {
			t.Errorf("%v orders", n)
		}
		if first := portaltest.String(list, "orders", "nodes", 3, "total", "amount"); first != "1500.00" {
			t.Errorf("the oldest isn't last: %v", list)
		}
	})
}

func freeOrder(t *testing.T, w *portaltest.World, a *portaltest.Actor) {
	t.Run("9.8: a free order is marked and needs no term", func(t *testing.T) {
		other := w.Application(a, "MAINLAND")
		o := w.Done(a, place, input{"i": order(w, a, other, "im-developer", "0.00")})["order"]
		if portaltest.At(o, "free") != true || portaltest.At(o, "service", "expiresAt") != nil {
			t.Errorf("the order: %v", o)
		}
		r := w.Refused(a, place, input{"i": order(w, a, other, "im-developer", "0.00")})
		if r.Code != "SERVICE_ALREADY_RUNNING" || r.Clause != "3.7" {
			t.Errorf("again: %+v", r)
		}
	})
}

func TestRenewalsReachNoFurtherThanTheLongestTerm(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a := w.Verified("Acme")
		app := w.Application(a, "MAINLAND")
		years := func(count int) portaltest.Response {
			return w.Send(a, place, input{"i": order(w, a, app, "im-developer", "0.00", "YEAR", count)})
		}
		if r := years(35); len(r.Refusals(t)) > 0 {
			t.Fatalf("%s", r.Raw)
		}
		t.Run("3.7: a renewal up to 432 months ahead is taken, a month more is not", func(t *testing.T) {
			if r := years(1); len(r.Refusals(t)) > 0 {
				t.Fatalf("%s", r.Raw)
			}
			r := w.Refused(a, place, input{"i": order(w, a, app, "im-developer", "0.00", "MONTH", 1)})
			if r.Code != "PAID_TOO_FAR_AHEAD" || r.Clause != "3.7" {
				t.Errorf("%+v", r)
			}
		})
	})
}

func TestPreviewReportsWhatPlacingWould(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a := w.Funded("Rich", "100000.00")
		poor := w.Verified("Poor")
		raw := w.Owner("Raw")
		app, abroad, deleted := w.Application(a, "MAINLAND"), w.Application(a, "OVERSEAS"), w.Application(a, "MAINLAND")
		w.Done(a, `mutation($i: DeleteApplicationInput!) { deleteApplication(input: $i) { application { status } userErrors { code } } }`, input{"i": input{"applicationId": deleted}})
		w.Done(a, place, input{"i": order(w, a, app, "push-payg", "0.00")})
		poorApp, rawApp := w.Application(poor, "MAINLAND"), w.Application(raw, "MAINLAND")
		month := order(w, a, app, "im-flagship", "1500.00", "MONTH", 1)
		for name, c := range map[string]struct {
			actor *portaltest.Actor
			in    input
			want  string
			field string
		}{
			"there is no such plan":                              {a, with(month, "planId", "plan_0"), "PLAN_NOT_FOUND ", "planId"},
			"there is no such application":                       {a, with(month, "applicationId", "appl_0"), "NOT_FOUND ", "applicationId"},
			"another's application":                              {a, with(month, "applicationId", poorApp), "NOT_FOUND ", "applicationId"},
			"another's account":                                  {a, with(month, "accountId", poor.AccountID), "NOT_FOUND ", "accountId"},
			"3.6: a deleted application":                         {a, with(month, "applicationId", deleted), "APPLICATION_DELETED 3.6", "applicationId"},
			"3.3: a prepaid plan without a term":                 {a, order(w, a, app, "im-flagship", "1500.00"), "TERM_REQUIRED 3.3", "term"},
			"3.4: a metered plan with a term":                    {a, order(w, a, app, "rtc-payg", "0.00", "MONTH", 1), "TERM_NOT_ALLOWED 3.4", "term"},
			"3.1: a term that isn't offered":                     {a, order(w, a, abroad, "im-flagship-overseas", "2400.00", "YEAR", 1), "TERM_NOT_OFFERED 3.1", "term"},
			"a term of no months":                                {a, order(w, a, app, "im-flagship", "0.00", "MONTH", 0), "INVALID_INPUT ", "term.count"},
			"a term of 37 months":                                {a, order(w, a, app, "im-flagship", "0.00", "MONTH", 37), "INVALID_INPUT ", "term.count"},
			"3.2: an unknown promotion":                          {a, with(month, "promotionCode", "SPRING"), "PROMOTION_UNKNOWN 3.2", "promotionCode"},
			"2.4: the mainland plan for an overseas data centre": {a, with(month, "applicationId", abroad), "OVERSEAS_PLAN_REQUIRED 2.4", "planId"},
			"2.1: the overseas plan for a mainland one":          {a, order(w, a, app, "im-flagship-overseas", "2400.00", "MONTH", 1), "MAINLAND_PLAN_REQUIRED 2.1", "planId"},
			"3.7: a metered plan that runs already":              {a, order(w, a, app, "push-payg", "0.00"), "SERVICE_ALREADY_RUNNING 3.7", "planId"},
			"3.3: an empty balance":                              {poor, order(w, poor, poorApp, "im-flagship", "1500.00", "MONTH", 1), "INSUFFICIENT_BALANCE 3.3", ""},
			"3.3: less than the minimum of a metered plan":       {poor, order(w, poor, poorApp, "rtc-payg", "0.00"), "INSUFFICIENT_BALANCE 3.3", ""},
			"5.2: before the approval":                           {raw, order(w, raw, rawApp, "im-developer", "0.00"), "VERIFICATION_REQUIRED 5.2", ""},
		} {
			t.Run(name, func(t *testing.T) {
				codes, _ := previewCodes(t, w, c.actor, c.in)
				r := w.Refused(c.actor, place, input{"i": c.in})
				if len(codes) == 0 || codes[0] != c.want || r.Code+" "+r.Clause != c.want {
					t.Errorf("the preview has %v, placing %s %s, want %s", codes, r.Code, r.Clause, c.want)
				}
				if got := strings.TrimPrefix(strings.Join(r.Field, "."), "input."); got != c.field {
					t.Errorf("at %q, want %q", got, c.field)
				}
				if r.Clause != "" && r.Remedy == nil {
					t.Error("no remedy")
				}
			})
		}
		collects(t, w, poor, poorApp)
		for _, who := range []*portaltest.Actor{poor, raw} {
			if n := portaltest.At(account(w, who), "orders", "totalCount"); n != float64(0) {
				t.Errorf("%s has %v orders", who.Name, n)
			}
		}
	})
}

func collects(t *testing.T, w *portaltest.World, poor *portaltest.Actor, poorApp string) {
	t.Run("3.4: preview collects what is independent", func(t *testing.T) {
		in := with(order(w, poor, poorApp, "im-flagship", "1500.00", "MONTH", 1), "promotionCode", "SPRING")
		codes, total := previewCodes(t, w, poor, in)
		if diff := cmp.Diff([]string{"PROMOTION_UNKNOWN 3.2", "INSUFFICIENT_BALANCE 3.3"}, codes); diff != "" || total != "1500.00" {
			t.Errorf("%s at %s", diff, total)
		}
	})
}

func TestRemediesLift(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a := w.Funded("Hao", "1499.99")
		app, abroad := w.Application(a, "MAINLAND"), w.Application(a, "OVERSEAS")
		t.Run("3.3: one cent is missing, and topped up it suffices", func(t *testing.T) {
			in := order(w, a, app, "im-flagship", "1500.00", "MONTH", 1)
			r := w.Refused(a, place, input{"i": in})
			want := input{"accountId": a.AccountID, "amount": input{"amount": "1.00", "currency": "CNY"}}
			if r.Code != "INSUFFICIENT_BALANCE" || r.Remedy.Operation != "startTopUp" || cmp.Diff(want, r.Remedy.Input) != "" {
				t.Fatalf("%+v", r.Remedy)
			}
			w.TopUp(a, "1.00")
			w.Done(a, place, input{"i": in})
		})
		w.TopUp(a, "5000.00")
		t.Run("3.4: the price that changed is refused with the new one, which goes through", func(t *testing.T) {
			in := order(w, a, app, "im-flagship", "1499.00", "MONTH", 2)
			r := w.Refused(a, place, input{"i": in})
			if r.Code != "PRICE_CHANGED" || r.Clause != "3.4" || r.Remedy.Operation != "placeOrder" {
				t.Fatalf("%+v", r)
			}
			if got := r.Remedy.Input["expectedTotal"]; cmp.Diff(any(input{"amount": "3000.00", "currency": "CNY"}), got) != "" {
				t.Fatalf("the new total is %v", got)
			}
			o := w.Done(a, place, input{"i": r.Remedy.Input})["order"]
			if portaltest.String(o, "service", "expiresAt") != "2026-06-02T02:00:00Z" {
				t.Errorf("3.7: renewed before its expiry it goes on from there: %v", o)
			}
		})
		t.Run("2.4: the overseas plan that the remedy names goes through", func(t *testing.T) {
			r := w.Refused(a, place, input{"i": order(w, a, abroad, "im-flagship", "1500.00", "MONTH", 1)})
			in := with(r.Remedy.Input, "expectedTotal", input{"amount": "2400.00", "currency": "CNY"})
			if r.Code != "OVERSEAS_PLAN_REQUIRED" {
				t.Fatal(r)
			}
			w.Must(a, preview, input{"i": r.Remedy.Input})
			w.TopUp(a, "2400.00")
			w.Done(a, place, input{"i": in})
		})
	})
}

func TestWhoIsForeign(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		t.Run("2.4: a company of Singapore orders the overseas plan for a mainland application, and of other products any", func(t *testing.T) {
			sg, here := entity(w, "Kwan", "SG")
			if r := w.Refused(sg, place, input{"i": order(w, sg, here, "im-flagship", "1500.00", "MONTH", 1)}); r.Code != "OVERSEAS_PLAN_REQUIRED" || r.Clause != "2.4" {
				t.Errorf("%+v", r)
			}
			w.Done(sg, place, input{"i": order(w, sg, here, "rtc-payg", "0.00")})
			w.Done(sg, place, input{"i": order(w, sg, here, "im-flagship-overseas", "2400.00", "MONTH", 1)})
		})
		t.Run("2.4: Hong Kong, Macao and Taiwan are not abroad, unless the catalogue counts them as abroad", func(t *testing.T) {
			for _, country := range []string{"HK", "MO", "TW"} {
				a, here := entity(w, "Kwan "+country, country)
				w.Done(a, place, input{"i": order(w, a, here, "im-flagship", "1500.00", "MONTH", 1)})
			}
			doc := demo.Catalogue()
			doc.Products[0].DomesticCountries = []string{"CN", "MO"}
			if err := catalog.Load(w.System(), w.Portal.Store, doc); err != nil {
				t.Fatal(err)
			}
			for country, want := range map[string]string{"HK": "OVERSEAS_PLAN_REQUIRED 2.4", "MO": "", "SG": "OVERSEAS_PLAN_REQUIRED 2.4"} {
				a, here := entity(w, "Other "+country, country)
				codes, _ := previewCodes(t, w, a, order(w, a, here, "im-flagship", "1500.00", "MONTH", 1))
				if got := strings.Join(codes, ","); got != want {
					t.Errorf("%s: %s, want %s", country, got, want)
				}
			}
		})
	})
}

// entity registers a company of a country with 2,400.00, and creates an
// application in the mainland.
func entity(w *portaltest.World, name, country string) (a *portaltest.Actor, application string) {
	w.T.Helper()
	a = w.Owner(name)
	w.Verify(a, input{"kind": "FOREIGN_ENTITY", "legalName": name + " Ltd", "country": country, "registrationNumber": fmt.Sprint("765", len(name), country)})
	w.TopUp(a, "2400.00")
	return a, w.Application(a, "MAINLAND")
}

func TestCatalogueChanges(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a := w.Funded("Mei", "3000.00")
		app := w.Application(a, "MAINLAND")
		in := order(w, a, app, "im-flagship", "1500.00", "MONTH", 1)
		w.Done(a, place, input{"i": in})
		doc := demo.Catalogue()
		flagship := &doc.Products[0].Plans[1]
		flagship.Ordering = catalog.Quotation
		if err := catalog.Load(w.System(), w.Portal.Store, doc); err != nil {
			t.Fatal(err)
		}
		if r := w.Refused(a, place, input{"i": in}); r.Code != "QUOTATION_NEEDED" || r.Clause != "3.4" {
			t.Errorf("3.4: %+v", r)
		}
		doc = demo.Catalogue()
		doc.Products[0].Plans[0].Limits[0].LiftedBy = nil
		doc.Products[0].Plans = append(doc.Products[0].Plans[:1], doc.Products[0].Plans[2:]...)
		if err := catalog.Load(w.System(), w.Portal.Store, doc); err != nil {
			t.Fatal(err)
		}
		if r := w.Refused(a, place, input{"i": in}); r.Code != "PLAN_WITHDRAWN" || r.Clause != "2.1" {
			t.Errorf("2.1: %+v", r)
		}
		d := account(w, a)
		if s := portaltest.String(d, "services", "nodes", 0, "status"); s != "RUNNING" {
			t.Errorf("2.1: what was ordered is %s", s)
		}
		if total := portaltest.String(d, "orders", "nodes", 0, "total", "amount"); total != "1500.00" {
			t.Errorf("2.1: the order's total is %s", total)
		}
	})
}

func TestRaces(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		t.Cleanup(w.Clean)
		t.Run("3.3: 64 orders race for a balance that suffices for one", func(t *testing.T) {
			a := w.Funded("Race", "1500.00")
			w.Token(a)
			one := w.Application(a, "MAINLAND")
			in := order(w, a, one, "im-flagship", "1500.00", "MONTH", 1)
			answers := together(64, func(i int) portaltest.Response {
				return w.Send(a, keyed, input{"i": in, "key": fmt.Sprint("race-", i)})
			})
			won := 0
			for _, r := range answers {
				if portaltest.String(r.Data, "placeOrder", "order", "id") != "" {
					won++
					continue
				}
				list := r.Refusals(t)
				if len(list) != 1 || list[0].Code != "INSUFFICIENT_BALANCE" || list[0].Clause != "3.3" ||
					cmp.Diff(any(input{"amount": "1500.00", "currency": "CNY"}), list[0].Remedy.Input["amount"]) != "" {
					t.Errorf("a losing order gets %s", r.Raw)
				}
			}
			d := account(w, a)
			if won != 1 || portaltest.At(d, "orders", "totalCount") != float64(1) || portaltest.String(d, "balance", "cash", "amount") != "0.00" {
				t.Errorf("%d won: %v", won, d)
			}
		})
		t.Run("3.3: 16 orders for 16 applications race for a balance that suffices for three", func(t *testing.T) {
			a := w.Funded("Wide", "4999.99")
			w.Token(a)
			ins := make([]input, 16)
			for i := range ins {
				ins[i] = order(w, a, w.Application(a, "MAINLAND"), "im-flagship", "1500.00", "MONTH", 1)
			}
			won := 0
			for _, r := range together(len(ins), func(i int) portaltest.Response { return w.Send(a, place, input{"i": ins[i]}) }) {
				if portaltest.String(r.Data, "placeOrder", "order", "id") != "" {
					won++
				} else if list := r.Refusals(t); len(list) != 1 || list[0].Code != "INSUFFICIENT_BALANCE" {
					t.Errorf("a losing order gets %s", r.Raw)
				}
			}
			if left := portaltest.String(account(w, a), "balance", "cash", "amount"); won != 3 || left != "499.99" {
				t.Errorf("%d won, %s is left", won, left)
			}
		})
		oneKey(t, w)
		w.Clean()
	})
}

func oneKey(t *testing.T, w *portaltest.World) {
	t.Run("one key 16 times at once is one order", func(t *testing.T) {
		a := w.Funded("Twice", "4500.00")
		w.Token(a)
		in := order(w, a, w.Application(a, "MAINLAND"), "im-flagship", "1500.00", "MONTH", 1)
		ids := map[string]bool{}
		for _, r := range together(16, func(int) portaltest.Response { return w.Send(a, keyed, input{"i": in, "key": "same"}) }) {
			ids[portaltest.String(r.Data, "placeOrder", "order", "id")] = true
		}
		if left := portaltest.String(account(w, a), "balance", "cash", "amount"); len(ids) != 1 || ids[""] || left != "3000.00" {
			t.Errorf("%v, %s is left", ids, left)
		}
		if r := w.Refused(a, keyed, input{"i": with(in, "promotionCode", "X"), "key": "same"}); r.Code != "IDEMPOTENCY_CONFLICT" {
			t.Errorf("%+v", r)
		}
	})
}

// together makes n calls concurrently.
func together[T any](n int, call func(i int) T) []T {
	answers := make([]T, n)
	start := make(chan struct{})
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { <-start; answers[i] = call(i) })
	}
	close(start)
	all.Wait()
	return answers
}

func TestHeldCantBeSpent(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a := w.Funded("Held", "1500.00")
		in := order(w, a, w.Application(a, "MAINLAND"), "im-flagship", "1500.00", "MONTH", 1)
		hold := func(minor int64) {
			err := w.Portal.Store.Write(w.System(), func(tx *ent.Tx) error {
				return tx.Balance.Update().Where(balance.AccountID(a.AccountID)).SetHeldMinor(minor).Exec(tx)
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		hold(1)
		if r := w.Refused(a, place, input{"i": in}); r.Code != "INSUFFICIENT_BALANCE" || r.Clause != "3.3" {
			t.Errorf("3.3: what is held can't be spent: %+v", r)
		}
		hold(0)
		w.Done(a, place, input{"i": in})
	})
}
