// Package billing owns bills, and the arrears that begin when a bill isn't paid
// in full (3.4, 3.8, 5.10).
package billing

import (
	"time"

	"portico/clause"
	"portico/ent/db"
	"portico/ent/db/bill"
)

// ExtendGraceInput is the input of extendGrace.
type ExtendGraceInput struct {
	// The account in arrears.
	AccountID string `json:"accountId"`
	// Number of days for which paid services continue, not counting the day on
	// which the arrears began: 1 to 365.
	Days int `json:"days"`
	// Reason, shown to the customer, at most 2000 characters.
	Reason string `json:"reason"`
}

// ExtendGracePayload is the payload of extendGrace.
type ExtendGracePayload struct {
	clause.Answer
	// The arrears with their new deadline.
	Arrears *db.Arrears `json:"arrears"`
}

// Period is a billing period.
type Period struct {
	// From is the first instant of the period, To the first instant after it.
	From, To time.Time
	// Unit is the length of the period.
	Unit bill.Unit
	// Zone is the time zone of the period; nil on rows of older releases.
	Zone *string
}

// Adjusted returns the earlier period that a line of late usage belongs to
// (3.4); nil for usage of the bill's own period. A day has up to 25 hours when
// the clocks change.
func Adjusted(l *db.BillLine) *Period {
	if l.AdjustsFrom == nil || l.AdjustsTo == nil {
		return nil
	}
	p := &Period{From: *l.AdjustsFrom, To: *l.AdjustsTo, Unit: bill.UnitMONTH}
	switch long := p.To.Sub(p.From); {
	case long <= time.Hour:
		p.Unit = bill.UnitHOUR
	case long <= 25*time.Hour:
		p.Unit = bill.UnitDAY
	}
	return p
}
