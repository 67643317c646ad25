package usage

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
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
// reported (2.3, 13.3), those of all accounts together.
func (b *batch) findLimits() error {
	b.limits = limits{}
	accounts, figures := map[string]bool{}, map[string]bool{}
	refusing := map[limitKey]event{}
	for _, e := range b.events {
		if !e.gauge || e.running == nil {
			continue
		}
		if l, is := refusingLimit(e.running, e.Metric); is {
			refusing[limitKey{e.running.ID, e.Metric}] = e
			if l.Figure != "" {
				accounts[e.running.AccountID], figures[l.Figure] = true, true
			}
		}
	}
	inForce := map[string]map[string]clause.Figure{}
	for some := range slices.Chunk(slices.Collect(maps.Keys(accounts)), idsPerQuery) {
		part, err := param.ForEach(b.tx, b.tx.Client().Override, some, b.tx.Now, slices.Collect(maps.Keys(figures))...)
		if err != nil {
			return err
		}
		maps.Copy(inForce, part)
	}
	lifting := map[string]string{} // by product and the plans that the limit names
	for key, e := range refusing {
		l, _ := refusingLimit(e.running, e.Metric)
		quantity, err := param.LimitBy(l, inForce[e.running.AccountID][l.Figure])
		if err != nil {
			return err
		}
		of := e.running.ProductID + " " + strings.Join(l.LiftedBy, " ")
		if _, known := lifting[of]; !known {
			if lifting[of], err = catalog.Lifting(b.tx, b.tx.Client(), e.running.ProductID, l); err != nil {
				return err
			}
		}
		b.limits[key] = limit{quantity, clause.Ref(l.Clause), lifting[of]}
	}
	return nil
}

// refusingLimit is the limit of a service, as its order fixed it, that refuses
// more of a gauge.
func refusingLimit(s *db.Service, metric string) (ent.Limit, bool) {
	i := slices.IndexFunc(s.Limits, func(l ent.Limit) bool {
		return l.Metric == metric && l.Effect == catalog.EffectRefuse && l.Period == ""
	})
	if i < 0 {
		return ent.Limit{}, false
	}
	return s.Limits[i], true
}

// limitOf is the limit that refuses more of a metric on a service, with the
// plan that lifts it; false if none does.
func limitOf(ctx context.Context, c *db.Client, s *db.Service, metric string, now time.Time) (limit, bool, error) {
	l, is := refusingLimit(s, metric)
	if !is {
		return limit{}, false, nil
	}
	quantity, err := param.Limit(ctx, c.Override, s.AccountID, l, now)
	if err != nil {
		return limit{}, false, err
	}
	lifting, err := catalog.Lifting(ctx, c, s.ProductID, l)
	return limit{quantity, clause.Ref(l.Clause), lifting}, true, err
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
