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
	"portico/ent/db/account"
	"portico/ent/db/declaration"
	"portico/ent/db/phonecode"
	"portico/ent/db/restriction"
	"portico/money"
	"portico/portal/act"
	"portico/portal/agreement"
	"portico/portal/identity"
	"portico/portal/staff"
	"portico/portal/standing"
)

const nameLength = 200

// registration is a registrant's input, normalised; err is what is wrong with
// it.
type registration struct {
	identity.Newcomer
	company string
	err     error
}

func readRegistration(in RegisterInput) registration {
	var r registration
	var phone, email, person, company bool
	r.Phone, phone = identity.NormalPhone(in.Phone)
	r.Email, email = identity.NormalEmail(in.Email)
	r.Name, person = identity.NormalName(in.PersonName, nameLength)
	r.company, company = identity.NormalName(in.CompanyName, nameLength)
	switch {
	case !phone:
		r.err = identity.PhoneInvalid.At("phone")
	case !email:
		r.err = identity.EmailInvalid.At("email")
	case !person:
		r.err = nameInvalid("personName")
	case !company:
		r.err = nameInvalid("companyName")
	case !in.DeclaresFullCapacity:
		r.err = CapacityNotDeclared.At("declaresFullCapacity")
	case !in.ExportDeclaration:
		r.err = ExportNotDeclared.At("exportDeclaration")
	}
	return r
}

func nameInvalid(field string) error {
	return clause.Invalid.At(field).With("detail", clause.Text{
		ZH: fmt.Sprintf("名称须有 1 至 %d 个字符。", nameLength), EN: fmt.Sprintf("a name has 1 to %d characters.", nameLength)})
}

// Register opens a login for a person and an account of which it is the owner,
// and signs it in. For everyone who has proved a number by its code (1.1), with
// the declarations of 1.2 and 8 and the acceptance of the current terms (0). The
// account may not spend before it is approved (5.2). Refusals: PHONE_INVALID,
// EMAIL_INVALID, INVALID_INPUT, CAPACITY_NOT_DECLARED, EXPORT_NOT_DECLARED,
// PASSWORD_WEAK, CODE_WRONG, PHONE_REGISTERED, TERMS_NOT_CURRENT, THROTTLED.
func Register(ctx context.Context, s *ent.Store, in RegisterInput) (*RegisterPayload, error) {
	r := readRegistration(in)
	if r.err != nil { // no code is tried
		return act.Do(ctx, s, act.Command{Name: "register", Secret: true}, func(*ent.Tx) (*RegisterPayload, error) { return nil, r.err })
	}
	prepare := func(ctx context.Context, p *identity.Place, held bool) (err error) {
		r.PasswordHash, err = p.NewHash(ctx, held, in.Password, "password", r.Name, r.company, r.Email, r.Phone)
		return err
	}
	try := identity.CodeTry{Phone: r.Phone, Code: in.Code, Purpose: phonecode.PurposeREGISTER}
	return identity.WithCode(ctx, s, "register", try, prepare, func(tx *ent.Tx) (*RegisterPayload, error) {
		person, err := identity.Enrol(tx, r.Newcomer)
		if err != nil {
			return nil, err
		}
		return open(tx, in, r, person)
	})
}

// open opens the account, in the name of the person that has just enrolled.
func open(tx *ent.Tx, in RegisterInput, r registration, person *db.Person) (*RegisterPayload, error) {
	id := ent.NewID("acct")
	visitor := tx.Principal()
	tx = tx.As(&authz.Principal{Kind: authz.Person, ID: person.ID, Address: visitor.Address, Agent: visitor.Agent,
		Correlation: visitor.Correlation, Grants: []authz.Grant{{AccountID: id, RoleCode: "owner", Owner: true, Allow: authz.Law().Role("owner")}}}).Within(id)
	tx.On(id, id)
	number, err := newNumber()
	if err != nil {
		return nil, err
	}
	row, err := tx.Account.Create().SetID(id).SetNumber(number).SetName(r.company).SetStatus(account.StatusPENDING).
		SetSubjectKind(in.SubjectKind).SetCurrency(money.CNY.String()).SetCreatedAt(tx.Now).Save(tx)
	if ent.IsDuplicate(err) { // the number is taken: another one next time
		return nil, ent.ErrStale
	}
	if err != nil {
		return nil, err
	}
	if _, err := staff.Found(tx, id, person.ID); err != nil {
		return nil, err
	}
	for _, kind := range []declaration.Kind{declaration.KindCAPACITY, declaration.KindEXPORT_CONTROL} {
		err := tx.Declaration.Create().SetAccountID(id).SetPersonID(person.ID).SetKind(kind).SetDeclaredAt(tx.Now).
			SetAddress(visitor.Address).SetAgent(visitor.Agent).Exec(tx)
		if err != nil {
			return nil, err
		}
	}
	if err := agreement.AcceptCurrent(tx, id, person.ID, in.AcceptedTermsIDs); err != nil {
		return nil, err
	}
	err = standing.Restrict(tx, standing.Cause{Scope: restriction.ScopeACCOUNT, AccountID: id,
		Code: standing.VerificationRequired.Code, Clause: "5.2", ID: id})
	if err != nil {
		return nil, err
	}
	session, err := identity.Begin(tx, person.ID)
	if err != nil {
		return nil, err
	}
	return &RegisterPayload{Session: session, Account: row, Principal: tx.Principal()}, nil
}

// newNumber draws the nine digits that people quote; they tell nothing of how
// many accounts there are.
func newNumber() (string, error) {
	n, err := rand.Int(rand.Reader, big.NewInt(900_000_000))
	if err != nil {
		return "", err
	}
	return fmt.Sprint(n.Int64() + 100_000_000), nil
}
