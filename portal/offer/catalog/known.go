package catalog

import (
	"context"

	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/plan"
	"portico/ent/statement"
)

// plans caches the plans that were read, with their prices, by id. It is never
// stale: a caller states the current version.
var plans = ent.Keep(func(*ent.Store) *ent.Cache[string, knownPlan] { return new(ent.Cache[string, knownPlan]) })

type knownPlan struct {
	row    *db.Plan
	prices []*db.Price
}

func (k knownPlan) is(b *statement.Basis) bool {
	at, was := b.WithdrawnAt, k.row.WithdrawnAt
	return k.row.Version == b.Version && int64(len(k.prices)) == b.Prices &&
		(at == nil) == (was == nil) && (at == nil || at.Equal(*was))
}

// Known returns a plan and all of its prices at the version of a basis; nil if
// there is none. The rows are shared: only read them. It needs no query if that
// version was read before, otherwise two.
func Known(ctx context.Context, s *ent.Store, c *db.Client, planID string, b *statement.Basis) (*db.Plan, []*db.Price, error) {
	if kept, ok := plans.Of(s).Get(planID); ok && kept.is(b) {
		return kept.row, kept.prices, nil
	}
	row, err := c.Plan.Query().Where(plan.ID(planID)).Only(ctx)
	if db.IsNotFound(err) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	prices, err := Prices(ctx, c, planID)
	if err != nil {
		return nil, nil, err
	}
	if ent.InTransaction(ctx) { // the rows outlive it
		row.Unwrap()
		for _, p := range prices {
			p.Unwrap()
		}
	}
	plans.Of(s).Put(planID, knownPlan{row, prices})
	return row, prices, nil
}
