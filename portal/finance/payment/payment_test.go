package payment_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"portico/ent/db"
	"portico/ent/db/auditevent"
	entpayment "portico/ent/db/payment"
	"portico/ent/db/topup"
	"portico/money"
	"portico/portal/finance/ledger"
	"portico/portal/finance/payment"
	"portico/portaltest"
)

const (
	startMutation  = `mutation($i: StartTopUpInput!) { startTopUp(input: $i) { topUp { id status payUrl paymentReference expiresAt amount { amount } } userErrors { code clause field remedy { operation input } } } }`
	decideMutation = `mutation($i: DecidePaymentInput!) { decidePayment(input: $i) { payment { id status reason payerName topUp { id status creditedAt paid { amount } credited { amount } } } userErrors { code clause field } } }`
)

type scene struct {
	*testing.T
	w *portaltest.World
}

func in(accountID string, ch topup.Channel, amount string) map[string]any {
	return map[string]any{"i": map[string]any{"accountId": accountID, "channel": string(ch), "amount": map[string]any{"amount": amount, "currency": "CNY"}}}
}

// start starts a top-up and returns its row.
func (s scene) start(a *portaltest.Actor, ch topup.Channel, amount string) *db.TopUp {
	s.Helper()
	p := s.w.Done(a, startMutation, in(a.AccountID, ch, amount))
	return s.topUp(portaltest.String(p, "topUp", "id"))
}

func (s scene) topUp(id string) *db.TopUp {
	s.Helper()
	t, err := s.w.Portal.Store.Read().TopUp.Get(s.w.System(), id)
	if err != nil {
		s.Fatal(err)
	}
	return t
}

// decision returns the input of a decision on the last payment of a top-up.
func (s scene) decision(topUpID, decision, reason string) map[string]any {
	s.Helper()
	p, err := s.w.Portal.Store.Read().Payment.Query().Where(entpayment.TopUpID(topUpID)).Order(db.Desc(entpayment.FieldID)).First(s.w.System())
	if err != nil {
		s.Fatal(err)
	}
	return map[string]any{"i": map[string]any{"paymentId": p.ID, "decision": decision, "reason": reason}}
}

// post sends a delivery to the webhook and returns the status.
func (s scene) post(ch topup.Channel, d payment.Delivery) (status int, body string) {
	s.Helper()
	r := httptest.NewRequest(http.MethodPost, "/payments/"+strings.ToLower(strings.ReplaceAll(string(ch), "_", "-")), bytes.NewReader(d.Body))
	for _, h := range []string{"Wechatpay-Serial", "Wechatpay-Timestamp", "Wechatpay-Nonce", "Wechatpay-Signature", "Bank-Key", "Bank-Signature", "Sandbox-Signature"} {
		if v := d.Header(h); v != "" {
			r.Header.Set(h, v)
		}
	}
	rec := httptest.NewRecorder()
	s.w.Handler().ServeHTTP(rec, r)
	return rec.Code, rec.Body.String()
}

func (s scene) notify(ch topup.Channel, m message) int {
	s.Helper()
	status, _ := s.post(ch, counterparts[ch](keyOf(string(ch)), m))
	return status
}

func (s scene) balance(accountID string) ledger.Balance {
	s.Helper()
	b, err := ledger.Read(s.w.System(), s.w.Portal.Store.Read(), accountID, money.CNY)
	if err != nil {
		s.Fatal(err)
	}
	return b
}

func (s scene) has(accountID, cash, suspense string) {
	s.Helper()
	if b := s.balance(accountID); b.Cash.String() != cash || b.Suspense.String() != suspense {
		s.Errorf("cash %s, suspense %s instead of %s, %s", b.Cash, b.Suspense, cash, suspense)
	}
}

func (s scene) clean() {
	s.Helper()
	found, err := ledger.Check(s.w.System(), s.w.Portal.Store)
	if err != nil || len(found) > 0 {
		s.Errorf("ledger check: %v, %v", found, err)
	}
}

func company(a *portaltest.Actor) string { return a.Name + " Ltd" }

func each(t *testing.T, f func(s scene)) {
	t.Helper()
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) { f(scene{t, w}) }, configured)
}

