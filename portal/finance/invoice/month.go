package invoice

import (
	"time"

	"portico/calendar"
	"portico/clause"
	"portico/ent"
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

// termOf returns the term of an approval at the transaction's instant, by the
// figures that are in force for the account then (13.3).
func termOf(tx *ent.Tx, accountID string) (term, error) {
	names := []string{clause.AgreementZone, clause.InvoiceCutoffDay, clause.InvoiceCutoffIncluded}
	all, err := param.ForEach(tx, tx.Override, []string{accountID}, tx.Now, names...)
	if err != nil {
		return term{}, err
	}
	f := all[accountID]
	z, err := calendar.LoadZone(f[clause.AgreementZone].Value())
	if err != nil {
		return term{}, err
	}
	return termAt(z, f[clause.InvoiceCutoffDay].Int(), f[clause.InvoiceCutoffIncluded].Bool(), tx.Now), nil
}

// zoneOf returns the zone of an account's agreement.
func zoneOf(tx *ent.Tx, accountID string) (calendar.Zone, error) {
	f, err := param.For(tx, tx.Override, accountID, clause.AgreementZone, tx.Now)
	if err != nil {
		return calendar.Zone{}, err
	}
	return calendar.LoadZone(f.Value())
}

// standardZone returns the provider's zone, which applies to its series of
// numbers and the dates on its invoices.
func standardZone() (calendar.Zone, error) {
	return calendar.LoadZone(clause.Standard(clause.AgreementZone).Value())
}
