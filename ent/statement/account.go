package statement

import (
	"context"

	entsql "entgo.io/ent/dialect/sql"

	"portico/authz"
	"portico/ent/db/holding"
	"portico/ent/db/legalentity"
	"portico/ent/db/predicate"
)

// Holds returns the condition that a legal entity currently holds an account
// (1.3), so that one statement is enough instead of two. No entity meets it if
// the principal doesn't reach the account.
func Holds(ctx context.Context, accountID string) predicate.LegalEntity {
	if !authz.From(ctx).Reaches(accountID) {
		accountID = ""
	}
	return func(s *entsql.Selector) {
		open := entsql.Table(holding.Table)
		s.Where(entsql.In(s.C(legalentity.FieldID),
			entsql.Select(open.C(holding.FieldLegalEntityID)).From(open).Where(entsql.EQ(open.C(holding.FieldOpenKey), accountID))))
	}
}
