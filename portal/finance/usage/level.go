package usage

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"portico/clause"
	"portico/ent/db"
	"portico/ent/db/service"
	"portico/ent/statement"
	"portico/money"
	"portico/portal/kernel/param"
	"portico/portal/offer/catalog"
)

// gaugeHour is the hour under which levels are stored in the table of totals.
var gaugeHour = statement.LevelHour

// findLimits reads the limits in force of the services whose levels are
// reported (2.3, 13.3), for all accounts together.
func (b *batch) findLimits() error {
	b.limits = map[limitKey]limit{}
	accounts := map[string]bool{} // whose limits may be overridden
	refusing := map[limitKey]*event{}
	for i := range b.events {
		e := &b.events[i]
		if !e.gauge || e.running == nil {
			continue
		}
		if l, is := catalog.Refusing(e.running, e.Metric); is {
			refusing[limitKey{e.running.ID, e.Metric}] = e
			if l.Figure != "" {
				accounts[e.running.AccountID] = true
			}
		}
	}
	agreements, err := param.OfEach(b.tx, b.tx.Override, slices.Collect(maps.Keys(accounts)), b.tx.Now)
	if err != nil {
		return err
	}
	lifting := map[string]string{} // by product and the plans that the limit names
	for key, e := range refusing {
		l, _ := catalog.Refusing(e.running, e.Metric)
		quantity, err := agreements[e.running.AccountID].Limit(l)
		if err != nil {
			return err
		}
		of := e.running.ProductID + " " + strings.Join(l.LiftedBy, " ")
		if _, known := lifting[of]; !known {
			if lifting[of], err = catalog.Lifting(b.tx, b.tx.Client(), e.running.ProductID, l); err != nil {
				return err
			}
		}
		b.limits[key] = limit{quantity, clause.Ref(l.Clause), catalog.ScopeOf(l), lifting[of]}
	}
	return nil
}

// limitKey is a service and a metric.
type limitKey struct{ serviceID, metric string }

// limit is what refuses more of a metric.
type limit struct {
	quantity money.Decimal
	clause   clause.Ref
	scope    catalog.Scope
	lifting  string
}

func (l limit) refusal(s *db.Service, metric string, used money.Decimal) clause.Refusal {
	return LimitReached.By(l.clause).With("metric", metric).With("limit", l.quantity.String()).With("used", used.String()).
		With("scope", string(l.scope)).With("accountId", s.AccountID).With("applicationId", s.ApplicationID).With("planId", l.lifting)
}

// gauge identifies a level of an application.
type gauge struct{ applicationID, metric string }

// shared identifies the levels of an account's applications that are summed
// against one limit.
type shared struct{ accountID, productID, metric string }

func (e *event) gaugeOf() gauge { return gauge{e.ApplicationID, e.Metric} }
func (e *event) sharedOf() shared {
	return shared{e.running.AccountID, e.running.ProductID, e.Metric}
}

// level is the value of a gauge, and the time since which it has it.
type level struct {
	quantity money.Decimal
	at       time.Time
}

// findLevels reads the levels that are summed with the reported ones, where the
// limit's scope is the account (2.3). On MySQL it locks the services in the
// order of their accounts, so that if two concurrent reports together exceed
// the limit, one of them is marked. The levels are right without the lock.
func (b *batch) findLevels() error {
	b.levels, b.sums = map[gauge]level{}, map[shared]money.Decimal{}
	accounts, products, metrics := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for i := range b.events {
		e := &b.events[i]
		if e.gauge && e.running != nil && b.limits[limitKey{e.running.ID, e.Metric}].scope == catalog.WholeAccount {
			accounts[e.running.AccountID], products[e.running.ProductID], metrics[e.Metric] = true, true, true
		}
	}
	in := map[gauge]shared{}
	for part := range slices.Chunk(slices.Sorted(maps.Keys(accounts)), idsPerQuery) {
		q := catalog.Running(b.tx.Service.Query(), b.tx.Now, part, slices.Collect(maps.Keys(products))...).
			Order(db.Asc(service.FieldAccountID, service.FieldOpenedAt, service.FieldID))
		services, err := q.Where(statement.ForUpdate).All(b.tx)
		if err != nil {
			return err
		}
		for _, s := range services {
			for metric := range metrics {
				if catalog.Shares(s, metric) {
					in[gauge{s.ApplicationID, metric}] = shared{s.AccountID, s.ProductID, metric}
				}
			}
		}
	}
	applications := map[string]bool{}
	for g := range in {
		b.levels[g] = level{}
		applications[g.applicationID] = true
	}
	for part := range slices.Chunk(slices.Collect(maps.Keys(applications)), idsPerQuery) {
		rows, err := catalog.Levels(b.tx.UsageTotal.Query(), part, slices.Collect(maps.Keys(metrics))...).All(b.tx)
		if err != nil {
			return err
		}
		for _, r := range rows {
			g := gauge{r.ApplicationID, r.Metric}
			if of, counts := in[g]; counts && r.LevelAt != nil {
				b.levels[g] = level{money.Micros(r.QuantityMicros), *r.LevelAt}
				b.sums[of] = b.sums[of].Add(b.levels[g].quantity)
			}
		}
	}
	return nil
}

// overLimit returns the mark of a reported level: with the latest levels that
// are summed with it, it exceeds its limit; nil if it doesn't. The level counts
// all the same, because what was used is a fact (2.3).
func (b *batch) overLimit(e *event) *clause.Refusal {
	l, is := b.limits[limitKey{e.running.ID, e.Metric}]
	if !e.gauge || !is {
		return nil
	}
	used := money.Micros(e.micros)
	if l.scope == catalog.WholeAccount {
		used = used.Add(b.sums[e.sharedOf()]).Sub(b.levels[e.gaugeOf()].quantity)
	}
	if used.Cmp(l.quantity) <= 0 {
		return nil
	}
	r := l.refusal(e.running, e.Metric, used)
	return &r
}

// reach makes a level count for the events that follow, if it is the level used
// last.
func (b *batch) reach(e *event) {
	if before, counts := b.levels[e.gaugeOf()]; counts && !e.At.Before(before.at) {
		now := level{money.Micros(e.micros), e.At}
		b.sums[e.sharedOf()] = b.sums[e.sharedOf()].Sub(before.quantity).Add(now.quantity)
		b.levels[e.gaugeOf()] = now
	}
}

// setLevels stores the latest level of each gauge: the one used last,
// regardless of when it was reported.
func (b *batch) setLevels() error {
	latest := map[gauge]statement.UsageRow{}
	for i := range b.accepted {
		a := &b.accepted[i]
		key := gauge{a.ApplicationID, a.Metric}
		if old, is := latest[key]; a.gauge && (!is || !a.At.Before(old.At)) {
			latest[key] = a.UsageRow
		}
	}
	rows := make([]statement.UsageRow, 0, len(latest))
	for _, r := range latest {
		rows = append(rows, r)
	}
	// sorted, so that two reports lock the levels in the same order
	slices.SortFunc(rows, func(x, y statement.UsageRow) int {
		return cmp.Or(cmp.Compare(x.ApplicationID, y.ApplicationID), cmp.Compare(x.Metric, y.Metric))
	})
	return statement.SetLevels(b.tx.Tx, rows)
}
