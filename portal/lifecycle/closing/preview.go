package closing

import (
	"context"
	"time"

	"portico/authz"
	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/account"
	"portico/ent/db/service"
	"portico/money"
	"portico/portal/finance/ledger"
	portalservice "portico/portal/trade/service"
)

// Preview returns what closing an account would end, and what would be left
// (0). For the owner (TERMS_DECLINE). Refusals: NOT_FOUND, FORBIDDEN.
func Preview(ctx context.Context, s *ent.Store, accountID string) (*ClosingPreview, error) {
	p := authz.From(ctx)
	row, err := s.Read().Account.Query().Where(account.ID(accountID)).Only(ctx)
	if db.IsNotFound(err) || err == nil && !p.Reaches(accountID) {
		return nil, clause.NotFound
	}
	if err != nil {
		return nil, err
	}
	if !p.Allows(authz.TermsDecline, authz.On(accountID), s.Now()) {
		return nil, authz.Forbid(authz.From(ctx), authz.TermsDecline)
	}
	return preview(authz.Narrow(ctx, accountID), s.Read(), row, s.Now())
}

func preview(ctx context.Context, c *db.Client, row *db.Account, now time.Time) (*ClosingPreview, error) {
	services, err := c.Service.Query().Where(service.AccountID(row.ID), service.StatusEQ(service.StatusRUNNING)).
		Order(db.Asc(service.FieldOpenedAt, service.FieldID)).All(ctx)
	if err != nil {
		return nil, err
	}
	b, err := ledger.Read(ctx, c, row.ID, money.Currency(row.Currency))
	if err != nil {
		return nil, err
	}
	would := &ClosingPreview{Owed: b.Arrears, Refundable: Refundable(b), BonusLost: b.Bonus}
	would.Services, would.Lost, err = portalservice.Endings(ctx, c, services, now, money.Currency(row.Currency))
	return would, err
}

// Refundable returns the cash of a balance that is left after everything owed
// is paid (0). Cash on the balance was never invoiced, because invoices are for
// fees.
func Refundable(b ledger.Balance) money.Amount {
	left, zero := b.Cash.Sub(b.Held).Sub(b.Arrears), money.Zero(b.Cash.Currency())
	if left.Less(zero) {
		return zero
	}
	return left
}
