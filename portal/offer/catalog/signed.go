package catalog

import (
	"cmp"
	"context"
	"slices"
	"time"

	"portico/ent/db"
	"portico/ent/db/override"
)

// PricesFor returns every price of some plans as it holds for one account, in
// the order in which they take effect: the price list, except where an
// agreement signed with the account sets a price from an instant to another
// (13.3). Two queries; the principal must reach the account.
func PricesFor(ctx context.Context, c *db.Client, accountID string, planIDs ...string) ([]*db.Price, error) {
	listed, err := Prices(ctx, c, planIDs...)
	if err != nil {
		return nil, err
	}
	return Signed(ctx, c, accountID, listed, planIDs...)
}

// Signed is [PricesFor] for a known price list of the plans. One query.
func Signed(ctx context.Context, c *db.Client, accountID string, listed []*db.Price, planIDs ...string) ([]*db.Price, error) {
	rows, err := c.Override.Query().Where(override.AccountID(accountID), override.PlanIDIn(planIDs...)).
		Order(db.Asc(override.FieldFromAt, override.FieldID)).All(ctx)
	if err != nil || len(rows) == 0 {
		return listed, err
	}
	type key struct {
		planID string
		Series
	}
	signed, bySeries := map[key][]*db.Override{}, map[key][]*db.Price{}
	var order []key
	for _, p := range listed {
		k := key{p.PlanID, SeriesOf(p)}
		if bySeries[k] == nil {
			order = append(order, k)
		}
		bySeries[k] = append(bySeries[k], p)
	}
	for _, o := range rows {
		k := key{o.PlanID, Series{o.Metric, TermUnit(o.TermUnit), int(o.TermCount)}}
		signed[k] = append(signed[k], o)
	}
	all := make([]*db.Price, 0, len(listed)+2*len(rows))
	for _, k := range order {
		all = append(all, timeline(bySeries[k], signed[k])...)
	}
	slices.SortStableFunc(all, func(a, b *db.Price) int {
		return cmp.Or(a.EffectiveFrom.Compare(b.EffectiveFrom), cmp.Compare(a.ID, b.ID))
	})
	return all, nil
}

// timeline returns the prices of one series as they follow each other for an
// account: at each instant at which the list or a signed price changes, the
// price that holds from then on. Of several signed prices at an instant the
// latest to begin prevails, as with figures.
func timeline(listed []*db.Price, signed []*db.Override) []*db.Price {
	if len(signed) == 0 {
		return listed
	}
	var changes []time.Time
	for _, p := range listed {
		changes = append(changes, p.EffectiveFrom)
	}
	for _, o := range signed {
		changes = append(changes, o.FromAt)
		if o.UntilAt != nil {
			changes = append(changes, *o.UntilAt)
		}
	}
	slices.SortFunc(changes, time.Time.Compare)
	changes = slices.CompactFunc(changes, time.Time.Equal)
	var line []*db.Price
	for _, at := range changes {
		var holds *db.Price
		for _, p := range listed { // in the order in which they take effect
			if !p.EffectiveFrom.After(at) {
				holds = p
			}
		}
		if holds == nil {
			continue // nothing was listed yet
		}
		price := *holds
		for _, o := range signed { // in the order in which they begin
			if !o.FromAt.After(at) && (o.UntilAt == nil || o.UntilAt.After(at)) {
				price.UnitPrice, price.Per = o.Value, o.Per
			}
		}
		price.EffectiveFrom = at
		line = append(line, &price)
	}
	return line
}
