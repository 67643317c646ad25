package param

import (
	"context"
	"time"

	"portico/clause"
	"portico/ent/db"
	"portico/ent/db/override"
)

// History are the figures that signed agreements set for accounts, over time.
type History struct{ rows map[string][]*db.Override }

// HistoryOf reads those of accounts and figures. One query; the principal must
// reach the accounts.
func HistoryOf(ctx context.Context, c *db.OverrideClient, accounts []string, names ...string) (History, error) {
	rows, err := c.Query().Where(override.AccountIDIn(accounts...), override.FigureIn(names...)).
		Order(db.Asc(override.FieldFromAt, override.FieldID)).All(ctx)
	h := History{map[string][]*db.Override{}}
	for _, row := range rows {
		h.rows[row.AccountID] = append(h.rows[row.AccountID], row)
	}
	return h, err
}

// At is the figure that was in force for an account at an instant, as it was
// known then: what was recorded later changed nothing of before.
func (h History) At(accountID, name string, at time.Time) (clause.Figure, error) {
	standard := clause.Standard(name)
	for i := len(h.rows[accountID]) - 1; i >= 0; i-- {
		row := h.rows[accountID][i]
		if row.Figure == name && !row.FromAt.After(at) && !row.RecordedAt.After(at) && (row.UntilAt == nil || row.UntilAt.After(at)) {
			return standard.Override(row.Value)
		}
	}
	return standard, nil
}
