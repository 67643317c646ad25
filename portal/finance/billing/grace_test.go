package billing_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"portico/ent/db/notice"
	"portico/ent/db/payment"
	"portico/portaltest"
)

const (
	start  = `mutation($i: StartTopUpInput!) { startTopUp(input: $i) { topUp { id } userErrors { code } } }`
	pay    = `mutation($i: CompleteSandboxPaymentInput!) { completeSandboxPayment(input: $i) { topUp { id status } userErrors { code } } }`
	decide = `mutation($i: DecidePaymentInput!) { decidePayment(input: $i) { payment { id } userErrors { code clause } } }`
	extend = `mutation($i: ExtendGraceInput!) { extendGrace(input: $i) { arrears { stopsAt stopRule extensionReason } userErrors { code clause field remedy { operation input } } } }`
	grace  = `query($a: ID!) { account(id: $a) { arrears { stopsAt stopRule heldSince extensionReason } standing { restrictions { code target reason } } } }`
)

// strangers makes an unknown payer pay, and returns the payment's ID.
func (s *shop) strangers(amount string) string {
	s.T.Helper()
	id := portaltest.String(s.Done(s.owner, start, input{"i": input{"accountId": s.owner.AccountID, "channel": "SANDBOX",
		"amount": input{"amount": "1.00", "currency": "CNY"}}}), "topUp", "id")
	s.Done(s.owner, pay, input{"i": input{"topUpId": id, "payerName": "A Stranger", "amount": input{"amount": amount, "currency": "CNY"}}})
	return s.Portal.Store.Read().Payment.Query().Where(payment.TopUpID(id)).OnlyIDX(s.System())
}

// owes uses a number of minutes in the next hour, which is then billed.
func (s *shop) owes(minutes string) {
	s.T.Helper()
	hour := s.nextHour()
	s.AdvanceTo(hour.Add(time.Minute))
	s.uses("rtc.minutes", minutes, hour)
	s.AdvanceTo(hour.Add(time.Hour + closing))
}

// count returns when the running arrears stop services, by which rule, and
// whether the count of days is paused.
func (s *shop) count() string {
	s.T.Helper()
	a := portaltest.At(s.Must(s.owner, grace, input{"a": s.owner.AccountID}), "account", "arrears")
	held := ""
	if portaltest.At(a, "heldSince") != nil {
		held = " held"
	}
	return portaltest.String(a, "stopRule") + " " + portaltest.String(a, "stopsAt") + held
}

// day returns 00:00 in the zone, n days after the day of a time.
func day(at time.Time, n int) time.Time {
	l := at.In(zone)
	return time.Date(l.Year(), l.Month(), l.Day()+n, 0, 0, 0, 0, zone)
}

func stops(days int, at time.Time) string {
	return fmt.Sprintf("days-after:%d %s", days, at.UTC().Format(time.RFC3339))
}

