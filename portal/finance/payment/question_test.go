package payment_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"portico/ent/db/topup"
	"portico/portal/finance/payment"
)

// wechatPaid returns a transaction of 100.00 as WeChat signs it, changed by
// pairs of a name and a value.
func wechatPaid(reference, trade string, pairs ...any) payment.Delivery {
	m := map[string]any{"mchid": "1900000001", "out_trade_no": reference, "transaction_id": trade, "trade_state": "SUCCESS",
		"success_time": "2026-03-02T10:00:01+08:00", "amount": map[string]any{"total": 10000, "currency": "CNY"}, "payer": map[string]any{"openid": "openid-1"}}
	for i := 0; i < len(pairs); i += 2 {
		m[pairs[i].(string)] = pairs[i+1]
	}
	plain, _ := json.Marshal(m)
	return wechatEvent(keyOf("WECHAT_PAY"), apiV3Key, "TRANSACTION.SUCCESS", plain)
}

// wechatBack returns a refund in the given cents and currency.
func wechatBack(reference, trade, number string, back int64, currency string) payment.Delivery {
	plain, _ := json.Marshal(map[string]any{"mchid": "1900000001", "out_trade_no": reference, "transaction_id": trade, "refund_id": number,
		"refund_status": "SUCCESS", "amount": map[string]any{"total": 10000, "refund": back, "currency": currency}})
	return wechatEvent(keyOf("WECHAT_PAY"), apiV3Key, "REFUND.SUCCESS", plain)
}

// raises are notifications about WeChat payments on which an operator must
// decide, by the question.
var raises = map[string]func(reference, trade string) payment.Delivery{
	"CONFLICT": func(r, n string) payment.Delivery {
		return wechatPaid(r, n, "amount", map[string]any{"total": 10100, "currency": "CNY"})
	},
	"REFUND_FAILED": func(r, n string) payment.Delivery {
		return wechatRefund("REFUND.ABNORMAL", r, n, n+"f", 10000, 1000)
	},
	"UNKNOWN_STATE": func(r, n string) payment.Delivery { return wechatPaid(r, n, "trade_state", "DREAMT") },
	"REFUND_UNTOLD": func(r, n string) payment.Delivery { return wechatPaid(r, n, "trade_state", "REFUND") },
	"UNREADABLE":    func(r, n string) payment.Delivery { return wechatRefund("REFUND.SUCCESS", r, n, n+"u", 10000, -5) },
}

// answered returns the questions about a payment, in the order in which an
// operator answers them.
func (s scene) answered(trade string) (questions []string) {
	s.Helper()
	for len(questions) <= len(raises) {
		p := s.trade(trade)
		if p.Question == "" {
			break
		}
		questions = append(questions, p.Question)
		s.decide(p, "NOTE")
	}
	slices.Sort(questions)
	return questions
}

func TestAQuestionDoesNotReplaceAnother(t *testing.T) {
	each(t, func(s scene) {
		a := s.w.Verified("Ada")
		designate(s, a, "Openid", "WECHAT_PAY", "openid-1")
		n := 0
		for one, first := range raises {
			for two, second := range raises {
				if one == two {
					continue
				}
				n++
				trade := fmt.Sprint("W", n)
				r := s.start(a, topup.ChannelWECHAT_PAY, "100.00").PaymentReference
				s.acknowledged(topup.ChannelWECHAT_PAY, wechatPaid(r, trade))
				s.post(topup.ChannelWECHAT_PAY, first(r, trade))
				s.post(topup.ChannelWECHAT_PAY, second(r, trade))
				want := []string{one, two}
				slices.Sort(want)
				if got := s.answered(trade); !slices.Equal(got, want) {
					s.Errorf("3.5: %s, then %s: an operator is asked %v", one, two, got)
				}
			}
		}
		s.clean()
	})
}

