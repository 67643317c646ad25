package graph

import (
	"context"
	"encoding/json"

	"portico/ent/db"
	"portico/ent/db/payer"
	entpayment "portico/ent/db/payment"
	"portico/ent/db/paymentevent"
	"portico/ent/db/topup"
	"portico/graph/batch"
	"portico/graph/page"
	"portico/money"
	"portico/portal/finance/payment"
)

// topUpKey returns the sort key of a top-up in lists.
func topUpKey(t *db.TopUp) (any, string) { return t.CreatedAt, t.ID }

// paymentKey returns the sort key of a payment in lists.
func paymentKey(p *db.Payment) (any, string) { return p.ReceivedAt, p.ID }

// payerKey returns the sort key of a payer in lists.
func payerKey(p *db.Payer) (any, string) { return p.DesignatedAt, p.ID }

// accountTopUps is the list of the top-ups of an account, newest first.
var accountTopUps = page.AccountList[*db.TopUpQuery, db.TopUp]{
	List:    page.List[db.TopUp]{Name: "topUps", Column: topup.FieldCreatedAt, Descending: true, Key: topUpKey},
	Table:   topup.Table,
	Account: func(t *db.TopUp) string { return t.AccountID },
	Query:   func(c *db.Client) *db.TopUpQuery { return c.TopUp.Query() },
}

// accountPayers is the list of the payers of an account, newest first.
var accountPayers = page.AccountList[*db.PayerQuery, db.Payer]{
	List:    page.List[db.Payer]{Name: "payers", Column: payer.FieldDesignatedAt, Descending: true, Key: payerKey},
	Table:   payer.Table,
	Account: func(p *db.Payer) string { return p.AccountID },
	Query:   func(c *db.Client) *db.PayerQuery { return c.Payer.Query() },
}

// accountPayments is the list of the payments to an account, newest first.
var accountPayments = page.AccountList[*db.PaymentQuery, db.Payment]{
	List:    page.List[db.Payment]{Name: "payments", Column: entpayment.FieldReceivedAt, Descending: true, Key: paymentKey},
	Table:   entpayment.Table,
	Account: func(p *db.Payment) string { return p.AccountID },
	Query:   func(c *db.Client) *db.PaymentQuery { return c.Payment.Query() },
}

// The lists over all accounts, oldest first.
var (
	topUpQueue   = page.List[db.TopUp]{Name: "topUpQueue", Column: topup.FieldCreatedAt, Key: topUpKey}
	payerQueue   = page.List[db.Payer]{Name: "payerQueue", Column: payer.FieldDesignatedAt, Key: payerKey}
	paymentQueue = page.List[db.Payment]{Name: "paymentQueue", Column: entpayment.FieldReceivedAt, Key: paymentKey}
)

// mostOfOne is the maximum number of payments shown for a top-up, and of events shown
// for a payment.
const mostOfOne = 100

// paymentsOf reads a page of the operators' list of payments. A cursor is valid only
// for the filter that it was made with.
func (r *Resolver) paymentsOf(ctx context.Context, filter *payment.PaymentFilter, args page.Args) (*page.Connection[db.Payment], error) {
	of, err := json.Marshal(filter)
	if err != nil {
		return nil, err
	}
	return ofAll(ctx, r, paymentQueue, string(of), args, r.read().Payment.Query().Where(filter.Where()...))
}

// paymentsFor returns the first 100 payments of a top-up, oldest first.
func (r *Resolver) paymentsFor(ctx context.Context, obj *db.TopUp) ([]*db.Payment, error) {
	rows, err := batch.Children(ctx, obj, "payments", func(ids []string) ([]*db.Payment, error) {
		return firstOfEach(ids, func(ids []string, most int) ([]*db.Payment, error) {
			return r.read().Payment.Query().Where(entpayment.TopUpIDIn(ids...)).Order(db.Asc(entpayment.FieldTopUpID, entpayment.FieldID)).Limit(most).All(ctx)
		})
	}, func(p *db.Payment) string { return p.TopUpID })
	return rows[:min(len(rows), mostOfOne)], err
}

// eventsOf returns the first 100 signed events of a payment, oldest first.
func (r *Resolver) eventsOf(ctx context.Context, obj *db.Payment) ([]*db.PaymentEvent, error) {
	rows, err := batch.Children(ctx, obj, "events", func(ids []string) ([]*db.PaymentEvent, error) {
		return firstOfEach(ids, func(ids []string, most int) ([]*db.PaymentEvent, error) {
			return r.read().PaymentEvent.Query().Where(paymentevent.PaymentIDIn(ids...)).Order(db.Asc(paymentevent.FieldPaymentID, paymentevent.FieldID)).Limit(most).All(ctx)
		})
	}, func(e *db.PaymentEvent) string { return e.PaymentID })
	return rows[:min(len(rows), mostOfOne)], err
}

// firstOfEach reads the first rows of each id. It takes one query if all of them fit
// into its limit. Otherwise it takes one for each id, because the rows of one id could
// use up the limit.
func firstOfEach[C any](ids []string, read func(ids []string, most int) ([]C, error)) ([]C, error) {
	rows, err := read(ids, mostOfOne*len(ids))
	if err != nil || len(ids) == 1 || len(rows) < mostOfOne*len(ids) {
		return rows, err
	}
	rows = nil
	for _, id := range ids {
		own, err := read([]string{id}, mostOfOne)
		if err != nil {
			return nil, err
		}
		rows = append(rows, own...)
	}
	return rows, nil
}

// creditedOf returns the amount that all payments of a top-up added to the balance,
// without what was sent back.
func (r *Resolver) creditedOf(ctx context.Context, obj *db.TopUp) (*money.Amount, error) {
	sums, err := batch.Load(ctx, obj, "credited", func(rows []*db.TopUp) (map[string]int64, error) {
		return payment.CreditedOf(ctx, r.read(), batch.IDs(rows))
	})
	sum := money.New(sums[obj.ID], money.Currency(obj.Currency))
	return &sum, err
}

// candidatesOf returns, for all payments that were read together, the accounts that
// an unattributed payment may belong to.
func (r *Resolver) candidatesOf(ctx context.Context, obj *db.Payment) (map[string][]*payment.Candidate, error) {
	return batch.Load(ctx, obj, "candidates", func(rows []*db.Payment) (map[string][]*payment.Candidate, error) {
		return payment.Candidates(ctx, r.read(), rows)
	})
}

// candidate returns the account of a candidate. One query reads the accounts of all
// candidates that were found together.
func (r *Resolver) candidate(ctx context.Context, obj *payment.Candidate) (*db.Account, error) {
	rows, err := batch.Load(ctx, obj.Payment, "candidate accounts", func([]*db.Payment) (map[string]db.Node, error) {
		all, err := r.candidatesOf(ctx, obj.Payment)
		if err != nil {
			return nil, err
		}
		var accounts []string
		for _, list := range all {
			for _, c := range list {
				accounts = append(accounts, c.AccountID)
			}
		}
		return r.nodes(ctx, accounts)
	})
	a, _ := rows[obj.AccountID].(*db.Account)
	return a, err
}
