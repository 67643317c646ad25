package statement

import (
	"context"

	entsql "entgo.io/ent/dialect/sql"

	"portico/authz"
	"portico/ent/db/holding"
	"portico/ent/db/legalentity"
	"portico/ent/db/predicate"
)

// Holds is the condition that a legal entity holds an account now (1.3), for
// one statement instead of two. No entity does where the account is out of the
// principal's reach.
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
