package payment_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"portico/calendar"
	"portico/clause"
	"portico/ent/db"
	"portico/ent/db/notice"
	"portico/ent/db/topup"
	"portico/portal/finance/ledger"
	"portico/portal/finance/payment"
	"portico/portaltest"
)

// imports imports lines of a statement: trade number, amount, currency, payer,
// remark.
func (s scene) imports(rows ...[5]string) {
	s.Helper()
	b := "tradeNumber,amount,currency,payerName,paidAt,remark\n"
	for _, r := range rows {
		b += strings.Join([]string{r[0], r[1], r[2], r[3], "2026-03-02 10:00:01", r[4]}, ",") + "\n"
	}
	payment.Receive(s.w.System(), s.w.Portal.Store, channel(s, topup.ChannelBANK_TRANSFER), signedStatement(b))
}

// unattributed returns lines of a statement that can't be booked.
func unattributed(company, reference string) [][5]string {
	return [][5]string{
		{"L1", "100.00", "CNY", company, "goods"},
		{"L2", "50.00", "CNY", "Somebody", "PTABCDEFGHJKLM"},
		{"L3", "7.00", "USD", company, reference},
		{"L4", "-30.00", "CNY", "Landlord", "rent"},
		{"", "9.00", "CNY", "Nobody", "no number"},
		{"", "9.00", "CNY", "Nobody", "no number"},
		{"L6", "5.00", "CNY", "Somebody", "lost"},
	}
}

func TestMoneyThatWasSealedUnattributedIsAttributed(t *testing.T) {
	each(t, func(s scene) {
		a := s.w.Verified("Ada")
		s.imports(unattributed(company(a), "")[0])
		now := s.w.Portal.Store.Now()
		row, err := ledger.SealDay(s.w.System(), s.w.Portal.Store, "2026-03-02", now, calendar.Real{}.Now().Add(2*time.Millisecond))
		if err != nil || row == nil {
			s.Fatalf("%v %v", row, err)
		}
		s.w.AdvanceTo(now.Add(time.Hour))
		s.is("of a known payer it counts", s.decide(s.trade("L1"), "ATTRIBUTE", "accountId", a.AccountID), "CREDITED  100.00 0.00 0.00")
		s.clean()
	})
}

func TestALineThatIsAmendedIsAConflict(t *testing.T) {
	each(t, func(s scene) {
		a := s.w.Verified("Ada")
		top := s.start(a, topup.ChannelBANK_TRANSFER, "5.00")
		s.imports([5]string{"M1", "-30.00", "CNY", "Landlord", "rent"}, [5]string{"M2", "5.00", "CNY", company(a), top.PaymentReference})
		s.imports([5]string{"M1", "-30.00", "CNY", "Landlord", "rent, March"}, [5]string{"M2", "5.0", "CNY", company(a), top.PaymentReference})
		s.is("money that went out, in other words", s.trade("M1"), "UNATTRIBUTED OUTGOING -30.00 0.00 0.00")
		s.is("money that came in, written otherwise", s.trade("M2"), "CREDITED  5.00 0.00 0.00")
		s.is("noted", s.decide(s.trade("M1"), "NOTE"), "NOTED  -30.00 0.00 0.00")
		s.imports([5]string{"M1", "-31.00", "CNY", "Landlord", "rent"}, [5]string{"M2", "5.00", "CNY", "Somebody", top.PaymentReference})
		s.is("more that went out", s.trade("M1"), "NOTED CONFLICT -30.00 0.00 0.00")
		s.is("of another payer", s.trade("M2"), "CREDITED CONFLICT 5.00 0.00 0.00")
		s.has(a.AccountID, "5.00", "0.00")
		s.clean()
	})
}

