package payment

import (
	"encoding/json"
	"errors"
	"strings"

	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/paymentevent"
)

// signedColumn is the purpose for which the signed content of channels is
// sealed.
const signedColumn = "payment.signed"

// keepEvent stores a signed message about a payment as it arrived, and reports
// whether it is new. A channel signs a repeated message again, so messages are
// compared by their meaning.
func keepEvent(tx *ent.Tx, p *db.Payment, n Notification) (fresh bool, err error) {
	meaning, err := meaningOf(tx.Store(), n)
	if err != nil {
		return false, err
	}
	known, err := tx.PaymentEvent.Query().Where(paymentevent.Meaning(meaning)).Exist(tx)
	if err != nil || known {
		return false, err
	}
	sealed, err := tx.Store().Seal(signedColumn, n.Raw)
	if err != nil {
		return false, err
	}
	create := tx.PaymentEvent.Create().SetPaymentID(p.ID).SetMeaning(meaning).SetWords(stateWord(n.Words)).SetDigest(n.Digest).
		SetSigned([]byte(sealed)).SetReceivedAt(tx.Now).SetCurrency(n.Refunded.Currency().String())
	if n.RefundNumber != "" {
		create.SetRefundNumber(n.RefundNumber).SetRefundMinor(n.Refunded.Minor())
	}
	err = create.Exec(tx)
	if ent.IsDuplicate(err) { // a concurrent duplicate came first
		return false, ent.ErrStale
	}
	return err == nil, err
}

// meaningOf returns the keyed hash of the content of a notification. An
// unreadable one is hashed as it was signed.
func meaningOf(s *ent.Store, n Notification) (string, error) {
	m := struct {
		Notification
		Code, Signed string
	}{Notification: n}
	m.Digest, m.Line = "", 0
	var r clause.Refusal
	if errors.As(n.Refused, &r) {
		m.Code = r.Code
	}
	if m.Code != "" || n.Question == UnknownState {
		m.Signed = n.Raw
	}
	b, err := json.Marshal(m)
	return s.Index(signedColumn, string(b)), err
}

// stateWord returns a channel's name for a state in the form that its column
// stores: visible ASCII of limited length.
func stateWord(s string) string {
	const most = 190
	b := make([]byte, 0, len(s))
	for _, r := range s {
		if r < ' ' || r > '~' {
			r = '?'
		}
		if b = append(b, byte(r)); len(b) == most {
			break
		}
	}
	return strings.TrimSpace(string(b))
}

// Signed returns the signed content of an event as it arrived.
func Signed(s *ent.Store, e *db.PaymentEvent) (string, error) {
	return s.Unseal(signedColumn, e.Signed)
}

// refundsOf sums the numbered refunds of a payment that are in the payment's
// currency; one is the amount that n adds. It reports odd if one of the refunds
// came with two amounts, or in another currency.
func refundsOf(tx *ent.Tx, p *db.Payment, n Notification) (sum, one int64, odd bool, err error) {
	currency := p.Currency
	if p.AmountMinor == 0 && n.Paid { // the currency is known from now on
		currency = n.Amount.Currency().String()
	}
	events, err := tx.PaymentEvent.Query().Where(paymentevent.PaymentID(p.ID), paymentevent.RefundMinorGT(0)).All(tx)
	by := map[string]int64{}
	for _, e := range events {
		if e.RefundNumber == nil {
			continue
		}
		if currency != "" && e.Currency != currency {
			odd = true
			continue
		}
		switch known := by[*e.RefundNumber]; {
		case known == 0:
			by[*e.RefundNumber] = e.RefundMinor
			sum += e.RefundMinor
			if *e.RefundNumber == n.RefundNumber {
				one = e.RefundMinor
			}
		case known != e.RefundMinor:
			odd = true
		}
	}
	return sum, one, odd, err
}
