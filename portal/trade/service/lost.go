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

// Ending is a running service that something would end at once.
type Ending struct {
	// Service would end.
	Service *db.Service
	// PaidUntil is the end of its paid term; nil if none was paid for.
	PaidUntil *time.Time
	// Lost is what was paid for the time that would not be used; nil where that is
	// kept from the reader.
	Lost *money.Amount
}

// Endings tells what ending services at once would lose of what was paid for
// them (3.6, 3.7), in their order, and the sum, in a currency. It reads a few
// statements for all of them.
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
	// servicesPerLook bounds what is read at once.
	servicesPerLook = 50
	// mostRenewals bounds how many terms of a service lie ahead: renewals reach 36
	// years, by a month at a time.
	mostRenewals = mostMonths + 1
	// ordersPerQuery keeps a query's parameters below what either engine takes.
	ordersPerQuery = 1000
)

// paidTerm is a time that an order paid for.
type paidTerm struct {
	serviceID, orderID string
	from, until        time.Time
}

// unused adds what was paid for the time that prepaid services would still run,
// to the second: of each order the part of its term that lies ahead. A service
// that was renewed before its expiry is one row an order, the later beginning
// where the earlier ends.
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

// ahead are the paid terms of a running service that end after an instant, the
// last first; rows are prepaid services, latest first.
func ahead(running *db.Service, rows []*db.Service, now time.Time) []paidTerm {
	var terms []paidTerm
	for current := running; current != nil && current.ExpiresAt.After(now); {
		var before *db.Service // the one that this one prolonged
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