func TestMoneyThatWaitsHoldsTheStop(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		s, finance := open(w, "Wait", "200.00"), w.Operator("operator-finance")
		s.order("rtc-payg", "0.00", nil)
		s.order("push-payg", "0.00", nil)
		s.owes("10000") // 280.00
		began := w.Portal.Store.Now()
		s.expect(t, "3.8: seven days", s.count(), stops(7, day(began, 8)))
		t.Run("3.5: less than is owed holds nothing", func(t *testing.T) {
			s.strangers("79.99")
			s.expect(t, "the count", s.count(), stops(7, day(began, 8)))
		})
		w.AdvanceTo(day(began, 6).Add(time.Hour))
		var second string
		t.Run("3.5: while money waits that would cover what is owed, the eighth day doesn't stop anything", func(t *testing.T) {
			second = s.strangers("0.01")
			s.expect(t, "the count", s.count(), stops(7, day(began, 8))+" held")
			s.expect(t, "what is stopped stays so", s.runs()["rtc-payg"], "SUSPENDED")
			w.AdvanceTo(day(began, 9).Add(2 * time.Hour))
			s.expect(t, "the ninth day", s.runs()["push-payg"], "RUNNING")
			w.Clean()
		})
		t.Run("3.5: when it is returned, as many days are left as before, and the owner gets a notice", func(t *testing.T) {
			before := w.Portal.Store.Read().Notice.Query().Where(notice.KindEQ("BILLING")).CountX(w.System())
			w.Done(finance, decide, input{"i": input{"paymentId": second, "decision": "RETURN", "reason": "no proof"}})
			s.expect(t, "the count", s.count(), stops(10, day(began, 11)))
			if n := w.Portal.Store.Read().Notice.Query().Where(notice.KindEQ("BILLING")).CountX(w.System()) - before; n != 2 {
				t.Errorf("%d notices: want that it was returned, and when services stop", n)
			}
			w.AdvanceTo(day(began, 11).Add(-time.Second))
			s.expect(t, "a second before", s.runs()["push-payg"], "RUNNING")
			w.Clean()
			w.AdvanceTo(day(began, 11))
			s.expect(t, "then", s.runs()["push-payg"], "SUSPENDED")
			w.Clean()
		})
		t.Run("3.5: what is stopped isn't resumed by money that waits, but by its credit", func(t *testing.T) {
			third := s.strangers("50.00")
			s.expect(t, "waiting", s.runs()["push-payg"], "SUSPENDED")
			w.Clean()
			w.Done(finance, decide, input{"i": input{"paymentId": third, "decision": "CREDIT", "reason": "a contract"}})
			s.expect(t, "a part", s.balances(), "0.00 0.00 30.00")
			w.TopUp(s.owner, "30.00")
			s.expect(t, "everything", fmt.Sprint(s.balances(), s.runs()), "0.00 0.00 0.00map[push-payg:RUNNING rtc-payg:RUNNING]")
			w.Clean()
		})
	})
}

func TestArrearsThatMoneyWaitsForStopNothing(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		s, finance := open(w, "Cover", "100.00"), w.Operator("operator-finance")
		s.order("rtc-payg", "0.00", nil)
		waiting := s.strangers("100.00")
		s.owes("5000") // 140.00
		began := w.Portal.Store.Now()
		t.Run("3.5: what is metered in real time goes on while the money waits", func(t *testing.T) {
			s.expect(t, "the count", s.count()+" "+s.runs()["rtc-payg"], stops(7, day(began, 8))+" held RUNNING")
			w.Clean()
		})
		t.Run("3.8: more is owed than waits: it stops", func(t *testing.T) {
			s.owes("5000")
			s.expect(t, "the count", s.count()+" "+s.runs()["rtc-payg"], stops(7, day(began, 8))+" SUSPENDED")
			w.Clean()
		})
		w.Done(finance, decide, input{"i": input{"paymentId": waiting, "decision": "CREDIT", "reason": "a contract"}})
		s.expect(t, "3.8: a part payment neither lifts nor restarts", s.count()+" "+s.runs()["rtc-payg"], stops(7, day(began, 8))+" SUSPENDED")
		w.TopUp(s.owner, "80.00")
		s.expect(t, "3.8: all of it does", s.runs()["rtc-payg"], "RUNNING")
		w.Clean()
	})
}

