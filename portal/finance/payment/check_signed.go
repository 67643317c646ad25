package payment

import (
	"portico/ent/db"
	"portico/ent/db/topup"
	"portico/text"
)

// tellsAlone are the channels whose notifications tell all that they mean by
// themselves, so that what was signed can be read again without their keys.
var tellsAlone = map[string]bool{string(topup.ChannelSANDBOX): true, string(topup.ChannelONLINE_BANK): true}

// asSigned reports whether a payment, and an event of it, are what was signed, as
// far as that can be read again.
func asSigned(p *db.Payment, e *db.PaymentEvent, raw string) bool {
	if !tellsAlone[p.Channel] {
		return true
	}
	told, err := readOne(topup.Channel(p.Channel), []byte(raw))
	if err != nil || len(told) != 1 {
		return true // what can't be read waits for an operator
	}
	n := told[0]
	if e.Digest != n.Digest || e.RefundNumber != nil || e.RefundMinor != 0 || e.Currency != "" || p.TradeNumber != n.TradeNumber {
		return false
	}
	if p.Digest != e.Digest { // told otherwise later: then it waits for an operator
		return true
	}
	return p.AmountMinor == n.Amount.Minor() && p.Currency == n.Amount.Currency().String() && p.PayerName == n.PayerName &&
		p.PaidAt != nil && p.PaidAt.Equal(n.PaidAt.UTC()) && (n.Reference == "" || text.Value(p.Reference) == n.Reference)
}
