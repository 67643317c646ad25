package order_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"portico/portal/offer/catalog"
	"portico/portal/offer/catalog/demo"
	"portico/portaltest"
)

const replaces = `query($i: OrderPreviewInput!) { orderPreview(input: $i) { replaces { service { id plan { code } } paidUntil lost { amount currency } } refusals ` + refusal + ` } }`

// ends returns the preview of the service that the order would end.
func ends(w *portaltest.World, a *portaltest.Actor, in input) (plan, lost string) {
	w.T.Helper()
	in = with(in, "", nil)
	delete(in, "expectedTotal")
	delete(in, "")
	d := w.Must(a, replaces, input{"i": in})
	return portaltest.String(d, "orderPreview", "replaces", "service", "plan", "code"), portaltest.String(d, "orderPreview", "replaces", "lost", "amount")
}

func TestWhatIsPaidIsNotReplacedUnseen(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a := w.Funded("Mei", "30000.00")
		app := w.Application(a, "MAINLAND")
		premium := order(w, a, app, "im-premium", "4500.00", "MONTH", 1)
		t.Run("3.7: where nothing runs, or nothing was paid for it, an order needs no confirmation", func(t *testing.T) {
			if plan, _ := ends(w, a, premium); plan != "" {
				t.Errorf("it ends %s", plan)
			}
			w.Done(a, place, input{"i": order(w, a, app, "im-developer", "0.00")})
			if plan, lost := ends(w, a, premium); plan != "im-developer" || lost != "0.00" {
				t.Errorf("%s %s", plan, lost)
			}
			w.Done(a, place, input{"i": order(w, a, app, "im-flagship", "1500.00", "MONTH", 1)})
		})
		start := w.Portal.Store.Now()
		t.Run("3.7: what was paid for the unused days is shown to the fen, and must be confirmed", func(t *testing.T) {
			w.AdvanceTo(start.AddDate(0, 0, 10)) // 21 of the 31 days of March are left: 1,016.129…
			if plan, lost := ends(w, a, premium); plan != "im-flagship" || lost != "1016.13" {
				t.Fatalf("%s %s", plan, lost)
			}
			r := w.Refused(a, place, input{"i": premium})
			if r.Code != "REPLACES_PAID_SERVICE" || r.Clause != "3.7" || strings.Join(r.Field, ".") != "input.confirmsReplacing" {
				t.Fatalf("%+v", r)
			}
			other := w.Refused(a, place, input{"i": with(premium, "confirmsReplacing", "serv_other")})
			if other.Code != "REPLACES_PAID_SERVICE" {
				t.Errorf("another service's confirmation serves: %+v", other)
			}
			codes, _ := previewCodes(t, w, a, premium)
			if !slices.Equal(codes, []string{"REPLACES_PAID_SERVICE 3.7"}) {
				t.Errorf("%v", codes)
			}
			dearer := w.Send(a, place, input{"i": with(premium, "expectedTotal", input{"amount": "1.00", "currency": "CNY"})})
			list, _ := portaltest.At(dearer.Data, "placeOrder", "userErrors").([]any)
			for _, e := range list { // each must be confirmed
				if in, _ := portaltest.At(e, "remedy", "input").(map[string]any); len(list) != 2 || (in["expectedTotal"] == nil) == (in["confirmsReplacing"] == nil) {
					t.Errorf("%s", dearer.Raw)
				}
			}
			w.Done(a, place, input{"i": r.Remedy.Input})
		})
	})
}

func TestTheRemedyOfAPreviewIsAnOrder(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a := w.Funded("Mei", "30000.00")
		app := w.Application(a, "MAINLAND")
		w.Done(a, place, input{"i": order(w, a, app, "im-flagship", "1500.00", "MONTH", 1)})
		in := with(order(w, a, app, "im-premium", "4500.00", "MONTH", 1), "", nil)
		delete(in, "expectedTotal")
		delete(in, "")
		d := w.Must(a, replaces, input{"i": in})
		list, _ := portaltest.At(d, "orderPreview", "refusals").([]any)
		if len(list) != 1 {
			t.Fatalf("%v", d)
		}
		again, _ := portaltest.At(list[0], "remedy", "input").(map[string]any)
		w.Done(a, place, input{"i": again})
	})
}

