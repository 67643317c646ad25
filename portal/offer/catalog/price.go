package catalog

import (
	"context"
	"slices"
	"time"

	"portico/ent/db"
	"portico/ent/db/price"
	"portico/money"
)

// Series is the subject of a price: a metric, or a prepaid term (of Count
// units). Prices of one series follow each other in time (3.1).
type Series struct {
	Metric string
	Unit   TermUnit
	Count  int
}

// SeriesOf returns the series of a price.
func SeriesOf(p *db.Price) Series {
	return Series{p.Metric, TermUnit(p.TermUnit), int(p.TermCount)}
}

// PriceAt returns the price of a series that is in force at an instant: the
// latest that took effect by then; nil if there is none. One query (3.1).
func PriceAt(ctx context.Context, c *db.Client, planID string, s Series, at time.Time) (*db.Price, error) {
	row, err := c.Price.Query().Where(price.PlanID(planID), price.Metric(s.Metric), price.TermUnit(string(s.Unit)),
		price.TermCount(int64(s.Count)), price.EffectiveFromLTE(at)).
		Order(db.Desc(price.FieldEffectiveFrom)).First(ctx)
	if db.IsNotFound(err) {
		return nil, nil
	}
	return row, err
}

// InForce returns, of the prices of one plan, the one of each series that is in
// force at an instant (3.1).
func InForce(prices []*db.Price, at time.Time) []*db.Price {
	return slices.DeleteFunc(Shown(prices, at), func(p *db.Price) bool { return p.EffectiveFrom.After(at) })
}

// Shown returns, of the prices of one plan, those in force at an instant and
// those announced, each series in order of time (3.1).
func Shown(prices []*db.Price, at time.Time) []*db.Price {
	current := map[Series]*db.Price{}
	for _, p := range prices {
		s := SeriesOf(p)
		if !p.EffectiveFrom.After(at) && (current[s] == nil || p.EffectiveFrom.After(current[s].EffectiveFrom)) {
			current[s] = p
		}
	}
	shown := make([]*db.Price, 0, len(prices))
	for _, p := range prices {
		if p.EffectiveFrom.After(at) || current[SeriesOf(p)] == p {
			shown = append(shown, p)
		}
	}
	return shown
}

// Prices returns every price of some plans, in the order in which they were
// listed and took effect. One query.
func Prices(ctx context.Context, c *db.Client, planIDs ...string) ([]*db.Price, error) {
	return c.Price.Query().Where(price.PlanIDIn(planIDs...)).
		Order(db.Asc(price.FieldEffectiveFrom, price.FieldID)).All(ctx)
}

// ForTerm returns, of the prices in force of a prepaid plan, the one that a
// term is sold at: the longest offered term in the same unit of which the
// requested one is a multiple. It also returns how many of it there are; nil if
// none is offered.
func ForTerm(inForce []*db.Price, term TermInput) (best *db.Price, times int) {
	for _, p := range inForce {
		count := int(p.TermCount)
		if p.Metric != "" || TermUnit(p.TermUnit) != term.Unit || count <= 0 || term.Count%count != 0 {
			continue
		}
		if best == nil || p.TermCount > best.TermCount {
			best, times = p, term.Count/count
		}
	}
	return best, times
}

// The maximum quantities that a price is used for.
const (
	// MostUnits is the maximum that one report of usage can add to a total.
	MostUnits = 10_000_000
	// MostTerm is the maximum number of units of a term in one order.
	MostTerm = 36
)

// Tellable reports whether a price gives a representable amount for the maximum
// quantity: the units of one report of usage, or the longest term of one order
// (3.4).
func Tellable(s Series, per, unitPrice money.Decimal, c money.Currency) bool {
	most := money.NewDecimal(MostUnits)
	if s.Metric == "" {
		most = money.NewDecimal(int64(max(1, MostTerm/max(1, s.Count))))
	}
	_, err := money.Charge(most, per, unitPrice, c)
	return err == nil
}
