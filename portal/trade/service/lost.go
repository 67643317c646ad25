package service

import (
	"context"
	"slices"
	"time"

	"portico/ent/db"
	"portico/ent/db/order"
	"portico/ent/db/service"
	"portico/money"
)

// Ending is a running service that an operation would end at once.
type Ending struct {
	// Service is the service.
	Service *db.Service
	// PaidUntil is the end of its paid term; nil if none was paid for.
	PaidUntil *time.Time
	// Lost is the amount that was paid for time that would not be used; nil if
	// the reader may not see it.
	Lost *money.Amount
}

// Endings returns what would be lost if services ended at once, in their order:
// the amount paid for unused time (3.6, 3.7), and the sum in the currency. It
// takes a few statements for all services.
func Endings(ctx context.Context, c *db.Client, running []*db.Service, now time.Time, currency money.Currency) ([]*Ending, money.Amount, error) {
	lost, sum := map[string]money.Amount{}, money.Zero(currency)
	for part := range slices.Chunk(running, servicesPerLook) {
		if err := unused(ctx, c, part, now, currency, lost); err != nil {
			return nil, sum, err
		}
	}
	endings := make([]*Ending, len(running))
	for i, s := range running {
		l := money.Zero(currency).Add(lost[s.ID])
		endings[i], sum = &Ending{Service: s, PaidUntil: s.ExpiresAt, Lost: &l}, sum.Add(l)
	}
	return endings, sum, nil
}

const (
	// servicesPerLook is the number of services that are looked up at once.
	servicesPerLook = 50
	// mostRenewals is the maximum number of future terms of a service: renewals
	// reach 36 years ahead, in steps of at least a month.
	mostRenewals = mostMonths + 1
	// ordersPerQuery keeps the number of a query's parameters below the limit
	// of both engines.
	ordersPerQuery = 1000
)

// paidTerm is a term that an order paid for.
type paidTerm struct {
	serviceID, orderID string
	from, until        time.Time
}

// unused adds the amounts that were paid for future time of prepaid services,
// to the second: for each order, the part of its term that lies ahead. A
// service that was renewed before its expiry has one row for each order; the
// later term begins where the earlier one ends.
func unused(ctx context.Context, c *db.Client, running []*db.Service, now time.Time, currency money.Currency, lost map[string]money.Amount) error {
	var applications []string
	paid := make([]*db.Service, 0, len(running))
	for _, s := range running {
		if s.Charging == service.ChargingPREPAID && s.ExpiresAt != nil && s.ExpiresAt.After(now) {
			paid, applications = append(paid, s), append(applications, s.ApplicationID)
		}
	}
	if len(paid) == 0 {
		return nil
	}
	slices.Sort(applications)
	rows, err := c.Service.Query().Where(service.ApplicationIDIn(slices.Compact(applications)...), service.ChargingEQ(service.ChargingPREPAID), service.ExpiresAtNotNil()).
		Order(db.Desc(service.FieldOpenedAt, service.FieldID)).Limit(mostRenewals * len(paid)).All(ctx)
	if err != nil {
		return err
	}
	var terms []paidTerm
	for _, s := range paid {
		terms = append(terms, ahead(s, rows, now)...)
	}
	totals := map[string]money.Amount{}
	for part := range slices.Chunk(terms, ordersPerQuery) {
		ids := make([]string, len(part))
		for i, t := range part {
			ids[i] = t.orderID
		}
		orders, err := c.Order.Query().Where(order.IDIn(ids...)).All(ctx)
		if err != nil {
			return err
		}
		for _, o := range orders {
			totals[o.ID] = money.New(o.TotalMinor, currency)
		}
	}
	for _, t := range terms {
		from := t.from
		if now.After(from) {
			from = now
		}
		part, err := money.Charge(money.Micros(t.until.Sub(from).Microseconds()), money.Micros(t.until.Sub(t.from).Microseconds()), totals[t.orderID].Amount(), currency)
		if err != nil {
			return err
		}
		lost[t.serviceID] = lost[t.serviceID].Add(part)
	}
	return nil
}

// ahead returns the paid terms of a running service that end after an instant,
// the last first. The rows are prepaid services, the latest first.
func ahead(running *db.Service, rows []*db.Service, now time.Time) []paidTerm {
	var terms []paidTerm
	for current := running; current != nil && current.ExpiresAt.After(now); {
		var before *db.Service // the service that this one renewed
		for i, row := range rows {
			if row.ApplicationID == running.ApplicationID && row.PlanID == running.PlanID && row.ClosedAt != nil && row.ClosedAt.Equal(current.OpenedAt) &&
				row.ExpiresAt.After(current.OpenedAt) && row.ExpiresAt.Before(*current.ExpiresAt) {
				before, rows = row, rows[i+1:]
				break
			}
		}
		from := current.OpenedAt
		if before != nil {
			from = *before.ExpiresAt
		}
		terms = append(terms, paidTerm{running.ID, current.OrderID, from, *current.ExpiresAt})
		current = before
	}
	return terms
}
