package payment

import (
	"portico/ent/db"
	"portico/ent/db/topup"
	"portico/text"
)

// selfContained lists the channels whose signed content can be read again
// without their keys.
var selfContained = map[string]bool{string(topup.ChannelSANDBOX): true, string(topup.ChannelONLINE_BANK): true}

// asSigned reports whether a payment and one of its events agree with the
// signed content, as far as that can be read again.
func asSigned(p *db.Payment, e *db.PaymentEvent, raw string) bool {
	if !selfContained[p.Channel] {
		return true
	}
	read, err := readOne(topup.Channel(p.Channel), []byte(raw))
	if err != nil || len(read) != 1 {
		return true // unreadable content waits for an operator
	}
	n := read[0]
	if e.Digest != n.Digest || e.RefundNumber != nil || e.RefundMinor != 0 || e.Currency != "" || p.TradeNumber != n.TradeNumber {
		return false
	}
	if p.Digest != e.Digest { // a later notification differs, so the payment waits for an operator
		return true
	}
	return p.AmountMinor == n.Amount.Minor() && p.Currency == n.Amount.Currency().String() && p.PayerName == n.PayerName &&
		p.PaidAt != nil && p.PaidAt.Equal(n.PaidAt.UTC()) && (n.Reference == "" || text.Value(p.Reference) == n.Reference)
}
