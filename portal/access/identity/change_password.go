package identity

import (
	"context"
	"errors"

	"portico/authz"
	"portico/clause"
	"portico/ent"
	"portico/ent/db/person"
	"portico/ent/db/session"
	"portico/portal/kernel/address"
	"portico/portal/kernel/command"
	"portico/portal/kernel/outbox"
)

// ChangePassword sets a new password of the signed-in person, by its present
// one, and ends every other session of the person (1.4). None of the last five
// can be chosen again. It withdraws a pending e-mail address, and the person is
// told by mail or short message. Each try of the present password is counted
// before it is compared. After five wrong tries in a row every try, also a right
// one, is refused for an hour. Refusals: TRIES_EXCEEDED, CURRENT_PASSWORD_WRONG,
// PASSWORD_WEAK, PASSWORD_REUSED.
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
			SetPasswordHash(change.hash).SetPasswordChangedAt(tx.Wall).ClearPendingEmail().ClearPendingEmailIndex().Save(tx)
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
		if err := remember(tx.Tx, p.ID, change.old); err != nil {
			return nil, err
		}
		row, err := tx.Person.Get(tx, p.ID)
		if err != nil {
			return nil, err
		}
		return &ChangePasswordPayload{Person: row}, tell(tx.Tx, row, outbox.PasswordChangedMail, outbox.PasswordChangedText())
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

// changed returns the hashes of the present password and of the new one. A wrong
// present password costs as much as a right one.
func changed(ctx context.Context, s *ent.Store, place *Place, personID string, in ChangePasswordInput) (old, hash string, err error) {
	tried, err := tryPassword(ctx, s, place, personID, in.CurrentPassword)
	if err != nil {
		return "", "", err
	}
	row := tried.row
	phone, err := address.Phone(s, row)
	if err != nil {
		return "", "", err
	}
	email, err := address.Email(s, row)
	if err != nil {
		return "", "", err
	}
	last, err := lastHashes(ctx, s.Read(), row)
	if err != nil {
		return "", "", err
	}
	reused, err := place.amongLast(ctx, in.NewPassword, last[1:], remembered()-1)
	if err != nil {
		return "", "", err
	}
	reused = reused || typed(in.NewPassword) == typed(in.CurrentPassword) // the last one of all
	hash, err = place.NewHash(ctx, tried.right, in.NewPassword, "newPassword", phone, email, row.Name)
	switch {
	case err != nil:
	case !tried.right:
		err = CurrentPasswordWrong.At("currentPassword")
	case reused:
		err = passwordReused()
	}
	return row.PasswordHash, hash, err
}
