package agreement

import (
	"context"
	"time"

	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/acceptance"
	"portico/ent/db/restriction"
	"portico/ent/db/terms"
	"portico/portal/kernel/standing"
)

// Unaccepted derives the restrictions that clause 0 must have in force: one of
// all accounts for each amendment in force that requires a click, and a lift
// for each account that accepted it.
func Unaccepted() standing.Derivation {
	code := standing.TermsAcceptanceRequired.Code
	return standing.Derivation{Code: code, Open: func(ctx context.Context, s *ent.Store) ([]string, error) {
		latest, amends, err := versions(ctx, s.Read().Terms, s.Now())
		if err != nil {
			return nil, err
		}
		var keys []string
		for _, t := range latest {
			if !t.Explicit || !amends[t.ID] {
				continue
			}
			everyone := standing.Key("", code, "", t.ID)
			keys = append(keys, everyone)
			row, err := s.Read().Restriction.Query().Where(restriction.AccountID(""), restriction.Code(code), restriction.CauseID(t.ID)).Only(ctx)
			if db.IsNotFound(err) {
				continue
			}
			if err != nil {
				return nil, err
			}
			accounts, err := s.Read().Acceptance.Query().Where(acceptance.TermsID(t.ID)).Select(acceptance.FieldAccountID).Strings(ctx)
			if err != nil {
				return nil, err
			}
			for _, id := range accounts {
				keys = append(keys, standing.LiftKey(id, row.ID))
			}
		}
		return keys, nil
	}, Fits: amended}
}

// amended checks restrictions of all accounts against the versions that require
// a click, and lifts against the acceptances.
func amended(ctx context.Context, s *ent.Store, rows []*db.Restriction) (map[string]bool, error) {
	all, err := s.Read().Terms.Query().Where(terms.Explicit(true)).Select(terms.FieldID, terms.FieldEffectiveAt, terms.FieldExplicit).All(ctx)
	if err != nil {
		return nil, err
	}
	effective := map[string]time.Time{}
	for _, t := range all {
		effective[t.ID] = t.EffectiveAt
	}
	var accounts, lifted []string
	for _, r := range rows {
		if r.LiftsID != nil {
			accounts, lifted = append(accounts, r.AccountID), append(lifted, *r.LiftsID)
		}
	}
	given, err := s.Read().Acceptance.Query().Where(acceptance.AccountIDIn(accounts...)).All(ctx)
	if err != nil {
		return nil, err
	}
	accepted := map[string]time.Time{}
	for _, a := range given {
		accepted[a.AccountID+a.TermsID] = a.AcceptedAt
	}
	everyone, err := s.Read().Restriction.Query().Where(restriction.IDIn(lifted...)).All(ctx)
	if err != nil {
		return nil, err
	}
	cause := map[string]string{}
	for _, r := range everyone {
		cause[r.ID] = r.CauseID
	}
	fits := make(map[string]bool, len(rows))
	for _, r := range rows {
		from, is := effective[r.CauseID]
		good := is && r.TargetID == "" && r.Clause == "0" && r.Reason == nil
		if r.LiftsID == nil {
			fits[r.ID] = good && r.Scope == restriction.ScopeALL && r.AccountID == "" && r.Since.Equal(from) && (r.UntilAt == nil || !r.UntilAt.Before(from))
			continue
		}
		at, is := accepted[r.AccountID+r.CauseID]
		fits[r.ID] = good && is && r.Scope == restriction.ScopeACCOUNT && r.AccountID != "" && r.Since.Equal(at) && cause[*r.LiftsID] == r.CauseID
	}
	return fits, nil
}
