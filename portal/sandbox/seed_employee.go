package sandbox

import (
	"context"
	"errors"
	"fmt"

	"portico/authz"
	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	dbaccount "portico/ent/db/account"
	"portico/ent/db/message"
	"portico/portal/access/identity"
	"portico/portal/access/staff"
	"portico/portal/kernel/command"
	"portico/portal/kernel/outbox"
)

// employDemo creates the demonstration employee: a login with its own person,
// who has the role finance at the demonstration customer. The customer isn't
// approved yet and so can't invite anybody (5.2); the seed creates the
// employee. What an interrupted start has created stays.
func employDemo(ctx context.Context, s *ent.Store, l Login) error {
	visitor := authz.With(ctx, authz.Nobody(demoAddress, demoAgent))
	if err := enrolDemo(visitor, s, l); err != nil {
		return err
	}
	employee, err := signedIn(visitor, s, l)
	if err != nil {
		return err
	}
	account, err := s.Read().Account.Query().Where(dbaccount.Name(demoCompany)).Only(ctx)
	if err != nil {
		return err
	}
	if p := authz.From(employee); !p.Reaches(account.ID) {
		_, err := command.Do(ctx, s, command.Command{Name: "seedEmployee"}, func(tx *command.Tx) (struct{}, error) {
			return struct{}{}, staff.Employ(tx, account.ID, p.ID, "finance")
		})
		if err != nil {
			return err
		}
	}
	_, err = identity.SignOut(employee, s, identity.SignOutInput{})
	return err
}

// enrolDemo creates the login, or resets its password if it exists.
func enrolDemo(visitor context.Context, s *ent.Store, l Login) error {
	hash, err := identity.HashNewPassword(l.Password, "password")
	if err != nil {
		return err
	}
	err = s.Write(visitor, func(tx *ent.Tx) error {
		_, err := identity.Enrol(tx, identity.Newcomer{Name: l.Person, Phone: l.Phone, Email: "finance@example.com", PasswordHash: hash})
		return err
	})
	if !errors.Is(err, identity.PhoneRegistered) {
		return err
	}
	return resetDemo(visitor, s, l)
}

// errSecondFactor is the error of a login of the demonstration to which somebody
// has added a second factor: its password is right.
var errSecondFactor = errors.New("the login has a second factor")

// signsIn reports whether a login exists and has its password.
func signsIn(ctx context.Context, s *ent.Store, l Login) (bool, error) {
	p, err := signedIn(authz.With(ctx, authz.Nobody(demoAddress, demoAgent)), s, l)
	switch {
	case errors.As(err, new(clause.Refusal)):
		return false, nil
	case errors.Is(err, errSecondFactor):
		return true, nil
	case err != nil:
		return false, err
	}
	_, err = identity.SignOut(p, s, identity.SignOutInput{})
	return true, err
}

// signedIn returns a context in which a login's person acts.
func signedIn(visitor context.Context, s *ent.Store, l Login) (context.Context, error) {
	p, err := identity.SignIn(visitor, s, identity.SignInInput{Login: l.Phone, Password: l.Password})
	if err != nil {
		return nil, err
	}
	if p.Session == nil {
		return nil, fmt.Errorf("%s: %w", l.Name, errSecondFactor)
	}
	from := authz.From(visitor)
	person, err := identity.Authenticate(visitor, s, p.Session.AccessToken, from.Address, from.Agent, "")
	if err != nil {
		return nil, err
	}
	if person == nil {
		return nil, fmt.Errorf("%s can't sign in", l.Name)
	}
	return authz.With(visitor, person), nil
}

// newestMessage returns the newest message to a recipient.
func newestMessage(ctx context.Context, s *ent.Store, to string) (outbox.Opened, error) {
	row, err := s.Read().Message.Query().Where(message.RecipientIndex(outbox.Recipient(s, to))).
		Order(db.Desc(message.FieldCreatedAt, message.FieldID)).First(ctx)
	if err != nil {
		return outbox.Opened{}, err
	}
	return outbox.Open(s, row)
}
