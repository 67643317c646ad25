package payment_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"portico/ent/db/topup"
	"portico/portal/finance/payment"
	"portico/portaltest"
)

// paymentRow is a payment as an operator reads it.
type paymentRow struct {
	ID, Status, Question, TradeNumber, Words, Reason string
	Amount, Refunded, Uncovered                      *struct{ Amount string }
	Account                                          *struct{ ID string }
	TopUp                                            *struct{ ID, Status string }
	Candidates                                       []struct {
		Score   int
		Account struct{ ID string }
	}
	Events []struct{ Words, Signed, Digest string }
}

func (p paymentRow) sums() string {
	sum := func(a *struct{ Amount string }) string {
		if a == nil {
			return "-"
		}
		return a.Amount
	}
	return p.Status + " " + p.Question + " " + sum(p.Amount) + " " + sum(p.Refunded) + " " + sum(p.Uncovered)
}

const paymentFields = `{ id status question tradeNumber words reason amount { amount } refunded { amount } uncovered { amount } account { id } topUp { id status }
	candidates { score account { id } } events { words signed digest } }`

// found returns payments as an operator reads them, newest last.
func (s scene) found(filter map[string]any) []paymentRow {
	s.Helper()
	d := s.w.Must(s.desk(), `query($f: PaymentFilter) { payments(filter: $f, last: 100) { nodes `+paymentFields+` } }`, map[string]any{"f": filter})
	b, err := json.Marshal(portaltest.At(d, "payments", "nodes"))
	if err != nil {
		s.Fatal(err)
	}
	var list []paymentRow
	if err := json.Unmarshal(b, &list); err != nil {
		s.Fatal(err)
	}
	return list
}

var desks sync.Map

// desk returns the operator who decides about payments.
func (s scene) desk() *portaltest.Actor {
	d, ok := desks.Load(s.w)
	if !ok {
		d, _ = desks.LoadOrStore(s.w, s.w.Operator("operator-finance"))
	}
	return d.(*portaltest.Actor)
}

func (s scene) trade(number string) paymentRow {
	s.Helper()
	list := s.found(map[string]any{"tradeNumber": number})
	if len(list) != 1 {
		s.Fatalf("%d payments of %s", len(list), number)
	}
	return list[0]
}

func (s scene) last() paymentRow {
	s.Helper()
	list := s.found(map[string]any{"questioned": true})
	if len(list) == 0 {
		s.Fatal("nothing waits for an operator")
	}
	return list[len(list)-1]
}

func (s scene) decide(p paymentRow, decision string, more ...any) paymentRow {
	s.Helper()
	in := map[string]any{"paymentId": p.ID, "decision": decision, "reason": "the bank's letter"}
	for i := 0; i < len(more); i += 2 {
		in[more[i].(string)] = more[i+1]
	}
	s.w.Done(s.desk(), decideMutation, map[string]any{"i": in})
	for _, now := range s.found(nil) {
		if now.ID == p.ID {
			return now
		}
	}
	s.Fatal("it is gone")
	return p
}

func (s scene) is(what string, p paymentRow, want string) {
	s.Helper()
	if got := p.sums(); got != want {
		s.Errorf("3.5: %s: %q instead of %q", what, got, want)
	}
}

func (s scene) acknowledged(ch topup.Channel, d payment.Delivery) {
	s.Helper()
	if status, body := s.post(ch, d); status != http.StatusOK {
		s.Errorf("3.5: %d %s", status, body)
	}
}

// refunded returns what Alipay signs for a trade with a total refund.
func refunded(reference, trade, total, back, status, payer string) payment.Delivery {
	return alipaySigned(keyOf("ALIPAY"), alipayForm(reference, "trade_no", trade, "total_amount", total, "refund_fee", back,
		"gmt_refund", "2026-03-02 11:00:01.320", "trade_status", status, "buyer_user_name", payer))
}

func alipayPaid(reference, trade, total, payer string) payment.Delivery {
	return alipaySigned(keyOf("ALIPAY"), alipayForm(reference, "trade_no", trade, "total_amount", total, "buyer_user_name", payer))
}

