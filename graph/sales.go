package graph

import (
	"context"

	"portico/ent/db"
	"portico/ent/db/application"
	"portico/ent/db/bill"
	"portico/ent/db/order"
	"portico/ent/db/product"
	"portico/ent/db/service"
	"portico/ent/schema"
	"portico/graph/page"
	"portico/money"
	"portico/portal/kernel/standing"
	"portico/portal/offer/catalog"
)

// The lists of what is sold and what runs.
var (
	allProducts = page.List[db.Product]{Name: "products", Column: product.FieldPosition,
		Key: func(p *db.Product) (any, string) { return p.Position, p.ID }}
	accountOrders = page.List[db.Order]{Name: "orders", Column: order.FieldPlacedAt, Descending: true,
		Key: func(o *db.Order) (any, string) { return o.PlacedAt, o.ID }}
	accountApplications = page.List[db.Application]{Name: "applications", Column: application.FieldCreatedAt,
		Key: func(a *db.Application) (any, string) { return a.CreatedAt, a.ID }}
	accountBills = page.List[db.Bill]{Name: "bills", Column: bill.FieldSentAt, Descending: true,
		Key: func(b *db.Bill) (any, string) { return b.SentAt, b.ID }}
	accountServices = page.List[db.Service]{Name: "services", Column: service.FieldOpenedAt,
		Key: func(s *db.Service) (any, string) { return s.OpenedAt, s.ID }}
)

// pricesOf are all prices of a plan, oldest first.
func (r *Resolver) pricesOf(ctx context.Context, obj *db.Plan) ([]*db.Price, error) {
	return children(ctx, obj, "prices", func(ids []string) ([]*db.Price, error) { return catalog.Prices(ctx, r.read(), ids...) },
		func(p *db.Price) string { return p.PlanID })
}

// provision tells how a product, or what was ordered of it, is provided (2.2).
func provision(kept *string) *catalog.Provision {
	p := catalog.ByProvider
	if kept != nil {
		p = catalog.Provision(*kept)
	}
	return &p
}

// bodies are the contracting bodies of a product or an order (2.2).
func bodies(all []string, first string) []string {
	if len(all) == 0 {
		return []string{first}
	}
	return all
}

// dueOf reads what restricts the account of a row now, once for all that were
// read together.
func dueOf[N db.Tenant](ctx context.Context, r *Resolver, row N) ([]*db.Restriction, error) {
	due, err := forAll(ctx, row, "due", func(rows []N) (map[string][]*db.Restriction, error) {
		accounts := make([]string, len(rows))
		for i, other := range rows {
			accounts[i] = other.TenantID()
		}
		return standing.DueEach(ctx, r.read().Restriction, accounts, r.store().Now())
	})
	return due[row.TenantID()], err
}

// exact is a number off a row.
func exact(text string) (*money.Decimal, error) {
	d, err := money.ParseDecimal(text)
	return &d, err
}

// term is a length of time off a row; nil where there is none.
func term(unit string, count int64) *catalog.TermInput {
	if unit == "" {
		return nil
	}
	return &catalog.TermInput{Unit: catalog.TermUnit(unit), Count: int(count)}
}

func catalogLimits(p *db.Plan) []*schema.Limit {
	limits := make([]*schema.Limit, len(p.Limits))
	for i := range p.Limits {
		limits[i] = &p.Limits[i]
	}
	return limits
}
