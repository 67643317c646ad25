package identity

import (
	"context"

	"portico/authz"
	"portico/clause"
	"portico/ent"
	"portico/ent/db/person"
	"portico/portal/kernel/command"
	"portico/portal/kernel/naming"
)

// UpdateProfile changes the name of the signed-in person (1.1); the audit keeps
// the old name. Number and e-mail address change by their own proofs. Refusals:
// INVALID_INPUT, NAME_LIKE_ADDRESS.
func UpdateProfile(ctx context.Context, s *ent.Store, in UpdateProfileInput) (*UpdateProfilePayload, error) {
	return command.Do(ctx, s, command.Command{Name: "updateProfile", SignedIn: true, Input: in}, func(tx *command.Tx) (*UpdateProfilePayload, error) {
		p := tx.Principal()
		if p.Kind != authz.Person {
			return nil, clause.OnlySelf
		}
		name, err := naming.Of("name", in.Name)
		if err != nil {
			return nil, err
		}
		old, err := tx.Person.Get(tx, p.ID)
		if err != nil {
			return nil, err
		}
		tx.AuditObject("", p.ID)
		tx.AuditDetail("name", map[string]string{"before": old.Name, "after": name})
		n, err := tx.Person.Update().Where(person.ID(p.ID), person.Name(old.Name)).SetName(name).Save(tx)
		if err != nil {
			return nil, err
		}
		if n == 0 { // changed concurrently: the old value in the audit would be wrong
			return nil, ent.ErrStale
		}
		row, err := tx.Person.Get(tx, p.ID)
		return &UpdateProfilePayload{Person: row}, err
	})
}