// wechatRefund returns what WeChat signs for one refund.
func wechatRefund(event, reference, trade, number string, total, back int64) payment.Delivery {
	plain, _ := json.Marshal(map[string]any{"mchid": "1900000001", "out_trade_no": reference, "transaction_id": trade, "refund_id": number,
		"out_refund_no": "o" + number, "refund_status": strings.TrimPrefix(event, "REFUND."), "amount": map[string]any{"total": total, "refund": back}})
	return wechatEvent(keyOf("WECHAT_PAY"), apiV3Key, event, plain)
}

// orders are all permutations of three elements.
var orders = [][3]int{{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}}

func TestARefundIsBookedOnceInAnyOrderOfNotifications(t *testing.T) {
	each(t, func(s scene) {
		a := s.w.Verified("Ada")
		designate(s, a, "Openid", "WECHAT_PAY", "openid-1")
		for i, order := range orders {
			for ch, events := range map[topup.Channel]func(reference, trade string) [3]payment.Delivery{
				topup.ChannelALIPAY: func(reference, trade string) [3]payment.Delivery {
					return [3]payment.Delivery{alipayPaid(reference, trade, "100.00", company(a)),
						refunded(reference, trade, "100.00", "30.00", "TRADE_SUCCESS", company(a)), refunded(reference, trade, "100.00", "70.00", "TRADE_SUCCESS", company(a))}
				},
				topup.ChannelWECHAT_PAY: func(reference, trade string) [3]payment.Delivery {
					return [3]payment.Delivery{wechat(keyOf("WECHAT_PAY"), message{trade, reference, "100.00", "openid-1"}),
						wechatRefund("REFUND.SUCCESS", reference, trade, trade+"1", 10000, 3000), wechatRefund("REFUND.SUCCESS", reference, trade, trade+"2", 10000, 4000)}
				},
			} {
				s.Run(fmt.Sprintf("3.5: %s, told in the order %v, each twice", ch, order), func(t *testing.T) {
					s := scene{t, s.w}
					before, trade := s.balance(a.AccountID).Cash, fmt.Sprintf("%s%d", ch, i)
					all := events(s.start(a, ch, "100.00").PaymentReference, trade)
					for range 2 {
						for _, n := range order {
							s.acknowledged(ch, all[n])
						}
					}
					if got := s.balance(a.AccountID).Cash.Sub(before).String(); got != "30.00" {
						t.Errorf("3.5: %s of 100.00 are left after 70.00 went back", got)
					}
					s.is("two refunds", s.trade(trade), "CREDITED  100.00 70.00 0.00")
				})
			}
		}
		s.clean()
	})
}

func TestConcurrentDuplicatesOfRefundsAreBookedOnce(t *testing.T) {
	each(t, func(s scene) {
		a := s.w.Verified("Ada")
		designate(s, a, "Openid", "WECHAT_PAY", "openid-1")
		top := s.start(a, topup.ChannelWECHAT_PAY, "100.00")
		var done sync.WaitGroup
		gate := make(chan struct{})
		send := func(d payment.Delivery) {
			done.Go(func() {
				<-gate
				s.acknowledged(topup.ChannelWECHAT_PAY, d)
			})
		}
		for range 5 {
			send(wechat(keyOf("WECHAT_PAY"), message{"W", top.PaymentReference, "100.00", "openid-1"}))
			send(wechatRefund("REFUND.SUCCESS", top.PaymentReference, "W", "R1", 10000, 3000))
			send(wechatRefund("REFUND.SUCCESS", top.PaymentReference, "W", "R2", 10000, 4000))
		}
		close(gate)
		done.Wait()
		s.has(a.AccountID, "30.00", "0.00")
		s.is("told 15 times at once", s.trade("W"), "CREDITED  100.00 70.00 0.00")
		s.clean()
	})
}

func TestATradeThatGoesBackAsAWhole(t *testing.T) {
	each(t, func(s scene) {
		a := s.w.Verified("Ada")
		for trade, closed := range map[string]func(reference string) payment.Delivery{
			"told": func(r string) payment.Delivery {
				return refunded(r, "told", "12.00", "12.00", "TRADE_CLOSED", company(a))
			},
			"untold": func(r string) payment.Delivery {
				return alipaySigned(keyOf("ALIPAY"), alipayForm(r, "trade_no", "untold", "buyer_user_name", company(a), "trade_status", "TRADE_CLOSED"))
			},
		} {
			top := s.start(a, topup.ChannelALIPAY, "12.00")
			s.acknowledged(topup.ChannelALIPAY, alipayPaid(top.PaymentReference, trade, "12.00", company(a)))
			s.has(a.AccountID, "12.00", "0.00")
			s.acknowledged(topup.ChannelALIPAY, closed(top.PaymentReference))
			s.has(a.AccountID, "0.00", "0.00")
			s.is(trade, s.trade(trade), "REFUNDED  12.00 12.00 0.00")
			s.acknowledged(topup.ChannelALIPAY, alipayPaid(top.PaymentReference, trade, "12.00", company(a))) // late
			s.has(a.AccountID, "0.00", "0.00")
			if now := s.topUp(top.ID); now.Status != topup.StatusRETURNED {
				s.Errorf("3.5: the top-up is %s", now.Status)
			}
		}
		s.clean()
	})
}

