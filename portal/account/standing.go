package account

import (
	"context"

	"portico/ent"
	dbaccount "portico/ent/db/account"
	"portico/ent/db/holding"
	"portico/portal/standing"
)

// Unverified derives which accounts must be restricted by 5.2: those that no
// legal entity holds.
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
	}}
}
