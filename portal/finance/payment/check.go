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

// Checks returns the rules for top-ups and signed content. A top-up can be paid
// for as long as the agreement allowed when it was started (3.5); one that was
// created for an unattributed payment ends at once (rule ATTRIBUTED). Signed
// content of channels can be opened. For `portico ledger check`.
func Checks() []ledger.Rule {
	return []ledger.Rule{{Name: "LIFETIME", Find: checkTopUps}, {Name: "SIGNED", Find: checkSigned}, {Name: "NOTIFIED", Find: checkNotified}}
}

// signedPage is the number of signed contents that are read together. One may
// be a whole statement.
const signedPage = 20

// checkSigned checks that the signed content of channels is as the program
// wrote it.
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
				report(ledger.Finding{Rule: "SIGNED", Subject: e.ID, Problem: "the signed content of a channel was not written by the program"})
				continue
			}
			if p := byID[e.PaymentID]; p != nil && !asSigned(p, e, raw) {
				report(ledger.Finding{Rule: "SIGNED", AccountID: p.AccountID, Subject: e.ID, Problem: "a payment or an event of it differs from what its channel signed"})
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
		audited, err := ledger.ToldOf(ctx, c, "startTopUp", ledger.IDs(rows, func(t *db.TopUp) string { return t.ID }))
		if err != nil {
			return err
		}
		for _, t := range rows {
			if is := audited[t.ID]; is.DiffersFrom(t.AmountMinor, t.Currency) || is.Differs("reference", t.PaymentReference) {
				report(ledger.Finding{Rule: "STARTED", AccountID: t.AccountID, Subject: t.ID, Problem: "a top-up differs from its audit event", Currency: t.Currency})
			}
			if dated.Back(t.CreatedAt) {
				report(ledger.Finding{Rule: "DATED", AccountID: t.AccountID, Subject: t.ID, Problem: "a top-up is dated before an earlier top-up", Currency: t.Currency})
			}
			a, err := history.At(t.AccountID, t.CreatedAt)
			if err != nil {
				return err
			}
			if !t.ExpiresAt.Equal(t.CreatedAt.Add(lifetimeOf(a, t.Channel))) && !t.ExpiresAt.Equal(t.CreatedAt) {
				report(ledger.Finding{Rule: "LIFETIME", AccountID: t.AccountID, Subject: t.ID,
					Problem: "the expiry of a top-up does not follow from the agreement", Currency: t.Currency})
			}
		}
		return nil
	})
}
