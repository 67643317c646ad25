package account

import (
	"context"
	"time"

	"portico/ent"
	"portico/ent/db"
	dbaccount "portico/ent/db/account"
	"portico/ent/db/holding"
	"portico/ent/db/restriction"
	"portico/portal/kernel/standing"
)

// Unverified derives which accounts 5.2 must restrict: those that no legal
// entity holds.
func Unverified() standing.Derivation {
	code := standing.VerificationRequired.Code
	return standing.Derivation{Code: code, Open: func(ctx context.Context, s *ent.Store) ([]string, error) {
		held, err := s.Read().Holding.Query().Where(holding.OpenKeyNotNil()).Select(holding.FieldAccountID).Strings(ctx)
		if err != nil {
			return nil, err
		}
		is := make(map[string]bool, len(held))
		for _, id := range held {
			is[id] = true
		}
		ids, err := s.Read().Account.Query().Select(dbaccount.FieldID).Strings(ctx)
		if err != nil {
			return nil, err
		}
		var keys []string
		for _, id := range ids {
			if !is[id] {
				keys = append(keys, standing.Key(id, code, "", id))
			}
		}
		return keys, nil
	}, Fits: unverified}
}

// unverified checks each account's one restriction against its registration and
// its first legal entity.
func unverified(ctx context.Context, s *ent.Store, rows []*db.Restriction) (map[string]bool, error) {
	ids := make([]string, len(rows))
	for i, r := range rows {
		ids[i] = r.AccountID
	}
	accounts, err := s.Read().Account.Query().Where(dbaccount.IDIn(ids...)).All(ctx)
	if err != nil {
		return nil, err
	}
	held, err := s.Read().Holding.Query().Where(holding.AccountIDIn(ids...)).Order(db.Desc(holding.FieldFromAt, holding.FieldID)).All(ctx)
	if err != nil {
		return nil, err
	}
	registered, verified := map[string]time.Time{}, map[string]time.Time{}
	for _, a := range accounts {
		registered[a.ID] = a.CreatedAt
	}
	for _, h := range held {
		verified[h.AccountID] = h.FromAt
	}
	fits := make(map[string]bool, len(rows))
	for _, r := range rows {
		since, is := registered[r.AccountID]
		until, over := verified[r.AccountID]
		fits[r.ID] = is && r.Scope == restriction.ScopeACCOUNT && r.TargetID == "" && r.Clause == "5.2" && r.CauseID == r.AccountID && r.LiftsID == nil &&
			r.Reason == nil && r.Since.Equal(since) && over == (r.UntilAt != nil) && (!over || r.UntilAt.Equal(until))
	}
	return fits, nil
}
