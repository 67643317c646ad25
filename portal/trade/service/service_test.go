package service_test

import (
	"strings"
	"testing"
	"time"

	"portico/portaltest"
)

type input = map[string]any

const (
	place    = `mutation($i: PlaceOrderInput!) { placeOrder(input: $i) { order { service { id } } userErrors { code clause } } }`
	closing  = `mutation($i: CloseServiceInput!) { closeService(input: $i) { service { id status closedAt expiresAt autoRenew } userErrors { code clause field remedy { operation } } } }`
	create   = `mutation($i: CreateApplicationInput!) { createApplication(input: $i) { application { id name kind region status } userErrors { code clause field } } }`
	deletion = `mutation($i: DeleteApplicationInput!) { deleteApplication(input: $i) { application { id status } userErrors { code clause field remedy { operation input } } } }`
	services = `query($id: ID!) { account(id: $id) { services { nodes { id status plan { code product { code } } application { id } expiresAt closedAt } } } }`
)

func open(w *portaltest.World, a *portaltest.Actor, app, plan, total string, term any) string {
	w.T.Helper()
	in := input{"accountId": a.AccountID, "planId": w.PlanID(plan), "applicationId": app, "expectedTotal": input{"amount": total, "currency": "CNY"}}
	if term != nil {
		in["term"] = term
	}
	return portaltest.String(w.Done(a, place, input{"i": in}), "order", "service", "id")
}

func month(n int) input { return input{"unit": "MONTH", "count": n} }

// lives returns the account's services as "plan STATUS", oldest first.
func lives(w *portaltest.World, a *portaltest.Actor) string {
	var all []string
	for _, s := range portaltest.At(w.Must(a, services, input{"id": a.AccountID}), "account", "services", "nodes").([]any) {
		all = append(all, portaltest.String(s, "plan", "code")+" "+portaltest.String(s, "status"))
	}
	return strings.Join(all, ", ")
}

func TestApplications(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a := w.Funded("Apps", "2000.00")
		b := w.Verified("Other")
		in := input{"accountId": a.AccountID, "name": "  Ｃhat  ", "kind": "GAME", "region": "OVERSEAS"}
		app := w.Done(a, create, input{"i": in})["application"].(input)
		if app["name"] != "Chat" || app["kind"] != "GAME" || app["region"] != "OVERSEAS" || app["status"] != "ACTIVE" {
			t.Errorf("created: %v", app)
		}
		for name, bad := range map[string]string{"empty": " ", "201 characters": strings.Repeat("字", 201), "nothing to see": "\u3164\u200b\x00"} {
			in["name"] = bad
			if r := w.Refused(a, create, input{"i": in}); r.Code != "INVALID_INPUT" || strings.Join(r.Field, ".") != "input.name" {
				t.Errorf("%s: %+v", name, r)
			}
		}
		in["name"] = strings.Repeat("字", 200)
		w.Done(a, create, input{"i": in})
		in["accountId"] = b.AccountID
		if r := w.Refused(a, create, input{"i": in}); r.Code != "NOT_FOUND" {
			t.Errorf("for another's account: %+v", r)
		}
		t.Run("3.6: deleting an application closes its services, once", func(t *testing.T) {
			id := w.Application(a, "MAINLAND")
			open(w, a, id, "im-flagship", "1500.00", month(1))
			open(w, a, id, "rtc-payg", "0.00", nil)
			if r := w.Refused(b, deletion, input{"i": input{"applicationId": id}}); r.Code != "NOT_FOUND" {
				t.Errorf("by another: %+v", r)
			}
			if p := w.Done(a, deletion, input{"i": w.Refused(a, deletion, input{"i": input{"applicationId": id}}).Remedy.Input}); portaltest.String(p, "application", "status") != "DELETED" {
				t.Errorf("%v", p)
			}
			if got := lives(w, a); got != "im-flagship CLOSED, rtc-payg CLOSED" {
				t.Error(got)
			}
			if r := w.Refused(a, deletion, input{"i": input{"applicationId": id}}); r.Code != "APPLICATION_DELETED" || r.Clause != "3.6" {
				t.Errorf("again: %+v", r)
			}
		})
	})
}

