package identity

import (
	"context"
	"errors"

	"portico/authz"
	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/person"
	"portico/ent/db/session"
	"portico/portal/kernel/address"
	"portico/portal/kernel/command"
)

// ChangePassword sets a new password of the signed-in person, by its present
// one, and ends every other session of the person (1.4). Each try of the
// present password is counted before it is compared. After five wrong tries in
// a row every try, also a right one, is refused for an hour. Refusals:
// TRIES_EXCEEDED, CURRENT_PASSWORD_WRONG, PASSWORD_WEAK, PASSWORD_REUSED.
func ChangePassword(ctx context.Context, s *ent.Store, in ChangePasswordInput) (*ChangePasswordPayload, error) {
	p := authz.From(ctx)
	var change changing
	if p.Kind == authz.Person {
		place, err := Queue(ctx, s)
		if err != nil {
			return nil, err
		}
		defer place.Leave()
		whole, done, err := command.ToItsEnd(ctx)
		if err != nil {
			return nil, err
		}
		defer done()
		ctx = whole
		if change, err = prepareChange(ctx, s, place, p.ID, in); err != nil {
			return nil, err
		}
		place.Leave()
	}
	return command.Do(ctx, s, command.Command{Name: "changePassword", SignedIn: true, Secret: true}, func(tx *command.Tx) (*ChangePasswordPayload, error) {
		if p.Kind != authz.Person {
			return nil, clause.OnlySelf
		}
		tx.AuditObject("", p.ID)
		if change.refused != nil {
			return nil, change.refused
		}
		n, err := tx.Person.Update().Where(person.ID(p.ID), person.PasswordHash(change.old)).
			SetPasswordHash(change.hash).SetPasswordChangedAt(tx.Wall).Save(tx)
		if err != nil {
			return nil, err
		}
		if n == 0 { // it was changed after it was compared
			return nil, CurrentPasswordWrong.At("currentPassword")
		}
		if err := passwordBound.forget(tx.Tx, p.ID); err != nil {
			return nil, err
		}
		if err := revoke(tx.Tx, "PASSWORD_CHANGED", session.PersonID(p.ID), session.IDNEQ(p.SessionID)); err != nil {
			return nil, err
		}
		row, err := tx.Person.Get(tx, p.ID)
		return &ChangePasswordPayload{Person: row}, err
	})
}

// changing is a prepared change of a password: both hashes, or the refusal.
type changing struct {
	old, hash string
	refused   error
}

// prepareChange counts the try, compares the present password, and hashes the
// new one.
func prepareChange(ctx context.Context, s *ent.Store, place *Place, personID string, in ChangePasswordInput) (changing, error) {
	old, hash, err := changed(ctx, s, place, personID, in)
	if errors.As(err, new(clause.Refusal)) {
		return changing{refused: err}, nil
	}
	return changing{old: old, hash: hash}, err
}

// changed returns the hashes of the present password and of the new one.
func changed(ctx context.Context, s *ent.Store, place *Place, personID string, in ChangePasswordInput) (old, hash string, err error) {
	row, err := tryPassword(ctx, s, place, personID, in.CurrentPassword)
	if err != nil {
		return "", "", err
	}
	phone, err := address.Phone(s, row)
	if err != nil {
		return "", "", err
	}
	email, err := address.Email(s, row)
	if err != nil {
		return "", "", err
	}
	if hash, err = place.NewHash(ctx, true, in.NewPassword, "newPassword", phone, email, row.Name); err != nil {
		return "", "", err
	}
	same, err := place.Matches(ctx, in.NewPassword, row.PasswordHash)
	if err == nil && same {
		err = PasswordReused.At("newPassword")
	}
	return row.PasswordHash, hash, err
}

// tryPassword counts a try of a person's present password, compares it, and
// returns the person. Refusals: TRIES_EXCEEDED, CURRENT_PASSWORD_WRONG.
func tryPassword(ctx context.Context, s *ent.Store, place *Place, personID, password string) (*db.Person, error) {
	if err := passwordBound.claim(ctx, s, personID); err != nil {
		return nil, err
	}
	row, err := s.Read().Person.Get(ctx, personID)
	if err != nil {
		return nil, err
	}
	right, err := place.Matches(ctx, password, row.PasswordHash)
	if err == nil && !right {
		err = CurrentPasswordWrong.At("currentPassword")
	}
	return row, err
}

// TriedPassword is a try of a person's present password that was counted and
// compared, for a command that the password opens.
type TriedPassword struct {
	personID, hash string
	refused        error
}

// TryPassword counts and compares a try of a person's present password, before
// the command that it opens. The error is an internal one; [TriedPassword.Holds]
// returns the refusal.
func TryPassword(ctx context.Context, s *ent.Store, place *Place, personID, password string) (TriedPassword, error) {
	row, err := tryPassword(ctx, s, place, personID, password)
	if errors.As(err, new(clause.Refusal)) {
		return TriedPassword{refused: err}, nil
	}
	if err != nil {
		return TriedPassword{}, err
	}
	return TriedPassword{personID: personID, hash: row.PasswordHash}, nil
}

// Holds sets the count to zero if the password was right and still is the
// person's. Refusals at currentPassword: CURRENT_PASSWORD_WRONG, also of a
// password that wasn't tried, TRIES_EXCEEDED.
func (t TriedPassword) Holds(tx *ent.Tx) error {
	if t.refused != nil {
		return t.refused
	}
	same, err := tx.Person.Query().Where(person.ID(t.personID), person.PasswordHash(t.hash)).Exist(tx)
	if err != nil {
		return err
	}
	if !same {
		return CurrentPasswordWrong.At("currentPassword")
	}
	return passwordBound.forget(tx, t.personID)
}
