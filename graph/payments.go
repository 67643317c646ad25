package graph

import (
	"context"
	"encoding/json"

	"portico/ent/db"
	entpayment "portico/ent/db/payment"
	"portico/ent/db/paymentevent"
	"portico/graph/page"
	"portico/money"
	"portico/portal/finance/payment"
)

// mostOfOne is how many payments of a top-up, and events of a payment, are shown
// with it.
const mostOfOne = 100

// paymentsOf is a page of the operators' list of payments; a cursor serves its
// filter alone.
func (r *Resolver) paymentsOf(ctx context.Context, filter *payment.PaymentFilter, args page.Args) (*page.Connection[db.Payment], error) {
	of, err := json.Marshal(filter)
	if err != nil {
		return nil, err
	}
	return queue(ctx, r, paymentQueue, string(of), args, r.read().Payment.Query().Where(filter.Where()...))
}

// paymentsFor are the payments of a top-up, oldest first.
func (r *Resolver) paymentsFor(ctx context.Context, obj *db.TopUp) ([]*db.Payment, error) {
	rows, err := children(ctx, obj, "payments", func(ids []string) ([]*db.Payment, error) {
		return firstOfEach(ids, func(ids []string, most int) ([]*db.Payment, error) {
			return r.read().Payment.Query().Where(entpayment.TopUpIDIn(ids...)).Order(db.Asc(entpayment.FieldTopUpID, entpayment.FieldID)).Limit(most).All(ctx)
		})
	}, func(p *db.Payment) string { return p.TopUpID })
	return rows[:min(len(rows), mostOfOne)], err
}

// firstOfEach reads the first rows of each id, in one query as long as none has
// more of them than its share: else its rows would push out those of the others.
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

// creditedOf is what of a top-up reached the balance and was not sent back, however
// many payments that were.
func (r *Resolver) creditedOf(ctx context.Context, obj *db.TopUp) (*money.Amount, error) {
	sums, err := forAll(ctx, obj, "credited", func(rows []*db.TopUp) (map[string]int64, error) {
		ids := make([]string, len(rows))
		for i, row := range rows {
			ids[i] = row.ID
		}
		return payment.CreditedOf(ctx, r.read(), ids)
	})
	sum := money.New(sums[obj.ID], money.Currency(obj.Currency))
	return &sum, err
}

// eventsOf is all that was signed about a payment, oldest first.
func (r *Resolver) eventsOf(ctx context.Context, obj *db.Payment) ([]*db.PaymentEvent, error) {
	rows, err := children(ctx, obj, "events", func(ids []string) ([]*db.PaymentEvent, error) {
		return firstOfEach(ids, func(ids []string, most int) ([]*db.PaymentEvent, error) {
			return r.read().PaymentEvent.Query().Where(paymentevent.PaymentIDIn(ids...)).Order(db.Asc(paymentevent.FieldPaymentID, paymentevent.FieldID)).Limit(most).All(ctx)
		})
	}, func(e *db.PaymentEvent) string { return e.PaymentID })
	return rows[:min(len(rows), mostOfOne)], err
}

// candidatesOf are the accounts that payments of nobody may belong to, of all
// that were read together.
func (r *Resolver) candidatesOf(ctx context.Context, obj *db.Payment) (map[string][]*payment.Candidate, error) {
	return forAll(ctx, obj, "candidates", func(rows []*db.Payment) (map[string][]*payment.Candidate, error) {
		return payment.Candidates(ctx, r.read(), rows)
	})
}

// candidate is the account of a candidate: of all that were found together, in
// one query.
func (r *Resolver) candidate(ctx context.Context, obj *payment.Candidate) (*db.Account, error) {
	rows, err := forAll(ctx, obj.Payment, "candidate accounts", func([]*db.Payment) (map[string]db.Node, error) {
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
