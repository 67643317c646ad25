package identity

import (
	"context"
	"fmt"

	"portico/authz"
	"portico/clause"
	"portico/ent"
	"portico/ent/db/person"
	"portico/portal/act"
)

// nameLength is how long a person's name may be, in characters.
const nameLength = 200

// UpdateProfile changes what the person that is signed in is called (1.1); the
// old name is kept in the audit. Number and e-mail address change by their own
// proofs. The refusal is INVALID_INPUT.
func UpdateProfile(ctx context.Context, s *ent.Store, in UpdateProfileInput) (*UpdateProfilePayload, error) {
	return act.Do(ctx, s, act.Command{Name: "updateProfile", SignedIn: true, Input: in}, func(tx *ent.Tx) (*UpdateProfilePayload, error) {
		p := tx.Principal()
		if p.Kind != authz.Person {
			return nil, clause.Forbidden.With("permission", "SELF")
		}
		name, ok := NormalName(in.Name, nameLength)
		if !ok {
			return nil, clause.Invalid.At("name").With("detail", clause.Text{
				ZH: fmt.Sprintf("名称须有 1 至 %d 个字符。", nameLength), EN: fmt.Sprintf("a name has 1 to %d characters.", nameLength)})
		}
		tx, err := tx.Afresh()
		if err != nil {
			return nil, err
		}
		old, err := tx.Person.Get(tx, p.ID)
		if err != nil {
			return nil, err
		}
		tx.On("", p.ID)
		tx.Detail("name", map[string]string{"before": old.Name, "after": name})
		n, err := tx.Person.Update().Where(person.ID(p.ID), person.Name(old.Name)).SetName(name).Save(tx)
		if err != nil {
			return nil, err
		}
		if n == 0 { // a twin changed it: the old value in the audit would be wrong
			return nil, ent.ErrStale
		}
		row, err := tx.Person.Get(tx, p.ID)
		return &UpdateProfilePayload{Person: row}, err
	})
}