func TestAPaymentCountsOnce(t *testing.T) {
	each(t, func(s scene) {
		a := s.w.Verified("Ada")
		for ch := range counterparts {
			s.Run("3.5: "+string(ch)+" told 50 times at once counts once", func(t *testing.T) {
				s := scene{t, s.w}
				before := s.balance(a.AccountID).Cash
				top := s.start(a, ch, "12.00")
				if ch == topup.ChannelWECHAT_PAY {
					designate(s, a, "Openid", "WECHAT_PAY", "openid-1")
				}
				m := message{"T-" + string(ch), top.PaymentReference, "12.00", company(a)}
				if ch == topup.ChannelWECHAT_PAY {
					m.payer = "openid-1"
				}
				d := counterparts[ch](keyOf(string(ch)), m)
				var done sync.WaitGroup
				gate := make(chan struct{})
				statuses := make([]int, 50)
				for i := range statuses {
					done.Go(func() {
						<-gate
						statuses[i], _ = s.post(ch, d)
					})
				}
				close(gate)
				done.Wait()
				for _, status := range statuses {
					if status != http.StatusOK {
						t.Errorf("status %d", status)
					}
				}
				if got := s.balance(a.AccountID).Cash.Sub(before).String(); got != "12.00" {
					t.Errorf("%s were credited", got)
				}
				if now := s.topUp(top.ID); now.Status != topup.StatusCREDITED || now.CreditedAt == nil || *now.PaidMinor != 1200 {
					t.Errorf("%+v", now)
				}
			})
		}
		s.clean()
	})
}

// designate designates a payer by its name or by a channel's ID.
func designate(s scene, a *portaltest.Actor, name string, id ...string) (payerID string) {
	s.Helper()
	in := map[string]any{"accountId": a.AccountID, "name": name, "proof": "contract 7"}
	if len(id) > 0 {
		in["channel"], in["channelPayerId"] = id[0], id[1]
	}
	p := s.w.Done(a, `mutation($i: DesignatePayerInput!) { designatePayer(input: $i) { payer { id status counts } userErrors { code } } }`, map[string]any{"i": in})
	return portaltest.String(p, "payer", "id")
}

const reviewMutation = `mutation($i: ReviewPayerInput!) { reviewPayer(input: $i) { payer { id status reason } userErrors { code clause field } } }`

// figures counts what a refused notification must not change.
func (s scene) figures() string {
	ctx, c := s.w.System(), s.w.Portal.Store.Read()
	return fmt.Sprint(c.LedgerEntry.Query().CountX(ctx), c.LedgerTransaction.Query().CountX(ctx),
		c.TopUp.Query().Order(db.Asc(topup.FieldID)).AllX(ctx), c.Balance.Query().AllX(ctx))
}