func TestCloseService(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a := w.Funded("Close", "2000.00")
		app := w.Application(a, "MAINLAND")
		metered, prepaid := open(w, a, app, "rtc-payg", "0.00", nil), open(w, a, app, "im-flagship", "1500.00", month(1))
		t.Run("3.6: a metered service closes at once, and not twice", func(t *testing.T) {
			s := w.Done(a, closing, input{"i": input{"serviceId": metered}})["service"].(input)
			if s["status"] != "CLOSED" || s["closedAt"] != "2026-03-02T02:00:00Z" {
				t.Errorf("%v", s)
			}
			if r := w.Refused(a, closing, input{"i": input{"serviceId": metered}}); r.Code != "SERVICE_ENDED" || r.Clause != "3.6" || r.Remedy.Operation != "placeOrder" {
				t.Errorf("again: %+v", r)
			}
			open(w, a, app, "rtc-payg", "0.00", nil)
		})
		t.Run("3.7: a closed prepaid service runs to its expiry, and stops then", func(t *testing.T) {
			for range 2 { // the second changes nothing
				s := w.Done(a, closing, input{"i": input{"serviceId": prepaid}})["service"].(input)
				if s["status"] != "RUNNING" || s["closedAt"] != "2026-03-02T02:00:00Z" || s["expiresAt"] != "2026-04-02T02:00:00Z" || s["autoRenew"] != false {
					t.Errorf("%v", s)
				}
			}
			end := time.Date(2026, 4, 2, 2, 0, 0, 0, time.UTC)
			w.AdvanceTo(end.Add(-time.Microsecond))
			if got := lives(w, a); !strings.Contains(got, "im-flagship RUNNING") {
				t.Errorf("before its expiry: %s", got)
			}
			w.AdvanceTo(end)
			if got := lives(w, a); !strings.Contains(got, "im-flagship EXPIRED") {
				t.Errorf("at its expiry: %s", got)
			}
			if r := w.Refused(a, closing, input{"i": input{"serviceId": prepaid}}); r.Code != "SERVICE_ENDED" {
				t.Errorf("%+v", r)
			}
			if d := w.Must(a, `query($id: ID!) { account(id: $id) { balance { cash { amount } arrears { amount } } } }`, input{"id": a.AccountID}); portaltest.String(d, "account", "balance", "arrears", "amount") != "0.00" {
				t.Errorf("3.7: an expiry creates arrears: %v", d)
			}
		})
		if r := w.Refused(a, closing, input{"i": input{"serviceId": "serv_0"}}); r.Code != "NOT_FOUND" {
			t.Errorf("%+v", r)
		}
	})
}

func TestOneServiceOfAProduct(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a := w.Funded("Swap", "10000.00")
		app, other := w.Application(a, "MAINLAND"), w.Application(a, "MAINLAND")
		open(w, a, app, "im-developer", "0.00", nil)
		t.Run("3.7: another plan of the product replaces the first at once", func(t *testing.T) {
			open(w, a, app, "im-flagship", "1500.00", month(1))
			if got := lives(w, a); got != "im-developer REPLACED, im-flagship RUNNING" {
				t.Error(got)
			}
			open(w, a, other, "im-developer", "0.00", month(1))
			if got := lives(w, a); got != "im-developer REPLACED, im-flagship RUNNING, im-developer RUNNING" {
				t.Errorf("another application's: %s", got)
			}
		})
		t.Run("3.7: a month after the 31st of January ends on the 28th of February", func(t *testing.T) {
			w.AdvanceTo(time.Date(2027, 1, 31, 2, 0, 0, 0, time.UTC))
			id := open(w, a, app, "im-flagship", "1500.00", month(1))
			d := w.Must(a, `query($id: ID!) { node(id: $id) { ... on Service { expiresAt } } }`, input{"id": id})
			if end := portaltest.String(d, "node", "expiresAt"); end != "2027-02-28T02:00:00Z" {
				t.Errorf("it ends at %s", end)
			}
			if got := lives(w, a); got != "im-developer REPLACED, im-flagship EXPIRED, im-developer EXPIRED, im-flagship RUNNING" {
				t.Error(got)
			}
		})
	})
}
