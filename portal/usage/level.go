package usage

import (
	"cmp"
	"context"
	"slices"
	"time"

	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	"portico/portal/catalog"
	"portico/portal/param"
)

// gaugeHour stands in the totals for no hour.
var gaugeHour = ent.LevelHour

// findLimits reads the limits in force of the services whose levels are
// reported (2.3, 13.3).
func (b *batch) findLimits() error {
	b.limits = limits{}
	for _, e := range b.events {
		if !e.gauge || e.running == nil {
			continue
		}
		key := limitKey{e.running.ID, e.Metric}
		if _, known := b.limits[key]; known {
			continue
		}
		l, is, err := limitOf(b.tx, b.tx.Client(), e.running, e.Metric, b.tx.Now)
		if err != nil {
			return err
		}
		if is {
			b.limits[key] = l
		}
	}
	return nil
}

// limitOf is the limit that refuses more of a metric on a service, with the
// plan that lifts it; false if none does.
func limitOf(ctx context.Context, c *db.Client, s *db.Service, metric string, now time.Time) (limit, bool, error) {
	for _, l := range s.Limits {
		if l.Metric != metric || l.Effect != catalog.EffectRefuse || l.Period != "" {
			continue
		}
		quantity, err := param.Limit(ctx, c.Override, s.AccountID, l, now)
		if err != nil {
			return limit{}, false, err
		}
		lifting, err := catalog.Lifting(ctx, c, s.ProductID, l)
		return limit{quantity, clause.Ref(l.Clause), lifting}, true, err
	}
	return limit{}, false, nil
}

// setLevels keeps the latest level of each gauge: the one used last, whenever
// it was reported.
func (b *batch) setLevels() error {
	type gauge struct{ applicationID, metric string }
	latest := map[gauge]ent.UsageRow{}
	for _, r := range b.gauges {
		key := gauge{r.ApplicationID, r.Metric}
		if old, is := latest[key]; !is || !r.At.Before(old.At) {
			latest[key] = r
		}
	}
	rows := make([]ent.UsageRow, 0, len(latest))
	for _, r := range latest {
		rows = append(rows, r)
	}
	// sorted, so that two reports lock the levels in the same order
	slices.SortFunc(rows, func(x, y ent.UsageRow) int {
		return cmp.Or(cmp.Compare(x.ApplicationID, y.ApplicationID), cmp.Compare(x.Metric, y.Metric))
	})
	return b.tx.SetLevels(rows)
}