func TestARefusedNotificationBooksNothing(t *testing.T) {
	each(t, func(s scene) {
		a, other := s.w.Verified("Ada"), s.w.Verified("Bob")
		for ch, send := range counterparts {
			top, foreign := s.start(a, ch, "12.00"), s.start(other, ch, "12.00")
			trade := "T-" + string(ch)
			if status := s.notify(ch, message{trade, top.PaymentReference, "12.00", company(a)}); status != http.StatusOK {
				s.Fatalf("%s: %d", ch, status)
			}
			key := keyOf(string(ch))
			wrong := send(keyOf("somebody else"), message{"T2-" + string(ch), top.PaymentReference, "12.00", company(a)})
			missing := send(key, message{"T2-" + string(ch), top.PaymentReference, "12.00", company(a)})
			missing.Header, missing.Body = headers(), []byte(strings.NewReplacer("sign=", "no=", `"signature"`, `"no"`).Replace(string(missing.Body)))
			for _, c := range []struct {
				what   string
				d      payment.Delivery
				status int
				code   string
			}{
				{"a wrong signature", wrong, http.StatusUnauthorized, "PAYMENT_SIGNATURE_INVALID"},
				{"a missing signature", missing, http.StatusUnauthorized, "PAYMENT_SIGNATURE_INVALID"},
				{"another amount under the same trade number", send(key, message{trade, top.PaymentReference, "13.00", company(a)}), http.StatusOK, "PAYMENT_CONFLICT"},
				{"another account's trade", send(key, message{trade, foreign.PaymentReference, "12.00", company(a)}), http.StatusOK, "PAYMENT_CONFLICT"},
				{"an unknown reference", send(key, message{"T3-" + string(ch), "PT222222222222", "12.00", company(a)}), http.StatusOK, "PAYMENT_UNKNOWN"},
			} {
				before, audited, kept := s.figures(), s.audited(c.code), s.kept()
				status, body := s.post(ch, c.d)
				if status != c.status {
					s.Errorf("3.5: %s: %s: %d %s", ch, c.what, status, body)
				}
				if now := s.kept(); (now == kept) != (c.status != http.StatusOK) {
					s.Errorf("3.5: %s: %s: acknowledged with %d, and what is kept: %s, %s", ch, c.what, status, kept, now)
				}
				if s.figures() != before {
					s.Errorf("3.5: %s: %s changed something", ch, c.what)
				}
				if s.audited(c.code) != audited+1 {
					s.Errorf("1.2: %s: %s was not audited", ch, c.what)
				}
			}
		}
		bank := s.start(a, topup.ChannelONLINE_BANK, "12.00")
		if status := s.notify(topup.ChannelALIPAY, message{"T9", bank.PaymentReference, "12.00", company(a)}); status != http.StatusOK {
			s.Errorf("3.5: a foreign channel: %d", status)
		}
		if status, _ := s.post("NO_SUCH", payment.Delivery{Header: headers()}); status != http.StatusNotFound {
			s.Errorf("an unknown channel: %d", status)
		}
		if status, _ := s.post(topup.ChannelALIPAY, payment.Delivery{Header: headers(), Body: make([]byte, 1<<20+1)}); status != http.StatusRequestEntityTooLarge {
			s.Errorf("a body beyond the limit: %d", status)
		}
		s.clean()
	})
}

// kept counts everything that channels signed, and what of it waits for an
// operator.
func (s scene) kept() string {
	ctx, c := s.w.System(), s.w.Portal.Store.Read()
	return fmt.Sprint(c.Payment.Query().CountX(ctx), c.PaymentEvent.Query().CountX(ctx), c.Payment.Query().Where(entpayment.Questioned(true)).CountX(ctx))
}

func (s scene) audited(code string) int {
	n := 0 // refusals of strangers are counted in one event
	for _, e := range s.w.Portal.Store.Read().AuditEvent.Query().Where(auditevent.Code(code), auditevent.ClauseEQ("3.5")).AllX(s.w.System()) {
		n += int(e.Count)
	}
	return n
}

func TestWhatIsPaidCounts(t *testing.T) {
	each(t, func(s scene) {
		a := s.w.Verified("Ada")
		top := s.start(a, topup.ChannelONLINE_BANK, "12.00")
		for _, m := range []message{
			{"B1", top.PaymentReference, "0.01", company(a)},
			{"B2", top.PaymentReference, "12.00", strings.ToUpper(company(a))},
		} {
			if status := s.notify(topup.ChannelONLINE_BANK, m); status != http.StatusOK {
				s.Fatalf("3.5: %+v: %d", m, status)
			}
		}
		s.has(a.AccountID, "12.01", "0.00")
		if now := s.topUp(top.ID); *now.PaidMinor != 1201 || now.Status != topup.StatusCREDITED {
			s.Errorf("%+v", now)
		}
		s.clean()
	})
}

