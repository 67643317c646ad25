package usage

import (
	"cmp"
	"context"
	"slices"
	"time"

	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/usagetotal"
	"portico/portal/catalog"
	"portico/portal/param"
)

// gaugeHour stands in the totals for no hour: a level has none.
var gaugeHour = time.Unix(0, 0).UTC()

// findLimits reads the limits in force of the services whose levels are
// reported (2.3, 13.3).
func (b *batch) findLimits() error {
	b.limits = limits{}
	for _, e := range b.events {
		running, gauge := b.at(e.ApplicationID, e.Metric, e.At)
		if !gauge || running == nil {
			continue
		}
		key := limitKey{running.ID, e.Metric}
		if _, known := b.limits[key]; known {
			continue
		}
		l, is, err := limitOf(b.tx, b.tx.Client(), running, e.Metric, b.tx.Now)
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
	slices.SortFunc(rows, func(x, y ent.UsageRow) int {
		return cmp.Or(cmp.Compare(x.ApplicationID, y.ApplicationID), cmp.Compare(x.Metric, y.Metric))
	})
	for _, r := range rows {
		if err := b.setLevel(r); err != nil {
			return err
		}
	}
	return nil
}

func (b *batch) setLevel(r ent.UsageRow) error {
	tx := b.tx
	n, err := tx.UsageTotal.Update().Where(usagetotal.ApplicationID(r.ApplicationID), usagetotal.Metric(r.Metric),
		usagetotal.Hour(gaugeHour), usagetotal.ServiceID(""), usagetotal.LevelAtLTE(r.At)).
		SetQuantityMicros(r.Micros).SetLevelAt(r.At).Save(tx)
	if err != nil || n > 0 {
		return err
	}
	known, err := tx.UsageTotal.Query().Where(usagetotal.ApplicationID(r.ApplicationID), usagetotal.Metric(r.Metric),
		usagetotal.Hour(gaugeHour), usagetotal.ServiceID("")).Exist(tx)
	if err != nil || known { // a later level stands
		return err
	}
	return stale(tx.UsageTotal.Create().SetAccountID(r.AccountID).SetApplicationID(r.ApplicationID).SetServiceID("").
		SetMetric(r.Metric).SetHour(gaugeHour).SetQuantityMicros(r.Micros).SetLevelAt(r.At).Exec(tx))
}
