package staff

import (
	"context"
	"errors"
	"slices"

	"portico/authz"
	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/employee"
	"portico/ent/db/invitation"
	"portico/portal/access/identity"
	"portico/portal/kernel/command"
)

// AcceptInvitation makes the signed-in person an employee by the token that was
// sent to an address that it has proved (1.5). It serves once and in time, and
// only while the inviter could still give the same: it works here, may
// employee:invite and holds all that the roles give now. While an explicit
// acceptance of terms is due, nobody joins, just as nobody is invited (0).
// Refusals: INVITATION_INVALID, INVITATION_ADDRESS_NOT_PROVED,
// ALREADY_EMPLOYED, INVITATION_VOID, and what standing denies.
func AcceptInvitation(ctx context.Context, s *ent.Store, in AcceptInvitationInput) (*AcceptInvitationPayload, error) {
	return command.Do(ctx, s, command.Command{Name: "acceptInvitation", SignedIn: true, Secret: true}, func(tx *command.Tx) (*AcceptInvitationPayload, error) {
		if tx.Principal().Kind != authz.Person {
			return nil, clause.OnlySelf
		}
		row, err := pending(tx.Tx, in.Token)
		if err != nil { // the token opens no account, so no account's audit records the try
			return nil, err
		}
		payload, err := accept(tx, row)
		var refusal clause.Refusal
		if errors.As(err, &refusal) { // the account's audit records the try, although it is refused
			return nil, command.CommitRefusal(refusal)
		}
		return payload, err
	})
}

// pending finds an invitation that can be accepted by its token, which is the
// credential: it decides which account the caller may look at. The refusal is
// INVITATION_INVALID.
func pending(tx *ent.Tx, token string) (*db.Invitation, error) {
	row, err := tx.Invitation.Query().Where(invitation.TokenHash(ent.Hash(token))).
		Only(authz.With(tx, authz.AsSystem("acceptInvitation")))
	if db.IsNotFound(err) || err == nil && InvitationStatus(row, tx.Now) != invitation.StatusPENDING {
		return nil, InvitationInvalid.At("token")
	}
	return row, err
}

// accept makes the person who acts an employee by an invitation that is pending.
// It writes nothing before its last decision.
func accept(tx *command.Tx, row *db.Invitation) (*AcceptInvitationPayload, error) {
	person := tx.Principal()
	tx.AuditObject(row.AccountID, row.ID)
	// Until it is in, the person reaches the account's rows and holds nothing there.
	tx = tx.As(regranted(person, row.AccountID, authz.Grant{AccountID: row.AccountID})).Within(row.AccountID)
	r, err := enter(tx, row.AccountID)
	if err != nil {
		return nil, err
	}
	if err := mayJoin(r, person.ID, row); err != nil {
		return nil, err
	}
	given, err := stillGiven(r, row)
	if err != nil {
		return nil, err
	}
	e, written, err := join(r, person.ID, row, given)
	if err != nil {
		return nil, err
	}
	grants := make([]authz.Grant, len(given))
	for i, g := range given {
		grants[i] = g.heldAs(written[i])
	}
	joined := regranted(person, r.accountID, grants...)
	if err := identity.WithholdFactor(tx.Tx, joined, r.accountID); err != nil {
		return nil, err
	}
	tx.As(joined).AuditObject(r.accountID, e.ID)
	tx.AuditDetail("invitationId", row.ID)
	tx.AuditDetail("roles", codes(rolesOf(given)))
	tx.AuditDetail("grants", noted(written))
	return &AcceptInvitationPayload{Employee: e, Becomes: command.BecomesAs(joined)}, nil
}

// regranted is a person with other grants on an account.
func regranted(person *authz.Principal, accountID string, grants ...authz.Grant) *authz.Principal {
	p := *person
	p.Grants = slices.DeleteFunc(slices.Clone(p.Grants), func(g authz.Grant) bool { return g.AccountID == accountID })
	p.Grants = append(p.Grants, grants...)
	return &p
}