func TestATopUpExpiresAndWhatComesLateCounts(t *testing.T) {
	each(t, func(s scene) {
		a := s.w.Verified("Ada")
		online, transfer := s.start(a, topup.ChannelONLINE_BANK, "12.00"), s.start(a, topup.ChannelBANK_TRANSFER, "12.00")
		if online.ExpiresAt.Sub(online.CreatedAt) != 24*time.Hour || transfer.ExpiresAt.Sub(transfer.CreatedAt) != 30*24*time.Hour {
			s.Errorf("%v, %v", online.ExpiresAt, transfer.ExpiresAt)
		}
		s.w.AdvanceTo(online.ExpiresAt.Add(-time.Microsecond))
		if now := s.topUp(online.ID); now.Status != topup.StatusPENDING || payment.PayURL(now, s.w.Portal.Store.Now()) == nil {
			s.Errorf("3.5: before its time: %+v", now)
		}
		s.w.AdvanceTo(online.ExpiresAt)
		if now := s.topUp(online.ID); now.Status != topup.StatusEXPIRED || payment.PayURL(now, s.w.Portal.Store.Now()) != nil {
			s.Errorf("3.5: at its time: %+v", now)
		}
		if s.topUp(transfer.ID).Status != topup.StatusPENDING {
			s.Error("the transfer expired too")
		}
		if status := s.notify(topup.ChannelONLINE_BANK, message{"B1", online.PaymentReference, "12.00", company(a)}); status != http.StatusOK {
			s.Errorf("3.5: late: %d", status)
		}
		s.has(a.AccountID, "12.00", "0.00")
		if s.topUp(online.ID).Status != topup.StatusCREDITED {
			s.Error("3.5: money that came late is lost")
		}
		s.w.AdvanceTo(transfer.ExpiresAt)
		if s.topUp(transfer.ID).Status != topup.StatusEXPIRED || s.topUp(online.ID).Status != topup.StatusCREDITED {
			s.Error("3.5: the jobs left the wrong states")
		}
		s.clean()
	})
}

func TestWhatIsPaidBeforeApprovalWaitsForIt(t *testing.T) {
	each(t, func(s scene) {
		a := s.w.Owner("Ada")
		own, stranger := s.start(a, topup.ChannelONLINE_BANK, "12.00"), s.start(a, topup.ChannelONLINE_BANK, "7.00")
		s.notify(topup.ChannelONLINE_BANK, message{"B1", own.PaymentReference, "12.00", company(a)})
		s.notify(topup.ChannelONLINE_BANK, message{"B2", stranger.PaymentReference, "7.00", "Somebody"})
		s.w.RunJobs()
		s.has(a.AccountID, "0.00", "19.00")
		finance := s.w.Operator("operator-finance")
		r := s.w.Refused(finance, decideMutation, s.decision(own.ID, "CREDIT", "it is theirs"))
		if r.Code != "ENTITY_NOT_APPROVED" || r.Clause != "3.5" {
			s.Errorf("3.5: %+v", r)
		}
		s.w.Verify(a, map[string]any{"kind": "MAINLAND_COMPANY", "legalName": company(a), "country": "CN", "registrationNumber": portaltest.CreditCode(77)})
		s.has(a.AccountID, "0.00", "19.00")
		s.w.RunJobs()
		s.has(a.AccountID, "12.00", "7.00")
		if s.topUp(own.ID).Status != topup.StatusCREDITED || s.topUp(stranger.ID).Status != topup.StatusSUSPENSE {
			s.Error("3.5: matched wrongly")
		}
		if _, due, err := payment.Match().Next(s.w.System(), s.w.Portal.Store); due || err != nil {
			s.Errorf("what was compared is due again: %v", err)
		}
		s.clean()
	})
}

