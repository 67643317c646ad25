// Package param reads what the agreement with an account says: the figures of
// the standard agreement, except where a signed one overrides them (13.3).
package param

import (
	"context"
	"fmt"
	"slices"
	"time"

	"portico/calendar"
	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/override"
	"portico/ent/db/predicate"
	"portico/money"
)

// accountsPerQuery keeps a query's parameters below what either engine takes.
const accountsPerQuery = 1000

// Agreement is the agreement in force for one account at one instant: of each
// figure, the value of the signed agreement that covers the instant and began
// last, or else that of the standard agreement (13.3). The zero Agreement is the
// standard agreement.
type Agreement struct {
	overridden map[string]clause.Figure
	zone       *calendar.Zone // nil is the provider's
}

// Of reads the agreement in force for an account at an instant. One query; the
// principal must reach the account.
func Of(ctx context.Context, c *db.OverrideClient, accountID string, at time.Time) (Agreement, error) {
	rows, err := c.Query().Where(override.AccountID(accountID), override.PlanID(""), override.FromAtLTE(at), notEnded(at)).
		Order(db.Asc(override.FieldFromAt, override.FieldID)).All(ctx)
	if err != nil {
		return Agreement{}, err
	}
	return signed(rows)
}

// OfEach is [Of] for several accounts, by account ID; each of them has an entry.
// One query for each thousand accounts.
func OfEach(ctx context.Context, c *db.OverrideClient, accounts []string, at time.Time) (map[string]Agreement, error) {
	rows, err := rowsOf(ctx, accounts, func(some []string) *db.OverrideQuery {
		return c.Query().Where(override.AccountIDIn(some...), override.PlanID(""), override.FromAtLTE(at), notEnded(at))
	})
	if err != nil {
		return nil, err
	}
	all := make(map[string]Agreement, len(accounts))
	for _, id := range accounts {
		if all[id], err = signed(rows[id]); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// Zone is the zone in which the agreement counts days and months (0).
func (a Agreement) Zone() calendar.Zone {
	if a.zone == nil {
		return providerZone
	}
	return *a.zone
}

// Figure is one figure of the agreement. It panics on a name that clause doesn't
// declare.
func (a Agreement) Figure(name string) clause.Figure {
	if f, is := a.overridden[name]; is {
		return f
	}
	return clause.Standard(name)
}

// DisputeRule is the rule for how long a bill can be disputed after it was sent,
// and late usage accepted (3.4): by bill.dispute_months and
// bill.dispute_to_month_end.
func (a Agreement) DisputeRule() calendar.Rule {
	months := a.Figure(clause.BillDisputeMonths).Int()
	if a.Figure(clause.BillDisputeToMonthEnd).Bool() {
		return calendar.MonthEnd(months)
	}
	return calendar.Months(months)
}

// Deadline is the end of a period of the agreement that begins at an instant, by
// a rule, in the agreement's zone.
func (a Agreement) Deadline(r calendar.Rule, from time.Time) (calendar.Deadline, error) {
	return calendar.Calendar{Zone: a.Zone()}.Deadline(r, from)
}

// Limit is the quantity of a plan's limit: the catalogue's, or where the limit is
// a figure of the agreement and a signed agreement overrides it, that one's
// (13.3).
func (a Agreement) Limit(l ent.Limit) (money.Decimal, error) {
	if f, is := a.overridden[l.Figure]; is {
		return money.NewDecimal(int64(f.Int())), nil
	}
	quantity, err := money.ParseDecimal(l.Quantity)
	if err != nil {
		return money.Decimal{}, fmt.Errorf("param: limit of %s: %w", l.Metric, err)
	}
	return quantity, nil
}

// LimitOf is [Agreement.Limit] for an account at an instant. One query if the
// limit is a figure of the agreement, else none; the principal must reach the
// account.
func LimitOf(ctx context.Context, c *db.OverrideClient, accountID string, l ent.Limit, at time.Time) (money.Decimal, error) {
	if l.Figure == "" {
		return Agreement{}.Limit(l)
	}
	a, err := Of(ctx, c, accountID, at)
	if err != nil {
		return money.Decimal{}, err
	}
	return a.Limit(l)
}

func notEnded(at time.Time) predicate.Override {
	return override.Or(override.UntilAtIsNil(), override.UntilAtGT(at))
}

// rowsOf reads rows of accounts by account, the one that begins last at the end.
func rowsOf(ctx context.Context, accounts []string, query func(some []string) *db.OverrideQuery) (map[string][]*db.Override, error) {
	all := map[string][]*db.Override{}
	for some := range slices.Chunk(accounts, accountsPerQuery) {
		rows, err := query(some).Order(db.Asc(override.FieldFromAt, override.FieldID)).All(ctx)
		if err != nil {
			return nil, err
		}
		for _, row := range rows {
			all[row.AccountID] = append(all[row.AccountID], row)
		}
	}
	return all, nil
}

// signed is the agreement by the rows that cover an instant, the one that begins
// last at the end. A figure that this release doesn't know is ignored: a newer one
// may have recorded it.
func signed(rows []*db.Override) (Agreement, error) {
	var a Agreement
	for _, row := range rows {
		standard, known := clause.FigureOf(row.Figure)
		if !known {
			continue
		}
		f, err := standard.Override(row.Value)
		if err != nil {
			return Agreement{}, err
		}
		if a.overridden == nil {
			a.overridden = map[string]clause.Figure{}
		}
		a.overridden[row.Figure] = f
	}
	if f, is := a.overridden[clause.AgreementZone]; is {
		zone, err := calendar.LoadZone(f.Value())
		if err != nil {
			return Agreement{}, err
		}
		a.zone = &zone
	}
	return a, nil
}
