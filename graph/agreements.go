package graph

import (
	"context"

	"portico/ent/db"
	"portico/ent/db/account"
	"portico/ent/db/closing"
	"portico/ent/db/terms"
	"portico/graph/page"
	"portico/portal/finance/ledger"
	"portico/portal/offer/catalog"
)

// termsHistory is the list of the versions of a document, the latest to take
// effect first.
var termsHistory = page.List[db.Terms]{Name: "termsHistory", Column: terms.FieldEffectiveAt, Descending: true,
	Key: func(t *db.Terms) (any, string) { return t.EffectiveAt, t.ID }}

// comingTerms is the next version of a document that doesn't bind yet.
func (r *Resolver) comingTerms(ctx context.Context, kind terms.Kind) (*db.Terms, error) {
	row, err := r.read().Terms.Query().Where(terms.KindEQ(kind), terms.EffectiveAtGT(r.store().Now())).
		Order(db.Asc(terms.FieldEffectiveAt, terms.FieldID)).First(ctx)
	if db.IsNotFound(err) {
		return nil, nil
	}
	return row, err
}

// closingOf is the end of the agreement with an account; nil while it goes on.
func (r *Resolver) closingOf(ctx context.Context, obj *db.Account) (*db.Closing, error) {
	found, err := forAll(ctx, obj, "closing", func(parents []*db.Account) (map[string]*db.Closing, error) {
		rows, err := r.read().Closing.Query().Where(closing.AccountIDIn(ids(parents)...)).All(ctx)
		m := make(map[string]*db.Closing, len(rows))
		for _, c := range together(ctx, rows) {
			m[c.AccountID] = c
		}
		return m, err
	})
	return found[obj.ID], err
}

// balanceOf is the balance of an account that is being closed.
func (r *Resolver) balanceOf(ctx context.Context, obj *db.Closing) (*ledger.Balance, error) {
	balances, err := forAll(ctx, obj, "balance", func(closings []*db.Closing) (map[string]*ledger.Balance, error) {
		accounts := make([]string, len(closings))
		for i, c := range closings {
			accounts[i] = c.AccountID
		}
		rows, err := r.read().Account.Query().Where(account.IDIn(accounts...)).All(ctx)
		if err != nil {
			return nil, err
		}
		return ledger.ReadEach(ctx, r.read(), rows)
	})
	return balances[obj.AccountID], err
}

// listedPrice is the unit price that is listed now for what a signed price is of.
func (r *Resolver) listedPrice(ctx context.Context, obj *db.Override) (*string, error) {
	p, err := catalog.PriceAt(ctx, r.read(), obj.PlanID,
		catalog.Series{Metric: obj.Metric, Unit: catalog.TermUnit(obj.TermUnit), Count: int(obj.TermCount)}, r.store().Now())
	if err != nil || p == nil {
		return nil, err
	}
	return &p.UnitPrice, nil
}
