package statement

import (
	"context"
	"strings"
	"time"

	"portico/authz"
	"portico/clause"
	"portico/ent"
)

// absentQuery reads what a person holds now, whether it is signed in or not. Its
// tenant predicate is the person: what it finds is who the tenant is.
var absentQuery = "SELECT " + strings.NewReplacer("s.second_factor_at", "NULL", "s.created_at", "NULL", "s.last_used_at", "NULL", "s.person_id", "s.id").
	Replace(heldColumns+"FROM persons s "+heldJoins) + "WHERE s.id = ?"

// Absent returns a person as a principal without a session, with what it holds
// now; nil if there is no such person. For what runs for it while it is away.
func Absent(ctx context.Context, s *ent.Store, personID string) (*authz.Principal, error) {
	p := &authz.Principal{Kind: authz.Person, ID: personID}
	found, err := each(ctx, s.Read(), absentQuery, []any{true, personID}, taking(p, s, s.Wall()))
	if err != nil || !found {
		return nil, err
	}
	return p, nil
}

// ReloadAbsent is [ReloadPrincipal] for a person without a session, whose last
// second factor is taken to be of an instant. It asks for no session, so that it is
// for a command alone that somebody else approved (1.5). Where there is no such
// person, the error is [clause.Unauthenticated].
func ReloadAbsent(tx *ent.Tx, secondFactorAt time.Time) (*ent.Tx, error) {
	now := *tx.Principal()
	now.Strip()
	found, err := each(tx, tx, absentQuery, []any{true, now.ID}, taking(&now, tx.Store(), tx.Wall))
	if err != nil {
		return nil, err
	}
	if !found || now.Kind != authz.Person {
		return nil, clause.Unauthenticated
	}
	now.SecondFactorAt = secondFactorAt
	return tx.With(authz.With(tx.Context, &now)), nil
}
