package usage

import (
	"time"

	"portico/clause"
	"portico/money"
)

// UsageEventInput: one report of usage.
type UsageEventInput struct {
	// Who reports it, at most 100 characters.
	Source string `json:"source"`
	// Its id at the source, at most 100 characters; counted once per source and id.
	EventID string `json:"eventId"`
	// Where it was used.
	ApplicationID string `json:"applicationId"`
	// What was used, such as `rtc.minutes`.
	Metric string `json:"metric"`
	// How much, at most 6 decimals; of a gauge, its new level.
	Quantity money.Decimal `json:"quantity"`
	// When it was used.
	At time.Time `json:"at"`
}

// ReportUsageInput: for reportUsage.
type ReportUsageInput struct {
	// 1 to 10,000 reports.
	Events []UsageEventInput `json:"events"`
}

// ReportUsagePayload is the answer of reportUsage.
type ReportUsagePayload struct {
	clause.Answer
	// How many were counted now.
	Accepted int `json:"accepted"`
	// How many had been counted before.
	Duplicates int `json:"duplicates"`
	// Which of those accepted came after their period had closed.
	Adjustments []UsageAdjustment `json:"adjustments"`
	// Which of those accepted are levels above their plan's limit.
	OverLimit []UsageOverLimit `json:"overLimit"`
	// Which were not accepted, and why.
	Rejected []UsageRejection `json:"rejected"`
}

// UsageAdjustment is a report that was accepted after its period had closed: it
// is a line of the next bill (3.4).
type UsageAdjustment struct {
	// Index in the input, from 0.
	Index           int
	Source, EventID string
	// From and To are the closed period that it belongs to.
	From, To time.Time
}

// UsageOverLimit is a report that was accepted and marked: a level above its
// plan's limit (2.3).
type UsageOverLimit struct {
	// Index in the input, from 0.
	Index           int
	Source, EventID string
	// Refusal is what entitlement says: the limit, and what would lift it.
	Refusal clause.Refusal
}

// UsageRejection is a report that was not accepted.
type UsageRejection struct {
	// Index in the input, from 0.
	Index           int
	Source, EventID string
	// Refusal says why.
	Refusal clause.Refusal
}

// Entitlement tells whether one more unit of a metric would be allowed (2.3).
type Entitlement struct {
	// Allowed is false at used = limit.
	Allowed bool
	// Limit is nil for none.
	Limit *money.Decimal
	// Used is counted over what the limit is: the application, or the account's
	// applications that share it.
	Used money.Decimal
	// Refusal says by which clause, and what would lift it; nil if allowed.
	Refusal *clause.Refusal
}
