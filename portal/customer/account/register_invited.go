package account

import (
	"context"
	"errors"

	"portico/authz"
	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/declaration"
	"portico/portal/access/identity"
	"portico/portal/access/staff"
	"portico/portal/customer/agreement"
	"portico/portal/kernel/address"
	"portico/portal/kernel/command"
	"portico/portal/kernel/naming"
)

// RegisterByInvitation opens a login for a person who is invited to work on an
// account, makes it an employee, and signs it in; it opens no account (1.5).
// For everyone who has the invitation's token: the token proves the number or
// the address that it was sent to. A person invited by e-mail also proves a
// number by its code (1.1). The person declares its capacity (1.2) and accepts
// the current terms (0). Tries of the token are counted by network, and those
// of the code as usual, before anything depends on them. Refusals:
// TRIES_EXCEEDED, INVITATION_INVALID, PHONE_INVALID, EMAIL_INVALID,
// INVALID_INPUT, CAPACITY_NOT_DECLARED, TERMS_NOT_CURRENT, PASSWORD_WEAK,
// CODE_WRONG, PHONE_REGISTERED, EMAIL_TAKEN, INVITATION_VOID, and those of
// standing and of [identity.Deliver].
func RegisterByInvitation(ctx context.Context, s *ent.Store, in RegisterByInvitationInput) (*RegisterByInvitationPayload, error) {
	return identity.Deliver(ctx, s, in.Delivery, func() (*RegisterByInvitationPayload, error) { return registerInvited(ctx, s, in) })
}

