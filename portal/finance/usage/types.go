package usage

import (
	"encoding/json"
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
	Quantity Quantity `json:"quantity"`
	// When it was used.
	At Moment `json:"at"`
}

// Sent is a value of a report as it was sent. One of the wrong form is kept, so
// that its event alone is rejected for it.
type Sent[T any] struct {
	Value T
	// Wrong is what was sent in place of a value; nil if that is one.
	Wrong any
}

// MarshalJSON writes what was sent: by it a report that is sent again is known.
func (s Sent[T]) MarshalJSON() ([]byte, error) {
	if s.Wrong != nil {
		return json.Marshal(map[string]any{"wrong": s.Wrong})
	}
	return json.Marshal(s.Value)
}

// Quantity is how much of a metric was used.
type Quantity struct{ Sent[money.Decimal] }

// Units is a quantity.
func Units(d money.Decimal) Quantity { return Quantity{Sent[money.Decimal]{Value: d}} }

// Moment is an instant of use.
type Moment struct{ Sent[time.Time] }

// At is an instant of use.
func At(t time.Time) Moment { return Moment{Sent[time.Time]{Value: t}} }

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
