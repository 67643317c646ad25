package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"portico/authz"
	"portico/ent/db"
	"portico/ent/db/account"
	"portico/ent/db/arrears"
	"portico/ent/db/auditevent"
	"portico/ent/db/balance"
	"portico/ent/db/bill"
	"portico/ent/db/billline"
	"portico/ent/db/fee"
	"portico/ent/db/ledgerentry"
	"portico/ent/db/ledgertransaction"
	"portico/ent/db/notice"
	"portico/ent/db/noticetarget"
	"portico/ent/db/restriction"
	"portico/ent/db/usageperiod"
	"portico/portal"
	"portico/portal/finance/ledger"
)

// comparedAtOnce is the number of accounts that are compared at once.
const comparedAtOnce = 250

// seeded are the rules that the seeded rows break, which have no applications,
// orders, events or payments. What SUM and RUNNING find is derived here.
var seeded = []string{"ACCOUNT", "AFTER", "COUNTED", "EVENTS", "PERIOD_OF", "SERVICE", "SUM", "RUNNING"}

// mostChecked is the largest number of accounts for which the ledger's check
// runs: it takes as long as the run.
const mostChecked = 1_000

// compare compares the values that both sides wrote, account by account: each
// bill, line, balance, booking, entry, fee, arrears, restriction, notice and audit
// event. Ids, numbers, hashes and the time of the run differ; the check of the
// ledger derives these.
func (r *billRun) compare(ctx context.Context) error {
	ctx = authz.With(ctx, authz.AsSystem("bench"))
	for i := range r.sides {
		if err := r.check(ctx, i); err != nil {
			return err
		}
	}
	for from := 0; from < r.accounts; from += comparedAtOnce {
		ids := make([]string, 0, comparedAtOnce)
		for i := from; i < min(from+comparedAtOnce, r.accounts); i++ {
			ids = append(ids, number("acct", i))
		}
		var sides [2]map[string][]string
		for i := range sides {
			var err error
			if sides[i], err = r.written(ctx, i, from, ids); err != nil {
				return err
			}
		}
		for _, id := range ids {
			if a, b := sides[0][id], sides[1][id]; len(a) < billLines || !slices.Equal(a, b) {
				return fmt.Errorf("the sides differ: %s\nfloor:\n%s\nportico:\n%s", id, strings.Join(a, "\n"), strings.Join(b, "\n"))
			}
		}
	}
	return nil
}

// check runs the check of the ledger on one side.
func (r *billRun) check(ctx context.Context, side int) error {
	if r.accounts > mostChecked {
		return nil
	}
	found, err := ledger.Check(ctx, r.sides[side].portal.Store, portal.Rules()...)
	if err != nil {
		return err
	}
	found = slices.DeleteFunc(found, func(f ledger.Finding) bool { return slices.Contains(seeded, f.Rule) })
	if len(found) > 0 {
		return fmt.Errorf("side %d: %d findings in the ledger, the first is %s", side, len(found), found[0])
	}
	return nil
}

// written describes what a side wrote for each of some accounts, one text for
// each row.
func (r *billRun) written(ctx context.Context, side, first int, ids []string) (map[string][]string, error) {
	all := map[string][]string{}
	w := &reader{ctx: ctx, client: r.sides[side].portal.Store.Read(), from: r.seed, raced: r.raced, first: first, ids: ids, add: func(id string, values ...any) { all[id] = append(all[id], fmt.Sprint(values)) }}
	for _, read := range []func() error{w.bills, w.ledger, w.arrears, w.audit} {
		if err := read(); err != nil {
			return nil, err
		}
	}
	return all, nil
}

type reader struct {
	ctx    context.Context
	client *db.Client
	from   billed
	raced  bool
	first  int // number of the first account
	ids    []string
	add    func(accountID string, values ...any)
}

func (w *reader) bills() error {
	periods, err := w.client.UsagePeriod.Query().Where(usageperiod.AccountIDIn(w.ids...)).Order(db.Asc(usageperiod.FieldID)).All(w.ctx)
	if err != nil {
		return err
	}
	for _, p := range periods {
		w.add(p.AccountID, "period", p.ID, p.Status, value(p.Outcome), p.ClosedAt != nil, value(p.DisputableUntil), value(p.DisputeRule), value(p.Failure), p.Failures)
	}
	bills, err := w.client.Bill.Query().Where(bill.AccountIDIn(w.ids...)).Order(db.Asc(bill.FieldAccountID, bill.FieldFromAt)).All(w.ctx)
	if err != nil {
		return err
	}
	for _, b := range bills {
		w.add(b.AccountID, "bill", b.PeriodID, b.Unit, b.FromAt, b.ToAt, b.Status, b.Class, b.TotalMinor, b.PaidBonusMinor, b.PaidCashMinor, b.Currency,
			b.ProviderBody, value(b.Partner), value(b.ProductNameZh), value(b.ProductNameEn), value(b.AccountName), value(b.LegalName), value(b.Zone),
			len(b.Number), b.DisputableUntil, b.DisputeRule, b.PaidAt != nil, value(b.DigestAt))
	}
	lines, err := w.client.BillLine.Query().Where(billline.AccountIDIn(w.ids...)).Order(db.Asc(billline.FieldAccountID, billline.FieldPosition)).All(w.ctx)
	for _, l := range lines {
		w.add(l.AccountID, "line", l.Position, l.ApplicationID, l.ServiceID, l.Metric, value(l.PlanNameZh), value(l.PlanNameEn), l.Quantity, l.UnitPrice, l.Per,
			value(l.AdjustsFrom), value(l.AdjustsTo), l.AmountMinor, l.Currency)
	}
	return err
}

