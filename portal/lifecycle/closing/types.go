// Package closing ends the agreement with an account: it stops the services,
// pays what is owed from the balance, and shows the rest as refundable (0).
package closing

import (
	"portico/clause"
	"portico/ent/db"
	"portico/money"
	"portico/portal/trade/service"
)

// DeclineTermsInput is the input of declineTerms.
type DeclineTermsInput struct {
	// Account to close.
	AccountID string `json:"accountId"`
	// Version of the terms to decline.
	TermsID string `json:"termsId"`
	// Confirmation of what the closing ends.
	Confirm *bool `json:"confirm"`
}

// DeclineTermsPayload is the payload of declineTerms.
type DeclineTermsPayload struct {
	clause.Answer
	// The closing, which may have begun before.
	Closing *db.Closing `json:"closing"`
}

// ClosingPreview states what closing an account would end, and what would be
// left.
type ClosingPreview struct {
	// Services are the services that would stop.
	Services []*service.Ending
	// Lost is the amount that was paid for time that would not be used.
	Lost money.Amount
	// Owed is the amount that is billed and not paid yet.
	Owed money.Amount
	// Refundable is the cash that would be left; it was never invoiced.
	Refundable money.Amount
	// BonusLost is the bonus that would lapse.
	BonusLost money.Amount
}

// State is the state of a closing.
type State string

// The states.
const (
	Settling  State = "SETTLING"
	Retention State = "RETENTION"
)

// StateOf returns the state of a closing.
func StateOf(c *db.Closing) State {
	if c.SettledAt != nil {
		return Retention
	}
	return Settling
}
