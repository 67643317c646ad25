package payment

import (
	"context"
	"encoding/json"
	"slices"

	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/auditevent"
	"portico/ent/db/payment"
	"portico/money"
	"portico/portal/finance/ledger"
)

// notified is the audit's record of a notification.
type notified struct {
	PaymentID   string `json:"paymentId"`
	TradeNumber string `json:"tradeNumber"`
	Amount      string `json:"amount"`
}

// checkNotified checks that a payment has the trade number, and one of the
// amounts, that the audit records for its notifications.
func checkNotified(ctx context.Context, s *ent.Store, report func(ledger.Finding)) error {
	c := s.Read()
	var dated ledger.Dated
	return ledger.EachPage(ctx, func(after string) ([]*db.Payment, error) {
		return c.Payment.Query().Where(payment.IDGT(after)).Order(db.Asc(payment.FieldID)).Limit(ledger.PageSize).All(ctx)
	}, func(rows []*db.Payment) error {
		objects := slices.Concat(ledger.IDs(rows, func(p *db.Payment) string { return p.ID }), ledger.IDs(rows, func(p *db.Payment) string { return p.TopUpID }))
		events, err := c.AuditEvent.Query().Where(auditevent.ObjectIDIn(objects...), auditevent.ActionIn(notifyCommand, completeCommand), auditevent.ResultNEQ(auditevent.ResultFAILED)).
			Select(auditevent.FieldDetails).Strings(ctx)
		if err != nil {
			return err
		}
		audited := map[string][]notified{}
		for _, text := range events {
			var n notified
			if json.Unmarshal([]byte(text), &n) == nil && n.PaymentID != "" {
				audited[n.PaymentID] = append(audited[n.PaymentID], n)
			}
		}
		for _, p := range rows {
			find := func(rule, problem string) {
				report(ledger.Finding{Rule: rule, AccountID: p.AccountID, Subject: p.ID, Problem: problem, Currency: p.Currency})
			}
			if dated.Back(p.ReceivedAt) {
				find("DATED", "a payment is dated before an earlier payment")
			}
			all := audited[p.ID]
			if slices.ContainsFunc(all, func(n notified) bool { return n.TradeNumber != p.TradeNumber }) {
				find("NOTIFIED", "a payment has another trade number than its audit events")
			}
			c := money.Currency(p.Currency)
			if len(all) > 0 && p.AmountMinor > 0 && (!c.Known() || !slices.ContainsFunc(all, func(n notified) bool { return n.Amount == money.New(p.AmountMinor, c).String() })) {
				find("NOTIFIED", "a payment has another amount than its audit events")
			}
		}
		return nil
	})
}
