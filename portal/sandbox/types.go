package sandbox

import (
	"time"

	"portico/clause"
	"portico/ent/db"
	"portico/money"
)

// AdvanceClockInput: for advanceClock.
type AdvanceClockInput struct {
	// The portal's new time; never backwards.
	To time.Time `json:"to"`
}

// AdvanceClockPayload is the answer of advanceClock.
type AdvanceClockPayload struct {
	clause.Answer
	// The portal's time.
	Now *time.Time `json:"now"`
	// How many jobs fell due on the way.
	JobsRun *int `json:"jobsRun"`
	// How many runs of jobs failed on the way.
	JobsFailed *int `json:"jobsFailed"`
}

// CompleteSandboxPaymentInput: for completeSandboxPayment.
type CompleteSandboxPaymentInput struct {
	// Which top-up.
	TopUpID string `json:"topUpId"`
	// Who pays, as the channel signs it.
	PayerName string `json:"payerName"`
	// How much; the amount asked for if left out.
	Amount *money.Input `json:"amount"`
}

// CompleteSandboxPaymentPayload is the answer of completeSandboxPayment.
type CompleteSandboxPaymentPayload struct {
	clause.Answer
	// The top-up.
	TopUp *db.TopUp `json:"topUp"`
}
