package staff

import (
	"portico/authz"
	"portico/ent/db"
	"portico/ent/db/employee"
	"portico/ent/db/invitation"
	"portico/ent/db/role"
	"portico/ent/statement"
	"portico/portal/kernel/approval"
)

// HoldingKind is a kind of what an employee holds on an account (enum HoldingKind).
type HoldingKind string

// The kinds.
const (
	// HeldInvitations are the pending invitations that it is responsible for.
	HeldInvitations HoldingKind = "INVITATIONS"
	// HeldAPIKeys are its live API keys.
	HeldAPIKeys HoldingKind = "API_KEYS"
	// HeldDecisions are the approvals that wait and that nobody else could decide.
	HeldDecisions HoldingKind = "DECISIONS"
	// HeldApprovals are the approvals that it asked for and that wait.
	HeldApprovals HoldingKind = "APPROVALS"
	// HeldOwnershipOffer is the offer of the ownership that was made to it.
	HeldOwnershipOffer HoldingKind = "OWNERSHIP_OFFER"
	// HeldGroups are the groups that it is a member of.
	HeldGroups HoldingKind = "GROUPS"
	// HeldGrants are its own grants.
	HeldGrants HoldingKind = "GRANTS"
)

// holding is what an employee holds of one kind.
type holding struct {
	kind  HoldingKind
	count int
	// example is the id of the oldest.
	example string
	// lacks returns what a successor lacks to take it over; nil if it ends with the
	// employment and passes to nobody.
	lacks func(heir *member) authz.Set
	// leave passes it to the successor, or ends it.
	leave func(r *roster, successorID string) error
}

// holdings finds what an employee holds, a kind each. The preview of an offboarding and
// the offboarding itself rest on this table alone: a further kind is one more line.
var holdings = []struct {
	kind HoldingKind
	find func(v *view, e *db.Employee) (holding, error)
}{
	{HeldInvitations, (*view).invitationsOf},
	{HeldAPIKeys, (*view).apiKeysOf},
	{HeldDecisions, (*view).decisionsOf},
	{HeldApprovals, (*view).approvalsOf},
	{HeldOwnershipOffer, (*view).ownershipOffersOf},
	{HeldGroups, (*view).membershipsOf},
	{HeldGrants, (*view).grantsOf},
}

// heldBy returns what an employee holds. The number of statements doesn't depend on how
// much that is.
func (v *view) heldBy(e *db.Employee) ([]holding, error) {
	var all []holding
	for _, h := range holdings {
		found, err := h.find(v, e)
		if err != nil {
			return nil, err
		}
		if found.count > 0 {
			found.kind = h.kind
			all = append(all, found)
		}
	}
	return all, nil
}

// of returns a holding of some rows, oldest first, that ends with the employment.
func of(ids []string, leave func(r *roster) error) holding {
	h := holding{count: len(ids), leave: func(r *roster, _ string) error { return leave(r) }}
	if len(ids) > 0 {
		h.example = ids[0]
	}
	return h
}

// invitationsOf finds the pending invitations of an employee. A successor must hold what
// they give, and be allowed to invite.
func (v *view) invitationsOf(e *db.Employee) (holding, error) {
	rows, err := v.client.Invitation.Query().Where(invitation.AccountID(v.accountID), invitation.InvitedBy(e.ID),
		invitation.CreatedAtGT(v.now.Add(-invitationLifetime)), invitation.StatusEQ(invitation.StatusPENDING), invitation.ExpiresAtGT(v.now)).
		Order(db.Asc(invitation.FieldCreatedAt, invitation.FieldID)).All(v.ctx)
	if err != nil || len(rows) == 0 {
		return holding{}, err
	}
	var ids, wanted []string
	for _, i := range rows {
		ids, wanted = append(ids, i.ID), append(wanted, InvitedRoles(i)...)
	}
	roles, err := v.roles(wanted)
	if err != nil {
		return holding{}, err
	}
	var given []gift
	for _, i := range rows {
		gifts, _ := giftsOf(i, roles)
		given = append(given, gifts...)
	}
	return holding{count: len(ids), example: ids[0],
		lacks: func(heir *member) authz.Set {
			return authz.Set{}.Add(authz.EmployeeInvite).Minus(heir.gives(reach{})).Union(heir.lacks(given))
		},
		leave: func(r *roster, successorID string) error {
			r.tx.AuditDetail("successorId", successorID)
			r.tx.AuditDetail("invitationIds", ids)
			return r.tx.Invitation.Update().Where(invitation.IDIn(ids...), invitation.StatusEQ(invitation.StatusPENDING)).
				SetInvitedBy(successorID).Exec(r.tx)
		}}, nil
}

// decisionsOf finds the approvals that wait and that the employee alone could decide.
// The owner decides all but those that it asked for itself. Nobody takes them over as
// they are: once another employee could decide them as well, they are found no more.
func (v *view) decisionsOf(e *db.Employee) (holding, error) {
	if e.Status != employee.StatusACTIVE || v.isOwner(e) {
		return holding{}, nil
	}
	owner, err := v.client.Employee.Get(v.ctx, v.ownerID)
	if err != nil {
		return holding{}, err
	}
	roles, err := v.client.Role.Query().Where(role.AccountIDIn("", v.accountID)).Order(db.Asc(role.FieldID)).All(v.ctx)
	if err != nil {
		return holding{}, err
	}
	var ids []string
	var needed authz.Set
	for _, perm := range approval.Deciding() {
		h := statement.RoleHolders{AccountID: v.accountID, Now: v.now}
		for _, of := range roles {
			if allows(of).Has(perm) {
				h.Roles = append(h.Roles, of.ID)
			}
		}
		found, err := h.DecidedOnlyBy(v.ctx, v.client, e.ID, owner.PersonID, perm.String(), approval.AskedAfter(v.now))
		if err != nil {
			return holding{}, err
		}
		if len(found) > 0 {
			ids, needed = append(ids, found...), needed.Add(perm)
		}
	}
	h := of(ids, func(*roster) error { return nil })
	h.lacks = func(*member) authz.Set { return needed }
	return h, nil
}

// approvalsOf finds what the employee asked an approval for: it is withdrawn.
func (v *view) approvalsOf(e *db.Employee) (holding, error) {
	ids, err := approval.AskedBy(v.ctx, v.client, v.accountID, e.PersonID, v.now)
	return of(ids, func(r *roster) error {
		r.tx.AuditDetail("approvalIds", ids)
		return approval.Leave(r.tx, ids)
	}), err
}

func (v *view) membershipsOf(e *db.Employee) (holding, error) {
	groups, err := v.groupsOf(e.ID)
	return of(groups, func(r *roster) error { return r.leaveGroups(e.ID) }), err
}

func (v *view) grantsOf(e *db.Employee) (holding, error) {
	rows, err := v.grants(e.ID)
	ids := make([]string, len(rows))
	for i, g := range rows {
		ids[i] = g.ID
	}
	return of(ids, func(r *roster) error {
		r.tx.AuditDetail("oldGrants", noted(rows))
		return r.end(rows)
	}), err
}