func TestGraceIsExtended(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		s, finance := open(w, "Extend", "1600.00"), w.Operator("operator-finance")
		s.order("im-flagship", "1500.00", month)
		s.order("rtc-payg", "0.00", nil)
		in := func(days int, reason string) input {
			return input{"i": input{"accountId": s.owner.AccountID, "days": days, "reason": reason}}
		}
		if r := w.Refused(finance, extend, in(10, "x")); r.Code != "NOT_IN_ARREARS" || r.Clause != "3.8" {
			t.Errorf("3.8: without arrears: %+v", r)
		}
		s.owes("10000")
		began := w.Portal.Store.Now()
		for _, bad := range []input{in(0, "x"), in(366, "x"), in(10, " ")} {
			if r := w.Refused(finance, extend, bad); r.Code != "INVALID_INPUT" {
				t.Errorf("%v: %+v", bad, r)
			}
		}
		if r := w.Refused(finance, extend, in(7, "x")); r.Code != "GRACE_NOT_LONGER" || r.Clause != "3.8" {
			t.Errorf("3.8: seven days aren't longer than seven: %+v", r)
		}
		t.Run("3.8: an operator extends the days, the customer sees the reason", func(t *testing.T) {
			p := w.Done(finance, extend, in(8, "the bank was closed"))
			s.expect(t, "the answer", portaltest.String(p, "arrears", "stopRule")+portaltest.String(p, "arrears", "extensionReason"), "days-after:8the bank was closed")
			s.expect(t, "the count", s.count(), stops(8, day(began, 9)))
			w.AdvanceTo(day(began, 9).Add(-time.Second))
			s.expect(t, "the eighth day", s.runs()["im-flagship"], "RUNNING")
			s.expect(t, "what stops at once isn't touched", s.runs()["rtc-payg"], "SUSPENDED")
			w.AdvanceTo(day(began, 9))
			s.expect(t, "the ninth", s.runs()["im-flagship"], "SUSPENDED")
			w.Clean()
		})
		t.Run("3.8: a stop that has begun is lifted until then", func(t *testing.T) {
			if r := w.Refused(finance, extend, in(8, "again")); r.Code != "GRACE_NOT_LONGER" {
				t.Errorf("sent twice: %+v", r)
			}
			var all sync.WaitGroup
			for range 4 {
				all.Go(func() { w.Send(finance, extend, in(20, "a plan to pay")) })
			}
			all.Wait()
			s.expect(t, "twins are one", s.count()+" "+s.runs()["im-flagship"], stops(20, day(began, 21))+" RUNNING")
			w.Clean()
			w.AdvanceTo(day(began, 21))
			s.expect(t, "then", s.runs()["im-flagship"], "SUSPENDED")
			w.Clean()
		})
		t.Run("3.8: who isn't the provider's finance extends nothing", func(t *testing.T) {
			for _, who := range []*portaltest.Actor{s.owner, w.Operator("support")} {
				r := w.Send(who, extend, in(30, "please"))
				if len(r.Errors) == 0 || r.Errors[0].Code() != "FORBIDDEN" {
					t.Errorf("%s: %s", who.Name, r.Raw)
				}
			}
		})
	})
}

func TestMoneyThatWaitsHoldsAnExtendedStop(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		s, finance := open(w, "Late", "200.00"), w.Operator("operator-finance")
		s.order("rtc-payg", "0.00", nil)
		s.order("push-payg", "0.00", nil)
		s.owes("10000") // 280.00
		began := w.Portal.Store.Now()
		extended := func(days int) string {
			p := w.Done(finance, extend, input{"i": input{"accountId": s.owner.AccountID, "days": days, "reason": "the money is being looked at"}})
			return portaltest.String(p, "arrears", "stopRule")
		}
		w.AdvanceTo(day(began, 8))
		s.expect(t, "3.8: the eighth day", s.runs()["push-payg"], "SUSPENDED")
		t.Run("3.5, 3.8: less than is owed holds no extension", func(t *testing.T) {
			s.strangers("79.99")
			s.expect(t, "the rule", extended(9), "days-after:9")
			s.expect(t, "the count", s.count()+" "+s.runs()["push-payg"], stops(9, day(began, 10))+" RUNNING")
			w.AdvanceTo(day(began, 10))
			s.expect(t, "then", s.runs()["push-payg"], "SUSPENDED")
		})
		second := s.strangers("0.01")
		s.expect(t, "3.5: what is stopped stays so", s.count()+" "+s.runs()["push-payg"], stops(9, day(began, 10))+" SUSPENDED")
		t.Run("3.5, 3.8: money that came in after the stop holds the one that an extension sets", func(t *testing.T) {
			s.expect(t, "the rule", extended(12), "days-after:12")
			s.expect(t, "the count", s.count()+" "+s.runs()["push-payg"], stops(12, day(began, 13))+" held RUNNING")
			w.Clean()
			w.AdvanceTo(day(began, 13))
			s.expect(t, "its day", s.runs()["push-payg"]+s.runs()["rtc-payg"], "RUNNINGSUSPENDED")
			w.Clean()
		})
		t.Run("3.5: returned, as many days are left as there were", func(t *testing.T) {
			w.Done(finance, decide, input{"i": input{"paymentId": second, "decision": "RETURN", "reason": "no proof"}})
			s.expect(t, "the count", s.count(), stops(15, day(began, 16)))
			w.Clean()
		})
	})
}
