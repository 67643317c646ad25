package payment

import (
	"portico/clause"
	"portico/ent/db"
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

// DecideSuspenseInput: for decideSuspense.
type DecideSuspenseInput struct {
	// Which.
	TopUpID string `json:"topUpId"`
	// What becomes of it.
	Decision SuspenseDecision `json:"decision"`
	// What proves it, or why it goes back; shown to the customer.
	Reason string `json:"reason"`
}

// DecideSuspensePayload is the answer of decideSuspense.
type DecideSuspensePayload struct {
	clause.Answer
	// The top-up.
	TopUp *db.TopUp `json:"topUp"`
}

// SuspenseDecision is what becomes of money that waits.
type SuspenseDecision string

// The decisions.
const (
	Credit SuspenseDecision = "CREDIT"
	Return SuspenseDecision = "RETURN"
)

// ReviewDecision is what an operator decides about a payer.
type ReviewDecision string

// The decisions.
const (
	Approve ReviewDecision = "APPROVE"
	Reject  ReviewDecision = "REJECT"
)
