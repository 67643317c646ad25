package catalog

import (
	"context"
	"time"

	"portico/ent/db"
	"portico/ent/db/override"
	"portico/ent/db/plan"
	"portico/ent/db/price"
)

// Meter is a metric of a product that is measured.
type Meter struct{ ProductID, Metric string }

// Listing is a metric that a plan has a price for.
type Listing struct{ PlanID, Metric string }

// Measures describes what is measured of some products, and how it is billed.
type Measures struct {
	// Gauge is true for a gauge, a level, false for a counter, which adds up.
	Gauge map[Meter]bool
	// Period is the billing period of a plan, by the plan's id.
	Period map[string]plan.BillingPeriod
	// Listed is the instant from which a plan has a price for a metric.
	Listed map[Listing]time.Time

	prices map[Listing][]*db.Price
	signed map[account][]*db.Override // in the order in which they begin
}

// account identifies an account's own price of a metric.
type account struct {
	id string
	Listing
}

// Meters returns what is measured of some products, by their plans' prices and
// limits. Two queries.
func Meters(ctx context.Context, c *db.Client, productIDs []string) (*Measures, error) {
	plans, err := c.Plan.Query().Where(plan.ProductIDIn(productIDs...)).All(ctx)
	if err != nil {
		return nil, err
	}
	m := &Measures{Gauge: map[Meter]bool{}, Period: map[string]plan.BillingPeriod{}, Listed: map[Listing]time.Time{},
		prices: map[Listing][]*db.Price{}, signed: map[account][]*db.Override{}}
	product := map[string]string{}
	ids := make([]string, 0, len(plans))
	for _, p := range plans {
		ids = append(ids, p.ID)
		product[p.ID], m.Period[p.ID] = p.ProductID, p.BillingPeriod
	}
	prices, err := c.Price.Query().Where(price.PlanIDIn(ids...), price.MetricNEQ("")).All(ctx)
	if err != nil {
		return nil, err
	}
	for _, p := range prices {
		m.Gauge[Meter{product[p.PlanID], p.Metric}] = false
		key := Listing{p.PlanID, p.Metric}
		m.prices[key] = append(m.prices[key], p)
		if from, is := m.Listed[key]; !is || p.EffectiveFrom.Before(from) {
			m.Listed[key] = p.EffectiveFrom
		}
	}
	for _, p := range plans {
		for _, l := range p.Limits {
			key := Meter{p.ProductID, l.Metric}
			m.Gauge[key] = m.Gauge[key] || l.Period == ""
		}
	}
	return m, nil
}

// Orderable reports whether a plan is in the catalogue now.
func Orderable(p *db.Plan) bool { return p.WithdrawnAt == nil }

// Sign reads the prices that signed agreements set for accounts (13.3), for
// [Measures.PriceAt]. One query.
func (m *Measures) Sign(ctx context.Context, c *db.Client, accountIDs []string) error {
	rows, err := c.Override.Query().Where(override.AccountIDIn(accountIDs...), override.MetricNEQ("")).
		Order(db.Asc(override.FieldFromAt, override.FieldID)).All(ctx)
	for _, o := range rows {
		key := account{o.AccountID, Listing{o.PlanID, o.Metric}}
		m.signed[key] = append(m.signed[key], o)
	}
	return err
}

// PriceAt returns the price of a plan's metric for an account at an instant,
// from the price list and what [Measures.Sign] read; nil before it was listed.
func (m *Measures) PriceAt(accountID string, l Listing, at time.Time) *db.Price {
	var holds *db.Price
	for _, p := range m.prices[l] {
		if !p.EffectiveFrom.After(at) && (holds == nil || p.EffectiveFrom.After(holds.EffectiveFrom)) {
			holds = p
		}
	}
	if holds == nil {
		return nil
	}
	price := *holds
	for _, o := range m.signed[account{accountID, l}] {
		if !o.FromAt.After(at) && (o.UntilAt == nil || o.UntilAt.After(at)) {
			price.UnitPrice, price.Per = o.Value, o.Per
		}
	}
	return &price
}
