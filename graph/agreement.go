package graph

import (
	"context"

	"portico/ent/db"
	"portico/ent/db/acceptance"
	"portico/ent/db/terms"
	"portico/graph/batch"
	"portico/graph/page"
	"portico/portal/customer/agreement"
	"portico/portal/offer/catalog"
)

// acceptances is the list of the acceptances of documents for an account, newest first.
var acceptances = page.AccountList[*db.AcceptanceQuery, db.Acceptance]{
	List:    page.List[db.Acceptance]{Name: "acceptances", Column: acceptance.FieldAcceptedAt, Descending: true, Key: func(a *db.Acceptance) (any, string) { return a.AcceptedAt, a.ID }},
	Table:   acceptance.Table,
	Account: func(a *db.Acceptance) string { return a.AccountID },
	Query:   func(c *db.Client) *db.AcceptanceQuery { return c.Acceptance.Query() },
}

// termsHistory is the list of the versions of a document, the latest to take
// effect first.
var termsHistory = page.List[db.Terms]{Name: "termsHistory", Column: terms.FieldEffectiveAt, Descending: true,
	Key: func(t *db.Terms) (any, string) { return t.EffectiveAt, t.ID }}

// comingTerms returns the next version of a document that isn't in effect yet; nil
// if there is none.
func (r *Resolver) comingTerms(ctx context.Context, kind terms.Kind) (*db.Terms, error) {
	row, err := r.read().Terms.Query().Where(terms.KindEQ(kind), terms.EffectiveAtGT(r.store().Now())).
		Order(db.Asc(terms.FieldEffectiveAt, terms.FieldID)).First(ctx)
	if db.IsNotFound(err) {
		return nil, nil
	}
	return row, err
}

// termsDue returns the amendments in force that nobody has accepted for an account.
func (r *Resolver) termsDue(ctx context.Context, obj *db.Account) ([]*db.Terms, error) {
	due, err := batch.Load(ctx, obj, "termsDue", func(parents []*db.Account) (map[string][]*db.Terms, error) {
		due, err := agreement.Due(ctx, r.read(), batch.IDs(parents), r.store().Now())
		if err != nil {
			return nil, err
		}
		var versions []string
		for _, list := range due {
			versions = append(versions, batch.IDs(list)...)
		}
		full, err := r.nodes(ctx, versions)
		for _, list := range due {
			for i, t := range list {
				if row, ok := full[t.ID].(*db.Terms); ok {
					list[i] = row
				}
			}
		}
		return due, err
	})
	if err != nil || due[obj.ID] == nil {
		return []*db.Terms{}, err
	}
	return due[obj.ID], nil
}

// listedPrice returns the unit price that the catalogue lists now for the plan and
// metric, or term, of a signed price; nil if it lists none.
func (r *Resolver) listedPrice(ctx context.Context, obj *db.Override) (*string, error) {
	p, err := catalog.PriceAt(ctx, r.read(), obj.PlanID,
		catalog.Series{Metric: obj.Metric, Unit: catalog.TermUnit(obj.TermUnit), Count: int(obj.TermCount)}, r.store().Now())
	if err != nil || p == nil {
		return nil, err
	}
	return &p.UnitPrice, nil
}
