package order

import (
	"context"
	"time"

	"portico/authz"
	"portico/ent/db"
	"portico/money"
	"portico/portal/trade/service"
)

// replacing determines the service that the order would end, and the paid
// amount that would be lost. If there is such an amount, the replacement must
// be confirmed (3.7).
func (d *decision) replacing(ctx context.Context, c *db.Client, now time.Time) error {
	if d.plan == nil || d.application == nil {
		return nil
	}
	ends := d.opens.Replaces(now)
	if ends == nil {
		return nil
	}
	_, lost, err := service.Endings(ctx, c, []*db.Service{ends}, now, money.Currency(d.plan.Currency))
	if err != nil {
		return err
	}
	d.replaces = &Replacement{Service: ends, PaidUntil: ends.ExpiresAt, Lost: lost}
	if lost.IsZero() || d.confirms == ends.ID {
		return nil
	}
	d.refuse(ReplacesPaid.At("confirmsReplacing").With("serviceId", ends.ID).WithFor(authz.OrderRead, "lost", lost).With("currency", d.plan.Currency).
		WithFor(authz.ServiceRead, "paidUntil", *ends.ExpiresAt))
	return nil
}