func TestANotedPaymentThatIsReportedAgainCanStillBeAttributed(t *testing.T) {
	each(t, func(s scene) {
		a := s.w.Verified("Ada")
		top := s.start(a, topup.ChannelBANK_TRANSFER, "1234.00")
		line := func(amount string) [5]string {
			return [5]string{"N1", amount, "CNY", company(a), top.PaymentReference}
		}
		s.imports(line("1 234"))
		s.is("an amount that can't be read", s.trade("N1"), "UNATTRIBUTED UNREADABLE - - -")
		s.is("noted", s.decide(s.trade("N1"), "NOTE"), "NOTED  - - -")
		refuse := map[string]any{"paymentId": s.trade("N1").ID, "decision": "ATTRIBUTE", "reason": "x", "topUpId": top.ID}
		if r := s.w.Refused(s.desk(), decideMutation, map[string]any{"i": refuse}); r.Code != "NOT_IN_SUSPENSE" {
			s.Errorf("3.5: before it is reported again: %+v", r)
		}
		s.imports(line("1234.00"))
		s.is("corrected", s.trade("N1"), "NOTED CONFLICT 1234.00 0.00 0.00")
		s.is("attributed", s.decide(s.trade("N1"), "ATTRIBUTE", "topUpId", top.ID), "CREDITED  1234.00 0.00 0.00")
		s.has(a.AccountID, "1234.00", "0.00")
		s.clean()
	})
}

func TestUnattributedLinesAreDecidedByAnOperator(t *testing.T) {
	each(t, func(s scene) {
		a, b := s.w.Verified("Ada"), s.w.Verified("Bob")
		top := s.start(a, topup.ChannelBANK_TRANSFER, "5.00")
		rows := unattributed(company(a), top.PaymentReference)
		for range 3 { // the same import again changes nothing
			s.imports(rows...)
		}
		all := s.found(map[string]any{"status": "UNATTRIBUTED"})
		if len(all) != 7 {
			s.Fatalf("3.5: %d of 7 lines are kept", len(all))
		}
		s.has(a.AccountID, "0.00", "0.00")
		if c := s.trade("L1").Candidates; len(c) != 1 || c[0].Account.ID != a.AccountID {
			s.Errorf("3.5: the legal entity of that name is no candidate: %+v", c)
		}
		if c := s.trade("L3").Candidates; len(c) != 1 || c[0].Account.ID != a.AccountID {
			s.Errorf("3.5: whose reference it is, is no candidate: %+v", c)
		}
		s.is("money that went out", s.trade("L4"), "UNATTRIBUTED OUTGOING -30.00 0.00 0.00")

		s.is("of a known payer it counts", s.decide(s.trade("L1"), "ATTRIBUTE", "accountId", a.AccountID), "CREDITED  100.00 0.00 0.00")
		s.has(a.AccountID, "100.00", "0.00")
		s.is("of another it waits", s.decide(s.trade("L2"), "ATTRIBUTE", "topUpId", s.start(b, topup.ChannelBANK_TRANSFER, "50.00").ID), "SUSPENSE  50.00 0.00 0.00")
		s.has(b.AccountID, "0.00", "50.00")
		if r := s.w.Refused(s.desk(), decideMutation, map[string]any{"i": map[string]any{"paymentId": s.trade("L3").ID, "decision": "ATTRIBUTE", "reason": "x", "accountId": a.AccountID}}); r.Code != "PAYMENT_FOREIGN" {
			s.Errorf("3.5: another currency: %+v", r)
		}
		s.is("returned", s.decide(s.trade("L3"), "RETURN"), "RETURNED  7.00 0.00 0.00")
		s.is("not ours", s.decide(s.trade("L4"), "NOTE"), "NOTED  -30.00 0.00 0.00")
		for _, r := range []map[string]any{{"decision": "ATTRIBUTE"}, {"decision": "ATTRIBUTE", "accountId": a.AccountID, "topUpId": top.ID}} {
			r["paymentId"], r["reason"] = s.trade("L6").ID, "x"
			if got := s.w.Refused(s.desk(), decideMutation, map[string]any{"i": r}); got.Code != "INVALID_INPUT" {
				s.Errorf("3.5: %v: %+v", r, got)
			}
		}
		s.imports(rows...)
		if n := len(s.found(map[string]any{"status": "UNATTRIBUTED"})); n != 3 {
			s.Errorf("3.5: imported again after the decisions, %d wait instead of 3", n)
		}
		s.has(a.AccountID, "100.00", "0.00")
		s.clean()

		s.Run("3.5: a line of money that went out sends a payment back", func(t *testing.T) { scene{t, s.w}.goesOut(a) })
		s.Run("3.5: who has an interest decides nothing of it", func(t *testing.T) { scene{t, s.w}.unattributedInterest(b) })
	})
}

