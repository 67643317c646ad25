package standing

import (
	"context"
	"time"

	"portico/ent/db"
	"portico/ent/db/restriction"
)

// DueEach is [Due] for several accounts at once, by account id. One query.
func DueEach(ctx context.Context, c *db.RestrictionClient, accounts []string, now time.Time) (map[string][]*db.Restriction, error) {
	rows, err := c.Query().
		Where(restriction.AccountIDIn(append([]string{""}, accounts...)...), restriction.SinceLTE(now),
			restriction.Or(restriction.UntilAtIsNil(), restriction.UntilAtGT(now))).
		Order(db.Asc(restriction.FieldSince, restriction.FieldID)).All(ctx)
	if err != nil {
		return nil, err
	}
	type lift struct{ account, row string }
	lifted := map[lift]bool{}
	for _, r := range rows {
		if r.LiftsID != nil {
			lifted[lift{r.AccountID, *r.LiftsID}] = true
		}
	}
	due := make(map[string][]*db.Restriction, len(accounts))
	for _, id := range accounts {
		if _, done := due[id]; done {
			continue
		}
		due[id] = nil
		for _, r := range rows {
			if (r.AccountID == "" || r.AccountID == id) && r.LiftsID == nil && !lifted[lift{id, r.ID}] {
				due[id] = append(due[id], r)
			}
		}
	}
	return due, nil
}
