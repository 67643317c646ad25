package graph

import (
	"context"

	"portico/ent/db"
	"portico/ent/db/account"
	"portico/ent/db/closing"
	"portico/graph/batch"
	"portico/portal/finance/ledger"
)

// closingOf returns the closing of an account; nil while the agreement continues.
func (r *Resolver) closingOf(ctx context.Context, obj *db.Account) (*db.Closing, error) {
	found, err := batch.Load(ctx, obj, "closing", func(parents []*db.Account) (map[string]*db.Closing, error) {
		rows, err := r.read().Closing.Query().Where(closing.AccountIDIn(batch.IDs(parents)...)).All(ctx)
		m := make(map[string]*db.Closing, len(rows))
		for _, c := range batch.Together(ctx, rows) {
			m[c.AccountID] = c
		}
		return m, err
	})
	return found[obj.ID], err
}

// balanceOf returns the balance of an account that is being closed.
func (r *Resolver) balanceOf(ctx context.Context, obj *db.Closing) (*ledger.Balance, error) {
	balances, err := batch.Load(ctx, obj, "balance", func(closings []*db.Closing) (map[string]*ledger.Balance, error) {
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
