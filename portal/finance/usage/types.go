package usage

import (
	"encoding/json"
	"time"

	"portico/clause"
	"portico/money"
)

// UsageEventInput is one event of a report of usage.
type UsageEventInput struct {
	// Source that reports the event, at most 100 characters.
	Source string `json:"source"`
	// Id of the event at its source, at most 100 characters. An event is
	// counted once per source and id.
	EventID string `json:"eventId"`
	// Application in which the metric was used.
	ApplicationID string `json:"applicationId"`
	// Metric, such as `rtc.minutes`.
	Metric string `json:"metric"`
	// Quantity, at most 6 decimals; for a gauge, the new level.
	Quantity Quantity `json:"quantity"`
	// Time of use.
	At Moment `json:"at"`
}

// Sent is a value of a report as it was sent. A value of the wrong form is
// kept, so that only its own event is rejected.
type Sent[T any] struct {
	Value T
	// Wrong is the value that was sent if it has the wrong form; nil otherwise.
	Wrong any
}

// MarshalJSON writes the value that was sent, so that a report that is sent
// again is recognized.
func (s Sent[T]) MarshalJSON() ([]byte, error) {
	if s.Wrong != nil {
		return json.Marshal(map[string]any{"wrong": s.Wrong})
	}
	return json.Marshal(s.Value)
}

// Quantity is a quantity of a metric.
type Quantity struct{ Sent[money.Decimal] }

// Units returns a valid quantity.
func Units(d money.Decimal) Quantity { return Quantity{Sent[money.Decimal]{Value: d}} }

// Moment is a time of use.
type Moment struct{ Sent[time.Time] }

// At returns a valid time of use.
func At(t time.Time) Moment { return Moment{Sent[time.Time]{Value: t}} }

// ReportUsageInput is the input of reportUsage.
type ReportUsageInput struct {
	// 1 to 10,000 events.
	Events []UsageEventInput `json:"events"`
}

// ReportUsagePayload is the payload of reportUsage.
type ReportUsagePayload struct {
	clause.Answer
	// Number of events that were counted by this report.
	Accepted int `json:"accepted"`
	// Number of events that had been counted before.
	Duplicates int `json:"duplicates"`
	// Accepted events that came after their period had closed.
	Adjustments []UsageAdjustment `json:"adjustments"`
	// Accepted events that are levels above their plan's limit.
	OverLimit []UsageOverLimit `json:"overLimit"`
	// Events that were rejected, with their reasons.
	Rejected []UsageRejection `json:"rejected"`
}

// UsageAdjustment is an event that was accepted after its period had closed. It
// becomes a line of the next bill (3.4).
type UsageAdjustment struct {
	// Index is the event's position in the input, from 0.
	Index           int
	Source, EventID string
	// From and To are the bounds of the closed period that it belongs to.
	From, To time.Time
}

// UsageOverLimit is an event that was accepted and marked: a level above its
// plan's limit (2.3).
type UsageOverLimit struct {
	// Index is the event's position in the input, from 0.
	Index           int
	Source, EventID string
	// Refusal is what entitlement would return: the limit, and what would lift
	// it.
	Refusal clause.Refusal
}

// UsageRejection is an event that was rejected.
type UsageRejection struct {
	// Index is the event's position in the input, from 0.
	Index           int
	Source, EventID string
	// Refusal is the reason.
	Refusal clause.Refusal
}

// Entitlement states whether one more unit of a metric is allowed (2.3).
type Entitlement struct {
	// Allowed is false when used equals limit.
	Allowed bool
	// Limit is nil if there is none.
	Limit *money.Decimal
	// Used is counted in the limit's scope: the application, or the account's
	// applications that share the limit.
	Used money.Decimal
	// Refusal is the reason with its clause, and what would lift it; nil if
	// allowed.
	Refusal *clause.Refusal
}
