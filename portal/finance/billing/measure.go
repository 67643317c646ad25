package billing

import (
	"slices"
	"time"

	"portico/calendar"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/service"
	"portico/ent/db/usageperiod"
	"portico/ent/db/usagetotal"
	"portico/money"
	"portico/portal/finance/usage"
	"portico/portal/offer/catalog"
	"portico/portal/offer/rating"
)

// measured is the rated usage of a closed period.
type measured struct {
	period   *db.UsagePeriod
	zone     calendar.Zone
	services map[string]*db.Service
	product  *db.Product
	class    service.Class
	currency money.Currency
	lines    []rating.MeteredLine
	total    money.Amount
}

// measure sums the usage of a closed period and rates it at the prices that
// were listed at the time of use (3.3, 3.4).
func measure(tx *ent.Tx, period *db.UsagePeriod, zone calendar.Zone) (*measured, error) {
	m := &measured{period: period, zone: zone}
	used, err := totals(tx, period.ID, firstHour(period), period.ToAt)
	if err != nil {
		return nil, err
	}
	late, err := lateUsage(tx, period)
	if err != nil || len(used)+len(late) == 0 {
		return m, err
	}
	services, err := servicesOf(tx, used, late)
	if err != nil {
		return nil, err
	}
	m.services = services
	plans := make([]string, 0, 1)
	for _, s := range services {
		plans, m.class = append(plans, s.PlanID), s.Class
	}
	slices.Sort(plans)
	rows, err := catalog.PricesFor(tx, tx.Client(), period.AccountID, slices.Compact(plans)...)
	if err != nil {
		return nil, err
	}
	prices, changes, err := priced(rows, period)
	if err != nil {
		return nil, err
	}
	if len(rows) > 0 {
		m.currency = money.Currency(rows[0].Currency)
	}
	all := toUsage(used, services, period.FromAt)
	if len(changes) > 0 {
		if all, err = between(tx, period, services, changes); err != nil {
			return nil, err
		}
	}
	all = append(all, adjustments(late, services, zone, period.Unit)...)
	if m.lines, err = rating.Metered(all, prices, m.currency); err != nil {
		return nil, err
	}
	if m.total, err = rating.Sum(m.lines, m.currency); err != nil {
		return nil, err
	}
	m.product, err = tx.Product.Get(tx, period.ProductID)
	return m, err
}

// total is the usage of one metric by one service.
type total struct {
	ApplicationID string `json:"application_id"`
	ServiceID     string `json:"service_id"`
	Metric        string `json:"metric"`
	Micros        int64  `json:"micros"`
}

// firstHour returns the hour in which a period begins. In some zones a period
// begins within an hour.
func firstHour(period *db.UsagePeriod) time.Time { return period.FromAt.Truncate(time.Hour) }

// lateUsage returns the usage of earlier, closed periods that a period took
// (3.4), by the hour of its use.
func lateUsage(tx *ent.Tx, period *db.UsagePeriod) ([]*db.UsageTotal, error) {
	return tx.UsageTotal.Query().Where(usagetotal.PeriodID(period.ID), usagetotal.HourLT(firstHour(period))).
		Order(db.Asc(usagetotal.FieldHour, usagetotal.FieldID)).All(tx)
}

// adjustments returns late usage with the period that it belongs to, for rating
// at the prices of the time of use.
func adjustments(late []*db.UsageTotal, services map[string]*db.Service, zone calendar.Zone, unit usageperiod.Unit) []rating.Usage {
	all := make([]rating.Usage, len(late))
	for i, t := range late {
		all[i] = rating.Usage{ApplicationID: t.ApplicationID, ServiceID: t.ServiceID, Metric: t.Metric, From: t.Hour,
			Of: usage.SpanOf(zone, unit, t.Hour).From, Quantity: money.Micros(t.QuantityMicros)}
		if s := services[t.ServiceID]; s != nil {
			all[i].PlanID = s.PlanID
		}
	}
	return all
}

// totals sums a period's usage by service and metric, for the hours in [from,
// to), in one statement.
func totals(tx *ent.Tx, periodID string, from, to time.Time) ([]total, error) {
	q := tx.UsageTotal.Query().Where(usagetotal.PeriodID(periodID), usagetotal.HourGTE(from), usagetotal.HourLT(to))
	var sums []total
	err := q.GroupBy(usagetotal.FieldApplicationID, usagetotal.FieldServiceID, usagetotal.FieldMetric).
		Aggregate(db.As(db.Sum(usagetotal.FieldQuantityMicros), "micros")).Scan(tx, &sums)
	return sums, err
}

func servicesOf(tx *ent.Tx, used []total, late []*db.UsageTotal) (map[string]*db.Service, error) {
	ids := make([]string, 0, len(used)+len(late))
	for _, u := range used {
		ids = append(ids, u.ServiceID)
	}
	for _, t := range late {
		ids = append(ids, t.ServiceID)
	}
	slices.Sort(ids)
	services := map[string]*db.Service{}
	for part := range slices.Chunk(slices.Compact(ids), idsPerQuery) {
		rows, err := tx.Service.Query().Where(service.IDIn(part...)).All(tx)
		if err != nil {
			return nil, err
		}
		for _, row := range rows {
			services[row.ID] = row
		}
	}
	return services, nil
}

// idsPerQuery keeps the number of a query's parameters below the limit of both
// engines.
const idsPerQuery = 1000

func toUsage(used []total, services map[string]*db.Service, from time.Time) []rating.Usage {
	all := make([]rating.Usage, len(used))
	for i, u := range used {
		all[i] = rating.Usage{ApplicationID: u.ApplicationID, ServiceID: u.ServiceID, Metric: u.Metric, From: from,
			Quantity: money.Micros(u.Micros)}
		if s := services[u.ServiceID]; s != nil {
			all[i].PlanID = s.PlanID
		}
	}
	return all
}

// priced returns the prices of metrics, and the instants within the period at
// which one of them changes. Prices change at full hours, because totals are
// kept by the hour.
func priced(rows []*db.Price, period *db.UsagePeriod) (prices []rating.Price, changes []time.Time, err error) {
	for _, row := range rows {
		if row.Metric == "" {
			continue
		}
		p := rating.Price{PlanID: row.PlanID, Metric: row.Metric, From: row.EffectiveFrom}
		if p.Per, err = money.ParseDecimal(row.Per); err != nil {
			return nil, nil, err
		}
		if p.UnitPrice, err = money.ParseDecimal(row.UnitPrice); err != nil {
			return nil, nil, err
		}
		prices = append(prices, p)
		if p.From.After(period.FromAt) && p.From.Before(period.ToAt) {
			changes = append(changes, p.From)
		}
	}
	slices.SortFunc(changes, time.Time.Compare)
	return prices, slices.CompactFunc(changes, time.Time.Equal), nil
}

// between sums the usage of a period from each change of prices to the next.
func between(tx *ent.Tx, period *db.UsagePeriod, services map[string]*db.Service, changes []time.Time) ([]rating.Usage, error) {
	var all []rating.Usage
	from := firstHour(period)
	for i := 0; i <= len(changes); i++ {
		to := period.ToAt
		if i < len(changes) {
			to = changes[i]
		}
		used, err := totals(tx, period.ID, from, to)
		if err != nil {
			return nil, err
		}
		all = append(all, toUsage(used, services, later(from, period.FromAt))...)
		from = to
	}
	return all, nil
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
