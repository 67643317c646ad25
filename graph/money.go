package graph

import (
	"context"

	"portico/ent/db"
	"portico/ent/db/arrears"
	"portico/ent/db/invoice"
	"portico/ent/db/ledgerentry"
	"portico/ent/db/payer"
	"portico/ent/db/payment"
	"portico/ent/db/topup"
	"portico/ent/db/usageperiod"
	"portico/graph/page"
)

// The lists of ledger, payment and invoices.
var (
	ledgerEntries = page.List[db.LedgerEntry]{Name: "ledgerEntries", Column: ledgerentry.FieldTurn, Descending: true,
		Key: func(e *db.LedgerEntry) (any, string) { return e.Turn, e.ID }}
	accountTopUps   = page.List[db.TopUp]{Name: "topUps", Column: topup.FieldCreatedAt, Descending: true, Key: topUpKey}
	topUpQueue      = page.List[db.TopUp]{Name: "topUpQueue", Column: topup.FieldCreatedAt, Key: topUpKey}
	accountPayers   = page.List[db.Payer]{Name: "payers", Column: payer.FieldDesignatedAt, Descending: true, Key: payerKey}
	accountInvoices = page.List[db.Invoice]{Name: "invoices", Column: invoice.FieldRequestedAt, Descending: true, Key: invoiceKey}
	invoiceQueue    = page.List[db.Invoice]{Name: "invoiceQueue", Column: invoice.FieldRequestedAt, Key: invoiceKey}
	accountPayments = page.List[db.Payment]{Name: "payments", Column: payment.FieldReceivedAt, Descending: true, Key: paymentKey}
	paymentQueue    = page.List[db.Payment]{Name: "paymentQueue", Column: payment.FieldReceivedAt, Key: paymentKey}
	periodQueue     = page.List[db.UsagePeriod]{Name: "periodQueue", Column: usageperiod.FieldClosesAt, Key: periodKey}
	payerQueue      = page.List[db.Payer]{Name: "payerQueue", Column: payer.FieldDesignatedAt, Key: payerKey}
)

func topUpKey(t *db.TopUp) (any, string) { return t.CreatedAt, t.ID }

func periodKey(p *db.UsagePeriod) (any, string) { return p.ClosesAt, p.ID }

func invoiceKey(i *db.Invoice) (any, string) { return i.RequestedAt, i.ID }

func paymentKey(p *db.Payment) (any, string) { return p.ReceivedAt, p.ID }

func payerKey(p *db.Payer) (any, string) { return p.DesignatedAt, p.ID }

// queue reads a page of an operator's list over all accounts; of names its
// condition, so that a cursor serves it alone.
func queue[Q listed[Q, T], T any, N interface {
	*T
	db.Node
}](ctx context.Context, r *Resolver, list page.List[T], of string, args page.Args, q Q) (*page.Connection[T], error) {
	c, err := page.Read(ctx, r.store(), list, of, args, q)
	if err != nil {
		return nil, err
	}
	gather[T, N](ctx, c.Nodes)
	return c, nil
}

// visibleReference is [reference] to an object of any type that the reader may
// see; what it may not see is nil.
func visibleReference[P db.Node](ctx context.Context, r *Resolver, parent P, name string, id func(P) string) (db.Node, error) {
	rows, err := forAll(ctx, parent, name, func(parents []P) (map[string]db.Node, error) {
		ids := make([]string, 0, len(parents))
		for _, p := range parents {
			ids = append(ids, id(p))
		}
		return r.visible(ctx, ids)
	})
	return rows[id(parent)], err
}

// arrears are what runs now of an account, in its own currency; nil if nothing
// is owed (3.8).
func (r *Resolver) arrears(ctx context.Context, obj *db.Account) (*db.Arrears, error) {
	open, err := forAll(ctx, obj, "arrears", func(parents []*db.Account) (map[string]*db.Arrears, error) {
		rows, err := r.read().Arrears.Query().Where(arrears.AccountIDIn(ids(parents)...), arrears.OpenKeyNotNil()).All(ctx)
		m := make(map[string]*db.Arrears, len(rows))
		for _, row := range together(ctx, rows) {
			m[row.AccountID+row.Currency] = row
		}
		return m, err
	})
	return open[obj.ID+obj.Currency], err
}
