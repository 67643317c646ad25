package agreement

import (
	"context"
	"time"

	"portico/ent/db"
	"portico/ent/db/acceptance"
)

// Due returns, for each of some accounts, the amendments in force that are not
// yet accepted for it: those that need a click, and those that continued use
// accepts (0). Titles and bodies are left out. Two queries for any number of
// accounts, one if no amendment is in force. The principal must reach the
// accounts.
func Due(ctx context.Context, c *db.Client, accountIDs []string, now time.Time) (map[string][]*db.Terms, error) {
	latest, amends, err := versions(ctx, c.Terms, now)
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, t := range latest {
		if amends[t.ID] {
			ids = append(ids, t.ID)
		}
	}
	found := map[string][]*db.Terms{}
	if len(ids) == 0 || len(accountIDs) == 0 {
		return found, nil
	}
	rows, err := c.Acceptance.Query().Where(acceptance.AccountIDIn(accountIDs...), acceptance.TermsIDIn(ids...)).All(ctx)
	if err != nil {
		return nil, err
	}
	accepted := map[[2]string]bool{}
	for _, r := range rows {
		accepted[[2]string{r.AccountID, r.TermsID}] = true
	}
	for _, id := range accountIDs {
		for _, t := range latest {
			if amends[t.ID] && !accepted[[2]string{id, t.ID}] {
				found[id] = append(found[id], t)
			}
		}
	}
	return found, nil
}