func TestSuspenseIsDecidedPaymentByPayment(t *testing.T) {
	each(t, func(s scene) {
		a := s.w.Verified("Ada")
		top := s.start(a, topup.ChannelONLINE_BANK, "1000.00")
		for i, amount := range []string{"1000.00", "50.00"} {
			if status := s.notify(topup.ChannelONLINE_BANK, message{fmt.Sprint("E", i), top.PaymentReference, amount, fmt.Sprint("Payer ", i)}); status != 200 {
				s.Fatal(status)
			}
		}
		s.has(a.AccountID, "0.00", "1050.00")
		s.decide(s.trade("E1"), "CREDIT")
		s.has(a.AccountID, "50.00", "1000.00")
		if now := s.topUp(top.ID); now.Status != topup.StatusSUSPENSE {
			s.Errorf("3.5: %s while a payment waits", now.Status)
		}
		s.decide(s.trade("E0"), "RETURN")
		s.has(a.AccountID, "50.00", "0.00")
		d := s.w.Must(a, `query($id: ID!) { node(id: $id) { ... on TopUp { status credited { amount } payments { tradeNumber status reason } } } }`, map[string]any{"id": top.ID})
		if portaltest.String(d, "node", "credited", "amount") != "50.00" || portaltest.String(d, "node", "payments", 0, "reason") != "the bank's letter" ||
			portaltest.String(d, "node", "payments", 0, "status") != "RETURNED" || portaltest.String(d, "node", "payments", 1, "status") != "CREDITED" {
			s.Errorf("3.5: the customer sees %v", d)
		}
		n := 0
		for _, row := range s.w.Portal.Store.Read().Notice.Query().Where(notice.SubjectID(top.ID)).AllX(s.w.System()) {
			if strings.Contains(row.Body, "the bank's letter") && row.BodyEn != nil && strings.Contains(*row.BodyEn, "the bank's letter") {
				n++
			}
		}
		if n != 2 {
			s.Errorf("3.5: the reason of two decisions is in %d notices", n)
		}
		s.clean()
	})
}

func (s scene) goesOut(a *portaltest.Actor) {
	s.imports([5]string{"L1", "-40.00", "CNY", company(a), "returned"})
	var out paymentRow
	for _, p := range s.found(map[string]any{"tradeNumber": "L1"}) {
		if p.Question == "OUTGOING" {
			out = p
		}
	}
	var in string
	for _, p := range s.found(map[string]any{"accountId": a.AccountID, "status": "CREDITED"}) {
		in = p.ID
	}
	part := map[string]any{"paymentId": out.ID, "decision": "REFUND", "reason": "why", "refundOf": in, "amount": map[string]any{"amount": "1.00", "currency": "CNY"}}
	if got := s.w.Refused(s.desk(), decideMutation, map[string]any{"i": part}); got.Code != clause.Invalid.Code || !slices.Contains(got.Field, "amount") {
		s.Errorf("3.5: a part of what went out: %+v", got)
	}
	s.is("noted", s.decide(out, "REFUND", "refundOf", in), "NOTED  -40.00 0.00 0.00")
	s.has(a.AccountID, "60.00", "0.00")
	s.clean()
	if n := s.w.Portal.Store.Read().Notice.Query().Where(notice.BodyContains("the bank's letter"), notice.BodyEnContains("the bank's letter")).CountX(s.w.System()); n != 3 {
		s.Errorf("3.5: the reasons of three decisions about money of accounts are in %d notices", n)
	}
}

