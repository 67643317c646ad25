// Package closing ends the agreement with an account: it stops the services,
// pays what is owed from the balance, and shows the rest as refundable (0).
package closing

import (
	"portico/clause"
	"portico/ent/db"
	"portico/money"
	"portico/portal/trade/service"
)

// DeclineTermsInput is what declineTerms takes.
type DeclineTermsInput struct {
	// The account that would be closed.
	AccountID string `json:"accountId"`
	// The version that is declined.
	TermsID string `json:"termsId"`
	// Confirms what the closing ends.
	Confirm *bool `json:"confirm"`
}

// DeclineTermsPayload is the answer of declineTerms.
type DeclineTermsPayload struct {
	clause.Answer
	// The closing that has begun, or had begun before.
	Closing *db.Closing `json:"closing"`
}

// ClosingPreview is what the closing of an account would end, and leave.
type ClosingPreview struct {
	// Services would stop.
	Services []*service.Ending
	// Lost is what was paid for the time of them that would not be used.
	Lost money.Amount
	// Owed is billed and not paid yet.
	Owed money.Amount
	// Refundable is cash that would be left and not invoiced.
	Refundable money.Amount
	// BonusLost would lapse.
	BonusLost money.Amount
}

// State is how far a closing has come.
type State string

// The states.
const (
	Settling  State = "SETTLING"
	Retention State = "RETENTION"
)

// StateOf is how far a closing has come.
func StateOf(c *db.Closing) State {
	if c.SettledAt != nil {
		return Retention
	}
	return Settling
}
