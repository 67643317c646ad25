package payment

import (
	"context"

	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/topup"
	"portico/portal/ledger"
	"portico/portal/param"
)

// Checks are what top-ups must be, derived anew: each can be paid for as long as
// the agreement said when it was started (3.5). For `portico ledger check`.
func Checks() []ledger.Rule { return []ledger.Rule{{Name: "LIFETIME", Find: checkTopUps}} }

func checkTopUps(ctx context.Context, s *ent.Store, report func(ledger.Finding)) error {
	c := s.Read()
	return ledger.EachPage(ctx, func(after string) ([]*db.TopUp, error) {
		return c.TopUp.Query().Where(topup.IDGT(after)).Order(db.Asc(topup.FieldID)).Limit(ledger.PageSize).All(ctx)
	}, func(rows []*db.TopUp) error {
		history, err := param.HistoryOf(ctx, c.Override, ledger.IDs(rows, func(t *db.TopUp) string { return t.AccountID }),
			clause.TopUpOnlineLifetime, clause.TopUpTransferLifetime)
		if err != nil {
			return err
		}
		for _, t := range rows {
			name := clause.TopUpOnlineLifetime
			if t.Channel == topup.ChannelBANK_TRANSFER {
				name = clause.TopUpTransferLifetime
			}
			lifetime, err := history.At(t.AccountID, name, t.CreatedAt)
			if err != nil {
				return err
			}
			if !t.ExpiresAt.Equal(t.CreatedAt.Add(lifetime.Duration())) {
				report(ledger.Finding{Rule: "LIFETIME", AccountID: t.AccountID, Subject: t.ID,
					Problem: "a top-up can be paid for longer or shorter than the agreement says", Currency: t.Currency})
			}
		}
		return nil
	})
}