func TestUnattributedMoneyStaysSoWhenSomethingElseIsAnswered(t *testing.T) {
	each(t, func(s scene) {
		for question, raise := range raises {
			r := "PT222222222222"
			s.acknowledged(topup.ChannelWECHAT_PAY, wechatPaid(r, question))
			s.post(topup.ChannelWECHAT_PAY, raise(r, question))
			s.is(question+" is answered", s.decide(s.trade(question), "NOTE"), "UNATTRIBUTED UNKNOWN_REFERENCE 100.00 0.00 0.00")
			s.is("and whose it is", s.decide(s.trade(question), "NOTE"), "NOTED  100.00 0.00 0.00")
		}
		s.clean()
	})
}

func TestWhatWasSpentAnswersNothingElse(t *testing.T) {
	each(t, func(s scene) {
		a := s.w.Verified("Ada")
		designate(s, a, "Openid", "WECHAT_PAY", "openid-1")
		app := s.w.Application(a, "MAINLAND")
		r := s.start(a, topup.ChannelWECHAT_PAY, "1500.00").PaymentReference
		total := map[string]any{"total": 150000, "currency": "CNY"}
		s.acknowledged(topup.ChannelWECHAT_PAY, wechatPaid(r, "W", "amount", total))
		s.w.Done(a, `mutation($i: PlaceOrderInput!) { placeOrder(input: $i) { order { id } userErrors { code } } }`, map[string]any{"i": map[string]any{
			"accountId": a.AccountID, "applicationId": app, "planId": s.w.PlanID("im-flagship"), "term": map[string]any{"unit": "MONTH", "count": 1},
			"expectedTotal": map[string]any{"amount": "1500.00", "currency": "CNY"}}})
		s.acknowledged(topup.ChannelWECHAT_PAY, raises["CONFLICT"](r, "W"))
		s.acknowledged(topup.ChannelWECHAT_PAY, wechatRefund("REFUND.SUCCESS", r, "W", "R1", 150000, 5000))
		s.is("the conflict is still asked", s.trade("W"), "CREDITED CONFLICT 1500.00 50.00 50.00")
		s.is("a waiver answers that alone", s.decide(s.trade("W"), "WAIVE"), "CREDITED CONFLICT 1500.00 50.00 0.00")
		s.acknowledged(topup.ChannelWECHAT_PAY, wechatRefund("REFUND.SUCCESS", r, "W", "R2", 150000, 500))
		s.pay(a, topup.ChannelONLINE_BANK, "B1", company(a)) // 10.00
		s.is("cash answers that alone", s.trade("W"), "CREDITED CONFLICT 1500.00 55.00 0.00")
		s.acknowledged(topup.ChannelWECHAT_PAY, wechatRefund("REFUND.SUCCESS", r, "W", "R3", 150000, 1000))
		s.is("a note answers the conflict alone", s.decide(s.trade("W"), "NOTE"), "CREDITED REFUND_NOT_COVERED 1500.00 65.00 5.00")
		s.clean()
	})
}

func TestARefundInAnotherCurrencyIsNotBooked(t *testing.T) {
	each(t, func(s scene) {
		a := s.w.Verified("Ada")
		designate(s, a, "Openid", "WECHAT_PAY", "openid-1")
		for trade, first := range map[string]bool{"after": false, "before": true} {
			r := s.start(a, topup.ChannelWECHAT_PAY, "100.00").PaymentReference
			all := []payment.Delivery{wechatPaid(r, trade), wechatBack(r, trade, trade+"1", 5000, "USD"), wechatBack(r, trade, trade+"2", 1000, "CNY")}
			if first {
				slices.Reverse(all)
			}
			for _, d := range all {
				s.acknowledged(topup.ChannelWECHAT_PAY, d)
			}
			s.is(trade, s.trade(trade), "CREDITED CONFLICT 100.00 10.00 0.00")
		}
		s.acknowledged(topup.ChannelWECHAT_PAY, wechatBack("PT222222222222", "N", "N1", 5000, "USD"))
		s.acknowledged(topup.ChannelWECHAT_PAY, wechatPaid("PT222222222222", "N"))
		s.is("of nobody", s.trade("N"), "UNATTRIBUTED CONFLICT 100.00 0.00 0.00")
		s.has(a.AccountID, "180.00", "0.00")
		s.clean()
	})
}

