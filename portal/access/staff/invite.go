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
	"portico/ent/db/invitation"
	"portico/ent/statement"
	"portico/portal/access/identity"
	"portico/portal/kernel/address"
	"portico/portal/kernel/command"
	"portico/portal/kernel/outbox"
)

// The lifetime of an invitation, and how many there may be.
const (
	invitationLifetime = 7 * 24 * time.Hour
	// mostPending and mostSent allow an enterprise's files: see [ImportEmployees].
	mostPending = 500
	// mostSent is per 24 hours.
	mostSent = 500
)

// tokenPrefix is the prefix of an invitation's token.
const tokenPrefix = "pi_"

// InviteEmployee invites the holder of a phone number or an e-mail address to
// work on an account with some grants (1.5). For employees with employee:invite
// who hold all that they give, with at least the same bounds. The address's owner
// is never looked up, so the answer doesn't reveal whether it is registered
// (1.1). By inviting, the inviter declares that the invited person is an
// employee of the account's holder; the audit records it. A pending invitation
// to the same address is replaced. An account that isn't approved can't invite
// (5.2). Refusals: STAFF_NOT_ALLOWED, PHONE_INVALID, EMAIL_INVALID,
// INVALID_INPUT, NOT_FOUND, OWNER_UNCHANGED, GRANT_LIMIT, PERMISSION_NOT_HELD,
// INVITATION_LIMIT, INVITATIONS_TOO_OFTEN, RECIPIENT_LIMIT, and those of
// standing.
func InviteEmployee(ctx context.Context, s *ent.Store, in InviteEmployeeInput) (*InviteEmployeePayload, error) {
	return command.Do(ctx, s, command.Command{Name: "inviteEmployee", Permission: authz.EmployeeInvite,
		Object: in.AccountID, Field: "accountId", Input: in}, func(tx *command.Tx) (*InviteEmployeePayload, error) {
		r, by, err := inviting(tx, in.AccountID)
		if err != nil {
			return nil, err
		}
		var check clause.Check
		to, err := address.Read(in.Address, "address")
		check.Add(err)
		given, err := r.offer(by, in.RoleIDs, in.Grants)
		check.Add(err)
		if err := check.Err(); err != nil {
			return nil, err
		}
		row, err := r.inviteOne(by, to, given, "address")
		return &InviteEmployeePayload{Invitation: row}, err
	})
}

// inviting enters the roster for sending an invitation, for which an employee is
// responsible. Refusals: FORBIDDEN, STAFF_NOT_ALLOWED.
func inviting(tx *command.Tx, accountID string) (*roster, *member, error) {
	r, err := enter(tx, accountID)
	if err != nil {
		return nil, nil, err
	}
	by, err := r.actor(authz.EmployeeInvite)
	if err != nil {
		return nil, nil, err
	}
	if by.employee == nil {
		return nil, nil, authz.Forbid(tx.Principal(), authz.EmployeeInvite)
	}
	return r, by, r.maySeat("accountId")
}

// inviteOne sends the one invitation of a command, if there is room for it; the audit
// tells what it gives. Refusals, at the field: INVITATION_LIMIT, INVITATIONS_TOO_OFTEN,
// RECIPIENT_LIMIT.
func (r *roster) inviteOne(by *member, to address.Address, given []gift, field string) (*db.Invitation, error) {
	left, err := r.room()
	if err != nil {
		return nil, err
	}
	if err := left.take(to.Index(r.tx.Store()), field); err != nil {
		return nil, err
	}
	row, err := r.invite(by, to, given)
	var limit clause.Refusal
	if errors.As(err, &limit) {
		return nil, limit.At(field)
	}
	if err != nil {
		return nil, err
	}
	r.tx.AuditObject(r.accountID, row.ID)
	r.tx.AuditDetail("roles", codes(rolesOf(given)))
	r.tx.AuditDetail("grants", noted(InvitedGrants(row)))
	r.tx.AuditDetail("declares", "EMPLOYMENT")
	return row, nil
}

