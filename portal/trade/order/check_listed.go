package order

import (
	"context"
	"time"

	"portico/ent"
	"portico/portal/finance/ledger"
	"portico/portal/offer/catalog"
)

// checkListed checks that listed prices are those with which the catalogue was
// loaded, as far as the audit records them (3.1): a listed price never changes.
func checkListed(ctx context.Context, s *ent.Store, report func(ledger.Finding)) error {
	c := s.Read()
	recorded, err := catalog.ToldPrices(ctx, c)
	if err != nil {
		return err
	}
	plans, err := c.Plan.Query().All(ctx)
	if err != nil {
		return err
	}
	code := make(map[string]string, len(plans))
	for _, p := range plans {
		code[p.ID] = p.Code
	}
	prices, err := c.Price.Query().All(ctx)
	if err != nil {
		return err
	}
	find := func(subject, problem string) {
		report(ledger.Finding{Rule: "LISTED", Subject: subject, Problem: problem})
	}
	for _, p := range prices {
		key := catalog.PriceKey(code[p.PlanID], catalog.SeriesOf(p), p.EffectiveFrom)
		is, known := recorded.Prices[key]
		if known && is != catalog.PriceText(p) || !known && recorded.Plans[code[p.PlanID]] || p.Metric != "" && (p.TermUnit != "" || p.TermCount != 0) {
			find(p.ID, "no loaded catalogue has a listed price: "+key+", "+p.EffectiveFrom.Format(time.RFC3339))
		}
		delete(recorded.Prices, key)
	}
	for key := range recorded.Prices {
		find(key, "a price is no longer listed")
	}
	return nil
}
