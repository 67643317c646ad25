// Package param gives the figures of the agreement that are in force for an
// account: those of the standard agreement, save where a signed one overrides
// them (13.3).
package param

import (
	"context"
	"time"

	"portico/clause"
	"portico/ent/db"
	"portico/ent/db/override"
)

// For reads one figure in force for an account at an instant: the override of
// the latest signed agreement that covers the instant, else the standard. It is
// one query; the principal must reach the account.
func For(ctx context.Context, c *db.OverrideClient, accountID, name string, now time.Time) (clause.Figure, error) {
	standard := clause.Standard(name)
	row, err := c.Query().
		Where(override.AccountID(accountID), override.Figure(name), override.FromAtLTE(now),
			override.Or(override.UntilAtIsNil(), override.UntilAtGT(now))).
		Order(db.Desc(override.FieldFromAt, override.FieldID)).First(ctx)
	if db.IsNotFound(err) {
		return standard, nil
	}
	if err != nil {
		return clause.Figure{}, err
	}
	return standard.Override(row.Value)
}

// ForEach is [For] of several figures and accounts at once, by account and
// name. One query; the principal must reach the accounts.
func ForEach(ctx context.Context, c *db.OverrideClient, accounts []string, now time.Time, names ...string) (map[string]map[string]clause.Figure, error) {
	rows, err := c.Query().
		Where(override.AccountIDIn(accounts...), override.FigureIn(names...), override.FromAtLTE(now),
			override.Or(override.UntilAtIsNil(), override.UntilAtGT(now))).
		Order(db.Asc(override.FieldFromAt, override.FieldID)).All(ctx)
	if err != nil {
		return nil, err
	}
	figures := make(map[string]map[string]clause.Figure, len(accounts))
	for _, id := range accounts {
		figures[id] = make(map[string]clause.Figure, len(names))
		for _, name := range names {
			figures[id][name] = clause.Standard(name)
		}
	}
	for _, row := range rows { // the latest last
		if figures[row.AccountID][row.Figure], err = clause.Standard(row.Figure).Override(row.Value); err != nil {
			return nil, err
		}
	}
	return figures, nil
}
