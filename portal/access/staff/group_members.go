package staff

import (
	"context"
	"fmt"
	"slices"

	"portico/authz"
	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/employee"
	"portico/ent/db/membership"
	"portico/portal/kernel/command"
)

// SetGroupMembers makes exactly the named employees members of a group, effective at
// once (1.5). For employees with group:manage on the account who hold what the group
// gives, with at least the same bounds; nobody adds itself or the owner. Refusals:
// INVALID_INPUT, NOT_FOUND, EMPLOYEE_LEFT, OWNER_UNCHANGED, OWN_ROLES_UNCHANGED,
// PERMISSION_NOT_HELD.
func SetGroupMembers(ctx context.Context, s *ent.Store, in SetGroupMembersInput) (*SetGroupMembersPayload, error) {
	return command.Do(ctx, s, command.Command{Name: "setGroupMembers", Permission: authz.GroupManage,
		Object: in.GroupID, Field: "groupId", Input: in}, func(tx *command.Tx) (*SetGroupMembersPayload, error) {
		g, err := ofGroup(tx, func(r *roster, by *member, g *db.Group) error {
			if err := r.add(by, g, in.MemberIDs); err != nil {
				return err
			}
			members, err := r.membersOf(g.ID)
			if err != nil {
				return err
			}
			kept := make(map[string]bool, len(in.MemberIDs))
			for _, id := range in.MemberIDs {
				kept[id] = true
			}
			return r.remove(by, g, slices.DeleteFunc(members, func(id string) bool { return kept[id] }))
		})
		return &SetGroupMembersPayload{Group: g}, err
	})
}

// AddGroupMembers adds employees to a group, effective at once; members stay (1.5).
// For whom, and with which refusals, see [SetGroupMembers].
func AddGroupMembers(ctx context.Context, s *ent.Store, in AddGroupMembersInput) (*AddGroupMembersPayload, error) {
	return command.Do(ctx, s, command.Command{Name: "addGroupMembers", Permission: authz.GroupManage,
		Object: in.GroupID, Field: "groupId", Input: in}, func(tx *command.Tx) (*AddGroupMembersPayload, error) {
		g, err := ofGroup(tx, func(r *roster, by *member, g *db.Group) error {
			if err := named1000(in.MemberIDs); err != nil {
				return err
			}
			return r.add(by, g, in.MemberIDs)
		})
		return &AddGroupMembersPayload{Group: g}, err
	})
}

// RemoveGroupMembers removes employees from a group, effective at once; who isn't a
// member is passed over (1.5). For employees with group:manage on the account who
// hold what the group gives. Refusals: INVALID_INPUT, NOT_FOUND,
// PERMISSION_NOT_HELD.
func RemoveGroupMembers(ctx context.Context, s *ent.Store, in RemoveGroupMembersInput) (*RemoveGroupMembersPayload, error) {
	return command.Do(ctx, s, command.Command{Name: "removeGroupMembers", Permission: authz.GroupManage,
		Object: in.GroupID, Field: "groupId", Input: in}, func(tx *command.Tx) (*RemoveGroupMembersPayload, error) {
		g, err := ofGroup(tx, func(r *roster, by *member, g *db.Group) error {
			if err := named1000(in.MemberIDs); err != nil {
				return err
			}
			if _, err := r.colleagues(in.MemberIDs); err != nil {
				return err
			}
			members, err := tx.Membership.Query().Where(membership.HolderID(g.ID), membership.EmployeeIDIn(in.MemberIDs...)).
				Select(membership.FieldEmployeeID).Strings(tx)
			if err != nil {
				return err
			}
			return r.remove(by, g, members)
		})
		return &RemoveGroupMembersPayload{Group: g}, err
	})
}

func named1000(ids []string) error {
	if len(ids) == 0 || len(ids) > mostMembers {
		return clause.InvalidField("memberIds", "须给出 1 至 1000 名员工。", "must name 1 to 1,000 employees.")
	}
	return nil
}

