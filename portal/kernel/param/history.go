package param

import (
	"context"
	"time"

	"portico/ent/db"
	"portico/ent/db/override"
)

// History is what signed agreements set for accounts, over time.
type History struct {
	rows map[string][]*db.Override // by account, the one that begins last at the end
}

// HistoryOf reads that of some accounts. One query for each thousand of them; the
// principal must reach the accounts.
func HistoryOf(ctx context.Context, c *db.OverrideClient, accounts []string) (History, error) {
	rows, err := rowsOf(ctx, accounts, func(some []string) *db.OverrideQuery {
		return c.Query().Where(override.AccountIDIn(some...), override.PlanID(""))
	})
	return History{rows}, err
}

// At is the agreement that was in force for an account at an instant, as it was
// known then: what was recorded later changed nothing of before.
func (h History) At(accountID string, at time.Time) (Agreement, error) {
	var covering []*db.Override
	for _, row := range h.rows[accountID] {
		if !row.FromAt.After(at) && !row.RecordedAt.After(at) && (row.UntilAt == nil || row.UntilAt.After(at)) {
			covering = append(covering, row)
		}
	}
	return signed(covering)
}