func TestAnotherPayerWaitsForAnOperator(t *testing.T) {
	each(t, func(s scene) {
		a := s.w.Verified("Ada")
		finance := s.w.Operator("operator-finance")
		pay := func(trade, payer string) *db.TopUp {
			top := s.start(a, topup.ChannelONLINE_BANK, "10.00")
			if status := s.notify(topup.ChannelONLINE_BANK, message{trade, top.PaymentReference, "10.00", payer}); status != http.StatusOK {
				s.Fatal(status)
			}
			return s.topUp(top.ID)
		}
		decide := func(id, decision string) map[string]any { return s.decision(id, decision, "proof 3") }
		if pay("B1", "Mother Co").Status != topup.StatusSUSPENSE || pay("B2", "").Status != topup.StatusSUSPENSE {
			s.Error("3.5: a stranger's money was credited")
		}
		designate(s, a, "Mother  Co")
		if pay("B3", "ＭＯＴＨＥＲ ＣＯ").Status != topup.StatusCREDITED {
			s.Error("3.5: a designated payer's money waits")
		}
		s.has(a.AccountID, "20.00", "10.00") // with the money that waited

		one := pay("B4", "Somebody")
		p := s.w.Done(finance, decideMutation, decide(one.ID, "CREDIT"))
		if portaltest.String(p, "payment", "status") != "CREDITED" || portaltest.String(p, "payment", "topUp", "creditedAt") == "" || portaltest.String(p, "payment", "reason") != "proof 3" {
			s.Errorf("%v", p)
		}
		if r := s.w.Refused(finance, decideMutation, decide(one.ID, "RETURN")); r.Code != "NOT_IN_SUSPENSE" || r.Clause != "3.5" {
			s.Errorf("3.5: decided twice: %+v", r)
		}
		two := pay("B5", "Somebody")
		p = s.w.Done(finance, decideMutation, decide(two.ID, "RETURN"))
		if portaltest.String(p, "payment", "status") != "RETURNED" || portaltest.String(p, "payment", "topUp", "status") != "RETURNED" {
			s.Errorf("%v", p)
		}
		s.has(a.AccountID, "30.00", "10.00")
		if r := s.w.Refused(finance, decideMutation, s.decision(two.ID, "CREDIT", "  ")); r.Code != "INVALID_INPUT" {
			s.Errorf("without a reason: %+v", r)
		}
		s.clean()
	})
}

func TestOneOperatorDecides(t *testing.T) {
	each(t, func(s scene) {
		a, finance := s.w.Verified("Ada"), s.w.Operator("operator-finance")
		three := s.start(a, topup.ChannelONLINE_BANK, "10.00")
		s.notify(topup.ChannelONLINE_BANK, message{"B6", three.PaymentReference, "10.00", "Somebody"})
		s.Run("3.5: of operators that decide the same money at once one wins", func(t *testing.T) {
			s := scene{t, s.w}
			var done sync.WaitGroup
			codes := make([]string, 8)
			for i := range codes {
				decision := []string{"CREDIT", "RETURN"}[i%2]
				done.Go(func() {
					r := s.w.Send(finance, decideMutation, s.decision(three.ID, decision, "proof 3"))
					for _, refusal := range r.Refusals(s) {
						codes[i] = refusal.Code
					}
				})
			}
			done.Wait()
			won := 0
			for _, code := range codes {
				switch code {
				case "":
					won++
				case "NOT_IN_SUSPENSE":
				default:
					s.Errorf("3.5: %s", code)
				}
			}
			if won != 1 {
				s.Errorf("3.5: %d operators decided the same money", won)
			}
		})
		s.clean()
	})
}

func TestPayersAreReviewedOnce(t *testing.T) {
	each(t, func(s scene) {
		a := s.w.Verified("Ada")
		finance := s.w.Operator("operator-finance")
		const mutation = `mutation($i: DesignatePayerInput!) { designatePayer(input: $i) { payer { id status name } userErrors { code clause field } } }`
		name := func(n, proof string) map[string]any {
			return map[string]any{"i": map[string]any{"accountId": a.AccountID, "name": n, "proof": proof}}
		}
		for _, bad := range []map[string]any{name(" ", "x"), name(strings.Repeat("字", 201), "x"), name("A", ""), name("\u200b", "x")} {
			if r := s.w.Refused(a, mutation, bad); r.Code != "INVALID_INPUT" {
				s.Errorf("%v: %+v", bad, r)
			}
		}
		p := s.w.Done(a, mutation, name(strings.Repeat("字", 200), "x"))
		id := portaltest.String(p, "payer", "id")
		if r := s.w.Refused(a, mutation, name(strings.Repeat("字", 200), "again")); r.Code != "PAYER_ALREADY_DESIGNATED" || r.Clause != "3.5" {
			s.Errorf("%+v", r)
		}
		reject := map[string]any{"i": map[string]any{"payerId": id, "decision": "REJECT"}}
		if r := s.w.Refused(finance, reviewMutation, reject); r.Code != "INVALID_INPUT" {
			s.Errorf("rejected without a reason: %+v", r)
		}
		reject["i"].(map[string]any)["reason"] = "illegible"
		s.w.Done(finance, reviewMutation, reject)
		if r := s.w.Refused(finance, reviewMutation, reject); r.Code != "PAYER_ALREADY_DECIDED" || r.Clause != "3.5" {
			s.Errorf("%+v", r)
		}
		s.w.Done(a, mutation, name(strings.Repeat("字", 200), "legible"))
		q := s.w.Must(finance, `{ payers(status: PENDING) { nodes { proof account { id } } totalCount } }`, nil)
		if portaltest.String(q, "payers", "nodes", 0, "proof") != "legible" || portaltest.At(q, "payers", "totalCount") != float64(1) {
			s.Errorf("%v", q)
		}
	})
}

