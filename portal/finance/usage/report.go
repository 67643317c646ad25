// Package usage owns usage: the events that the data plane reports, each
// counted once, their hourly totals, and the levels of gauges.
package usage

import (
	"context"
	"fmt"
	"strings"
	"time"

	"portico/authz"
	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	"portico/portal/kernel/command"
	"portico/portal/offer/catalog"
)

// Limits of a report.
const (
	maxEvents = 10_000
	maxWord   = 100
	// mostLevel is the highest level of a gauge. Levels aren't added up, so it
	// can be higher than a counter's quantity.
	mostLevel = 1_000_000_000_000
	// micro is the number of smallest parts in a unit.
	micro = 1_000_000
)

// ReportUsage takes 1 to 10,000 events in one transaction. Each event is
// counted once per source and event id, or rejected with its reason; a rejected
// event doesn't affect the others. A level above its plan's limit is a fact: it
// is accepted and marked with [LimitReached] (2.3). Usage while standing stops
// a service was provided, and is accepted (3.6). An event that comes after its
// period closed is accepted as an adjustment for as long as that period's bill
// can be disputed (3.4). For holders of usage:report: the data plane.
func ReportUsage(ctx context.Context, s *ent.Store, in ReportUsageInput) (*ReportUsagePayload, error) {
	return command.Do(ctx, s, command.Command{Name: "reportUsage", Permission: authz.UsageReport, Global: true, Input: in, ContinuedUse: true},
		func(tx *command.Tx) (*ReportUsagePayload, error) {
			if n := len(in.Events); n < 1 || n > maxEvents {
				return nil, clause.InvalidField("events", fmt.Sprintf("每次上报须包含 1 至 %d 个事件。", maxEvents), fmt.Sprintf("must have 1 to %d events.", maxEvents))
			}
			b := &batch{tx: tx, adjustments: []UsageAdjustment{}, over: []UsageOverLimit{}, rejected: []UsageRejection{}}
			b.events = make([]event, 0, len(in.Events))
			for i := range in.Events {
				b.read(i, &in.Events[i])
			}
			for _, step := range []func() error{b.findCounted, b.findServices, b.findLimits, b.findLevels, b.findAgreements, b.findPeriods, b.judge, b.write} {
				if err := step(); err != nil {
					return nil, err
				}
			}
			tx.AuditDetail("accepted", len(b.accepted))
			tx.AuditDetail("check", b.check())
			tx.AuditDetail("adjustments", len(b.adjustments))
			tx.AuditDetail("duplicates", b.duplicates)
			tx.AuditDetail("overLimit", len(b.over))
			tx.AuditDetail("rejected", len(b.rejected))
			return &ReportUsagePayload{Accepted: len(b.accepted), Duplicates: b.duplicates, Adjustments: b.adjustments, OverLimit: b.over, Rejected: b.sorted()}, nil
		})
}

// event is one reported event with its parsed values.
type event struct {
	index int
	*UsageEventInput
	// At is the parsed time, micros the parsed quantity.
	At     time.Time
	micros int64

	running *db.Service // the service that measured it; nil if there is none
	gauge   bool        // whether the metric is a level
	period  *period     // the period that it belongs to; nil if it isn't billed
	// current is the present period, following the one after it.
	current, following *period
}

func (e *event) id() eventID { return eventID{e.Source, e.EventID} }

type eventID struct{ source, id string }

// read adds an event whose form is right, and rejects any other.
func (b *batch) read(index int, in *UsageEventInput) {
	b.events = append(b.events, event{index: index, UsageEventInput: in, At: in.At.Value.UTC().Truncate(tick)})
	e := &b.events[len(b.events)-1]
	if refusal := e.parse(b.tx.Now); refusal != nil {
		b.reject(e, *refusal)
		b.events = b.events[:len(b.events)-1]
	}
}

// parse returns the refusal of an event whose form is wrong.
func (e *event) parse(now time.Time) *clause.Refusal {
	refuse := func(r clause.Refusal) *clause.Refusal { return &r }
	for i, value := range [...]string{e.Source, e.EventID, e.Metric} {
		if n := len(value); n < 1 || n > maxWord || strings.ContainsFunc(value, notPrintable) {
			name := [...]string{"source", "eventId", "metric"}[i]
			return refuse(clause.InvalidField(fmt.Sprintf("events.%d.%s", e.index, name), fmt.Sprintf("应为 1 至 %d 个可见的 ASCII 字符。", maxWord), fmt.Sprintf("must be 1 to %d visible ASCII characters.", maxWord)))
		}
	}
	if e.UsageEventInput.At.Wrong != nil {
		return refuse(clause.InvalidField(fmt.Sprintf("events.%d.at", e.index), "应为 RFC 3339 格式的时间。", "must be a time in RFC 3339."))
	}
	micros, ok := e.Quantity.Value.Micros()
	if !ok || e.Quantity.Wrong != nil || micros < 0 {
		return refuse(QuantityInvalid.With("most", catalog.MostUnits))
	}
	if e.At.After(now) {
		return refuse(InFuture)
	}
	e.micros = micros
	return nil
}

func notPrintable(r rune) bool { return r <= ' ' || r > '~' }