func registerInvited(ctx context.Context, s *ent.Store, in RegisterByInvitationInput) (*RegisterByInvitationPayload, error) {
	if err := command.Admit(ctx, s, "registerByInvitation"); err != nil {
		return nil, err
	}
	ctx, done, err := command.ToItsEnd(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	to, n, err := invitee(ctx, s, in)
	c := command.Command{Name: "registerByInvitation", Secret: true}
	if refused := err; errors.As(err, new(clause.Refusal)) {
		return command.Do(ctx, s, c, func(*command.Tx) (*RegisterByInvitationPayload, error) { return nil, refused })
	} else if err != nil {
		return nil, err
	}
	prepare := func(ctx context.Context, p *identity.Place, held bool) (err error) {
		n.PasswordHash, err = p.NewHash(ctx, held, in.Password, "password", n.Name, n.Email, n.Phone)
		return err
	}
	steps := func(tx *command.Tx) (*RegisterByInvitationPayload, error) { return enrolInvited(tx, in, n) }
	if to.Email { // the number is proved by its code
		try := identity.CodeTry{Phone: n.Phone, Code: given(in.Code), Purpose: identity.ForRegister}
		return identity.WithCode(ctx, s, c.Name, try, prepare, steps)
	}
	place, err := identity.Queue(ctx, s) // the token has proved it
	if err != nil {
		return nil, err
	}
	defer place.Leave()
	weak := prepare(ctx, place, true)
	if weak != nil && !errors.As(weak, new(clause.Refusal)) {
		return nil, weak
	}
	place.Leave()
	return command.Do(ctx, s, c, func(tx *command.Tx) (*RegisterByInvitationPayload, error) {
		if weak != nil {
			return nil, weak
		}
		return steps(tx)
	})
}

// enrolInvited makes the bearer of the invitation a person, and an employee of
// the account.
func enrolInvited(tx *command.Tx, in RegisterByInvitationInput, n identity.Newcomer) (*RegisterByInvitationPayload, error) {
	terms, err := agreement.Current(tx, tx.Terms, tx.Now, in.AcceptedTermsIDs)
	if err != nil {
		return nil, err
	}
	person, err := identity.Enrol(tx.Tx, n)
	if err != nil {
		return nil, hasLogin(err, n)
	}
	visitor := tx.Principal()
	tx = tx.As(&authz.Principal{Kind: authz.Person, ID: person.ID, Address: visitor.Address, Agent: visitor.Agent, Correlation: visitor.Correlation})
	employee, principal, err := staff.Join(tx, in.Token)
	if err != nil {
		return nil, err
	}
	tx = tx.As(principal).Within(employee.AccountID)
	if err := declareInvited(tx.Tx, employee, terms); err != nil {
		return nil, err
	}
	session, err := identity.Begin(tx.Tx, person.ID)
	if err != nil {
		return nil, err
	}
	return &RegisterByInvitationPayload{Delivered: identity.Delivered{Session: session}, Employee: employee, Becomes: command.BecomesAs(principal)}, nil
}

// hasLogin leads a person that is registered already to its login, with which it
// accepts the invitation. Only who has proved the number or the address gets here
// (1.1).
func hasLogin(err error, n identity.Newcomer) error {
	var refusal clause.Refusal
	if !errors.As(err, &refusal) {
		return err
	}
	login := n.Phone
	if refusal.Code == identity.EmailTaken.Code {
		login = n.Email
	}
	return refusal.Lift(clause.Remedy{Operation: "signIn", Input: map[string]any{"login": login}, Text: clause.Text{
		ZH: "请登录已有的用户，再用同一令牌接受邀请（acceptInvitation）。",
		EN: "Sign in as the existing person, then accept the invitation by the same token (acceptInvitation)."}})
}

// declareInvited records the declarations of an employee that registered by an
// invitation: its capacity, and each version of the terms that it accepts for
// itself. The owner accepts for the account.
func declareInvited(tx *ent.Tx, e *db.Employee, terms []*db.Terms) error {
	p := tx.Principal()
	record := func(kind declaration.Kind, subject *string) error {
		return tx.Declaration.Create().SetAccountID(e.AccountID).SetPersonID(e.PersonID).SetKind(kind).SetNillableSubjectID(subject).
			SetDeclaredAt(tx.Now).SetAddress(p.Address).SetAgent(p.Agent).Exec(tx)
	}
	if err := record(declaration.KindCAPACITY, nil); err != nil {
		return err
	}
	for _, t := range terms {
		if err := record(declaration.KindTERMS, &t.ID); err != nil {
			return err
		}
	}
	return nil
}

// invitee reads the registration by an invitation: first the token, whose try
// is counted, then the input.
func invitee(ctx context.Context, s *ent.Store, in RegisterByInvitationInput) (*address.Address, identity.Newcomer, error) {
	to, err := staff.InvitedAddress(ctx, s, in.Token)
	if err != nil {
		return nil, identity.Newcomer{}, err
	}
	if to == nil {
		return nil, identity.Newcomer{}, staff.InvitationInvalid.At("token")
	}
	n, err := readInvitee(in, *to)
	return to, n, err
}

// readInvitee normalises and checks the input of the invited person.
func readInvitee(in RegisterByInvitationInput, to address.Address) (identity.Newcomer, error) {
	n := identity.Newcomer{Phone: to.Value, Email: to.Value, EmailProved: to.Email}
	var ok bool
	var check clause.Check
	if to.Email {
		if n.Phone, ok = address.NormalPhone(given(in.Phone)); !ok {
			check.Add(address.PhoneInvalid.At("phone"))
		}
		if email, valid := address.NormalEmail(given(in.Email)); in.Email != nil && (!valid || email != n.Email) {
			check.Add(otherAddress("email"))
		}
	} else {
		if n.Email, ok = address.NormalEmail(given(in.Email)); !ok {
			check.Add(address.EmailInvalid.At("email"))
		}
		if phone, valid := address.NormalPhone(given(in.Phone)); in.Phone != nil && (!valid || phone != n.Phone) {
			check.Add(otherAddress("phone"))
		}
	}
	var err error
	n.Name, err = naming.Of("personName", in.PersonName)
	check.Add(err)
	if !in.DeclaresFullCapacity {
		check.Add(CapacityNotDeclared.At("declaresFullCapacity").Lift(declare("registerByInvitation", "declaresFullCapacity")))
	}
	return n, check.Err()
}

func given(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

func otherAddress(field string) error {
	return clause.InvalidField(field, "邀请发往另一地址；请留空，以收到邀请的号码或邮箱为准。", "the invitation was sent to another address; leave this out to use the one that received it.")
}
