package invoice

import (
	"time"

	"portico/calendar"
	"portico/clause"
	"portico/portal/kernel/param"
)

// term is the time in which an invoice is issued.
type term struct {
	// approveBy is the first instant at which an approval no longer counts.
	approveBy time.Time
	// from is the first instant of the month of issue, by the first instant
	// after it.
	from, by time.Time
}

// termAt returns the term of an approval at an instant: the month whose cut-off
// comes next, by the cut-off day of the agreement (3.9).
func termAt(z calendar.Zone, day int, included bool, at time.Time) term {
	today := z.Day(at)
	month := calendar.DateOf(today.Year, today.Month, 1)
	if !at.Before(z.CutOff(month, day, included)) {
		month = month.AddMonths(1, 1)
	}
	return term{approveBy: z.CutOff(month, day, included), from: z.Start(month), by: z.Start(month.AddMonths(1, 1))}
}

// termOf is the term of what is approved at an instant under an agreement.
func termOf(a param.Agreement, at time.Time) term {
	return termAt(a.Zone(), a.Figure(clause.InvoiceCutoffDay).Int(), a.Figure(clause.InvoiceCutoffIncluded).Bool(), at)
}
