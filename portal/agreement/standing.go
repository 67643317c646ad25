package agreement

import (
	"context"

	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/acceptance"
	"portico/ent/db/restriction"
	"portico/portal/standing"
)

// Unaccepted derives which restrictions clause 0 must have in force: one of
// everyone for each amendment in force that asks for a click, and a lift for
// each account that accepted it.
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
	}}
}