func TestARefundAfterAnOperatorsIsNotLost(t *testing.T) {
	each(t, func(s scene) {
		a := s.w.Verified("Ada")
		designate(s, a, "Openid", "WECHAT_PAY", "openid-1")
		for what, c := range map[string]struct {
			trade, number string
			back          int64
			want          string
		}{
			"the one that failed": {"A", "AF", 2000, "CREDITED  100.00 50.00 0.00"},
			"another":             {"B", "B2", 1000, "CREDITED CONFLICT 100.00 50.00 0.00"},
			"a larger one":        {"C", "C2", 2500, "CREDITED CONFLICT 100.00 55.00 0.00"},
		} {
			r, n := s.start(a, topup.ChannelWECHAT_PAY, "100.00").PaymentReference, c.trade
			s.acknowledged(topup.ChannelWECHAT_PAY, wechatPaid(r, n))
			s.acknowledged(topup.ChannelWECHAT_PAY, wechatRefund("REFUND.SUCCESS", r, n, n+"1", 10000, 3000))
			s.acknowledged(topup.ChannelWECHAT_PAY, wechatRefund("REFUND.ABNORMAL", r, n, n+"F", 10000, 2000))
			s.decide(s.trade(n), "REFUND", "amount", map[string]any{"amount": "20.00", "currency": "CNY"})
			s.acknowledged(topup.ChannelWECHAT_PAY, wechatRefund("REFUND.SUCCESS", r, n, c.number, 10000, c.back))
			s.is(what, s.trade(n), c.want)
		}
		s.clean()
	})
}

func TestAnotherPayerOfTheSameTradeIsAConflict(t *testing.T) {
	each(t, func(s scene) {
		a := s.w.Verified("Ada")
		designate(s, a, "Openid", "WECHAT_PAY", "openid-1")
		r := s.start(a, topup.ChannelWECHAT_PAY, "100.00").PaymentReference
		s.acknowledged(topup.ChannelWECHAT_PAY, wechatPaid(r, "W"))
		s.acknowledged(topup.ChannelWECHAT_PAY, wechatPaid(r, "W", "payer", nil, "attach", "x"))
		s.is("told without a payer", s.trade("W"), "CREDITED  100.00 0.00 0.00")
		s.acknowledged(topup.ChannelWECHAT_PAY, wechatPaid(r, "W", "payer", map[string]any{"openid": "openid-2"}))
		s.is("told with another id", s.trade("W"), "CREDITED CONFLICT 100.00 0.00 0.00")
		top := s.start(a, topup.ChannelONLINE_BANK, "10.00")
		for name, want := range map[string]string{company(a): "CREDITED  10.00 0.00 0.00", " " + company(a) + " ": "CREDITED  10.00 0.00 0.00"} {
			s.notify(topup.ChannelONLINE_BANK, message{"B", top.PaymentReference, "10.00", name})
			s.is("told with "+name, s.trade("B"), want)
		}
		s.notify(topup.ChannelONLINE_BANK, message{"B", top.PaymentReference, "10.00", "Somebody"})
		s.is("told with another name", s.trade("B"), "CREDITED CONFLICT 10.00 0.00 0.00")
		s.has(a.AccountID, "110.00", "0.00")
		s.clean()
	})
}

