// Package identity owns persons and how they prove their identity: passwords,
// codes, links and sessions (1.1, 1.4).
package identity

import (
	"context"
	"errors"
	"time"

	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/person"
	"portico/portal/kernel/address"
	"portico/portal/kernel/command"
	"portico/portal/kernel/outbox"
)

// Newcomer is a person who registers, with everything normalised and checked.
type Newcomer struct {
	Name, Phone, Email string
	// PasswordHash is argon2id in PHC form; see [Place.NewHash].
	PasswordHash string
	// Drawn marks a password that was generated for the person: it is valid for
	// one sign-in within a day (1.4).
	Drawn bool
	// EmailProved means that a token sent to the address proves it.
	EmailProved bool
}

// Enrol creates a person and sends the link that verifies its address, unless
// the address is proved already. The number must have been proved. Refusals:
// PHONE_REGISTERED, and EMAIL_TAKEN of a proved address (1.1).
func Enrol(tx *ent.Tx, n Newcomer) (*db.Person, error) {
	s := tx.Store()
	phone, err := address.Address{Value: n.Phone}.Seal(s)
	if err != nil {
		return nil, err
	}
	email, err := address.Address{Value: n.Email, Email: true}.Seal(s)
	if err != nil {
		return nil, err
	}
	create := tx.Person.Create().SetName(n.Name).SetPhone(phone).SetPhoneIndex(address.PhoneIndex(s, n.Phone)).
		SetEmail(email).SetEmailIndex(address.EmailIndex(s, n.Email)).
		SetPasswordHash(n.PasswordHash).SetPasswordChangedAt(tx.Wall).SetCreatedAt(tx.Now)
	if n.Drawn {
		create.SetFirstPasswordAt(tx.Wall)
	}
	if n.EmailProved {
		create.SetVerifiedEmailIndex(address.EmailIndex(s, n.Email)).SetEmailVerifiedAt(tx.Wall)
	}
	row, err := create.Save(tx)
	if ent.IsDuplicate(err) {
		taken, err := emailTaken(tx, n)
		if err != nil {
			return nil, err
		}
		if taken {
			return nil, EmailTaken.At("email")
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
	return row, nil // an address at its daily limit gets its link later (1.1)
}

// emailTaken reports whether a proved address already belongs to another login.
func emailTaken(tx *ent.Tx, n Newcomer) (bool, error) {
	if !n.EmailProved {
		return false, nil
	}
	return tx.Person.Query().Where(person.VerifiedEmailIndex(address.EmailIndex(tx.Store(), n.Email))).Exist(tx)
}

// ErrOtherKeys is the error of a database that was sealed with other keys:
// nobody could sign in, and what is written now would be lost to the right
// keys.
var ErrOtherKeys = errors.New("these are not the keys that the database was sealed with")

// CheckKeys checks, by the first person, that the present keys open what the
// database holds and find what it indexed. It is called when a portal starts.
func CheckKeys(ctx context.Context, s *ent.Store) error {
	row, err := s.Read().Person.Query().Order(db.Asc(person.FieldID)).First(ctx)
	if db.IsNotFound(err) {
		return nil
	}
	if err != nil {
		return err
	}
	phone, err := address.Phone(s, row)
	if err != nil || address.PhoneIndex(s, phone) != row.PhoneIndex {
		return ErrOtherKeys
	}
	return nil
}

// ResetPassword sets a new password by a code sent to the number, and ends
// every session of the person. None of the last five passwords can be chosen
// again. It withdraws a pending e-mail address, and the person is told by mail or
// short message. It is open to everyone who has the code.
// Refusals: PHONE_INVALID, CODE_WRONG, PASSWORD_WEAK, PASSWORD_REUSED,
// PHONE_NOT_REGISTERED (shown only to a caller who has proved the number; 1.1),
// THROTTLED.
func ResetPassword(ctx context.Context, s *ent.Store, in ResetPasswordInput) (*ResetPasswordPayload, error) {
	phone, ok := address.NormalPhone(in.Phone)
	if !ok { // no code is tried
		return command.Do(ctx, s, command.Command{Name: "resetPassword", Secret: true}, func(*command.Tx) (*ResetPasswordPayload, error) {
			return nil, address.PhoneInvalid.At("phone")
		})
	}
	var hash string
	var reused bool
	prepare := func(ctx context.Context, p *Place, held bool) (err error) {
		last, err := lastHashesOf(ctx, s, phone)
		if err != nil {
			return err
		}
		if !held { // compared with the dummy hash
			last = nil
		}
		if reused, err = p.amongLast(ctx, in.NewPassword, last, remembered()); err != nil {
			return err
		}
		hash, err = p.NewHash(ctx, held, in.NewPassword, "newPassword", phone)
		return err
	}
	try := CodeTry{Phone: phone, Code: in.Code, Purpose: ForResetPassword}
	return WithCode(ctx, s, "resetPassword", try, prepare, func(tx *command.Tx) (*ResetPasswordPayload, error) {
		row, err := tx.Person.Query().Where(person.PhoneIndex(address.PhoneIndex(s, phone))).Only(tx)
		if db.IsNotFound(err) {
			return nil, command.CommitRefusal(PhoneNotRegistered.At("phone").With("phone", phone))
		}
		if err != nil {
			return nil, err
		}
		if reused {
			return nil, passwordReused()
		}
		return resetTo(tx, row, hash)
	})
}

// lastHashesOf returns the hashes of the last passwords of a number's person;
// none if there is no such person. It reads as much either way.
func lastHashesOf(ctx context.Context, s *ent.Store, phone string) ([]string, error) {
	row, err := s.Read().Person.Query().Where(person.PhoneIndex(address.PhoneIndex(s, phone))).Only(ctx)
	known := err == nil
	if db.IsNotFound(err) {
		row, err = &db.Person{}, nil
	}
	if err != nil {
		return nil, err
	}
	last, err := lastHashes(ctx, s.Read(), row)
	if !known {
		last = nil
	}
	return last, err
}

// resetTo gives a person that has proved its number another password, clears
// the failures of its logins, and records this network as known.
func resetTo(tx *command.Tx, row *db.Person, hash string) (*ResetPasswordPayload, error) {
	tx = proved(tx, row.ID)
	n, err := tx.Person.Update().Where(person.ID(row.ID), person.PasswordHash(row.PasswordHash)).SetPasswordHash(hash).SetPasswordChangedAt(tx.Wall).
		ClearFirstPasswordAt().ClearFirstPasswordUsedAt().ClearPendingEmail().ClearPendingEmailIndex().Save(tx)
	if err != nil {
		return nil, err
	}
	if n == 0 { // changed concurrently: another password is to be remembered
		return nil, ent.ErrStale
	}
	if err := remember(tx.Tx, row.ID, row.PasswordHash); err != nil {
		return nil, err
	}
	if err := tell(tx.Tx, row, outbox.PasswordChangedMail, outbox.PasswordChangedText()); err != nil {
		return nil, err
	}
	for _, index := range loginsOf(row) {
		if err := forgive(tx.Tx, ofLogin, index); err != nil {
			return nil, err
		}
	}
	if err := recognise(tx.Tx, row.ID); err != nil {
		return nil, err
	}
	return &ResetPasswordPayload{}, RevokeAll(tx.Tx, row.ID, "PASSWORD_RESET")
}

// ReminderSince returns the instant from which a person is reminded that its
// password is old (1.4); the zero time until then.
func ReminderSince(p *db.Person, s *ent.Store) time.Time {
	at := p.PasswordChangedAt.AddDate(0, 0, clause.Standard(clause.PasswordReminderAge).Int())
	if s.Wall().Before(at) {
		return time.Time{}
	}
	return at
}
