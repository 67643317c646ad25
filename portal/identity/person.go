package identity

import (
	"context"
	"errors"
	"time"

	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/person"
	"portico/ent/db/phonecode"
	"portico/portal/act"
	"portico/portal/outbox"
)

// Newcomer is who registers, with everything normalised and checked.
type Newcomer struct {
	Name, Phone, Email string
	// PasswordHash is argon2id in PHC form; see [HashNewPassword].
	PasswordHash string
	// EmailProved says that a token that was sent to the address proves it.
	EmailProved bool
}

// HashNewPassword checks a new password's strength and hashes it; to be called
// before the transaction, since it takes long on purpose.
func HashNewPassword(password, field string, known ...string) (string, error) {
	if err := CheckPassword(password, field, known...); err != nil {
		return "", err
	}
	return hashPassword(password)
}

// CodeHolds tells beforehand whether a code would be accepted, without using it
// up, so that a long computation is spared where it would not.
func CodeHolds(ctx context.Context, s *ent.Store, phone, code string, purpose phonecode.Purpose) (bool, error) {
	index := s.Index(phoneColumn, phone)
	latest, err := s.Read().PhoneCode.Query().Where(phonecode.PhoneIndex(index), phonecode.PurposeEQ(purpose)).
		Order(db.Desc(phonecode.FieldCreatedAt, phonecode.FieldID)).First(ctx)
	if db.IsNotFound(err) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return latest.UsedAt == nil && s.Wall().Before(latest.ExpiresAt) && latest.WrongTries < int64(clause.Standard(clause.CodeTries).Int()) &&
		latest.CodeHash == s.Index(codeDomain, index+fold(code)), nil
}

// Enrol creates a person and sends the link that verifies its address, unless
// that is proved already. The number must have been proved. Refusals:
// PHONE_REGISTERED, and EMAIL_TAKEN of a proved address (1.1).
func Enrol(tx *ent.Tx, n Newcomer) (*db.Person, error) {
	s := tx.Store()
	phone, err := s.Seal(phoneColumn, n.Phone)
	if err != nil {
		return nil, err
	}
	email, err := s.Seal(emailColumn, n.Email)
	if err != nil {
		return nil, err
	}
	create := tx.Person.Create().SetName(n.Name).SetPhone(phone).SetPhoneIndex(s.Index(phoneColumn, n.Phone)).
		SetEmail(email).SetEmailIndex(s.Index(emailColumn, n.Email)).
		SetPasswordHash(n.PasswordHash).SetPasswordChangedAt(tx.Wall).SetCreatedAt(tx.Now)
	if n.EmailProved {
		create.SetVerifiedEmailIndex(s.Index(emailColumn, n.Email)).SetEmailVerifiedAt(tx.Wall)
	}
	row, err := create.Save(tx)
	if ent.IsDuplicate(err) {
		if taken, err := emailTaken(tx, n); err != nil || taken {
			return nil, errors.Join(err, EmailTaken.At("email"))
		}
		return nil, PhoneRegistered.At("phone").With("phone", n.Phone)
	}
	if err != nil {
		return nil, err
	}
	if n.EmailProved {
		return row, nil
	}
	if err := sendLink(tx, row.ID, n.Email); err != nil && !errors.Is(err, outbox.RecipientLimit) {
		return nil, err
	}
	return row, nil // an address that has got enough today has its link sent later (1.1)
}

// emailTaken tells whether a proved address is another login's already.
func emailTaken(tx *ent.Tx, n Newcomer) (bool, error) {
	if !n.EmailProved {
		return false, nil
	}
	return tx.Person.Query().Where(person.VerifiedEmailIndex(tx.Store().Index(emailColumn, n.Email))).Exist(tx)
}

// Phone is a person's number in E.164, for the person itself.
func Phone(s *ent.Store, p *db.Person) (string, error) { return s.Unseal(phoneColumn, p.Phone) }

// Email is a person's address, for the person itself.
func Email(s *ent.Store, p *db.Person) (string, error) { return s.Unseal(emailColumn, p.Email) }

