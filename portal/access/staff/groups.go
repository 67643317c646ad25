package staff

import (
	"context"
	"slices"

	"portico/authz"
	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/group"
	"portico/ent/db/membership"
	"portico/portal/kernel/command"
	"portico/portal/kernel/naming"
	norm "portico/text"
)

const (
	// mostGroups is how many groups an account can have.
	mostGroups = 100
	// mostMembers is how many members one command can name.
	mostMembers = 1000
)

// CreateGroup creates a group of employees, with grants that its members hold and
// with members (1.5). For employees with group:manage on the account who hold what
// the group gives, with at least the same bounds. Refusals: STAFF_NOT_ALLOWED,
// GROUP_LIMIT, GROUP_NAME_TAKEN, NAME_LIKE_ADDRESS, and those of [UpdateGroup] and
// [SetGroupMembers].
func CreateGroup(ctx context.Context, s *ent.Store, in CreateGroupInput) (*CreateGroupPayload, error) {
	return command.Do(ctx, s, command.Command{Name: "createGroup", Permission: authz.GroupManage,
		Object: in.AccountID, Field: "accountId", Input: in}, func(tx *command.Tx) (*CreateGroupPayload, error) {
		r, by, err := grouping(tx, in.AccountID)
		if err != nil {
			return nil, err
		}
		if err := r.maySeat("accountId"); err != nil {
			return nil, err
		}
		var check clause.Check
		name, err := naming.Of("name", in.Name)
		check.Add(err)
		given, err := r.additions("grants", in.Grants)
		check.Add(err)
		if err := check.Err(); err != nil {
			return nil, err
		}
		if err := mayGive(by, given, "grants"); err != nil {
			return nil, err
		}
		n, err := tx.Group.Query().Where(group.AccountID(r.accountID)).Count(tx)
		if err != nil {
			return nil, err
		}
		if n >= mostGroups {
			return nil, GroupLimit.At("accountId").With("limit", mostGroups)
		}
		row, err := tx.Group.Create().SetAccountID(r.accountID).SetName(name).SetNameKey(nameKey(name)).SetCreatedAt(tx.Now).Save(tx)
		if err != nil {
			return nil, taken(err)
		}
		tx.AuditObject(r.accountID, row.ID)
		tx.AuditDetail("name", name)
		written, err := r.give(row.ID, given, by.id())
		if err != nil {
			return nil, err
		}
		tx.AuditDetail("grants", noted(written))
		return &CreateGroupPayload{Group: row}, r.add(by, row, in.MemberIDs)
	})
}

// grouping enters the roster for a change of a group.
func grouping(tx *command.Tx, accountID string) (*roster, *member, error) {
	r, err := enter(tx, accountID)
	if err != nil {
		return nil, nil, err
	}
	by, err := r.actor(authz.GroupManage)
	return r, by, err
}

// nameKey is by which two names of groups are the same.
func nameKey(name string) string { return ent.Hash(norm.Fold(name)) }

// taken turns a duplicate into GROUP_NAME_TAKEN.
func taken(err error) error {
	if ent.IsDuplicate(err) {
		return GroupNameTaken.At("name")
	}
	return err
}

