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

// StartTopUpInput: for startTopUp.
type StartTopUpInput struct {
	// For which account.
	AccountID string `json:"accountId"`
	// How much, in the account's currency: 1.00 to 10,000,000.00.
	Amount money.Input `json:"amount"`
	// By which way.
	Channel topup.Channel `json:"channel"`
}

// StartTopUpPayload is the answer of startTopUp.
type StartTopUpPayload struct {
	clause.Answer
	// The top-up.
	TopUp *db.TopUp `json:"topUp"`
}

// DesignatePayerInput: for designatePayer.
type DesignatePayerInput struct {
	// For which account.
	AccountID string `json:"accountId"`
	// As it will be signed, at most 200 characters.
	Name string `json:"name"`
	// What proves that it may pay, in words.
	Proof string `json:"proof"`
	// The channel that ChannelPayerID is of; needed beside it.
	Channel *topup.Channel `json:"channel"`
	// The channel's own id of the payer, of 1 to 128 visible ASCII characters.
	ChannelPayerID *string `json:"channelPayerId"`
}

// DesignatePayerPayload is the answer of designatePayer.
type DesignatePayerPayload struct {
	clause.Answer
	// The payer.
	Payer *db.Payer `json:"payer"`
}

// ReviewPayerInput: for reviewPayer.
type ReviewPayerInput struct {
	// Which.
	PayerID string `json:"payerId"`
	// Yes or no.
	Decision ReviewDecision `json:"decision"`
	// Needed to reject; shown to the customer.
	Reason *string `json:"reason"`
}

// ReviewPayerPayload is the answer of reviewPayer.
type ReviewPayerPayload struct {
	clause.Answer
	// The payer.
	Payer *db.Payer `json:"payer"`
}

// DecidePaymentInput: for decidePayment.
type DecidePaymentInput struct {
	// Which.
	PaymentID string `json:"paymentId"`
	// What becomes of it.
	Decision PaymentDecision `json:"decision"`
	// What proves it, or why it goes back; shown to the customer.
	Reason string `json:"reason"`
	// For ATTRIBUTE: whose it is; or else a top-up.
	AccountID *string `json:"accountId"`
	// For ATTRIBUTE: the top-up that it pays; or else an account.
	TopUpID *string `json:"topUpId"`
	// For REFUND of a line of money that went out: the payment that it sends back.
	RefundOf *string `json:"refundOf"`
	// For REFUND: how much went back; all that is left, if null.
	Amount *money.Input `json:"amount"`
}

// DecidePaymentPayload is the answer of decidePayment.
type DecidePaymentPayload struct {
	clause.Answer
	// The payment.
	Payment *db.Payment `json:"payment"`
}

// PaymentDecision is what becomes of a payment.
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

// PaymentStatus is where a payment stands.
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

// StatusOf is where a payment stands.
func StatusOf(p *db.Payment) PaymentStatus {
	if p.Status != nil {
		return PaymentStatus(*p.Status)
	}
	return PaymentStatus(p.State)
}

// TradeNumberOf is the channel's own number of a payment; nil if it gave none.
func TradeNumberOf(p *db.Payment) *string {
	if strings.HasPrefix(p.TradeNumber, unnumberedPrefix) {
		return nil
	}
	n := strings.TrimPrefix(p.TradeNumber, outgoingPrefix)
	return &n
}

// AmountOf is a figure of a payment; nil where its currency isn't known.
func AmountOf(p *db.Payment, minor int64) *money.Amount {
	if p.Currency == "" {
		return nil
	}
	a := money.New(minor, money.Currency(p.Currency))
	return &a
}

// PaymentFilter picks payments: those that meet all that is given.
type PaymentFilter struct {
	// Only of this account.
	AccountID *string `json:"accountId"`
	// Only with this status.
	Status *PaymentStatus `json:"status"`
	// Only by this channel.
	Channel *topup.Channel `json:"channel"`
	// Only with this number of the channel.
	TradeNumber *string `json:"tradeNumber"`
	// Only those about which an operator must decide something beyond suspense, or
	// only the others.
	Questioned *bool `json:"questioned"`
}

// channelNames are all channels.
var channelNames = []string{string(topup.ChannelALIPAY), string(topup.ChannelWECHAT_PAY), string(topup.ChannelONLINE_BANK),
	string(topup.ChannelBANK_TRANSFER), string(topup.ChannelSANDBOX)}

// Where is the filter as conditions; nil picks all.
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

// with is the condition of a status.
func with(s PaymentStatus) []predicate.Payment {
	switch s {
	case Suspense, Credited:
		return []predicate.Payment{entpayment.StateEQ(entpayment.State(s))}
	case Returned:
		return []predicate.Payment{entpayment.StateEQ(entpayment.StateRETURNED), entpayment.StatusIsNil()}
	}
	return []predicate.Payment{entpayment.StatusEQ(entpayment.Status(s))}
}

// CreditedOf is what of each top-up reached the balance and was not sent back, in
// the least units of its currency; one without any is left out.
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

// ReviewDecision is what an operator decides about a payer.
type ReviewDecision string

// The decisions.
const (
	Approve ReviewDecision = "APPROVE"
	Reject  ReviewDecision = "REJECT"
)
