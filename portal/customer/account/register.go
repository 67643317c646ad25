package account

import (
	"context"
	"crypto/rand"
	"fmt"
	"math/big"

	"portico/authz"
	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	"portico/portal/access/identity"
	"portico/portal/kernel/address"
	"portico/portal/kernel/command"
	"portico/portal/kernel/naming"
)

// registration is a registrant's normalised input; err is its refusal.
type registration struct {
	identity.Newcomer
	company string
	err     error
}

func readRegistration(in RegisterInput) registration {
	var r registration
	var phone, email bool
	var person, company error
	r.Phone, phone = address.NormalPhone(in.Phone)
	r.Email, email = address.NormalEmail(in.Email)
	r.Name, person = naming.Of("personName", in.PersonName)
	r.company, company = naming.Of("companyName", in.CompanyName)
	var check clause.Check
	for _, field := range []struct {
		right   bool
		refusal error
	}{
		{phone, address.PhoneInvalid.At("phone")},
		{email, address.EmailInvalid.At("email")},
		{person == nil, person},
		{company == nil, company},
		{in.DeclaresFullCapacity, CapacityNotDeclared.At("declaresFullCapacity")},
		{in.ExportDeclaration, ExportNotDeclared.At("exportDeclaration")},
	} {
		if !field.right {
			check.Add(field.refusal)
		}
	}
	r.err = check.Err()
	return r
}

// Register opens a login for a person and an account that it owns, and signs it
// in. For everyone who has proved a number by its code (1.1), with the
// declarations of 1.2 and 8 and the acceptance of the current terms (0). The
// account may not spend before it is approved (5.2). Refusals: PHONE_INVALID,
// EMAIL_INVALID, INVALID_INPUT, CAPACITY_NOT_DECLARED, EXPORT_NOT_DECLARED,
// PASSWORD_WEAK, CODE_WRONG, PHONE_REGISTERED, TERMS_NOT_CURRENT, THROTTLED, and
// those of [identity.Deliver].
func Register(ctx context.Context, s *ent.Store, in RegisterInput) (*RegisterPayload, error) {
	return identity.Deliver(ctx, s, in.Delivery, func() (*RegisterPayload, error) { return register(ctx, s, in) })
}

func register(ctx context.Context, s *ent.Store, in RegisterInput) (*RegisterPayload, error) {
	r := readRegistration(in)
	if r.err != nil { // no code is tried
		return command.Do(ctx, s, command.Command{Name: "register", Secret: true}, func(*command.Tx) (*RegisterPayload, error) { return nil, r.err })
	}
	prepare := func(ctx context.Context, p *identity.Place, held bool) (err error) {
		r.PasswordHash, err = p.NewHash(ctx, held, in.Password, "password", r.Name, r.company, r.Email, r.Phone)
		return err
	}
	try := identity.CodeTry{Phone: r.Phone, Code: in.Code, Purpose: identity.ForRegister}
	return identity.WithCode(ctx, s, "register", try, prepare, func(tx *command.Tx) (*RegisterPayload, error) {
		person, err := identity.Enrol(tx.Tx, r.Newcomer)
		if err != nil {
			return nil, err
		}
		return open(tx, in, r, person)
	})
}

// open opens the account, in the name of the person that was just registered.
func open(tx *command.Tx, in RegisterInput, r registration, person *db.Person) (*RegisterPayload, error) {
	visitor := tx.Principal()
	tx, row, err := found(tx, &authz.Principal{Kind: authz.Person, ID: person.ID, Address: visitor.Address, Agent: visitor.Agent, Correlation: visitor.Correlation},
		founding{company: r.company, subject: in.SubjectKind, acceptedTermsIDs: in.AcceptedTermsIDs})
	if err != nil {
		return nil, err
	}
	session, err := identity.Begin(tx.Tx, person.ID)
	if err != nil {
		return nil, err
	}
	return &RegisterPayload{Delivered: identity.Delivered{Session: session}, Account: row, Becomes: command.BecomesAs(tx.Principal())}, nil
}

// newNumber returns nine random digits as the public number of an account; they
// don't reveal how many accounts there are.
func newNumber() (string, error) {
	n, err := rand.Int(rand.Reader, big.NewInt(900_000_000))
	if err != nil {
		return "", err
	}
	return fmt.Sprint(n.Int64() + 100_000_000), nil
}