// ErrOtherKeys is the fault of a database that was sealed with other keys than
// those at hand: nobody could sign in, and what is written now would be lost to
// the right ones.
var ErrOtherKeys = errors.New("these are not the keys that the database was sealed with")

// CheckKeys tells, by the first person, whether the keys at hand open what the
// database holds and find what it indexed. For the start of a portal.
func CheckKeys(ctx context.Context, s *ent.Store) error {
	row, err := s.Read().Person.Query().Order(db.Asc(person.FieldID)).First(ctx)
	if db.IsNotFound(err) {
		return nil
	}
	if err != nil {
		return err
	}
	phone, err := Phone(s, row)
	if err != nil || s.Index(phoneColumn, phone) != row.PhoneIndex {
		return ErrOtherKeys
	}
	return nil
}

// ResetPassword sets a new password by a code sent to the number, and ends
// every session of the person. For everyone who has the code. Refusals:
// PHONE_INVALID, CODE_WRONG, PASSWORD_WEAK, PASSWORD_REUSED,
// PHONE_NOT_REGISTERED (told only to who has proved the number; 1.1).
func ResetPassword(ctx context.Context, s *ent.Store, in ResetPasswordInput) (*ResetPasswordPayload, error) {
	phone, valid := NormalPhone(in.Phone)
	weak := CheckPassword(in.NewPassword, "newPassword", phone)
	var hash string
	var reused bool
	if valid && weak == nil {
		holds, err := CodeHolds(ctx, s, phone, in.Code, phonecode.PurposeRESET_PASSWORD)
		if err != nil {
			return nil, err
		}
		if holds {
			if hash, reused, err = newHash(ctx, s, phone, in.NewPassword); err != nil {
				return nil, err
			}
		}
	}
	return act.Do(ctx, s, act.Command{Name: "resetPassword", Secret: true}, func(tx *ent.Tx) (*ResetPasswordPayload, error) {
		switch {
		case !valid:
			return nil, PhoneInvalid.At("phone")
		case weak != nil:
			return nil, weak
		}
		if err := ProveCode(tx, phone, in.Code, phonecode.PurposeRESET_PASSWORD); err != nil {
			return nil, err
		}
		if reused {
			return nil, PasswordReused.At("newPassword")
		}
		row, err := tx.Person.Query().Where(person.PhoneIndex(s.Index(phoneColumn, phone))).Only(tx)
		if db.IsNotFound(err) {
			return nil, act.Keep(PhoneNotRegistered.At("phone").With("phone", phone))
		}
		if err != nil {
			return nil, err
		}
		if hash == "" { // the code was sent between looking and proving
			return nil, CodeWrong.At("code")
		}
		tx = proved(tx, row.ID)
		if err := tx.Person.UpdateOneID(row.ID).SetPasswordHash(hash).SetPasswordChangedAt(tx.Wall).Exec(tx); err != nil {
			return nil, err
		}
		counter, err := turn(tx, "login", phone)
		if err != nil {
			return nil, err
		}
		if err := tx.Attempt.UpdateOneID(counter.ID).SetFailures(0).Exec(tx); err != nil {
			return nil, err
		}
		return &ResetPasswordPayload{}, RevokeAll(tx, row.ID, "PASSWORD_RESET")
	})
}

// newHash hashes a new password, and tells whether it is the present one.
func newHash(ctx context.Context, s *ent.Store, phone, password string) (hash string, reused bool, err error) {
	row, err := s.Read().Person.Query().Where(person.PhoneIndex(s.Index(phoneColumn, phone))).Only(ctx)
	if err != nil && !db.IsNotFound(err) {
		return "", false, err
	}
	if row != nil {
		if reused, err = matches(password, row.PasswordHash); err != nil || reused {
			return "", reused, err
		}
	}
	hash, err = hashPassword(password)
	return hash, false, err
}

// ReminderSince is the instant from which a person is reminded that its
// password is old (1.4); the zero time while it isn't.
func ReminderSince(p *db.Person, s *ent.Store) time.Time {
	at := p.PasswordChangedAt.AddDate(0, 0, clause.Standard(clause.PasswordReminderAge).Int())
	if s.Wall().Before(at) {
		return time.Time{}
	}
	return at
}