func TestMoneyThatWentBackAndWasSpentIsOwed(t *testing.T) {
	each(t, func(s scene) {
		a := s.w.Verified("Ada")
		app := s.w.Application(a, "MAINLAND")
		top := s.start(a, topup.ChannelALIPAY, "1600.00")
		s.acknowledged(topup.ChannelALIPAY, alipayPaid(top.PaymentReference, "S", "1600.00", company(a)))
		s.w.Done(a, `mutation($i: PlaceOrderInput!) { placeOrder(input: $i) { order { id } userErrors { code } } }`, map[string]any{"i": map[string]any{
			"accountId": a.AccountID, "applicationId": app, "planId": s.w.PlanID("im-flagship"), "term": map[string]any{"unit": "MONTH", "count": 1},
			"expectedTotal": map[string]any{"amount": "1500.00", "currency": "CNY"}}})
		s.acknowledged(topup.ChannelALIPAY, refunded(top.PaymentReference, "S", "1600.00", "1600.00", "TRADE_CLOSED", company(a)))
		s.has(a.AccountID, "0.00", "0.00")
		s.is("what is left is taken, the rest is owed", s.trade("S"), "REFUNDED REFUND_NOT_COVERED 1600.00 1600.00 1500.00")
		s.clean()
		s.pay(a, topup.ChannelONLINE_BANK, "B1", company(a)) // 10.00
		s.has(a.AccountID, "0.00", "0.00")
		s.is("cash that comes in pays it", s.trade("S"), "REFUNDED REFUND_NOT_COVERED 1600.00 1600.00 1490.00")
		s.clean()
		s.is("an operator waives the rest", s.decide(s.trade("S"), "WAIVE"), "REFUNDED  1600.00 1600.00 0.00")
		s.pay(a, topup.ChannelONLINE_BANK, "B2", company(a))
		s.has(a.AccountID, "10.00", "0.00")
		s.clean()
	})
}

func TestMoneyThatWaitsGoesBack(t *testing.T) {
	each(t, func(s scene) {
		a := s.w.Verified("Ada")
		top := s.start(a, topup.ChannelALIPAY, "100.00")
		s.acknowledged(topup.ChannelALIPAY, alipayPaid(top.PaymentReference, "P", "100.00", "Somebody"))
		s.acknowledged(topup.ChannelALIPAY, refunded(top.PaymentReference, "P", "100.00", "40.00", "TRADE_SUCCESS", "Somebody"))
		s.has(a.AccountID, "0.00", "60.00")
		s.clean()
		s.is("the rest is credited", s.decide(s.trade("P"), "CREDIT"), "CREDITED  100.00 40.00 0.00")
		s.has(a.AccountID, "60.00", "0.00")
		s.clean()
		other := s.start(a, topup.ChannelALIPAY, "100.00")
		s.acknowledged(topup.ChannelALIPAY, alipayPaid(other.PaymentReference, "Q", "100.00", "Somebody"))
		s.decide(s.trade("Q"), "RETURN")
		s.acknowledged(topup.ChannelALIPAY, refunded(other.PaymentReference, "Q", "100.00", "100.00", "TRADE_CLOSED", "Somebody"))
		s.is("what an operator returned is told back, and booked once", s.trade("Q"), "RETURNED  100.00 100.00 0.00")
		s.has(a.AccountID, "60.00", "0.00")
		s.clean()
	})
}

