package payment

import (
	"context"
	"strings"

	"portico/clause"
	"portico/ent/db"
	entpayment "portico/ent/db/payment"
	"portico/ent/db/predicate"
	"portico/ent/db/topup"
	"portico/money"
)

// StartTopUpInput is the input of startTopUp.
type StartTopUpInput struct {
	// Account to top up.
	AccountID string `json:"accountId"`
	// Amount in the account's currency: 1.00 to 10,000,000.00.
	Amount money.Input `json:"amount"`
	// Payment channel.
	Channel topup.Channel `json:"channel"`
}

// StartTopUpPayload is the payload of startTopUp.
type StartTopUpPayload struct {
	clause.Answer
	// The top-up.
	TopUp *db.TopUp `json:"topUp"`
}

// DesignatePayerInput is the input of designatePayer.
type DesignatePayerInput struct {
	// Account that the payer pays for.
	AccountID string `json:"accountId"`
	// Payer's name as the channel will sign it, at most 200 characters.
	Name string `json:"name"`
	// Proof, in words, that the payer may pay for the account.
	Proof string `json:"proof"`
	// Channel of ChannelPayerID; required with it.
	Channel *topup.Channel `json:"channel"`
	// Channel's own id of the payer, 1 to 128 visible ASCII characters.
	ChannelPayerID *string `json:"channelPayerId"`
}

// DesignatePayerPayload is the payload of designatePayer.
type DesignatePayerPayload struct {
	clause.Answer
	// The payer.
	Payer *db.Payer `json:"payer"`
}

// ReviewPayerInput is the input of reviewPayer.
type ReviewPayerInput struct {
	// Payer to review.
	PayerID string `json:"payerId"`
	// Decision: APPROVE or REJECT.
	Decision ReviewDecision `json:"decision"`
	// Reason, shown to the customer; required to reject.
	Reason *string `json:"reason"`
}

// ReviewPayerPayload is the payload of reviewPayer.
type ReviewPayerPayload struct {
	clause.Answer
	// The payer.
	Payer *db.Payer `json:"payer"`
}

// DecidePaymentInput is the input of decidePayment.
type DecidePaymentInput struct {
	// Payment to decide about.
	PaymentID string `json:"paymentId"`
	// Decision.
	Decision PaymentDecision `json:"decision"`
	// Evidence for the decision, or the reason for the return; shown to the
	// customer.
	Reason string `json:"reason"`
	// For ATTRIBUTE: the account that the payment belongs to. Either this or a
	// top-up.
	AccountID *string `json:"accountId"`
	// For ATTRIBUTE: the top-up that is paid. Either this or an account.
	TopUpID *string `json:"topUpId"`
	// For REFUND of a line of outgoing money: the payment that it sends back.
	RefundOf *string `json:"refundOf"`
	// For REFUND: the amount that was sent back; if null, all that is left.
	Amount *money.Input `json:"amount"`
}

// DecidePaymentPayload is the payload of decidePayment.
type DecidePaymentPayload struct {
	clause.Answer
	// The payment.
	Payment *db.Payment `json:"payment"`
}

// PaymentDecision is a decision about a payment.
type PaymentDecision string

// The decisions.
const (
	Credit    PaymentDecision = "CREDIT"
	Return    PaymentDecision = "RETURN"
	Attribute PaymentDecision = "ATTRIBUTE"
	Note      PaymentDecision = "NOTE"
	Refund    PaymentDecision = "REFUND"
	Waive     PaymentDecision = "WAIVE"
)

// PaymentStatus is the status of a payment.
type PaymentStatus string

// The statuses.
const (
	Open         PaymentStatus = "OPEN"
	UnknownOwner PaymentStatus = "UNATTRIBUTED"
	Suspense     PaymentStatus = "SUSPENSE"
	Credited     PaymentStatus = "CREDITED"
	Returned     PaymentStatus = "RETURNED"
	Refunded     PaymentStatus = "REFUNDED"
	Noted        PaymentStatus = "NOTED"
)

// StatusOf returns the status of a payment.
func StatusOf(p *db.Payment) PaymentStatus {
	if p.Status != nil {
		return PaymentStatus(*p.Status)
	}
	return PaymentStatus(p.State)
}

