package sandbox

import (
	"time"

	"portico/clause"
	"portico/ent/db"
	"portico/money"
)

// AdvanceClockInput is the input of advanceClock.
type AdvanceClockInput struct {
	// New time of the portal, not before the present one.
	To time.Time `json:"to"`
}

// AdvanceClockPayload is the payload of advanceClock.
type AdvanceClockPayload struct {
	clause.Answer
	// Time of the portal.
	Now *time.Time `json:"now"`
	// Number of jobs that fell due on the way.
	JobsRun *int `json:"jobsRun"`
	// Number of runs of jobs that failed on the way.
	JobsFailed *int `json:"jobsFailed"`
}

// CompleteSandboxPaymentInput is the input of completeSandboxPayment.
type CompleteSandboxPaymentInput struct {
	// Top-up to pay.
	TopUpID string `json:"topUpId"`
	// Name of the payer, as the channel signs it.
	PayerName string `json:"payerName"`
	// Amount paid; if null, the amount of the top-up.
	Amount *money.Input `json:"amount"`
}

// CompleteSandboxPaymentPayload is the payload of completeSandboxPayment.
type CompleteSandboxPaymentPayload struct {
	clause.Answer
	// The top-up.
	TopUp *db.TopUp `json:"topUp"`
}
