package staff

import (
	"context"
	"regexp"
	"slices"
	"strings"

	"portico/authz"
	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/grant"
	"portico/ent/db/invitation"
	"portico/ent/db/role"
	"portico/ent/db/roleversion"
	"portico/portal/kernel/command"
	"portico/portal/kernel/naming"
	norm "portico/text"
)

// The limits of a custom role.
const (
	mostCustom      = 50
	mostPermissions = 100
)

var roleCode = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{1,39}$`)

// CreateRole creates a custom role of the account (1.5). For employees with
// role:manage, out of the permissions that they hold themselves on the whole
// account. Refusals: INVALID_INPUT, ROLE_CODE_TAKEN, ROLE_LIMIT,
// PERMISSION_NOT_TRANSFERABLE, PERMISSION_NOT_HELD.
func CreateRole(ctx context.Context, s *ent.Store, in CreateRoleInput) (*CreateRolePayload, error) {
	return command.Do(ctx, s, command.Command{Name: "createRole", Permission: authz.RoleManage,
		Object: in.AccountID, Field: "accountId", Input: in}, func(tx *command.Tx) (*CreateRolePayload, error) {
		r, by, err := managing(tx, in.AccountID)
		if err != nil {
			return nil, err
		}
		var check clause.Check
		if !roleCode.MatchString(in.Code) {
			check.Add(clause.InvalidField("code", "代码须为 2 至 40 个小写字母、数字或连字符。", "must have 2 to 40 lower-case letters, digits and hyphens."))
		}
		if slices.Contains(authz.Law().Roles(), in.Code) { // the audit would show it like a built-in role
			check.Add(RoleCodeTaken.At("code"))
		}
		name, err := naming.Of("name", in.Name)
		check.Add(err)
		description, err := describes(in.Description)
		check.Add(err)
		names, err := r.composed(by, in)
		check.Add(err)
		if err := check.Err(); err != nil {
			return nil, err
		}
		n, err := tx.Role.Query().Where(role.AccountID(r.accountID)).Count(tx)
		if err != nil {
			return nil, err
		}
		if n >= mostCustom {
			return nil, RoleLimit.At("accountId").With("limit", mostCustom)
		}
		row, err := tx.Role.Create().SetAccountID(r.accountID).SetCode(in.Code).SetName(name).SetDescription(description).SetBuiltIn(false).SetPermissions(names).Save(tx)
		if ent.IsDuplicate(err) {
			return nil, RoleCodeTaken.At("code")
		}
		if err != nil {
			return nil, err
		}
		tx.AuditObject(r.accountID, row.ID)
		tx.AuditDetail("code", row.Code)
		tx.AuditDetail("permissions", names)
		return &CreateRolePayload{Role: row}, r.keepVersion(row, by)
	})
}

// describes reads the description of a role, which may be empty. Refusals, at
// "description": as of naming.Of.
func describes(in *string) (string, error) {
	if in == nil || norm.Clean(*in) == "" {
		return "", nil
	}
	return naming.Of("description", *in)
}

// composed returns the names of the permissions that a new role is to have: those that
// the input names, or those of the role that it copies. Refusals: INVALID_INPUT,
// NOT_FOUND, OWNER_UNCHANGED, and those of composes.
func (r *roster) composed(by *member, in CreateRoleInput) ([]string, error) {
	if in.CopyFromRoleID == nil {
		return by.composes(in.Permissions)
	}
	if in.Permissions != nil {
		return nil, clause.InvalidField("copyFromRoleId", "不能同时给出 permissions。", "cannot be given together with permissions.")
	}
	of, err := r.choose(*in.CopyFromRoleID, "copyFromRoleId")
	if err != nil {
		return nil, err
	}
	return by.composes(Permissions(of))
}

// mostVersions is how many versions of a role are kept.
const mostVersions = 50

// keepVersion keeps a role as it is now.
func (r *roster) keepVersion(row *db.Role, by *member) error {
	_, err := r.tx.RoleVersion.Delete().Where(roleversion.RoleID(row.ID), roleversion.VersionLTE(row.Version-mostVersions)).Exec(r.tx)
	if err != nil {
		return err
	}
	return r.tx.RoleVersion.Create().SetAccountID(r.accountID).SetRoleID(row.ID).SetVersion(row.Version).SetName(row.Name).
		SetDescription(row.Description).SetPermissions(row.Permissions).SetNillableSavedBy(by.id()).SetSavedAt(r.tx.Now).Exec(r.tx)
}

// managing enters the roster for a change of its roles.
func managing(tx *command.Tx, accountID string) (*roster, *member, error) {
	r, err := enter(tx, accountID)
	if err != nil {
		return nil, nil, err
	}
	by, err := r.actor(authz.RoleManage)
	return r, by, err
}

// composes checks the permissions of a role and returns their names, sorted.
// Casbin decides on each permission (1.4). Refusals, at "permissions":
// INVALID_INPUT, OWNER_UNCHANGED, PERMISSION_NOT_TRANSFERABLE, PERMISSION_NOT_HELD.
func (m *member) composes(permissions []authz.Permission) ([]string, error) {
	if len(permissions) == 0 || len(permissions) > mostPermissions {
		return nil, clause.InvalidField("permissions", "须给出 1 至 100 项权限。", "must name 1 to 100 permissions.")
	}
	var want authz.Set
	for _, p := range permissions {
		if p.OwnersAlone() {
			return nil, OwnerUnchanged.At("permissions")
		}
		want = want.Add(p)
	}
	list := want.List()
	names := make([]string, len(list))
	for i, p := range list {
		names[i] = p.String()
	}
	allowed, err := authz.Law().Compile(names)
	if err != nil {
		return nil, err
	}
	if denied := want.Minus(allowed); denied != (authz.Set{}) {
		return nil, NotTransferable.At("permissions").With("permissions", named(denied))
	}
	return names, subset(m.gives(reach{}), want, "permissions")
}

// UpdateRole changes a custom role of the account, with immediate effect for
// everyone who has it (1.5). For employees with role:manage who hold, on the
// whole account, what the role allowed and what it will allow. A built-in role
// is NOT_FOUND. Further refusals: INVALID_INPUT, PERMISSION_NOT_TRANSFERABLE,
// PERMISSION_NOT_HELD.
func UpdateRole(ctx context.Context, s *ent.Store, in UpdateRoleInput) (*UpdateRolePayload, error) {
	return command.Do(ctx, s, command.Command{Name: "updateRole", Permission: authz.RoleManage,
		Object: in.RoleID, Field: "roleId", Input: in}, func(tx *command.Tx) (*UpdateRolePayload, error) {
		row := tx.Found().(*db.Role)
		r, by, err := managing(tx, row.AccountID)
		if err != nil {
			return nil, err
		}
		if row, err = tx.Role.Get(tx, row.ID); err != nil { // as it is after what was faster
			return nil, err
		}
		update := tx.Role.UpdateOneID(row.ID).AddVersion(1)
		var check clause.Check
		check.Add(based(in.Version, row.Version, "version", RoleChanged))
		if in.Description != nil {
			description, err := describes(in.Description)
			check.Add(err)
			update.SetDescription(description)
		}
		if in.Name != nil {
			name, err := naming.Of("name", *in.Name)
			check.Add(err)
			update.SetName(name)
			tx.AuditDetail("oldName", row.Name)
			tx.AuditDetail("name", name)
		}
		if in.Permissions != nil {
			names, err := by.composes(in.Permissions)
			check.Add(err)
			if err := subset(by.holds(), allows(row), "permissions"); err != nil {
				return nil, err
			}
			update.SetPermissions(names)
			tx.AuditDetail("oldPermissions", row.Permissions)
			tx.AuditDetail("permissions", names)
		}
		if err := check.Err(); err != nil {
			return nil, err
		}
		if row, err = update.Save(tx); err != nil {
			return nil, err
		}
		return &UpdateRolePayload{Role: row}, r.keepVersion(row, by)
	})
}

// DeleteRole deletes a custom role of the account that nobody has and no
// pending invitation gives. For employees with role:manage on the account. A
// built-in role is NOT_FOUND; the refusal is ROLE_IN_USE.
func DeleteRole(ctx context.Context, s *ent.Store, in DeleteRoleInput) (*DeleteRolePayload, error) {
	return command.Do(ctx, s, command.Command{Name: "deleteRole", Permission: authz.RoleManage,
		Object: in.RoleID, Field: "roleId", Input: in}, func(tx *command.Tx) (*DeleteRolePayload, error) {
		row := tx.Found().(*db.Role)
		r, _, err := managing(tx, row.AccountID)
		if err != nil {
			return nil, err
		}
		if err := r.unused(row.ID); err != nil {
			return nil, err
		}
		// Expired grants give nothing, and don't keep a role in use.
		if _, err := tx.Grant.Delete().Where(grant.AccountID(r.accountID), grant.RoleID(row.ID)).Exec(tx); err != nil {
			return nil, err
		}
		if _, err := tx.RoleVersion.Delete().Where(roleversion.RoleID(row.ID)).Exec(tx); err != nil {
			return nil, err
		}
		if err := tx.Role.DeleteOneID(row.ID).Exec(tx); err != nil {
			return nil, err
		}
		tx.AuditDetail("code", row.Code)
		tx.AuditDetail("permissions", row.Permissions)
		account, err := tx.Account.Get(tx, r.accountID)
		return &DeleteRolePayload{Account: account}, err
	})
}

// mostNamed is how many holders of a role a refusal names.
const mostNamed = 20

// unused refuses a role that an employee or a group has, or that a pending
// invitation gives. It names the holders.
func (r *roster) unused(roleID string) error {
	tx := r.tx
	holders, err := tx.Grant.Query().Where(grant.AccountID(r.accountID), grant.RoleID(roleID), unexpired(tx.Now)).
		Order(db.Asc(grant.FieldID)).Select(grant.FieldEmployeeID).Strings(tx)
	if err != nil {
		return err
	}
	pending, err := tx.Invitation.Query().Where(invitation.AccountID(r.accountID), invitation.CreatedAtGT(tx.Now.Add(-invitationLifetime)),
		invitation.StatusEQ(invitation.StatusPENDING), invitation.ExpiresAtGT(tx.Now)).All(tx)
	if err != nil {
		return err
	}
	invited := len(slices.DeleteFunc(pending, func(i *db.Invitation) bool { return !slices.Contains(InvitedRoles(i), roleID) }))
	if len(holders) > 0 || invited > 0 {
		some := slices.Compact(slices.Sorted(slices.Values(holders)))
		return RoleInUse.At("roleId").WithFor(authz.EmployeeRead, "employees", len(holders)).WithFor(authz.EmployeeRead, "invitations", invited).
			WithFor(authz.EmployeeRead, "holders", strings.Join(some[:min(len(some), mostNamed)], ", "))
	}
	return nil
}
