package order

import (
	"context"

	"portico/authz"
	"portico/ent/db"
	"portico/money"
	"portico/portal/trade/service"
	"portico/text"
)

// checkReplacing finds the service that the order would end, and what of its paid
// term would be lost; if anything is lost, that must have been confirmed (3.7).
func (d *decision) checkReplacing(ctx context.Context) error {
	id := d.opens.Replaces(d.now)
	if id == "" {
		return nil
	}
	ends, err := d.client.Service.Get(ctx, id)
	if err != nil {
		return err
	}
	_, lost, err := service.Endings(ctx, d.client, []*db.Service{ends}, d.now, money.Currency(d.plan.Currency))
	if err != nil {
		return err
	}
	d.replaces = &Replacement{Service: ends, PaidUntil: ends.ExpiresAt, Lost: lost}
	if lost.IsZero() || text.Value(d.ConfirmsReplacing) == ends.ID {
		return nil
	}
	d.refuse(ReplacesPaid.At("confirmsReplacing").With("serviceId", ends.ID).WithFor(authz.OrderRead, "lost", lost).With("currency", d.plan.Currency).
		WithFor(authz.ServiceRead, "paidUntil", *ends.ExpiresAt))
	return nil
}