// TradeNumberOf returns the channel's own number of a payment; nil if it gave
// none.
func TradeNumberOf(p *db.Payment) *string {
	if strings.HasPrefix(p.TradeNumber, unnumberedPrefix) {
		return nil
	}
	n := strings.TrimPrefix(p.TradeNumber, outgoingPrefix)
	return &n
}

// AmountOf returns an amount of a payment; nil if its currency isn't known.
func AmountOf(p *db.Payment, minor int64) *money.Amount {
	if p.Currency == "" {
		return nil
	}
	a := money.New(minor, money.Currency(p.Currency))
	return &a
}

// PaymentFilter selects the payments that meet all given conditions.
type PaymentFilter struct {
	// Only payments of this account.
	AccountID *string `json:"accountId"`
	// Only payments with this status.
	Status *PaymentStatus `json:"status"`
	// Only payments by this channel.
	Channel *topup.Channel `json:"channel"`
	// Only payments with this trade number of the channel.
	TradeNumber *string `json:"tradeNumber"`
	// If true, only payments about which an operator must decide something
	// besides suspense; if false, only the others.
	Questioned *bool `json:"questioned"`
}

// channelNames lists all channels.
var channelNames = []string{string(topup.ChannelALIPAY), string(topup.ChannelWECHAT_PAY), string(topup.ChannelONLINE_BANK),
	string(topup.ChannelBANK_TRANSFER), string(topup.ChannelSANDBOX)}

// Where returns the conditions of the filter; a nil filter selects all
// payments.
func (f *PaymentFilter) Where() []predicate.Payment {
	if f == nil {
		return nil
	}
	var where []predicate.Payment
	if f.AccountID != nil {
		where = append(where, entpayment.AccountID(*f.AccountID))
	}
	if f.Status != nil {
		where = append(where, with(*f.Status)...)
	}
	if f.Channel != nil {
		where = append(where, entpayment.Channel(string(*f.Channel)))
	}
	if f.TradeNumber != nil {
		where = append(where, entpayment.TradeNumberIn(*f.TradeNumber, outgoingPrefix+*f.TradeNumber))
		if f.Channel == nil { // the index begins with the channel
			where = append(where, entpayment.ChannelIn(channelNames...))
		}
	}
	if f.Questioned != nil {
		where = append(where, entpayment.QuestionedEQ(*f.Questioned))
	}
	return where
}

// with returns the condition for a status.
func with(s PaymentStatus) []predicate.Payment {
	switch s {
	case Suspense, Credited:
		return []predicate.Payment{entpayment.StateEQ(entpayment.State(s))}
	case Returned:
		return []predicate.Payment{entpayment.StateEQ(entpayment.StateRETURNED), entpayment.StatusIsNil()}
	}
	return []predicate.Payment{entpayment.StatusEQ(entpayment.Status(s))}
}

// CreditedOf returns, for each top-up, the amount that was credited and not
// sent back, in minor units of its currency. Top-ups without such an amount are
// left out.
func CreditedOf(ctx context.Context, read *db.Client, topUps []string) (map[string]int64, error) {
	var sums []struct {
		TopUp    string `json:"top_up_id"`
		Paid     int64  `json:"paid"`
		Reversed int64  `json:"reversed"`
	}
	err := read.Payment.Query().Where(append(with(Credited), entpayment.TopUpIDIn(topUps...), entpayment.StatusIsNil())...).GroupBy(entpayment.FieldTopUpID).
		Aggregate(db.As(db.Sum(entpayment.FieldAmountMinor), "paid"), db.As(db.Sum(entpayment.FieldReversedMinor), "reversed")).Scan(ctx, &sums)
	credited := make(map[string]int64, len(sums))
	for _, s := range sums {
		credited[s.TopUp] = s.Paid - s.Reversed
	}
	return credited, err
}

// ReviewDecision is an operator's decision about a payer.
type ReviewDecision string

// The decisions.
const (
	Approve ReviewDecision = "APPROVE"
	Reject  ReviewDecision = "REJECT"
)