// UpdateGroup renames a group, and changes its grants field by field (1.5), which
// takes effect at once for all members. What the input doesn't name stays. For
// employees with group:manage on the account who aren't members of the group, if
// grants change, and who hold what they give, with at least the same bounds, and
// what they change or take away. Refusals: INVALID_INPUT, NOT_FOUND,
// NAME_LIKE_ADDRESS, GROUP_NAME_TAKEN, OWN_ROLES_UNCHANGED, OWNER_UNCHANGED,
// GRANT_CHANGED, GRANT_LIMIT, PERMISSION_NOT_HELD.
func UpdateGroup(ctx context.Context, s *ent.Store, in UpdateGroupInput) (*UpdateGroupPayload, error) {
	return command.Do(ctx, s, command.Command{Name: "updateGroup", Permission: authz.GroupManage,
		Object: in.GroupID, Field: "groupId", Input: in}, func(tx *command.Tx) (*UpdateGroupPayload, error) {
		row := tx.Found().(*db.Group)
		r, by, err := grouping(tx, row.AccountID)
		if err != nil {
			return nil, err
		}
		edits := len(in.AddGrants)+len(in.ChangeGrants)+len(in.RemoveGrantIDs) > 0
		if in.Name == nil && !edits {
			return nil, clause.InvalidField("name", "须至少给出一项变更。", "must name at least one change, here or in another field.")
		}
		if in.Name != nil {
			name, err := naming.Of("name", *in.Name)
			if err != nil {
				return nil, err
			}
			if row, err = tx.Group.UpdateOneID(row.ID).SetName(name).SetNameKey(nameKey(name)).Save(tx); err != nil {
				return nil, taken(err)
			}
		}
		if !edits {
			return &UpdateGroupPayload{Group: row}, nil
		}
		if err := r.outside(by, row.ID); err != nil {
			return nil, err
		}
		return &UpdateGroupPayload{Group: row}, r.edit(by, row.ID, edit{in.AddGrants, in.ChangeGrants, in.RemoveGrantIDs})
	})
}

// outside refuses an actor who is a member of the group, with OWN_ROLES_UNCHANGED.
func (r *roster) outside(by *member, groupID string) error {
	if by.employee == nil {
		return nil
	}
	within, err := r.tx.Membership.Query().Where(membership.EmployeeID(by.employee.ID), membership.HolderID(groupID)).Exist(r.tx)
	if err == nil && within {
		err = OwnRoles.At("groupId")
	}
	return err
}

// DeleteGroup deletes a group, with its grants and memberships, effective at once
// (1.5). For employees with group:manage on the account who hold what the group
// gives. The refusal is PERMISSION_NOT_HELD.
func DeleteGroup(ctx context.Context, s *ent.Store, in DeleteGroupInput) (*DeleteGroupPayload, error) {
	return command.Do(ctx, s, command.Command{Name: "deleteGroup", Permission: authz.GroupManage,
		Object: in.GroupID, Field: "groupId", Input: in}, func(tx *command.Tx) (*DeleteGroupPayload, error) {
		row := tx.Found().(*db.Group)
		r, by, err := grouping(tx, row.AccountID)
		if err != nil {
			return nil, err
		}
		rows, err := r.grants(row.ID)
		if err != nil {
			return nil, err
		}
		if err := r.mayTake(by, rows, "groupId"); err != nil {
			return nil, err
		}
		members, err := r.membersOf(row.ID)
		if err != nil {
			return nil, err
		}
		r.tellMembers("removedMembers", members)
		if err := r.endGrants(row.ID); err != nil {
			return nil, err
		}
		if _, err := tx.Membership.Delete().Where(membership.HolderID(row.ID)).Exec(tx); err != nil {
			return nil, err
		}
		if err := tx.Group.DeleteOneID(row.ID).Exec(tx); err != nil {
			return nil, err
		}
		tx.AuditDetail("name", row.Name)
		account, err := tx.Account.Get(tx, r.accountID)
		return &DeleteGroupPayload{Account: account}, err
	})
}

// membersOf returns the members of a group.
func (r *roster) membersOf(groupID string) ([]string, error) {
	return r.tx.Membership.Query().Where(membership.HolderID(groupID)).Order(db.Asc(membership.FieldAddedAt, membership.FieldID)).
		Select(membership.FieldEmployeeID).Strings(r.tx)
}

// tellMembers records members for the audit: their number, and up to 1,000 of them.
func (r *roster) tellMembers(name string, ids []string) {
	if len(ids) == 0 {
		return
	}
	r.tx.AuditDetail(name+"Count", len(ids))
	r.tx.AuditDetail(name, slices.Clone(ids[:min(len(ids), mostMembers)]))
}

// ofGroup runs a change of the members of a group, by who may manage groups.
func ofGroup(tx *command.Tx, change func(r *roster, by *member, g *db.Group) error) (*db.Group, error) {
	g := tx.Found().(*db.Group)
	r, by, err := grouping(tx, g.AccountID)
	if err != nil {
		return nil, err
	}
	return g, change(r, by, g)
}
