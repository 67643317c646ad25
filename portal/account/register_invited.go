package account

import (
	"context"
	"errors"

	"portico/authz"
	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/declaration"
	"portico/ent/db/phonecode"
	"portico/portal/act"
	"portico/portal/agreement"
	"portico/portal/identity"
	"portico/portal/staff"
)

// RegisterByInvitation opens a login for who is invited to work on an account,
// makes it an employee there, and signs it in; it opens no account (1.5). For
// everyone who has the invitation's token: it proves the number or the address
// that it was sent to. Who was invited by e-mail proves a number by its code
// besides (1.1). The person declares its capacity (1.2) and accepts the current
// terms (0). The tries of the token are counted by network, those of the code as
// ever, before anything rests on them. Refusals: TRIES_EXCEEDED,
// INVITATION_INVALID, PHONE_INVALID, EMAIL_INVALID, INVALID_INPUT,
// CAPACITY_NOT_DECLARED, TERMS_NOT_CURRENT, PASSWORD_WEAK, CODE_WRONG,
// PHONE_REGISTERED, EMAIL_TAKEN, INVITATION_VOID, and what standing denies.
func RegisterByInvitation(ctx context.Context, s *ent.Store, in RegisterByInvitationInput) (*RegisterByInvitationPayload, error) {
	var n identity.Newcomer
	var refused error
	if !act.HasKey(ctx) {
		if n, refused = invitee(ctx, s, in); refused != nil && !errors.As(refused, new(clause.Refusal)) {
			return nil, refused
		}
	}
	return act.Do(ctx, s, act.Command{Name: "registerByInvitation", Secret: true}, func(tx *ent.Tx) (*RegisterByInvitationPayload, error) {
		if refused != nil {
			return nil, refused
		}
		terms, err := agreement.Current(tx, tx.Terms, tx.Now, in.AcceptedTermsIDs)
		if err != nil {
			return nil, err
		}
		person, err := identity.Enrol(tx, n)
		if err != nil {
			return nil, err
		}
		visitor := tx.Principal()
		tx = tx.As(&authz.Principal{Kind: authz.Person, ID: person.ID, Address: visitor.Address, Agent: visitor.Agent, Correlation: visitor.Correlation})
		employee, principal, err := staff.Join(tx, in.Token)
		if err != nil {
			return nil, err
		}
		tx = tx.As(principal).Within(employee.AccountID)
		if err := declare(tx, employee, terms); err != nil {
			return nil, err
		}
		session, err := identity.Begin(tx, person.ID)
		if err != nil {
			return nil, err
		}
		return &RegisterByInvitationPayload{Session: session, Employee: employee, Principal: principal}, nil
	})
}

// declare records what an employee that has registered by itself declares: its
// capacity, and each version of the terms that it accepts for itself. The
// account's own acceptance is its owner's.
func declare(tx *ent.Tx, e *db.Employee, terms []*db.Terms) error {
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

// invitee reads and proves who registers by an invitation: first the token, then
// what is given, then the code, and the password's hash last, since it takes
// long.
func invitee(ctx context.Context, s *ent.Store, in RegisterByInvitationInput) (n identity.Newcomer, err error) {
	to, err := staff.InvitedAddress(ctx, s, in.Token)
	if err != nil {
		return n, err
	}
	if to == nil {
		return n, staff.InvitationInvalid.At("token")
	}
	if n, err = readInvitee(in, *to); err != nil {
		return n, err
	}
	if _, err := agreement.Current(ctx, s.Read().Terms, s.Now(), in.AcceptedTermsIDs); err != nil {
		return n, err
	}
	if to.Email {
		if err := proveCode(ctx, s, n.Phone, given(in.Code)); err != nil {
			return n, err
		}
	}
	n.PasswordHash, err = identity.HashNewPassword(in.Password, "password", n.Name, n.Email, n.Phone)
	return n, err
}

// readInvitee normalises and checks what who is invited gives.
func readInvitee(in RegisterByInvitationInput, to identity.Address) (identity.Newcomer, error) {
	n := identity.Newcomer{Phone: to.Value, Email: to.Value, EmailProved: to.Email}
	var ok bool
	if to.Email {
		if n.Phone, ok = identity.NormalPhone(given(in.Phone)); !ok {
			return n, identity.PhoneInvalid.At("phone")
		}
		if email, valid := identity.NormalEmail(given(in.Email)); in.Email != nil && (!valid || email != n.Email) {
			return n, otherAddress("email")
		}
	} else {
		if n.Email, ok = identity.NormalEmail(given(in.Email)); !ok {
			return n, identity.EmailInvalid.At("email")
		}
		if phone, valid := identity.NormalPhone(given(in.Phone)); in.Phone != nil && (!valid || phone != n.Phone) {
			return n, otherAddress("phone")
		}
	}
	if n.Name, ok = identity.NormalName(in.PersonName, nameLength); !ok {
		return n, nameInvalid("personName")
	}
	if !in.DeclaresFullCapacity {
		return n, CapacityNotDeclared.At("declaresFullCapacity")
	}
	return n, identity.CheckPassword(in.Password, "password", n.Name, n.Email, n.Phone)
}

func given(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

func otherAddress(field string) error {
	return clause.Invalid.At(field).With("detail", clause.Text{
		ZH: "邀请发往另一地址；请留空，以收到邀请的号码或邮箱为准。", EN: "the invitation went to another one; leave it out, and the one that received it is taken."})
}

// proveCode uses a code up, or counts the wrong try, in a transaction of its own,
// whatever becomes of the request.
func proveCode(ctx context.Context, s *ent.Store, phone, code string) error {
	var refusal clause.Refusal
	var wrong bool
	err := s.Write(context.WithoutCancel(ctx), func(tx *ent.Tx) error {
		err := identity.ProveCode(tx, phone, code, phonecode.PurposeREGISTER)
		if wrong = errors.As(err, &refusal); wrong {
			return nil
		}
		return err
	})
	if err == nil && wrong {
		return refusal
	}
	return err
}
