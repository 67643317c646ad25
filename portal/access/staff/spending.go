package staff

import (
	"context"
	"slices"
	"time"

	"portico/authz"
	"portico/calendar"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/grantmonth"
)

// Budget is what a grant with a monthly limit lets be spent in one month (1.5).
// The members of a group share the budget of its grant.
type Budget struct {
	GrantID string
	// Limit is the monthly limit, and Spent what the orders of the month cost, in
	// minor units of the account's currency.
	Limit, Spent int64

	accountID, month string
	// counted reports whether the month has a row.
	counted bool
	// exceeded reports whether the order is counted beyond the limit.
	exceeded bool
}

// Exceed lets an order be counted beyond the limit, for one that is refused unless
// an approval lifts the limit.
func (b *Budget) Exceed() { b.exceeded = true }

// Left returns what can still be spent; nothing after the limit was lowered below
// what was spent.
func (b *Budget) Left() int64 { return max(0, b.Limit-b.Spent) }

// Month returns the month of an instant, in the agreement's zone, as budgets are
// counted by it.
func Month(zone calendar.Zone, at time.Time) string { return zone.Day(at).String()[:len("2006-01")] }

// Fullest returns, of the budgets of some grants on one account, the one with most
// left; of several the one of the oldest grant. It is nil if a grant has no monthly
// limit, or if there are no grants. One query at most.
func Fullest(ctx context.Context, c *db.Client, grants []authz.Grant, month string) (*Budget, error) {
	if len(grants) == 0 || slices.ContainsFunc(grants, func(g authz.Grant) bool { return g.MonthlyLimit == nil }) {
		return nil, nil
	}
	ids := make([]string, len(grants))
	for i, g := range grants {
		ids[i] = g.ID
	}
	spent, err := Spent(ctx, c, ids, month)
	if err != nil {
		return nil, err
	}
	var best *Budget
	for _, g := range grants {
		minor, counted := spent[g.ID]
		b := &Budget{GrantID: g.ID, Limit: *g.MonthlyLimit, Spent: minor, accountID: g.AccountID, month: month, counted: counted}
		if best == nil || b.Left() > best.Left() || b.Left() == best.Left() && b.GrantID < best.GrantID {
			best = b
		}
	}
	return best, nil
}

// Spent returns what was spent in a month under grants, by grant; those under which
// nothing was counted are left out. One query.
func Spent(ctx context.Context, c *db.Client, grantIDs []string, month string) (map[string]int64, error) {
	rows, err := c.GrantMonth.Query().Where(grantmonth.GrantIDIn(grantIDs...), grantmonth.Month(month)).All(ctx)
	if err != nil {
		return nil, err
	}
	spent := make(map[string]int64, len(rows))
	for _, row := range rows {
		spent[row.GrantID] = row.Spent
	}
	return spent, nil
}

// Spend counts an amount in a budget, by one conditional update, or for the first
// order of a month by one insert: however many orders race, the limit holds (1.5).
// A step of the order. If another order was faster, the whole runs again.
func Spend(tx *ent.Tx, b *Budget, minor int64) error {
	if !b.counted {
		err := tx.GrantMonth.Create().SetAccountID(b.accountID).SetGrantID(b.GrantID).SetMonth(b.month).SetSpent(minor).Exec(tx)
		if ent.IsDuplicate(err) {
			return ent.ErrStale
		}
		return err
	}
	u := tx.GrantMonth.Update().Where(grantmonth.GrantID(b.GrantID), grantmonth.Month(b.month)).AddSpent(minor)
	if !b.exceeded {
		u.Where(grantmonth.SpentLTE(b.Limit - minor))
	}
	n, err := u.Save(tx)
	if err == nil && n == 0 {
		err = ent.ErrStale
	}
	return err
}