func TestWhatIsLostOfRenewedAndExpiredTerms(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a := w.Funded("Mei", "40000.00")
		app := w.Application(a, "MAINLAND")
		flagship, premium := order(w, a, app, "im-flagship", "1500.00", "MONTH", 1), order(w, a, app, "im-premium", "4500.00", "MONTH", 1)
		start := w.Portal.Store.Now()
		t.Run("3.7: of a service that was renewed at once, every term ahead counts", func(t *testing.T) {
			for range 3 { // all at one time: to 2 April, 2 May and 2 June
				w.Done(a, place, input{"i": flagship})
			}
			if _, lost := ends(w, a, premium); lost != "4500.00" {
				t.Errorf("%s", lost)
			}
			w.AdvanceTo(start.AddDate(0, 1, 15)) // half of the 30 days of the second term
			if _, lost := ends(w, a, premium); lost != "2250.00" {
				t.Errorf("%s", lost)
			}
		})
		t.Run("3.7: renewing ends nothing", func(t *testing.T) {
			if plan, _ := ends(w, a, flagship); plan != "" {
				t.Errorf("it ends %s", plan)
			}
		})
		t.Run("3.7: the last second is lost as well, what has run out is not", func(t *testing.T) {
			end := start.AddDate(0, 3, 0)
			w.AdvanceTo(end.Add(-time.Hour))
			if plan, lost := ends(w, a, premium); plan != "im-flagship" || lost != "2.02" {
				t.Errorf("%s %s", plan, lost)
			}
			w.AdvanceTo(end)
			if plan, _ := ends(w, a, premium); plan != "" {
				t.Errorf("it ends %s", plan)
			}
			w.Done(a, place, input{"i": premium})
		})
		t.Run("3.7: a metered service has no paid term", func(t *testing.T) {
			w.Done(a, place, input{"i": order(w, a, app, "rtc-payg", "0.00")})
			doc := demo.Catalogue()
			other := doc.Products[1].Plans[0]
			other.Code = "rtc-other"
			doc.Products[1].Plans = append(doc.Products[1].Plans, other)
			if err := catalog.Load(w.System(), w.Portal.Store, doc); err != nil {
				t.Fatal(err)
			}
			in := order(w, a, app, "rtc-other", "0.00")
			if plan, lost := ends(w, a, in); plan != "rtc-payg" || lost != "0.00" {
				t.Errorf("%s %s", plan, lost)
			}
			w.Done(a, place, input{"i": in})
		})
	})
}

func TestAnOrderKeepsWhoProvides(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a := w.Funded("Mei", "9000.00")
		body := func(code, name string) catalog.Body {
			b := demo.Catalogue().Products[0].Provider
			b.Code, b.Names.ZH, b.Names.EN = code, name, name
			return b
		}
		partner := body("partner", "Partner")
		for _, c := range []struct {
			name, provision, first string
			bodies                 []string
			change                 func(p *catalog.Product)
		}{
			{"2.2: one body", "BY_PROVIDER", "One", []string{"One"}, func(*catalog.Product) {}},
			{"2.2: several bodies jointly", "JOINTLY", "One", []string{"One", "Two"}, func(p *catalog.Product) { p.Jointly = []catalog.Body{body("two", "Two")} }},
			{"2.2: together with a partner", "WITH_PARTNER", "One", []string{"One", "Partner"}, func(p *catalog.Product) { p.Partner = &partner }},
			{"2.2: by the partner, which contracts", "RESOLD", "Partner", []string{"Partner"}, func(p *catalog.Product) { p.Partner, p.Resold = &partner, true }},
		} {
			t.Run(c.name, func(t *testing.T) {
				doc := demo.Catalogue()
				push := &doc.Products[2]
				push.Provider = body("one", "One")
				c.change(push)
				if push.Partner != nil {
					push.Plans[0].Class = catalog.ThirdParty
				}
				if err := catalog.Load(w.System(), w.Portal.Store, doc); err != nil {
					t.Fatal(err)
				}
				o := w.Done(a, `mutation($i: PlaceOrderInput!) { placeOrder(input: $i) { order { id providerBody providerBodies partner provision plan { product { providerBodies provision } } } userErrors { code } } }`,
					input{"i": order(w, a, w.Application(a, "MAINLAND"), "push-payg", "0.00")})["order"]
				if err := catalog.Load(w.System(), w.Portal.Store, demo.Catalogue()); err != nil { // later changes don't affect it (2.1)
					t.Fatal(err)
				}
				again := portaltest.At(w.Must(a, `query($id: ID!) { node(id: $id) { ... on Order { id providerBody providerBodies provision } } }`, input{"id": portaltest.String(o, "id")}), "node")
				for _, o := range []any{o, again} {
					var bodies []string
					for _, b := range portaltest.At(o, "providerBodies").([]any) {
						bodies = append(bodies, b.(string))
					}
					if portaltest.String(o, "provision") != c.provision || portaltest.String(o, "providerBody") != c.first || !slices.Equal(bodies, c.bodies) {
						t.Errorf("%v", o)
					}
				}
			})
		}
	})
}