// invite sends an invitation that gives some grants, and replaces one to the same
// address. The refusal is RECIPIENT_LIMIT.
func (r *roster) invite(by *member, to address.Address, given []gift) (*db.Invitation, error) {
	tx, index := r.tx, to.Index(r.tx.Store())
	err := tx.Invitation.Update().Where(invitation.AccountID(r.accountID), invitation.AddressIndex(index),
		invitation.StatusEQ(invitation.StatusPENDING)).SetStatus(invitation.StatusREVOKED).SetRevokedAt(tx.Now).Exec(tx)
	if err != nil {
		return nil, err
	}
	sealed, err := to.Seal(tx.Store())
	if err != nil {
		return nil, err
	}
	medium := invitation.MediumPHONE
	if to.Email {
		medium = invitation.MediumEMAIL
	}
	token := identity.NewToken(tokenPrefix)
	row, err := tx.Invitation.Create().SetAccountID(r.accountID).SetAddress(sealed).SetAddressIndex(index).SetMedium(medium).
		SetRoleIds(unbounded(given)).SetGrants(kept(given)).SetTokenHash(ent.Hash(token)).SetStatus(invitation.StatusPENDING).SetInvitedBy(by.employee.ID).
		SetCreatedAt(tx.Now).SetExpiresAt(lastsUntil(given, tx.Now)).Save(tx)
	if err != nil {
		return nil, err
	}
	return row, r.send(to, token)
}

// send sends the link of an invitation. It names the account by its number, and
// in a mail by the registered name of its verified legal entity (5.2): no text
// that a user wrote is sent to a stranger in our name (5.4).
func (r *roster) send(to address.Address, token string) error {
	account, err := r.account()
	if err != nil {
		return err
	}
	if !to.Email {
		return outbox.SendText(r.tx.Tx, to.Value, outbox.InvitationText(r.tx.Store(), account.Number, token))
	}
	if r.legalName == nil {
		name, err := legalName(r.tx, r.tx.Client(), r.accountID)
		if err != nil {
			return err
		}
		r.legalName = &name
	}
	return outbox.Send(r.tx.Tx, outbox.InvitationMail(r.tx.Store(), to.Value, account.Number, *r.legalName, token))
}

// legalName returns the registered name of the legal entity that holds an
// account; empty if there is none yet.
func legalName(ctx context.Context, c *db.Client, accountID string) (string, error) {
	entity, err := c.LegalEntity.Query().Where(statement.Holds(ctx, accountID)).Only(ctx)
	if db.IsNotFound(err) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	return entity.Name, nil
}

// room is how many invitations an account may still send. The outbox limits what one
// address receives, over all accounts.
type room struct {
	accountID string
	pending   map[string]bool // addresses of pending invitations, by index
	sent      int             // in 24 hours
}

func (r *roster) room() (*room, error) {
	tx := r.tx
	waiting, err := tx.Invitation.Query().Where(invitation.AccountID(r.accountID), invitation.CreatedAtGT(tx.Now.Add(-invitationLifetime)),
		invitation.StatusEQ(invitation.StatusPENDING), invitation.ExpiresAtGT(tx.Now)).Select(invitation.FieldAddressIndex).Strings(tx)
	if err != nil {
		return nil, err
	}
	sent, err := tx.Invitation.Query().Where(invitation.AccountID(r.accountID), invitation.CreatedAtGT(tx.Now.Add(-24*time.Hour))).Count(tx)
	if err != nil {
		return nil, err
	}
	left := &room{r.accountID, map[string]bool{}, sent}
	for _, index := range waiting {
		left.pending[index] = true
	}
	return left, nil
}

// take counts one more invitation to an address, whose pending one it replaces.
// Refusals, at the field: INVITATION_LIMIT, INVITATIONS_TOO_OFTEN.
func (l *room) take(index, field string) error {
	switch {
	case len(l.pending) >= mostPending && !l.pending[index]:
		return InvitationLimit.At(field).With("limit", mostPending)
	case l.sent >= mostSent:
		return InvitationsTooOften.At(field).With("perAccount", mostSent).With("accountId", l.accountID)
	}
	l.pending[index] = true
	l.sent++
	return nil
}

// mostRoles is how many roles can be given at once.
const mostRoles = 20

// chosen reads the roles to give, each once: built-in roles and the account's
// own, but never the owner's (1.4). Refusals, at "roleIds": INVALID_INPUT,
// NOT_FOUND, OWNER_UNCHANGED.
func (r *roster) chosen(roleIDs []string) ([]*db.Role, error) {
	if len(roleIDs) == 0 || len(roleIDs) > mostRoles {
		return nil, clause.InvalidField("roleIds", "须给出 1 至 20 个角色。", "must name 1 to 20 roles.")
	}
	found, err := r.roles(roleIDs)
	if err != nil {
		return nil, err
	}
	var roles []*db.Role
	for _, id := range roleIDs {
		row := found[id]
		switch {
		case row == nil:
			return nil, clause.NotFound.At("roleIds")
		case row.BuiltIn && row.Code == Owner:
			return nil, r.ownersRole("roleIds")
		}
		if !slices.Contains(roles, row) {
			roles = append(roles, row)
		}
	}
	return roles, nil
}

func codes(roles []*db.Role) []string {
	l := make([]string, len(roles))
	for i, r := range roles {
		l[i] = r.Code
	}
	return l
}
