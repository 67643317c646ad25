package payment

import (
	"context"

	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/payment"
	"portico/ent/db/paymentevent"
	"portico/ent/db/topup"
	"portico/portal/finance/ledger"
	"portico/portal/kernel/param"
)

// Checks are what top-ups must be, derived anew: each can be paid for as long as
// the agreement said when it was started (3.5); one that was made for money that
// was nobody's is over at once, which the rule ATTRIBUTED holds. And what channels
// signed can be read. For `portico ledger check`.
func Checks() []ledger.Rule {
	return []ledger.Rule{{Name: "LIFETIME", Find: checkTopUps}, {Name: "SIGNED", Find: checkSigned}, {Name: "NOTIFIED", Find: checkNotified}}
}

// signedPage is how many of what channels signed are read together: one may be a
// whole statement.
const signedPage = 20

// checkSigned holds that what channels signed is as the program wrote it.
func checkSigned(ctx context.Context, s *ent.Store, report func(ledger.Finding)) error {
	c := s.Read()
	return ledger.EachPage(ctx, func(after string) ([]*db.PaymentEvent, error) {
		return c.PaymentEvent.Query().Where(paymentevent.IDGT(after)).Order(db.Asc(paymentevent.FieldID)).Limit(signedPage).All(ctx)
	}, func(rows []*db.PaymentEvent) error {
		of, err := c.Payment.Query().Where(payment.IDIn(ledger.IDs(rows, func(e *db.PaymentEvent) string { return e.PaymentID })...)).All(ctx)
		if err != nil {
			return err
		}
		byID := make(map[string]*db.Payment, len(of))
		for _, p := range of {
			byID[p.ID] = p
		}
		for _, e := range rows {
			raw, err := Signed(s, e)
			if err != nil {
				report(ledger.Finding{Rule: "SIGNED", Subject: e.ID, Problem: "what a channel signed was not written by the program"})
				continue
			}
			if p := byID[e.PaymentID]; p != nil && !asSigned(p, e, raw) {
				report(ledger.Finding{Rule: "SIGNED", AccountID: p.AccountID, Subject: e.ID, Problem: "a payment, or what was told of it, is not what its channel signed"})
			}
		}
		return nil
	})
}

func checkTopUps(ctx context.Context, s *ent.Store, report func(ledger.Finding)) error {
	c := s.Read()
	var dated ledger.Dated
	return ledger.EachPage(ctx, func(after string) ([]*db.TopUp, error) {
		return c.TopUp.Query().Where(topup.IDGT(after)).Order(db.Asc(topup.FieldID)).Limit(ledger.PageSize).All(ctx)
	}, func(rows []*db.TopUp) error {
		history, err := param.HistoryOf(ctx, c.Override, ledger.IDs(rows, func(t *db.TopUp) string { return t.AccountID }))
		if err != nil {
			return err
		}
		told, err := ledger.ToldOf(ctx, c, "startTopUp", ledger.IDs(rows, func(t *db.TopUp) string { return t.ID }))
		if err != nil {
			return err
		}
		for _, t := range rows {
			if is := told[t.ID]; is.DiffersFrom(t.AmountMinor, t.Currency) || is.Differs("reference", t.PaymentReference) {
				report(ledger.Finding{Rule: "STARTED", AccountID: t.AccountID, Subject: t.ID, Problem: "a top-up asks for something else than the audit tells", Currency: t.Currency})
			}
			if dated.Back(t.CreatedAt) {
				report(ledger.Finding{Rule: "DATED", AccountID: t.AccountID, Subject: t.ID, Problem: "a top-up is dated before one that was started before it", Currency: t.Currency})
			}
			a, err := history.At(t.AccountID, t.CreatedAt)
			if err != nil {
				return err
			}
			if !t.ExpiresAt.Equal(t.CreatedAt.Add(lifetimeOf(a, t.Channel))) && !t.ExpiresAt.Equal(t.CreatedAt) {
				report(ledger.Finding{Rule: "LIFETIME", AccountID: t.AccountID, Subject: t.ID,
					Problem: "a top-up can be paid for longer or shorter than the agreement says", Currency: t.Currency})
			}
		}
		return nil
	})
}