func TestStartingATopUp(t *testing.T) {
	each(t, func(s scene) {
		a, stranger := s.w.Verified("Ada"), s.w.Verified("Bob")
		for amount, good := range map[string]bool{"1.00": true, "0.99": false, "10000000.00": true, "10000000.01": false, "1.5": true, "1.001": false, "-5.00": false} {
			r := s.w.Send(a, startMutation, in(a.AccountID, topup.ChannelBANK_TRANSFER, amount))
			if refusals := r.Refusals(s); (len(refusals) == 0) != good || !good && (refusals[0].Code != "INVALID_INPUT" || fmt.Sprint(refusals[0].Field) != "[input amount amount]") {
				s.Errorf("3.5: %s: %s", amount, r.Raw)
			}
		}
		usd := in(a.AccountID, topup.ChannelBANK_TRANSFER, "5.00")
		usd["i"].(map[string]any)["amount"].(map[string]any)["currency"] = "USD"
		if r := s.w.Refused(a, startMutation, usd); r.Code != "INVALID_INPUT" || fmt.Sprint(r.Field) != "[input amount currency]" {
			s.Errorf("another currency: %+v", r)
		}
		if r := s.w.Refused(stranger, startMutation, in(a.AccountID, topup.ChannelBANK_TRANSFER, "5.00")); r.Code != "NOT_FOUND" {
			s.Errorf("a foreign account: %+v", r)
		}
		p := s.w.Done(a, startMutation, in(a.AccountID, topup.ChannelALIPAY, "5.00"))
		if want := "https://pay.test/alipay?out_trade_no=" + portaltest.String(p, "topUp", "paymentReference") + "&total_amount=5.00"; portaltest.String(p, "topUp", "payUrl") != want {
			s.Errorf("%v instead of %s", p, want)
		}
		const keyed = `mutation($i: StartTopUpInput!) { startTopUp(input: $i) @idempotent(key: "k1") { topUp { id } userErrors { code } } }`
		first := s.w.Done(a, keyed, in(a.AccountID, topup.ChannelALIPAY, "6.00"))
		again := s.w.Done(a, keyed, in(a.AccountID, topup.ChannelALIPAY, "6.00"))
		if portaltest.String(first, "topUp", "id") != portaltest.String(again, "topUp", "id") {
			s.Errorf("%v, %v", first, again)
		}
		if r := s.w.Refused(a, keyed, in(a.AccountID, topup.ChannelALIPAY, "7.00")); r.Code != "IDEMPOTENCY_CONFLICT" {
			s.Errorf("%+v", r)
		}
	})
}

func TestAChannelThatIsNotSetUpIsRefused(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		s := scene{t, w}
		a := w.Verified("Ada")
		for _, ch := range []topup.Channel{topup.ChannelALIPAY, topup.ChannelWECHAT_PAY, topup.ChannelONLINE_BANK} {
			if r := w.Refused(a, startMutation, in(a.AccountID, ch, "5.00")); r.Code != "CHANNEL_UNAVAILABLE" || r.Clause != "3.5" ||
				r.Remedy.Operation != "startTopUp" || r.Remedy.Input["channel"] != "BANK_TRANSFER" {
				t.Errorf("%s: %+v", ch, r)
			}
			if status := s.notify(ch, message{"T", "PT", "1.00", "x"}); status != http.StatusNotFound {
				t.Errorf("%s: %d", ch, status)
			}
		}
		s.start(a, topup.ChannelBANK_TRANSFER, "5.00")
	})
}

