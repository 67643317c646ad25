package catalog

import (
	"context"

	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/plan"
	"portico/ent/db/price"
)

// Meter is something of a product that is measured.
type Meter struct{ ProductID, Metric string }

// Meters tells what is measured of some products, by their plans' prices and
// limits: true for a gauge, a level, false for a counter, which adds up. Two
// queries.
func Meters(ctx context.Context, c *db.Client, productIDs []string) (map[Meter]bool, error) {
	plans, err := c.Plan.Query().Where(plan.ProductIDIn(productIDs...)).All(ctx)
	if err != nil {
		return nil, err
	}
	meters, product := map[Meter]bool{}, map[string]string{}
	ids := make([]string, 0, len(plans))
	for _, p := range plans {
		ids = append(ids, p.ID)
		product[p.ID] = p.ProductID
	}
	prices, err := c.Price.Query().Where(price.PlanIDIn(ids...), price.MetricNEQ("")).All(ctx)
	if err != nil {
		return nil, err
	}
	for _, p := range prices {
		meters[Meter{product[p.PlanID], p.Metric}] = false
	}
	for _, p := range plans {
		for _, l := range p.Limits {
			m := Meter{p.ProductID, l.Metric}
			meters[m] = meters[m] || l.Period == ""
		}
	}
	return meters, nil
}

// Orderable tells whether a plan is in the catalogue at present.
func Orderable(p *db.Plan) bool { return p.WithdrawnAt == nil }

// Lifting finds the id of the plan that lifts a limit: the first of those that
// the catalogue names which can be ordered at present; "" if there is none. At
// most one query.
func Lifting(ctx context.Context, c *db.Client, productID string, l ent.Limit) (string, error) {
	if len(l.LiftedBy) == 0 {
		return "", nil
	}
	plans, err := c.Plan.Query().Where(plan.ProductID(productID), plan.CodeIn(l.LiftedBy...), plan.WithdrawnAtIsNil()).All(ctx)
	if err != nil {
		return "", err
	}
	for _, code := range l.LiftedBy {
		for _, p := range plans {
			if p.Code == code {
				return p.ID, nil
			}
		}
	}
	return "", nil
}
