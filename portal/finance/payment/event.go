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

// signedColumn is what is signed by channels is sealed for.
const signedColumn = "payment.signed"

// keepEvent keeps something that a channel signed about a payment, as it came,
// and tells whether it was told for the first time. What a channel tells again is
// signed anew, so it is known by its meaning.
func keepEvent(tx *ent.Tx, p *db.Payment, n Notification) (fresh bool, err error) {
	meaning, err := meaningOf(tx.Store(), n)
	if err != nil {
		return false, err
	}
	told, err := tx.PaymentEvent.Query().Where(paymentevent.Meaning(meaning)).Exist(tx)
	if err != nil || told {
		return false, err
	}
	sealed, err := tx.Store().Seal(signedColumn, n.Raw)
	if err != nil {
		return false, err
	}
	create := tx.PaymentEvent.Create().SetPaymentID(p.ID).SetMeaning(meaning).SetWords(words190(n.Words)).SetDigest(n.Digest).
		SetSigned([]byte(sealed)).SetReceivedAt(tx.Now).SetCurrency(n.Refunded.Currency().String())
	if n.RefundNumber != "" {
		create.SetRefundNumber(n.RefundNumber).SetRefundMinor(n.Refunded.Minor())
	}
	err = create.Exec(tx)
	if ent.IsDuplicate(err) { // a twin was faster
		return false, ent.ErrStale
	}
	return err == nil, err
}

// meaningOf is the keyed hash of all that a notification says. What can't be
// read means what was signed.
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

// words190 is a channel's word for a state as a column takes it: visible ASCII,
// not too long.
func words190(s string) string {
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

// Signed opens what a channel signed, as it came.
func Signed(s *ent.Store, e *db.PaymentEvent) (string, error) {
	return s.Unseal(signedColumn, e.Signed)
}

// refundsOf sums the refunds of a payment that its channel tells one by one, each
// by its number, as far as they are in the payment's currency; one is what n adds.
// odd tells whether one of them is told with two amounts, or in another currency.
func refundsOf(tx *ent.Tx, p *db.Payment, n Notification) (sum, one int64, odd bool, err error) {
	currency := p.Currency
	if p.AmountMinor == 0 && n.Paid { // now it is known
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