func (w *reader) ledger() error {
	balances, err := w.client.Balance.Query().Where(balance.AccountIDIn(w.ids...)).Order(db.Asc(balance.FieldAccountID)).All(w.ctx)
	if err != nil {
		return err
	}
	money := map[string]map[string]int64{} // what each book of an account should hold
	for i, b := range balances {
		cash, bonus := w.from.money(w.first + i)
		money[b.AccountID] = map[string]int64{"CASH": cash, "BONUS": bonus}
		w.add(b.AccountID, "balance", b.Currency, b.CashMinor, b.BonusMinor, b.HeldMinor, b.SuspenseMinor, b.ReceivableMinor, b.Version, len(b.Head), b.HeadVersion)
	}
	bookings, err := w.client.LedgerTransaction.Query().Where(ledgertransaction.AccountIDIn(w.ids...)).
		Order(db.Asc(ledgertransaction.FieldAccountID, ledgertransaction.FieldBalanceVersion)).All(w.ctx)
	if err != nil {
		return err
	}
	for _, t := range bookings {
		w.add(t.AccountID, "booking", t.Kind, len(t.CauseKey), value(t.Currency), value(t.BalanceVersion), len(value(t.Hash)))
	}
	entries, err := w.client.LedgerEntry.Query().Where(ledgerentry.AccountIDIn(w.ids...)).
		Order(db.Asc(ledgerentry.FieldAccountID, ledgerentry.FieldPosition)).All(w.ctx)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if money[e.AccountID][e.Book] += e.AmountMinor; e.CustomerSide && money[e.AccountID][e.Book] != e.BalanceAfterMinor {
			return fmt.Errorf("%s of %s is %d after %s, not %d", e.Book, e.AccountID, e.BalanceAfterMinor, e.ID, money[e.AccountID][e.Book])
		}
		w.add(e.AccountID, "entry", e.Kind, e.Book, e.CustomerSide, e.AmountMinor, e.Currency, e.BalanceAfterMinor, e.Position)
	}
	for _, b := range balances {
		if of := money[b.AccountID]; of["CASH"] != b.CashMinor || of["BONUS"] != b.BonusMinor || of["RECEIVABLE"] != -b.ReceivableMinor {
			return fmt.Errorf("the balance of %s isn't the sum of its entries, %v", b.AccountID, of)
		}
	}
	fees, err := w.client.Fee.Query().Where(fee.AccountIDIn(w.ids...)).Order(db.Asc(fee.FieldAccountID, fee.FieldID)).All(w.ctx)
	for _, f := range fees {
		w.add(f.AccountID, "fee", f.PaidMinor, f.InvoicedMinor, f.RefundedMinor, f.Currency)
	}
	return err
}

func (w *reader) arrears() error {
	open, err := w.client.Arrears.Query().Where(arrears.AccountIDIn(w.ids...)).Order(db.Asc(arrears.FieldAccountID)).All(w.ctx)
	if err != nil {
		return err
	}
	for _, a := range open {
		w.add(a.AccountID, "arrears", a.Currency, a.StopsAt, a.StopRule, a.HeldAt != nil, a.Reminded, value(a.RemindAt), value(a.OpenKey))
	}
	restricted, err := w.client.Restriction.Query().Where(restriction.AccountIDIn(w.ids...)).
		Order(db.Asc(restriction.FieldAccountID, restriction.FieldCode, restriction.FieldTargetID)).All(w.ctx)
	if err != nil {
		return err
	}
	for _, r := range restricted {
		w.add(r.AccountID, "restriction", r.Scope, r.TargetID, r.Code, r.Clause, value(r.Reason), r.UntilAt != nil, len(value(r.OpenKey)))
	}
	targets, err := w.client.NoticeTarget.Query().Where(noticetarget.TargetIDIn(w.ids...)).All(w.ctx)
	if err != nil {
		return err
	}
	account := map[string]string{}
	var ids []string
	for _, t := range targets {
		account[t.NoticeID], ids = t.TargetID, append(ids, t.NoticeID)
	}
	notices, err := w.client.Notice.Query().Where(notice.IDIn(ids...)).All(w.ctx)
	for _, n := range notices {
		w.add(account[n.ID], "notice", n.Kind, n.Audience, n.Title, n.Body, value(n.TitleEn), value(n.BodyEn), n.Clause, n.InSite, n.Email, n.Public)
	}
	return err
}

func (w *reader) audit() error {
	known, err := w.client.Account.Query().Where(account.IDIn(w.ids...)).Count(w.ctx)
	if err != nil || known != len(w.ids) {
		return fmt.Errorf("%d of %d accounts, %w", known, len(w.ids), err)
	}
	events, err := w.client.AuditEvent.Query().Where(auditevent.AccountIDIn(w.ids...)).Order(db.Asc(auditevent.FieldAccountID, auditevent.FieldID)).All(w.ctx)
	for _, e := range events {
		if w.raced && e.Details == "{}" { // Portico found the period closed by the other run
			continue
		}
		w.add(e.AccountID, "audit", e.ActorKind, e.ActorID, e.ActingAs, e.Action, e.ObjectID[:4], e.Result, e.Code, e.Clause, e.IPAddress, e.Agent,
			e.CorrelationID, len(e.Details), e.Count)
	}
	return err
}

// value returns what a pointer points to, or else the zero value.
func value[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}
