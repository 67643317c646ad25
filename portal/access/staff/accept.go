package staff

import (
	"context"
	"errors"
	"slices"
	"time"

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
		row, err := byToken(tx.Tx, in.Token)
		if db.IsNotFound(err) {
			return nil, InvitationInvalid.At("token")
		}
		if err != nil {
			return nil, err
		}
		if InvitationStatus(row, tx.Now) != invitation.StatusPENDING {
			return nil, InvitationInvalid.At("token") // it opens nothing, so it is nobody's to see
		}
		payload, err := join(tx, row)
		var refusal clause.Refusal
		if errors.As(err, &refusal) { // the try is the account's to see, refused ones too
			return nil, command.CommitRefusal(refusal)
		}
		return payload, err
	})
}

// join makes the transaction's person an employee by an invitation.
func join(tx *command.Tx, row *db.Invitation) (*AcceptInvitationPayload, error) {
	tx.AuditObject(row.AccountID, row.ID)
	j := joining{row: row, person: tx.Principal()}
	j.tx = tx.As(j.principal(authz.Grant{AccountID: row.AccountID})).Within(row.AccountID)
	return j.accept()
}

// byToken finds an invitation by its token, which is the credential: it says
// which account the caller may look at.
func byToken(tx *ent.Tx, token string) (*db.Invitation, error) {
	return tx.Invitation.Query().Where(invitation.TokenHash(ent.Hash(token))).
		Only(authz.With(tx, authz.AsSystem("acceptInvitation")))
}

// joining is a person on its way into an account. Until it is in, it reaches the
// account's rows and holds nothing there.
type joining struct {
	tx     *command.Tx
	row    *db.Invitation
	person *authz.Principal
}

// principal is the person with other grants on the account.
func (j *joining) principal(grants ...authz.Grant) *authz.Principal {
	p := *j.person
	p.Grants = slices.DeleteFunc(slices.Clone(p.Grants), func(g authz.Grant) bool { return g.AccountID == j.row.AccountID })
	p.Grants = append(p.Grants, grants...)
	return &p
}

// accept decides and writes; it writes nothing before the last decision.
func (j *joining) accept() (*AcceptInvitationPayload, error) {
	tx := j.tx
	r, err := enter(tx, j.row.AccountID)
	if err != nil {
		return nil, err
	}
	if err := j.personal(); err != nil {
		return nil, err
	}
	if err := command.Denied(tx, tx.Client(), authz.EmployeeInvite, authz.On(j.row.AccountID), tx.Now); err != nil {
		return nil, err
	}
	if err := r.maySeat(); err != nil {
		return nil, err
	}
	roles, err := j.stillGiven(r)
	if err != nil {
		return nil, err
	}
	e, err := tx.Employee.Create().SetAccountID(r.accountID).SetPersonID(j.person.ID).SetStatus(employee.StatusACTIVE).
		SetJoinedAt(tx.Now).SetActiveKey(activeKey(r.accountID, j.person.ID)).Save(tx)
	if ent.IsDuplicate(err) { // a twin was faster
		return nil, ent.ErrStale
	}
	if err != nil {
		return nil, err
	}
	n, err := tx.Invitation.Update().Where(invitation.ID(j.row.ID), invitation.StatusEQ(invitation.StatusPENDING), invitation.ExpiresAtGT(tx.Now)).
		SetStatus(invitation.StatusACCEPTED).SetAcceptedAt(tx.Now).SetAcceptedBy(e.ID).Save(tx)
	if err != nil {
		return nil, err
	}
	if n == 0 {
		return nil, ent.ErrStale
	}
	if err := r.grant(e.ID, roles, reach{}, &j.row.InvitedBy); err != nil {
		return nil, err
	}
	grants := make([]authz.Grant, len(roles))
	for i, of := range roles {
		grants[i] = authz.Grant{AccountID: r.accountID, EmployeeID: e.ID, RoleID: of.ID, RoleCode: of.Code, Allow: allows(of)}
	}
	joined := j.principal(grants...)
	tx.As(joined).AuditObject(r.accountID, e.ID)
	tx.AuditDetail("invitationId", j.row.ID)
	tx.AuditDetail("roles", codes(roles))
	return &AcceptInvitationPayload{Employee: e, Becomes: command.BecomesAs(joined)}, nil
}

// personal decides what depends on the person: that the link opens something,
// that the address is its own, and that it doesn't work here already.
func (j *joining) personal() error {
	tx := j.tx
	if InvitationStatus(j.row, tx.Now) != invitation.StatusPENDING {
		return InvitationInvalid.At("token")
	}
	proof, err := identity.ProofOf(tx.Tx, j.person.ID, j.row.AddressIndex)
	switch {
	case err != nil:
		return err
	case proof == identity.Unverified:
		return AddressNotProved.At("token").Lift(clause.Remedy{Operation: "resendEmailVerification", Input: map[string]any{},
			Text: text("先通过邮件中的链接验证您的邮箱；可重新发送该链接。", "Verify your e-mail address by the link that was mailed to it first; the link can be sent again.")})
	case proof == identity.NotIts:
		return AddressNotProved.At("token")
	}
	worked, err := tx.Employee.Query().Where(employee.AccountID(j.row.AccountID), employee.PersonID(j.person.ID)).All(tx)
	if err != nil {
		return err
	}
	for _, e := range worked {
		if e.Status == employee.StatusACTIVE {
			return AlreadyEmployed.At("token").With("employeeId", e.ID)
		}
		// An invitation from before its leaving doesn't bring anybody back.
		if e.LeftAt != nil && !e.LeftAt.Before(j.row.CreatedAt) {
			return InvitationInvalid.At("token")
		}
	}
	return nil
}

// stillGiven decides whether the inviter could give the roles at this moment
// (1.5), and returns them.
func (j *joining) stillGiven(r *roster) ([]*db.Role, error) {
	found, err := r.roles(j.row.RoleIds)
	if err != nil {
		return nil, err
	}
	var roles []*db.Role
	for _, id := range j.row.RoleIds {
		if found[id] == nil {
			return nil, InvitationVoid.At("token")
		}
		roles = append(roles, found[id])
	}
	inviter, err := j.tx.Employee.Get(j.tx, j.row.InvitedBy)
	if err != nil {
		return nil, err
	}
	by, err := r.member(inviter)
	if err != nil {
		return nil, err
	}
	if !by.holds().Has(authz.EmployeeInvite) || !by.gives(reach{}).Covers(together(roles)) {
		return nil, InvitationVoid.At("token")
	}
	return roles, nil
}

// grant gives an employee roles within a reach.
func (r *roster) grant(employeeID string, roles []*db.Role, w reach, by *string) error {
	given := make([]gift, len(roles))
	for i, of := range roles {
		given[i] = gift{of, w}
	}
	_, err := r.give(employeeID, given, by)
	return err
}

// micro cuts an instant to what every engine keeps of it.
func micro(at *time.Time) *time.Time {
	if at == nil {
		return nil
	}
	t := at.UTC().Truncate(time.Microsecond)
	return &t
}
