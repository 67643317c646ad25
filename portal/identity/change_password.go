package identity

import (
	"context"
	"errors"

	"portico/authz"
	"portico/clause"
	"portico/ent"
	"portico/ent/db/person"
	"portico/ent/db/session"
	"portico/portal/act"
)

// ChangePassword sets a new password of the person that is signed in, by its
// present one, and ends every other session of the person (1.4). Each try of the
// present password is counted before it is compared; after five wrong ones in a
// row the next is refused for an hour, the right one too. Refusals:
// TRIES_EXCEEDED, CURRENT_PASSWORD_WRONG, PASSWORD_WEAK, PASSWORD_REUSED.
func ChangePassword(ctx context.Context, s *ent.Store, in ChangePasswordInput) (*ChangePasswordPayload, error) {
	c := act.Command{Name: "changePassword", SignedIn: true, Secret: true}
	p := authz.From(ctx)
	var old, hash string
	var refused error
	if p.Kind == authz.Person && !act.HasKey(ctx) {
		if old, hash, refused = changed(ctx, s, p.ID, in); refused != nil && !errors.As(refused, new(clause.Refusal)) {
			return nil, refused
		}
	}
	return act.Do(ctx, s, c, func(tx *ent.Tx) (*ChangePasswordPayload, error) {
		if p.Kind != authz.Person {
			return nil, clause.Forbidden.With("permission", "SELF")
		}
		tx.On("", p.ID)
		if refused != nil {
			return nil, refused
		}
		tx, err := tx.Afresh() // a session that was ended meanwhile changes nothing
		if err != nil {
			return nil, err
		}
		n, err := tx.Person.Update().Where(person.ID(p.ID), person.PasswordHash(old)).
			SetPasswordHash(hash).SetPasswordChangedAt(tx.Wall).Save(tx)
		if err != nil {
			return nil, err
		}
		if n == 0 { // it was changed since it was compared
			return nil, CurrentPasswordWrong.At("currentPassword")
		}
		if err := passwordBound.forget(tx, p.ID); err != nil {
			return nil, err
		}
		if err := revoke(tx, "PASSWORD_CHANGED", session.PersonID(p.ID), session.IDNEQ(p.SessionID)); err != nil {
			return nil, err
		}
		row, err := tx.Person.Get(tx, p.ID)
		return &ChangePasswordPayload{Person: row}, err
	})
}

// changed compares the present password, the try being counted, and hashes the
// new one; it returns both hashes.
func changed(ctx context.Context, s *ent.Store, personID string, in ChangePasswordInput) (old, hash string, err error) {
	if err := passwordBound.claim(ctx, s, personID); err != nil {
		return "", "", err
	}
	row, err := s.Read().Person.Get(ctx, personID)
	if err != nil {
		return "", "", err
	}
	right, err := matches(in.CurrentPassword, row.PasswordHash)
	if err != nil {
		return "", "", err
	}
	if !right {
		return "", "", CurrentPasswordWrong.At("currentPassword")
	}
	phone, err := Phone(s, row)
	if err != nil {
		return "", "", err
	}
	email, err := Email(s, row)
	if err != nil {
		return "", "", err
	}
	if err := CheckPassword(in.NewPassword, "newPassword", phone, email, row.Name); err != nil {
		return "", "", err
	}
	if same, err := matches(in.NewPassword, row.PasswordHash); err != nil {
		return "", "", err
	} else if same {
		return "", "", PasswordReused.At("newPassword")
	}
	hash, err = hashPassword(in.NewPassword)
	return row.PasswordHash, hash, err
}
