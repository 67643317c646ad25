package notice

import (
	"time"

	"portico/calendar"
	"portico/clause"
	"portico/ent"
	"portico/ent/db/override"
	"portico/ent/db/service"
	"portico/portal/kernel/param"
)

// rule is the lead time of a kind.
type rule struct {
	clause clause.Ref
	figure string
	// inSite is set if the clause requires the in-site notice.
	inSite bool
	// earliest returns the first allowed instant for what is announced now.
	earliest func(lead clause.Figure, zone calendar.Zone, now time.Time) time.Time
}

// rules are the kinds with a lead time.
var rules = map[Kind]rule{
	Maintenance: {clause: "9.3", figure: clause.MaintenanceLead,
		earliest: func(lead clause.Figure, _ calendar.Zone, now time.Time) time.Time { return now.Add(lead.Duration()) }},
	Migration: {clause: "9.4", figure: clause.MigrationLead,
		earliest: func(lead clause.Figure, zone calendar.Zone, now time.Time) time.Time {
			return calendar.UTC(now.In(zone.Location()).AddDate(0, 0, lead.Int()))
		}},
	SDKRetirement: {clause: "5.5", figure: clause.SDKLeadMonths, inSite: true,
		earliest: func(lead clause.Figure, zone calendar.Zone, now time.Time) time.Time {
			return zone.MonthLater(now, lead.Int())
		}},
}

// first returns the first instant at which a notice published now may take
// effect, for everyone in its audience: signed agreements can require more, or
// less, for their own account (13.3).
func (r rule) first(tx *ent.Tx, to audience) (time.Time, error) {
	accounts, latest := to.accounts, time.Time{}
	if len(accounts) == 0 {
		latest = r.under(param.Agreement{}, tx.Now)
		var err error
		if accounts, err = deviating(tx, to, []string{r.figure, clause.AgreementZone}); err != nil {
			return latest, err
		}
	}
	agreements, err := param.OfEach(tx, tx.Override, accounts, tx.Now)
	for _, a := range agreements {
		if at := r.under(a, tx.Now); at.After(latest) {
			latest = at
		}
	}
	return latest, err
}

// under is the first instant that will do under an agreement.
func (r rule) under(a param.Agreement, now time.Time) time.Time {
	return r.earliest(a.Figure(r.figure), a.Zone(), now)
}

// deviating returns the accounts, of an audience that names none, for which a
// signed agreement now sets one of some figures.
func deviating(tx *ent.Tx, to audience, names []string) ([]string, error) {
	accounts, err := tx.Override.Query().Where(override.FigureIn(names...), override.FromAtLTE(tx.Now),
		override.Or(override.UntilAtIsNil(), override.UntilAtGT(tx.Now))).
		Unique(true).Select(override.FieldAccountID).Strings(tx)
	if err != nil || len(to.products) == 0 || len(accounts) == 0 {
		return accounts, err
	}
	return tx.Service.Query().Where(service.AccountIDIn(accounts...), service.ProductIDIn(to.products...), service.StatusEQ(service.StatusRUNNING)).
		Unique(true).Select(service.FieldAccountID).Strings(tx)
}
