// Package usage owns what was used: events of the data plane, counted once,
// their totals by hour, and the levels of gauges.
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

// Bounds of a report.
const (
	maxEvents = 10_000
	maxWord   = 100
	// mostLevel is the most that a gauge can be at: levels don't add up.
	mostLevel = 1_000_000_000_000
	// micro is how many of the smallest part are a unit.
	micro = 1_000_000
)

// ReportUsage takes 1 to 10,000 events in one transaction. Each is counted once
// per source and event id, or rejected by itself with its reason, while the
// rest is accepted. A level above its plan's limit is a fact: it is accepted, and
// marked with [LimitReached] (2.3). What was used while standing stops a service was provided,
// and is accepted (3.6); what comes after its period closed is accepted as an
// adjustment, as long as that period's bill can be disputed (3.4). Who holds usage:report may: the data plane.
func ReportUsage(ctx context.Context, s *ent.Store, in ReportUsageInput) (*ReportUsagePayload, error) {
	return command.Do(ctx, s, command.Command{Name: "reportUsage", Permission: authz.UsageReport, Global: true, Input: in, ContinuedUse: true},
		func(tx *command.Tx) (*ReportUsagePayload, error) {
			if n := len(in.Events); n < 1 || n > maxEvents {
				return nil, clause.InvalidField("events", fmt.Sprintf("一次上报 1 至 %d 个事件。", maxEvents), fmt.Sprintf("a report has 1 to %d events.", maxEvents))
			}
			b := &batch{tx: tx, adjustments: []UsageAdjustment{}, over: []UsageOverLimit{}, rejected: []UsageRejection{}}
			for i, e := range in.Events {
				b.read(i, e)
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

// event is one report, read.
type event struct {
	index int
	UsageEventInput
	// At and micros are its time and its quantity, read.
	At     time.Time
	micros int64

	running *db.Service // that measured it; nil for none
	gauge   bool        // whether it is a level
	period  *period     // that it belongs to; nil for what isn't billed
	// current and following are the periods of now, and after it.
	current, following *period
}

func (e event) id() eventID { return eventID{e.Source, e.EventID} }

type eventID struct{ source, id string }

// read takes an event whose form is right, and rejects another.
func (b *batch) read(index int, in UsageEventInput) {
	e := event{index: index, UsageEventInput: in, At: in.At.Value.UTC().Truncate(tick)}
	for _, w := range []struct{ name, value string }{{"source", in.Source}, {"eventId", in.EventID}, {"metric", in.Metric}} {
		if n := len(w.value); n < 1 || n > maxWord || strings.ContainsFunc(w.value, notPrintable) {
			b.reject(e, clause.InvalidField(fmt.Sprintf("events.%d.%s", index, w.name), fmt.Sprintf("应为 1 至 %d 个可见的 ASCII 字符。", maxWord), fmt.Sprintf("it is 1 to %d visible ASCII characters.", maxWord)))
			return
		}
	}
	if in.At.Wrong != nil {
		b.reject(e, clause.InvalidField(fmt.Sprintf("events.%d.at", index), "应为 RFC 3339 格式的时间。", "it is a time in RFC 3339."))
		return
	}
	micros, ok := in.Quantity.Value.Micros()
	if !ok || in.Quantity.Wrong != nil || micros < 0 {
		b.reject(e, QuantityInvalid.With("most", catalog.MostUnits))
		return
	}
	if e.At.After(b.tx.Now) {
		b.reject(e, InFuture)
		return
	}
	e.micros = micros
	b.events = append(b.events, e)
}

func notPrintable(r rune) bool { return r <= ' ' || r > '~' }