func (s scene) unattributedInterest(b *portaltest.Actor) {
	by := s.w.Operator("operator-finance")
	s.employed(by, b)
	s.imports([5]string{"L7", "1.00", "CNY", company(b), ""}, [5]string{"L8", "1.00", "CNY", "x", ""}, [5]string{"L9", "1.00", "CNY", by.Name, ""})
	for trade, in := range map[string]map[string]any{
		"L7": {"decision": "NOTE"}, "L8": {"decision": "ATTRIBUTE", "accountId": b.AccountID}, "L9": {"decision": "RETURN"},
	} {
		in["paymentId"], in["reason"] = s.trade(trade).ID, "x"
		if r := s.w.Refused(by, decideMutation, map[string]any{"i": in}); r.Code != "CONFLICT_OF_INTEREST" || r.Clause != "3.5" {
			s.Errorf("%s: %+v", trade, r)
		}
	}
}

func TestWhatIsGivenBesideADecisionBelongsToIt(t *testing.T) {
	each(t, func(s scene) {
		a := s.w.Verified("Ada")
		top := s.start(a, topup.ChannelBANK_TRANSFER, "50.00")
		s.imports([5]string{"B1", "50.00", "CNY", "A stranger", top.PaymentReference}, [5]string{"B2", "50.00", "CNY", "Somebody", "nothing"})
		five := map[string]any{"amount": "5.00", "currency": "CNY"}
		given := map[string]any{"accountId": a.AccountID, "topUpId": top.ID, "refundOf": s.trade("B1").ID, "amount": five}
		of := map[string][]string{"ATTRIBUTE": {"accountId", "topUpId"}, "REFUND": {"refundOf", "amount"}, "CREDIT": nil, "RETURN": nil, "NOTE": nil, "WAIVE": nil}
		for decision, own := range of {
			for name, value := range given {
				for _, trade := range []string{"B1", "B2"} {
					if slices.Contains(own, name) {
						continue
					}
					before := s.trade(trade)
					in := map[string]any{"paymentId": before.ID, "decision": decision, "reason": "why", name: value}
					if got := s.w.Refused(s.desk(), decideMutation, map[string]any{"i": in}); got.Code != clause.Invalid.Code {
						s.Errorf("3.5: %s with %s: %v", decision, name, got)
					}
					if after := s.trade(trade).sums(); after != before.sums() {
						s.Errorf("3.5: %s with %s: %q was %q", decision, name, after, before.sums())
					}
				}
			}
		}
	})
}

func TestCreditedAddsUpEveryPayment(t *testing.T) {
	each(t, func(s scene) {
		a := s.w.Verified("Ada")
		tops := []*db.TopUp{s.start(a, topup.ChannelBANK_TRANSFER, "5.00"), s.start(a, topup.ChannelBANK_TRANSFER, "5.00")}
		const many = 201 // more than either limit of a list
		for i, top := range tops {
			var rows [][5]string
			for n := range many - 199*i {
				rows = append(rows, [5]string{fmt.Sprintf("C%d-%d", i, n), "1.00", "CNY", company(a), top.PaymentReference})
			}
			s.imports(rows...)
		}
		got := s.w.Must(a, `query($id: ID!) { account(id: $id) { topUps { nodes { id credited { amount } payments { id } } } } }`, map[string]any{"id": a.AccountID})
		for _, node := range portaltest.At(got, "account", "topUps", "nodes").([]any) {
			credited, shown := "201.00", 100
			if portaltest.String(node, "id") == tops[1].ID {
				credited, shown = "2.00", 2
			}
			listed := len(portaltest.At(node, "payments").([]any))
			if portaltest.String(node, "credited", "amount") != credited || listed != shown {
				s.Errorf("3.5: %s of %d, not %s of %d", portaltest.String(node, "credited", "amount"), listed, credited, shown)
			}
		}
	})
}
