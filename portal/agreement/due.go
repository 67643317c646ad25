package agreement

import (
	"context"
	"time"

	"portico/authz"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/acceptance"
	"portico/portal/act"
)

// Due reads, for each of some accounts, the amendments in force that nobody
// accepted for it yet: those that await a click, and those that the owner's
// going on accepts (0). Titles and bodies are left out. Two queries whatever
// the number of accounts, one where no amendment is in force; the principal
// must reach the accounts.
func Due(ctx context.Context, c *db.Client, accountIDs []string, now time.Time) (map[string][]*db.Terms, error) {
	return due(ctx, c.Terms, c.Acceptance, accountIDs, now)
}

func due(ctx context.Context, t *db.TermsClient, a *db.AcceptanceClient, accountIDs []string, now time.Time) (map[string][]*db.Terms, error) {
	latest, amends, err := versions(ctx, t, now)
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
	rows, err := a.Query().Where(acceptance.AccountIDIn(accountIDs...), acceptance.TermsIDIn(ids...)).All(ctx)
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

// ConductDue tells, by account, a version in force that the owner's next use of
// the services accepts by conduct (0); accounts with none are left out. It is
// what a session's read puts into [authz.Principal.ConductDue]. Within another
// statement the same is asked, for an account a, by
//
//	EXISTS (SELECT 1 FROM terms t WHERE NOT t.explicit AND t.effective_at <= now
//	  AND EXISTS (SELECT 1 FROM terms b WHERE b.kind = t.kind AND b.effective_at < t.effective_at)
//	  AND NOT EXISTS (SELECT 1 FROM terms l WHERE l.kind = t.kind AND l.effective_at > t.effective_at AND l.effective_at <= now)
//	  AND NOT EXISTS (SELECT 1 FROM acceptances c WHERE c.account_id = a AND c.terms_id = t.id))
func ConductDue(ctx context.Context, c *db.Client, accountIDs []string, now time.Time) (map[string]string, error) {
	all, err := Due(ctx, c, accountIDs, now)
	if err != nil {
		return nil, err
	}
	byConduct := map[string]string{}
	for id, list := range all {
		for _, t := range list {
			if !t.Explicit {
				byConduct[id] = t.ID
			}
		}
	}
	return byConduct, nil
}

// RecordConduct records that the owner of an account goes on using the
// services after amendments took effect that ask for no click: an acceptance
// BY_CONDUCT of each, once (0). It is called before the owner's first mutation
// other than accepting, declining and exporting; reading is no conduct. Where
// nothing is due, or the principal isn't the account's owner, it writes
// nothing and isn't audited.
func RecordConduct(ctx context.Context, s *ent.Store, accountID string) error {
	p := authz.From(ctx)
	if p == nil || !p.Owns(accountID) {
		return nil
	}
	if any, err := amendsByConduct(ctx, s); err != nil || !any {
		return err
	}
	due, err := ConductDue(ctx, s.Read(), []string{accountID}, s.Now())
	if err != nil || due[accountID] == "" {
		return err
	}
	c := act.Command{Name: "recordConduct", Permission: authz.TermsAccept, Object: accountID}
	_, err = act.Do(act.WithKey(ctx, ""), s, c, func(tx *ent.Tx) (int, error) { return recordConduct(tx, accountID) })
	return err
}

func recordConduct(tx *ent.Tx, accountID string) (int, error) {
	all, err := due(tx, tx.Terms, tx.Acceptance, []string{accountID}, tx.Now)
	if err != nil {
		return 0, err
	}
	n := 0
	for _, t := range all[accountID] {
		if t.Explicit {
			continue
		}
		if _, err := record(tx, accountID, tx.Principal().ID, t, acceptance.HowBY_CONDUCT); err != nil {
			return 0, err
		}
		tx.Detail(string(t.Kind), t.ID)
		n++
	}
	return n, nil
}
