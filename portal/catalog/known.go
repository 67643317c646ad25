package catalog

import (
	"context"

	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/plan"
	"portico/ent/statement"
)

// planKey is where a store keeps a plan with its prices. It is never behind:
// whoever asks for it tells which version there is now.
type planKey struct{ id string }

type knownPlan struct {
	row    *db.Plan
	prices []*db.Price
}

func (k knownPlan) is(b *statement.Basis) bool {
	at, was := b.WithdrawnAt, k.row.WithdrawnAt
	return k.row.Revision == b.Revision && int64(len(k.prices)) == b.Prices &&
		(at == nil) == (was == nil) && (at == nil || at.Equal(*was))
}

// Known is a plan and all of its prices at the version that a basis tells; nil
// if there is none. The rows are shared: read them only. No query where that
// version was read before, else two.
func Known(ctx context.Context, s *ent.Store, c *db.Client, planID string, b *statement.Basis) (*db.Plan, []*db.Price, error) {
	if kept, ok := s.Memo().Load(planKey{planID}); ok && kept.(knownPlan).is(b) {
		return kept.(knownPlan).row, kept.(knownPlan).prices, nil
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
	if ent.InTransaction(ctx) { // they outlive it
		row.Unwrap()
		for _, p := range prices {
			p.Unwrap()
		}
	}
	s.Memo().Store(planKey{planID}, knownPlan{row, prices})
	return row, prices, nil
}
