package graph

import (
	"context"

	"portico/ent/db"
	"portico/ent/db/product"
	"portico/ent/schema"
	"portico/graph/batch"
	"portico/graph/page"
	"portico/portal/offer/catalog"
)

// allProducts is the list of all products, in the order of the catalogue.
var allProducts = page.List[db.Product]{Name: "products", Column: product.FieldPosition,
	Key: func(p *db.Product) (any, string) { return p.Position, p.ID }}

// pricesOf returns all prices of a plan, oldest first.
func (r *Resolver) pricesOf(ctx context.Context, obj *db.Plan) ([]*db.Price, error) {
	return batch.Children(ctx, obj, "prices", func(ids []string) ([]*db.Price, error) { return catalog.Prices(ctx, r.read(), ids...) },
		func(p *db.Price) string { return p.PlanID })
}

// provision returns how a product, or an ordered part of it, is provided (2.2).
func provision(kept *string) *catalog.Provision {
	p := catalog.ByProvider
	if kept != nil {
		p = catalog.Provision(*kept)
	}
	return &p
}

// bodies returns the contracting bodies of a product or an order (2.2).
func bodies(all []string, first string) []string {
	if len(all) == 0 {
		return []string{first}
	}
	return all
}

// catalogLimits returns the limits of a plan.
func catalogLimits(p *db.Plan) []*schema.Limit {
	limits := make([]*schema.Limit, len(p.Limits))
	for i := range p.Limits {
		limits[i] = &p.Limits[i]
	}
	return limits
}
