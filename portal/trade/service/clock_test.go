package service_test

import (
	"testing"
	"time"

	"portico/portal"
	"portico/portal/finance/ledger"
	"portico/portaltest"
)

// TestNothingEndsBeforeItBegan ends services on a replica whose clock is behind
// that of the replica that opened them, as may happen when both act at the same
// time.
func TestNothingEndsBeforeItBegan(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a := w.Funded("Behind", "9000.00")
		behind := func() { w.Wall.Advance(-time.Second) }
		for _, c := range []struct {
			what string
			do   func(app string)
		}{
			{"3.7: by a renewal", func(app string) {
				open(w, a, app, "im-flagship", "1500.00", month(1))
				behind()
				open(w, a, app, "im-flagship", "1500.00", month(1))
			}},
			{"3.7: by another plan", func(app string) {
				open(w, a, app, "im-developer", "0.00", nil)
				behind()
				open(w, a, app, "im-flagship", "1500.00", month(1))
			}},
			{"3.6: by closing it", func(app string) {
				id := open(w, a, app, "rtc-payg", "0.00", nil)
				behind()
				w.Done(a, `mutation($i: CloseServiceInput!) { closeService(input: $i) { service { id } userErrors { code } } }`, input{"i": input{"serviceId": id}})
			}},
			{"3.6: by deleting the application", func(app string) {
				open(w, a, app, "rtc-payg", "0.00", nil)
				behind()
				w.Done(a, `mutation($i: DeleteApplicationInput!) { deleteApplication(input: $i) { application { id } userErrors { code } } }`, input{"i": input{"applicationId": app}})
			}},
		} {
			t.Run(c.what, func(t *testing.T) {
				c.do(w.Application(a, "MAINLAND"))
				found, err := ledger.Check(w.System(), w.Portal.Store, portal.Rules()...)
				if err != nil || len(found) > 0 {
					t.Errorf("%v %+v", err, found)
				}
			})
		}
	})
}

// story is what an account does. Each step runs on a replica whose clock is
// behind that of the step before; an ID that a step returns is an input of the
// next.
var story = []struct {
	what, mutation, id, into string
	by                       func(a, operator *portaltest.Actor) *portaltest.Actor
	in                       func(w *portaltest.World, a *portaltest.Actor) input
}{
	{"3.5: a top-up", `mutation($i: StartTopUpInput!) { startTopUp(input: $i) { topUp { id } userErrors { code } } }`, "topUp", "topUpId", customer, func(w *portaltest.World, a *portaltest.Actor) input {
		return input{"accountId": a.AccountID, "amount": input{"amount": "3000.00", "currency": "CNY"}, "channel": "SANDBOX"}
	}},
	{"3.5: its payment", `mutation($i: CompleteSandboxPaymentInput!) { completeSandboxPayment(input: $i) { topUp { id } userErrors { code } } }`, "", "", customer, func(w *portaltest.World, a *portaltest.Actor) input {
		return input{"payerName": a.Name + " Ltd"}
	}},
	{"an application", `mutation($i: CreateApplicationInput!) { createApplication(input: $i) { application { id } userErrors { code } } }`, "application", "applicationId", customer, func(w *portaltest.World, a *portaltest.Actor) input {
		return input{"accountId": a.AccountID, "name": "Chat", "kind": "SOCIAL", "region": "MAINLAND"}
	}},
	{"3.3: an order", place, "", "", customer, func(w *portaltest.World, a *portaltest.Actor) input {
		return input{"accountId": a.AccountID, "planId": w.PlanID("im-flagship"), "term": month(1), "expectedTotal": input{"amount": "1500.00", "currency": "CNY"}}
	}},
	{"3.9: an invoice over it", `mutation($i: RequestInvoiceInput!) { requestInvoice(input: $i) { invoice { id } userErrors { code } } }`, "invoice", "invoiceId", customer, func(w *portaltest.World, a *portaltest.Actor) input {
		number := portaltest.String(w.Must(a, `query($i: ID!) { account(id: $i) { verification { registrationNumber } } }`, input{"i": a.AccountID}), "account", "verification", "registrationNumber")
		return input{"accountId": a.AccountID, "kind": "GENERAL_VAT", "medium": "ELECTRONIC", "title": a.Name + " Ltd", "taxNumber": number,
			"amount": input{"amount": "100.00", "currency": "CNY"}, "deliveryEmail": "a@example.com"}
	}},
	{"3.9: its approval", `mutation($i: ApproveInvoiceInput!) { approveInvoice(input: $i) { invoice { id } userErrors { code } } }`, "invoice", "invoiceId", operator, none},
	{"3.9: its issue", `mutation($i: IssueInvoiceInput!) { issueInvoice(input: $i) { invoice { id } userErrors { code } } }`, "", "", operator, none},
}

func customer(a, _ *portaltest.Actor) *portaltest.Actor { return a }
func operator(_, o *portaltest.Actor) *portaltest.Actor { return o }
func none(*portaltest.World, *portaltest.Actor) input   { return input{} }

func TestReplicasWithDifferentClocksAgree(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a, finance := w.Verified("Story"), w.Operator("operator-finance")
		id, into := "", ""
		for _, step := range story {
			w.Wall.Advance(-time.Second)
			in := step.in(w, a)
			if into != "" {
				in[into] = id
			}
			p := w.Done(step.by(a, finance), step.mutation, input{"i": in})
			if into = step.into; into != "" {
				id = portaltest.String(p, step.id, "id")
			}
			if found, err := ledger.Check(w.System(), w.Portal.Store, portal.Rules()...); err != nil || len(found) > 0 {
				t.Fatalf("%s: %v %+v", step.what, err, found)
			}
		}
	})
}