func alipayIs(pairs ...string) func(string) (topup.Channel, payment.Delivery) {
	return func(r string) (topup.Channel, payment.Delivery) {
		form := alipayForm(r, append([]string{"trade_no", "A" + r}, pairs...)...)
		for name := range form {
			if form.Get(name) == "" {
				form.Del(name)
			}
		}
		return topup.ChannelALIPAY, alipaySigned(keyOf("ALIPAY"), form)
	}
}

func wechatIs(event string, pairs ...string) func(string) (topup.Channel, payment.Delivery) {
	return func(r string) (topup.Channel, payment.Delivery) {
		m := map[string]any{"mchid": "1900000001", "out_trade_no": r, "transaction_id": "W" + r, "amount": map[string]any{"total": 1200, "refund": 1200, "currency": "CNY"}}
		for i := 0; i < len(pairs); i += 2 {
			m[pairs[i]] = pairs[i+1]
		}
		plain, _ := json.Marshal(m)
		return topup.ChannelWECHAT_PAY, wechatEvent(keyOf("WECHAT_PAY"), apiV3Key, event, plain)
	}
}

// signedThings are messages that channels sign and that aren't payments, each
// with its effect on the payment.
var signedThings = map[string]struct {
	send func(reference string) (topup.Channel, payment.Delivery)
	want string
}{
	"WAIT_BUYER_PAY":                    {alipayIs("trade_status", "WAIT_BUYER_PAY", "gmt_payment", ""), "OPEN  0.00 0.00 0.00"},
	"TRADE_CLOSED, never paid":          {alipayIs("trade_status", "TRADE_CLOSED", "gmt_payment", ""), "OPEN  0.00 0.00 0.00"},
	"TRADE_FINISHED":                    {alipayIs("trade_status", "TRADE_FINISHED"), "SUSPENSE  12.00 0.00 0.00"},
	"a state that nobody knows":         {alipayIs("trade_status", "TRADE_DREAMT"), "OPEN UNKNOWN_STATE 0.00 0.00 0.00"},
	"no trade at all":                   {alipayIs("trade_status", "", "trade_no", "", "out_trade_no", "", "notify_type", "dut_user_sign"), "UNATTRIBUTED UNKNOWN_STATE - - -"},
	"TRANSACTION.SUCCESS, NOTPAY":       {wechatIs("TRANSACTION.SUCCESS", "trade_state", "NOTPAY"), "OPEN  0.00 0.00 0.00"},
	"TRANSACTION.SUCCESS, CLOSED":       {wechatIs("TRANSACTION.SUCCESS", "trade_state", "CLOSED"), "OPEN  0.00 0.00 0.00"},
	"TRANSACTION.SUCCESS, REFUND":       {wechatIs("TRANSACTION.SUCCESS", "trade_state", "REFUND", "success_time", "2026-03-02T10:00:01+08:00"), "SUSPENSE REFUND_UNTOLD 12.00 0.00 0.00"},
	"TRANSACTION.SUCCESS, unknown":      {wechatIs("TRANSACTION.SUCCESS", "trade_state", "DREAMT"), "OPEN UNKNOWN_STATE 0.00 0.00 0.00"},
	"REFUND.SUCCESS before the payment": {wechatIs("REFUND.SUCCESS", "refund_id", "r1", "refund_status", "SUCCESS"), "OPEN REFUND_BEFORE_PAYMENT 0.00 12.00 0.00"},
	"REFUND.ABNORMAL":                   {wechatIs("REFUND.ABNORMAL", "refund_id", "r2", "refund_status", "ABNORMAL"), "OPEN REFUND_FAILED 0.00 0.00 0.00"},
	"REFUND.CLOSED":                     {wechatIs("REFUND.CLOSED", "refund_id", "r3", "refund_status", "CLOSED"), "OPEN  0.00 0.00 0.00"},
	"an event that nobody knows":        {wechatIs("PAYSCORE.USER_PAID"), "UNATTRIBUTED UNKNOWN_STATE - - -"},
}

