package order

import (
	"context"
	"slices"
	"time"

	"portico/authz"
	"portico/ent/db"
	"portico/ent/db/order"
	"portico/ent/db/service"
	"portico/money"
)

// replacing tells which service the order would end, and what of its paid term
// would be lost; where anything is, that must have been confirmed (3.7).
func (d *decision) replacing(ctx context.Context, c *db.Client, now time.Time) error {
	if d.plan == nil || d.application == nil {
		return nil
	}
	ends := d.opens.Replaces(now)
	if ends == nil {
		return nil
	}
	lost, err := unused(ctx, c, ends, now, money.Currency(d.plan.Currency))
	if err != nil {
		return err
	}
	d.replaces = &Replacement{Service: ends, PaidUntil: ends.ExpiresAt, Lost: lost}
	if lost.IsZero() || d.confirms == ends.ID {
		return nil
	}
	d.refuse(ReplacesPaid.At("confirmsReplacing").With("serviceId", ends.ID).WithFor(authz.OrderRead, "lost", lost).
		WithFor(authz.ServiceRead, "paidUntil", *ends.ExpiresAt))
	return nil
}

// term is a time that an order paid for.
type paidTerm struct {
	orderID     string
	from, until time.Time
}

// unused is what was paid for the time that a prepaid service would still run,
// to the second: of each order the part of its term that lies ahead. A service
// that was renewed before its expiry is one row an order, the later beginning
// where the earlier ends.
func unused(ctx context.Context, c *db.Client, running *db.Service, now time.Time, currency money.Currency) (money.Amount, error) {
	lost := money.Zero(currency)
	if running.ExpiresAt == nil || running.Charging != service.ChargingPREPAID {
		return lost, nil
	}
	rows, err := c.Service.Query().Where(service.ApplicationID(running.ApplicationID), service.ProductID(running.ProductID),
		service.PlanID(running.PlanID)).Order(db.Desc(service.FieldOpenedAt, service.FieldID)).Limit(mostRenewals).All(ctx)
	if err != nil {
		return lost, err
	}
	terms := ahead(running, rows, now)
	ids := make([]string, len(terms))
	for i, t := range terms {
		ids[i] = t.orderID
	}
	orders, err := c.Order.Query().Where(order.IDIn(ids...)).All(ctx)
	if err != nil {
		return lost, err
	}
	for _, t := range terms {
		at := slices.IndexFunc(orders, func(o *db.Order) bool { return o.ID == t.orderID })
		if at < 0 {
			continue
		}
		total := money.New(orders[at].TotalMinor, currency)
		from := t.from
		if now.After(from) {
			from = now
		}
		part, err := money.Charge(money.Micros(t.until.Sub(from).Microseconds()), money.Micros(t.until.Sub(t.from).Microseconds()), total.Amount(), currency)
		if err != nil {
			return lost, err
		}
		lost = lost.Add(part)
	}
	return lost, nil
}

// mostRenewals bounds how many terms of a service lie ahead: renewals reach 36
// years, by a month at a time.
const mostRenewals = 36*12 + 1

// ahead are the paid terms of a running service that end after an instant, the
// last first; rows are the services of its plan and application, latest first.
func ahead(running *db.Service, rows []*db.Service, now time.Time) []paidTerm {
	var terms []paidTerm
	for current := running; current != nil && current.ExpiresAt != nil && current.ExpiresAt.After(now); {
		var before *db.Service // the one that this one prolonged
		for i, row := range rows {
			if row.ClosedAt != nil && row.ClosedAt.Equal(current.OpenedAt) && row.ExpiresAt != nil &&
				row.ExpiresAt.After(current.OpenedAt) && row.ExpiresAt.Before(*current.ExpiresAt) {
				before, rows = row, rows[i+1:]
				break
			}
		}
		from := current.OpenedAt
		if before != nil {
			from = *before.ExpiresAt
		}
		terms = append(terms, paidTerm{current.OrderID, from, *current.ExpiresAt})
		current = before
	}
	return terms
}
