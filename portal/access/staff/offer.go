package staff

import (
	"slices"
	"time"

	"portico/authz"
	"portico/clause"
	"portico/ent"
	"portico/ent/db"
)

// offer reads the grants that an invitation is to give: roles for the whole account
// without limits, and grants with their bounds; the inviter must hold them with at
// least these bounds. Refusals, at roleIds or below grants: INVALID_INPUT, NOT_FOUND,
// OWNER_UNCHANGED, GRANT_LIMIT, PERMISSION_NOT_HELD.
func (r *roster) offer(by *member, roleIDs []string, list []GrantInput) ([]gift, error) {
	var check clause.Check
	var given []gift
	if len(roleIDs) > 0 || len(list) == 0 {
		roles, err := r.chosen(roleIDs)
		check.Add(err)
		for _, of := range roles {
			given = append(given, gift{role: of})
		}
	}
	bounded, err := r.additions("grants", list)
	check.Add(err)
	if err := check.Err(); err != nil {
		return nil, err
	}
	if len(given)+len(bounded) > mostGrants {
		return nil, GrantLimit.At("grants").With("limit", mostGrants)
	}
	check.Add(mayGive(by, given, "roleIds"))
	check.Add(mayGive(by, bounded, "grants"))
	return append(given, bounded...), check.Err()
}

// offered returns the grants that an invitation gives; whole is false if a role of
// theirs was deleted since.
func (v *view) offered(row *db.Invitation) (given []gift, whole bool, err error) {
	found, err := v.roles(InvitedRoles(row))
	if err != nil {
		return nil, false, err
	}
	given, whole = giftsOf(row, found)
	return given, whole, nil
}

// giftsOf returns the grants that an invitation gives, of the roles that were found.
func giftsOf(row *db.Invitation, found map[string]*db.Role) (given []gift, whole bool) {
	whole = true
	for _, g := range InvitedGrants(row) {
		if of := found[g.RoleID]; of != nil {
			given = append(given, gift{role: of, reach: reachOf(g), id: g.ID})
		} else {
			whole = false
		}
	}
	return given, whole
}

// InvitedGrants returns the grants that an invitation gives at its acceptance, as
// they will be. Those of an invitation from before grants were kept have no ids.
func InvitedGrants(i *db.Invitation) []*db.Grant {
	offered := i.Grants
	if len(offered) == 0 {
		for _, id := range i.RoleIds {
			offered = append(offered, ent.InvitedGrant{RoleID: id})
		}
	}
	rows := make([]*db.Grant, len(offered))
	for n, g := range offered {
		rows[n] = &db.Grant{ID: g.ID, AccountID: i.AccountID, RoleID: g.RoleID, ApplicationIds: g.ApplicationIDs, SpendingLimit: g.SpendingLimit,
			MonthlyLimit: g.MonthlyLimit, ExpiresAt: g.ExpiresAt, StepUpMinutes: g.StepUpMinutes, GrantedBy: &i.InvitedBy, GrantedAt: i.CreatedAt}
	}
	return rows
}

// InvitedRoles returns the ids of the roles that an invitation gives, each once.
func InvitedRoles(i *db.Invitation) []string {
	var roleIDs []string
	for _, g := range InvitedGrants(i) {
		if !slices.Contains(roleIDs, g.RoleID) {
			roleIDs = append(roleIDs, g.RoleID)
		}
	}
	return roleIDs
}

// kept returns grants as an invitation keeps them.
func kept(given []gift) []ent.InvitedGrant {
	list := make([]ent.InvitedGrant, len(given))
	for i, g := range given {
		list[i] = ent.InvitedGrant{ID: ent.NewID("grnt"), RoleID: g.role.ID, ApplicationIDs: g.applications, SpendingLimit: g.limit,
			MonthlyLimit: g.monthly, ExpiresAt: micro(g.expires), StepUpMinutes: g.stepUp}
	}
	return list
}

// unbounded returns the roles that are given for the whole account without limits.
// A server of the release before gives these alone.
func unbounded(given []gift) []string {
	roleIDs := []string{}
	for _, g := range given {
		free := len(g.applications) == 0 && g.limit == nil && g.monthly == nil && g.expires == nil && g.stepUp == nil
		if free && !slices.Contains(roleIDs, g.role.ID) {
			roleIDs = append(roleIDs, g.role.ID)
		}
	}
	return roleIDs
}

// lastsUntil returns until when an invitation can be accepted: for its lifetime, or
// until the first of its grants expires.
func lastsUntil(given []gift, now time.Time) time.Time {
	until := now.Add(invitationLifetime)
	for _, g := range given {
		if g.expires != nil && g.expires.Before(until) {
			until = *micro(g.expires)
		}
	}
	return until
}

// rolesOf returns the roles of grants, each once.
func rolesOf(given []gift) []*db.Role {
	var roles []*db.Role
	for _, g := range given {
		if !slices.ContainsFunc(roles, func(of *db.Role) bool { return of.ID == g.role.ID }) {
			roles = append(roles, g.role)
		}
	}
	return roles
}

// heldAs returns a grant that was given, as a principal holds it.
func (g gift) heldAs(row *db.Grant) authz.Grant {
	of := authz.Grant{ID: row.ID, AccountID: row.AccountID, EmployeeID: row.EmployeeID, RoleID: g.role.ID, RoleCode: g.role.Code, Allow: allows(g.role),
		Applications: row.ApplicationIds, SpendingLimit: row.SpendingLimit, MonthlyLimit: row.MonthlyLimit}
	if row.ExpiresAt != nil {
		of.ExpiresAt = *row.ExpiresAt
	}
	if row.StepUpMinutes != nil {
		of.StepUp = time.Duration(*row.StepUpMinutes) * time.Minute
	}
	return of
}