// Everything that a channel signs is kept and shown, understood or not.
func TestNothingSignedIsForgotten(t *testing.T) {
	each(t, func(s scene) {
		a := s.w.Verified("Ada")
		for label, c := range signedThings {
			s.Run("3.5: "+label, func(t *testing.T) {
				s := scene{t, s.w}
				ch, _ := c.send("PT")
				top := s.start(a, ch, "12.00")
				n := len(s.found(nil))
				_, d := c.send(top.PaymentReference)
				s.acknowledged(ch, d)
				s.acknowledged(ch, d)
				all := s.found(nil)
				if len(all) != n+1 || len(all[n].Events) != 1 || all[n].Events[0].Signed == "" || len(all[n].Events[0].Digest) != 64 {
					t.Fatalf("%d payments after %d: %+v", len(all), n, all)
				}
				s.is(label, all[n], c.want)
			})
		}
		s.Run("3.5: an account sees its own, and nobody's are nobody's", func(t *testing.T) {
			stranger := s.w.Person("Stranger")
			d := s.w.Must(a, `query($a: ID!) { account(id: $a) { payments(first: 100) { nodes { id status account { id } } totalCount } } }`, map[string]any{"a": a.AccountID})
			if portaltest.At(d, "account", "payments", "totalCount") != float64(11) {
				t.Errorf("%v", d)
			}
			for _, p := range s.found(map[string]any{"status": "UNATTRIBUTED"}) {
				for _, by := range []*portaltest.Actor{a, stranger} {
					if d := s.w.Must(by, `query($id: ID!) { node(id: $id) { id } }`, map[string]any{"id": p.ID}); portaltest.At(d, "node") != nil {
						t.Errorf("%v", d)
					}
				}
			}
		})
		s.clean()
	})
}

func TestAConflictIsDecidedByAnOperator(t *testing.T) {
	each(t, func(s scene) {
		a, other := s.w.Verified("Ada"), s.w.Verified("Bob")
		s.Run("3.5: what is announced for one account and paid for another is nobody's", func(t *testing.T) {
			s := scene{t, s.w}
			one, two := s.start(a, topup.ChannelALIPAY, "12.00"), s.start(other, topup.ChannelALIPAY, "12.00")
			s.acknowledged(topup.ChannelALIPAY, alipaySigned(keyOf("ALIPAY"), alipayForm(one.PaymentReference, "trade_no", "D", "trade_status", "WAIT_BUYER_PAY")))
			s.acknowledged(topup.ChannelALIPAY, alipayPaid(two.PaymentReference, "D", "12.00", company(other)))
			s.is("told for two", s.trade("D"), "UNATTRIBUTED CONFLICT 12.00 0.00 0.00")
			s.is("decided", s.decide(s.trade("D"), "ATTRIBUTE", "topUpId", two.ID), "CREDITED  12.00 0.00 0.00")
			s.has(other.AccountID, "12.00", "0.00")
			s.has(a.AccountID, "0.00", "0.00")
			s.clean()
		})
		top := s.start(a, topup.ChannelWECHAT_PAY, "10.00")
		designate(s, a, "Openid", "WECHAT_PAY", "openid-1")
		s.acknowledged(topup.ChannelWECHAT_PAY, wechat(keyOf("WECHAT_PAY"), message{"C", top.PaymentReference, "10.00", "openid-1"}))
		plain, _ := json.Marshal(map[string]any{"mchid": "1900000001", "out_trade_no": top.PaymentReference, "transaction_id": "C", "trade_state": "REVOKED", "amount": map[string]any{"total": 1000}})
		s.acknowledged(topup.ChannelWECHAT_PAY, wechatEvent(keyOf("WECHAT_PAY"), apiV3Key, "TRANSACTION.SUCCESS", plain))
		s.is("revoked after it was paid", s.trade("C"), "CREDITED CONFLICT 10.00 0.00 0.00")
		s.has(a.AccountID, "10.00", "0.00")
		over := map[string]any{"paymentId": s.trade("C").ID, "decision": "REFUND", "reason": "x", "amount": map[string]any{"amount": "10.01", "currency": "CNY"}}
		if r := s.w.Refused(s.desk(), decideMutation, map[string]any{"i": over}); r.Code != "INVALID_INPUT" {
			s.Errorf("3.5: more than was paid: %+v", r)
		}
		s.is("a part went back", s.decide(s.trade("C"), "REFUND", "amount", map[string]any{"amount": "4.00", "currency": "CNY"}), "CREDITED  10.00 4.00 0.00")
		s.has(a.AccountID, "6.00", "0.00")
		if r := s.w.Refused(s.desk(), decideMutation, map[string]any{"i": over}); r.Code != "NOT_IN_SUSPENSE" || r.Clause != "3.5" {
			s.Errorf("3.5: once more: %+v", r)
		}
		s.clean()
	})
}