// mayJoin decides whether the person may join the account: the address is its own,
// it doesn't work there, and the account may have staff.
func mayJoin(r *roster, personID string, row *db.Invitation) error {
	if err := addressProved(r.tx, personID, row); err != nil {
		return err
	}
	if err := notEmployed(r.tx, personID, row); err != nil {
		return err
	}
	if err := command.Denied(r.tx, r.tx.Client(), authz.EmployeeInvite, authz.On(r.accountID), r.tx.Now); err != nil {
		return err
	}
	return r.maySeat("accountId")
}

func addressProved(tx *command.Tx, personID string, row *db.Invitation) error {
	proof, err := identity.ProofOf(tx.Tx, personID, row.AddressIndex)
	switch {
	case err != nil:
		return err
	case proof == identity.Unverified:
		return AddressNotProved.At("token").Lift(clause.Remedy{Operation: "resendEmailVerification", Input: map[string]any{},
			Text: text("先通过邮件中的链接验证您的邮箱；可重新发送该链接。", "Verify your e-mail address by the link that was mailed to it first; the link can be sent again.")})
	case proof == identity.NotIts:
		return AddressNotProved.At("token")
	}
	return nil
}

// notEmployed refuses who works on the account, and who left it after the
// invitation: an invitation from before doesn't bring anybody back.
func notEmployed(tx *command.Tx, personID string, row *db.Invitation) error {
	employed, err := tx.Employee.Query().Where(employee.AccountID(row.AccountID), employee.PersonID(personID)).All(tx)
	if err != nil {
		return err
	}
	for _, e := range employed {
		if e.Status != employee.StatusOFFBOARDED {
			return AlreadyEmployed.At("token").With("employeeId", e.ID)
		}
		if e.LeftAt != nil && !e.LeftAt.Before(row.CreatedAt) {
			return InvitationInvalid.At("token")
		}
	}
	return nil
}

// stillGiven returns the grants of an invitation, if its inviter could give them at
// this moment (1.5).
func stillGiven(r *roster, row *db.Invitation) ([]gift, error) {
	given, whole, err := r.offered(row)
	if err != nil {
		return nil, err
	}
	if !whole {
		return nil, InvitationVoid.At("token")
	}
	inviter, err := r.tx.Employee.Get(r.tx, row.InvitedBy)
	if err != nil {
		return nil, err
	}
	by, err := r.member(inviter)
	if err != nil {
		return nil, err
	}
	if !by.holds().Has(authz.EmployeeInvite) || by.lacks(given) != (authz.Set{}) {
		return nil, InvitationVoid.At("token")
	}
	return given, nil
}

// join writes the employee with its grants, and uses the invitation up. If another
// transaction was faster with either, the whole runs again.
func join(r *roster, personID string, row *db.Invitation, given []gift) (*db.Employee, []*db.Grant, error) {
	e, err := r.tx.Employee.Create().SetAccountID(r.accountID).SetPersonID(personID).SetStatus(employee.StatusACTIVE).
		SetJoinedAt(r.tx.Now).SetActiveKey(activeKey(r.accountID, personID)).Save(r.tx)
	if ent.IsDuplicate(err) {
		return nil, nil, ent.ErrStale
	}
	if err != nil {
		return nil, nil, err
	}
	n, err := r.tx.Invitation.Update().Where(invitation.ID(row.ID), invitation.StatusEQ(invitation.StatusPENDING), invitation.ExpiresAtGT(r.tx.Now)).
		SetStatus(invitation.StatusACCEPTED).SetAcceptedAt(r.tx.Now).SetAcceptedBy(e.ID).Save(r.tx)
	if err != nil {
		return nil, nil, err
	}
	if n == 0 {
		return nil, nil, ent.ErrStale
	}
	written, err := r.give(e.ID, given, &row.InvitedBy)
	return e, written, err
}
