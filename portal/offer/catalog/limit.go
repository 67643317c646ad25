package catalog

import (
	"context"
	"slices"
	"time"

	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/plan"
	"portico/ent/db/service"
	"portico/ent/db/usagetotal"
	"portico/ent/statement"
	"portico/money"
)

// idsPerQuery keeps the parameters of a query below the limits of both engines.
const idsPerQuery = 1000

// ScopeOf returns the scope over which a limit is counted.
func ScopeOf(l ent.Limit) Scope {
	if l.Scope == "" {
		return WholeAccount
	}
	return Scope(l.Scope)
}

// RefusesMore reports whether one more of a gauge is refused at a limit.
func RefusesMore(l ent.Limit) bool { return l.Effect == EffectRefuse && l.Period == "" }

// Refusing returns the limit of a service, as its order fixed it, at which one
// more of a gauge is refused; false if it has none.
func Refusing(s *db.Service, metric string) (ent.Limit, bool) {
	i := slices.IndexFunc(s.Limits, func(l ent.Limit) bool { return l.Metric == metric && RefusesMore(l) })
	if i < 0 {
		return ent.Limit{}, false
	}
	return s.Limits[i], true
}

// Shares reports whether the level of a service's application counts towards
// the account's limits of a gauge: only if the service has such a limit itself.
// With a plan that lifts the limit, the application's level no longer counts
// (2.3).
func Shares(s *db.Service, metric string) bool {
	l, is := Refusing(s, metric)
	return is && ScopeOf(l) == WholeAccount
}

// Running narrows a query to the services of some products that run for some
// accounts at an instant.
func Running(q *db.ServiceQuery, now time.Time, accountIDs []string, productIDs ...string) *db.ServiceQuery {
	return q.Where(service.AccountIDIn(accountIDs...), service.ProductIDIn(productIDs...), service.StatusEQ(service.StatusRUNNING),
		service.Or(service.ExpiresAtIsNil(), service.ExpiresAtGT(now)))
}

// Level returns how much of a limit's gauge is in use by an application: its
// own level, and for a limit of the scope ACCOUNT also the levels of all other
// applications of the account that share it ([Shares]). At most two queries for
// every thousand applications.
func Level(ctx context.Context, c *db.Client, l ent.Limit, accountID, productID, applicationID string, now time.Time) (money.Decimal, error) {
	applications := []string{applicationID}
	if ScopeOf(l) == WholeAccount {
		services, err := Running(c.Service.Query(), now, []string{accountID}, productID).All(ctx)
		if err != nil {
			return money.Decimal{}, err
		}
		for _, s := range services {
			if s.ApplicationID != applicationID && Shares(s, l.Metric) {
				applications = append(applications, s.ApplicationID)
			}
		}
	}
	var sum money.Decimal
	for part := range slices.Chunk(applications, idsPerQuery) {
		rows, err := Levels(c.UsageTotal.Query(), part, l.Metric).All(ctx)
		if err != nil {
			return money.Decimal{}, err
		}
		for _, r := range rows {
			sum = sum.Add(money.Micros(r.QuantityMicros))
		}
	}
	return sum, nil
}

// Levels narrows a query to the levels of some gauges of some applications.
func Levels(q *db.UsageTotalQuery, applicationIDs []string, metrics ...string) *db.UsageTotalQuery {
	return q.Where(usagetotal.ApplicationIDIn(applicationIDs...), usagetotal.MetricIn(metrics...), usagetotal.Hour(statement.LevelHour), usagetotal.ServiceID(""))
}

// Lifting returns the id of the plan that lifts a limit: the first one named by
// the catalogue that can be ordered now; "" if there is none. At most one
// query.
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
