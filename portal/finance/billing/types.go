// Package billing owns bills, and the arrears that begin when a bill isn't paid
// in full (3.4, 3.8, 5.10).
package billing

import (
	"time"

	"portico/clause"
	"portico/ent/db"
	"portico/ent/db/bill"
)

// ExtendGraceInput: for extendGrace.
type ExtendGraceInput struct {
	// The account in arrears.
	AccountID string `json:"accountId"`
	// For how many days paid services go on, the day of arrears not counted: 1 to 365.
	Days int `json:"days"`
	// The customer sees it; at most 2000 characters.
	Reason string `json:"reason"`
}

// ExtendGracePayload is the answer of extendGrace.
type ExtendGracePayload struct {
	clause.Answer
	// The arrears with their new deadline.
	Arrears *db.Arrears `json:"arrears"`
}

// Period is a time that is billed, in the zone of the agreement.
type Period struct {
	// From is its first instant, To the first after it.
	From, To time.Time
	// Unit is how long it is.
	Unit bill.Unit
	// Zone is where it is one; nil on rows of releases that kept none.
	Zone *string
}

// Adjusted is the earlier period whose late usage a line is of (3.4); nil for
// the bill's own. A day has at most 25 hours, where the clocks change.
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