// colleagues reads employees of the account, by id. Refusals, below memberIds:
// INVALID_INPUT, NOT_FOUND.
func (r *roster) colleagues(ids []string) (map[string]*db.Employee, error) {
	if len(ids) > mostMembers {
		return nil, clause.InvalidField("memberIds", "最多 1000 名员工。", "must name at most 1,000 employees.")
	}
	rows, err := r.tx.Employee.Query().Where(employee.IDIn(ids...), employee.AccountID(r.accountID)).All(r.tx)
	if err != nil {
		return nil, err
	}
	byID := make(map[string]*db.Employee, len(rows))
	for _, e := range rows {
		byID[e.ID] = e
	}
	for i, id := range ids {
		if byID[id] == nil {
			return nil, clause.NotFound.At(fmt.Sprintf("memberIds.%d", i))
		}
	}
	return byID, nil
}

// add makes employees members of a group, which gives them its grants. Refusals, at
// or below memberIds: INVALID_INPUT, NOT_FOUND, EMPLOYEE_LEFT, OWNER_UNCHANGED,
// OWN_ROLES_UNCHANGED, PERMISSION_NOT_HELD.
func (r *roster) add(by *member, g *db.Group, ids []string) error {
	if len(ids) == 0 {
		return nil
	}
	found, err := r.colleagues(ids)
	if err != nil {
		return err
	}
	there, err := r.tx.Membership.Query().Where(membership.EmployeeIDIn(ids...)).All(r.tx)
	if err != nil {
		return err
	}
	have := map[[2]string]bool{}
	for _, m := range there {
		have[[2]string{m.EmployeeID, m.HolderID}] = true
	}
	var added []string
	var rows []*db.Membership
	for i, id := range ids {
		field := fmt.Sprintf("memberIds.%d", i)
		switch e := found[id]; {
		case have[[2]string{id, g.ID}]:
			continue
		case r.isOwner(e):
			return OwnerUnchanged.At(field)
		case e.Status == employee.StatusSUSPENDED:
			return EmployeeSuspended.At(field).With("employeeId", e.ID)
		case e.Status != employee.StatusACTIVE:
			return EmployeeLeft.At(field).With("accountId", r.accountID)
		case r.isActor(e):
			return OwnRoles.At(field)
		}
		for _, holder := range []string{id, g.ID} { // the employee itself as well, once; see Membership
			if key := [2]string{id, holder}; !have[key] {
				have[key] = true
				rows = append(rows, &db.Membership{AccountID: r.accountID, EmployeeID: id, HolderID: holder, AddedAt: r.tx.Now})
			}
		}
		added = append(added, id)
	}
	if len(added) == 0 {
		return nil
	}
	given, err := r.gifts(g.ID)
	if err != nil {
		return err
	}
	if err := mayGive(by, given, "memberIds"); err != nil {
		return err
	}
	r.tellMembers("addedMembers", added)
	return ent.Insert(r.tx.Tx, rows...)
}

// gifts returns what joining a group gives.
func (r *roster) gifts(groupID string) ([]gift, error) {
	rows, err := r.grants(groupID)
	if err != nil {
		return nil, err
	}
	rows = valid(rows, r.tx.Now)
	ids := make([]string, len(rows))
	for i, g := range rows {
		ids[i] = g.RoleID
	}
	roles, err := r.roles(ids)
	if err != nil {
		return nil, err
	}
	var given []gift
	for _, g := range rows {
		if of := roles[g.RoleID]; of != nil {
			given = append(given, gift{role: of, reach: reachOf(g), was: g})
		}
	}
	return given, nil
}

// remove ends the membership of members of a group, which takes its grants away from
// them. The refusal is PERMISSION_NOT_HELD, at memberIds.
func (r *roster) remove(by *member, g *db.Group, ids []string) error {
	if len(ids) == 0 {
		return nil
	}
	rows, err := r.grants(g.ID)
	if err != nil {
		return err
	}
	if err := r.mayTake(by, rows, "memberIds"); err != nil {
		return err
	}
	r.tellMembers("removedMembers", ids)
	for some := range slices.Chunk(ids, mostMembers) {
		if _, err := r.tx.Membership.Delete().Where(membership.HolderID(g.ID), membership.EmployeeIDIn(some...)).Exec(r.tx); err != nil {
			return err
		}
	}
	return nil
}

// leaveGroups ends all memberships of an employee who leaves, and records its groups
// for the audit.
func (r *roster) leaveGroups(employeeID string) error {
	groups, err := r.groupsOf(employeeID)
	if err != nil {
		return err
	}
	if len(groups) > 0 {
		r.tx.AuditDetail("groupIds", groups)
	}
	_, err = r.tx.Membership.Delete().Where(membership.EmployeeID(employeeID)).Exec(r.tx)
	return err
}