func TestTheSandboxPaysBySignedNotifications(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		s := scene{t, w}
		a, other := w.Verified("Ada"), w.Verified("Bob")
		top := s.start(a, topup.ChannelSANDBOX, "2000.00")
		const complete = `mutation($i: CompleteSandboxPaymentInput!) { completeSandboxPayment(input: $i) { topUp { id status } userErrors { code field } } }`
		input := func(payer string) map[string]any {
			return map[string]any{"i": map[string]any{"topUpId": top.ID, "payerName": payer}}
		}
		if r := w.Refused(other, complete, input(company(a))); r.Code != "NOT_FOUND" {
			t.Errorf("a foreign top-up: %+v", r)
		}
		if r := w.Refused(a, complete, input(" ")); r.Code != "INVALID_INPUT" || fmt.Sprint(r.Field) != "[input payerName]" {
			t.Errorf("%+v", r)
		}
		transfer := s.start(a, topup.ChannelBANK_TRANSFER, "5.00")
		if r := w.Refused(a, complete, map[string]any{"i": map[string]any{"topUpId": transfer.ID, "payerName": "x"}}); r.Code != "PAYMENT_FOREIGN" {
			t.Errorf("another channel's: %+v", r)
		}
		w.Done(a, complete, input(company(a)))
		s.has(a.AccountID, "2000.00", "0.00")
		if n := w.Portal.Store.Read().Payment.Query().Where(entpayment.TopUpID(top.ID)).CountX(w.System()); n != 1 {
			t.Errorf("%d payments", n)
		}
		d, err := payment.Sandbox{Store: w.Portal.Store}.Pay(top, company(a), money.New(100, money.CNY), w.Wall.Now())
		if err != nil {
			t.Fatal(err)
		}
		forged := d
		forged.Body = bytes.Replace(d.Body, []byte("1.00"), []byte("9.00"), 1)
		if status, _ := s.post(topup.ChannelSANDBOX, forged); status != http.StatusUnauthorized {
			t.Errorf("3.5: a forged notification: %d", status)
		}
		if status, _ := s.post(topup.ChannelSANDBOX, d); status != http.StatusOK {
			t.Errorf("3.5: a signed one: %d", status)
		}
		s.has(a.AccountID, "2001.00", "0.00")
		s.clean()
	})
}

func TestWhatTheCustomerSeesOfItsMoney(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a := w.Funded("Ada", "2000.00")
		w.TopUp(a, "50.00")
		d := w.Must(a, `query($id: ID!) { account(id: $id) { balance { cash { amount currency } bonus { amount } available { amount } arrears { amount } suspense { amount } }
			invoiceable { amount } topUps(first: 1) { nodes { amount { amount } payUrl status account { id } } totalCount }
			payers { totalCount }
			ledgerEntries(first: 10) { nodes { kind book amount { amount } balanceAfter { amount } subject { __typename id } } totalCount } } }`, map[string]any{"id": a.AccountID})
		for path, want := range map[string]string{"cash": "2050.00", "bonus": "0.00", "available": "2050.00", "arrears": "0.00", "suspense": "0.00"} {
			if got := portaltest.String(d, "account", "balance", path, "amount"); got != want {
				t.Errorf("%s %s", path, got)
			}
		}
		newest := portaltest.At(d, "account", "ledgerEntries", "nodes", 0)
		if portaltest.String(newest, "kind") != "TOP_UP" || portaltest.String(newest, "amount", "amount") != "50.00" ||
			portaltest.String(newest, "balanceAfter", "amount") != "2050.00" || portaltest.String(newest, "subject", "__typename") != "TopUp" {
			t.Errorf("newest first: %v", newest)
		}
		if portaltest.At(d, "account", "ledgerEntries", "totalCount") != float64(2) || portaltest.At(d, "account", "topUps", "totalCount") != float64(2) ||
			portaltest.String(d, "account", "topUps", "nodes", 0, "amount", "amount") != "50.00" || portaltest.At(d, "account", "topUps", "nodes", 0, "payUrl") != nil {
			t.Errorf("%v", d)
		}
	})
}
