package billing_test

import (
	"testing"

	"portico/portaltest"
)

const (
	topUp = `mutation($i: StartTopUpInput!) { startTopUp(input: $i) { topUp { id } userErrors { code field } } }`
	pays  = `mutation($i: CompleteSandboxPaymentInput!) { completeSandboxPayment(input: $i) { topUp { status } userErrors { code field } } }`
)

// asks returns an order of a plan for an application.
func (s *shop) asks(app, plan, total string, term any) input {
	in := input{"accountId": s.owner.AccountID, "planId": s.PlanID(plan), "applicationId": app, "expectedTotal": input{"amount": total, "currency": "CNY"}}
	if term != nil {
		in["term"] = term
	}
	return input{"i": in}
}

// lifts executes a remedy as it stands: a top-up, which is then paid. It
// returns the amount.
func (s *shop) lifts(t *testing.T, r portaltest.Refusal) string {
	t.Helper()
	if r.Remedy.Operation != "startTopUp" || r.Remedy.Input["amount"] == nil {
		t.Fatalf("%s: %+v", r.Code, r.Remedy)
	}
	r.Remedy.Input["channel"] = "SANDBOX"
	id := portaltest.String(s.Done(s.owner, topUp, input{"i": r.Remedy.Input}), "topUp", "id")
	s.Done(s.owner, pays, input{"i": input{"topUpId": id, "payerName": s.owner.Name + " Ltd"}})
	return portaltest.String(r.Remedy.Input["amount"], "amount")
}

// TestRemediesInArrears executes the remedy of each refusal of an account in
// arrears, and then what was refused.
func TestRemediesInArrears(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		s := open(w, "Owing", "500.00")
		s.order("rtc-payg", "0.00", nil)
		other := w.Application(s.owner, "MAINLAND")
		owes := func(minutes string) {
			hour := s.nextHour()
			w.AdvanceTo(hour)
			s.uses("rtc.minutes", minutes, hour)
			w.AdvanceTo(s.nextHour().Add(closing))
		}
		owes("20000") // 560.00
		s.expect(t, "3.8: what is owed", s.balances(), "0.00 0.00 60.00")
		t.Run("3.3, 3.8: the shortfall counts arrears, so that its remedy lifts it", func(t *testing.T) {
			asks := s.asks(other, "im-flagship", "1500.00", month)
			r := w.Refused(s.owner, place, asks)
			if r.Code != "INSUFFICIENT_BALANCE" || r.Clause != "3.3" {
				t.Fatalf("%+v", r)
			}
			s.expect(t, "the top-up", s.lifts(t, r), "1560.00")
			w.Done(s.owner, place, asks)
		})
		owes("1000") // 28.00 again
		t.Run("3.8: the remedy of arrears pays what is owed", func(t *testing.T) {
			asks := s.asks(other, "rtc-payg", "0.00", nil)
			r := w.Refused(s.owner, place, asks)
			if r.Code != "ARREARS" || r.Clause != "3.8" {
				t.Fatalf("%+v", r)
			}
			s.expect(t, "the top-up", s.lifts(t, r), "28.00")
			if r := w.Refused(s.owner, place, asks); r.Code != "INSUFFICIENT_BALANCE" || s.lifts(t, r) != "100.00" {
				t.Errorf("%+v", r)
			}
			w.Done(s.owner, place, asks)
		})
		owes("3571.61") // 100.01, a fen more than the balance
		t.Run("3.5: it asks for no less than can be topped up, and after the eighth day too", func(t *testing.T) {
			s.expect(t, "what is owed", s.balances(), "0.00 0.00 0.01")
			for range 9 {
				w.AdvanceTo(s.nextDay())
			}
			r := w.Refused(s.owner, place, s.asks(other, "push-payg", "0.00", nil))
			if r.Code != "ARREARS_OVERDUE" || r.Clause != "3.8" {
				t.Fatalf("%+v", r)
			}
			s.expect(t, "the top-up", s.lifts(t, r), "1.00")
			s.expect(t, "what is left", s.balances(), "0.99 0.00 0.00")
		})
		t.Run("3.8: a reader without the balance doesn't see what is owed", func(t *testing.T) {
			owes("1000")
			if r := w.Refused(s.owner, place, s.asks(other, "sms-partner", "0.00", nil)); r.Remedy.Input["amount"] == nil {
				t.Errorf("%+v", r)
			}
			e := w.Must(s.plane, `query($a: ID!) { entitlement(applicationId: $a, metric: "rtc.minutes") { allowed remedy { operation input } params } }`, input{"a": s.app})
			if portaltest.String(e, "entitlement", "remedy", "operation") != "startTopUp" || portaltest.At(e, "entitlement", "remedy", "input", "amount") != nil || portaltest.At(e, "entitlement", "params", "owed") != nil {
				t.Errorf("%v", e)
			}
		})
	})
}