func TestEverythingSignedIsKept(t *testing.T) {
	each(t, func(s scene) {
		a := s.w.Verified("Ada")
		designate(s, a, "Openid", "WECHAT_PAY", "openid-1")
		designate(s, a, "Id", "ALIPAY", "2088")
		for label, c := range map[string]struct {
			channel topup.Channel
			pairs   []string
			status  int
			want    string
		}{
			"before all time":           {topup.ChannelALIPAY, []string{"gmt_payment", "0000-01-01 00:00:00"}, http.StatusBadRequest, "UNATTRIBUTED UNREADABLE 12.00 0.00 0.00"},
			"in the first year":         {topup.ChannelALIPAY, []string{"gmt_payment", "0001-06-01 00:00:00"}, http.StatusBadRequest, "UNATTRIBUTED UNREADABLE 12.00 0.00 0.00"},
			"after all time":            {topup.ChannelALIPAY, []string{"gmt_payment", "9999-12-31 23:59:59"}, http.StatusBadRequest, "UNATTRIBUTED UNREADABLE 12.00 0.00 0.00"},
			"a state that ends in room": {topup.ChannelALIPAY, []string{"trade_status", "TRADE_DREAMT "}, http.StatusOK, "OPEN UNKNOWN_STATE 0.00 0.00 0.00"},
			"past the last year":        {topup.ChannelWECHAT_PAY, []string{"success_time", "9999-12-31T23:59:59-08:00"}, http.StatusBadRequest, "UNATTRIBUTED UNREADABLE 100.00 0.00 0.00"},
			"unpaid, past the last":     {topup.ChannelWECHAT_PAY, []string{"success_time", "9999-12-31T23:59:59-08:00", "trade_state", "NOTPAY"}, http.StatusOK, "OPEN  0.00 0.00 0.00"},
			"no state":                  {topup.ChannelWECHAT_PAY, []string{"trade_state", ""}, http.StatusOK, "OPEN UNKNOWN_STATE 0.00 0.00 0.00"},
			"a state in other letters":  {topup.ChannelWECHAT_PAY, []string{"trade_state", "成功 "}, http.StatusOK, "OPEN UNKNOWN_STATE 0.00 0.00 0.00"},
		} {
			amount := map[topup.Channel]string{topup.ChannelALIPAY: "12.00", topup.ChannelWECHAT_PAY: "100.00"}[c.channel]
			r := s.start(a, c.channel, amount).PaymentReference
			var d payment.Delivery
			if c.channel == topup.ChannelALIPAY {
				d = alipaySigned(keyOf("ALIPAY"), alipayForm(r, append([]string{"trade_no", "K" + r}, c.pairs...)...))
			} else {
				pairs := make([]any, len(c.pairs))
				for i, p := range c.pairs {
					pairs[i] = p
				}
				d = wechatPaid(r, "K"+r, pairs...)
			}
			if status, body := s.post(c.channel, d); status != c.status {
				s.Errorf("3.5: %s: %d %s", label, status, body)
			}
			s.is(label, s.trade("K"+r), c.want)
		}
		s.clean()
	})
}

// TestNothingIsBookedBeforeItsNotification books notifications on a replica
// whose clock is behind that of the replica that received the first.
func TestNothingIsBookedBeforeItsNotification(t *testing.T) {
	each(t, func(s scene) {
		a := s.w.Verified("Ada")
		designate(s, a, "Openid", "WECHAT_PAY", "openid-1")
		behind := func() { s.w.Wall.Advance(-time.Second) }
		r := s.start(a, topup.ChannelWECHAT_PAY, "100.00").PaymentReference
		behind()
		s.acknowledged(topup.ChannelWECHAT_PAY, wechatRefund("REFUND.SUCCESS", r, "W", "R1", 10000, 3000))
		behind()
		s.acknowledged(topup.ChannelWECHAT_PAY, wechatPaid(r, "W"))
		behind()
		s.acknowledged(topup.ChannelWECHAT_PAY, wechatRefund("REFUND.SUCCESS", r, "W", "R2", 10000, 1000))
		s.has(a.AccountID, "60.00", "0.00")
		s.clean()
		r = s.start(a, topup.ChannelWECHAT_PAY, "100.00").PaymentReference
		s.acknowledged(topup.ChannelWECHAT_PAY, wechatPaid(r, "X", "payer", map[string]any{"openid": "openid-2"}))
		behind()
		s.decide(s.trade("X"), "CREDIT")
		s.clean()
		r = s.start(a, topup.ChannelWECHAT_PAY, "100.00").PaymentReference
		s.acknowledged(topup.ChannelWECHAT_PAY, wechatPaid(r, "Y", "payer", map[string]any{"openid": "openid-3"}))
		behind()
		designate(s, a, "Another", "WECHAT_PAY", "openid-3")
		s.has(a.AccountID, "260.00", "0.00")
		s.clean()
	})
}
