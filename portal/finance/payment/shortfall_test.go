package payment_test

import (
	"testing"

	"portico/ent/db/topup"
	"portico/portaltest"
)

// What a refund left owed is taken from the next cash. So a shortfall includes
// it, as it includes arrears.
func TestAShortfallCountsWhatRefundsLeftOwing(t *testing.T) {
	each(t, func(s scene) {
		a := s.w.Verified("Ada")
		designate(s, a, "Openid", "WECHAT_PAY", "openid-1")
		order := func() map[string]any {
			return map[string]any{"i": map[string]any{"accountId": a.AccountID, "applicationId": s.w.Application(a, "MAINLAND"), "planId": s.w.PlanID("im-flagship"),
				"term": map[string]any{"unit": "MONTH", "count": 1}, "expectedTotal": map[string]any{"amount": "1500.00", "currency": "CNY"}}}
		}
		const place = `mutation($i: PlaceOrderInput!) { placeOrder(input: $i) { order { id } userErrors { code clause params remedy { operation input } } } }`
		r := s.start(a, topup.ChannelWECHAT_PAY, "1500.00").PaymentReference
		s.acknowledged(topup.ChannelWECHAT_PAY, wechatPaid(r, "W", "amount", map[string]any{"total": 150000, "currency": "CNY"}))
		s.w.Done(a, place, order())
		s.acknowledged(topup.ChannelWECHAT_PAY, wechatRefund("REFUND.SUCCESS", r, "W", "R1", 150000, 50000))
		second := order()
		refusal := s.w.Refused(a, place, second)
		if got := portaltest.String(refusal.Remedy.Input["amount"], "amount"); refusal.Code != "INSUFFICIENT_BALANCE" || refusal.Clause != "3.3" || got != "2000.00" {
			t.Fatalf("3.3: %+v", refusal)
		}
		top := s.start(a, topup.ChannelONLINE_BANK, "2000.00")
		s.notify(topup.ChannelONLINE_BANK, message{"B", top.PaymentReference, "2000.00", company(a)})
		s.is("it is paid first", s.trade("W"), "CREDITED  1500.00 500.00 0.00")
		s.w.Done(a, place, second)
		s.has(a.AccountID, "0.00", "0.00")
		s.clean()
	})
}
