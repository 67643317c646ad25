package staff

import (
	"context"

	"portico/authz"
	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/role"
	"portico/portal/kernel/command"
)

// Owner is the code of the role that the one owner of an account holds (1.5).
const Owner = "owner"

// administrator is the code of the role that a former owner gets.
const administrator = "administrator"

// builtIn are the built-in roles of a customer's employees, by their codes in
// policy.csv, in display order.
var builtIn = []struct {
	code        string
	name, about clause.Text
}{
	{Owner, text("所有者", "Owner"), text("账户的唯一所有者，持有全部权限。", "The one owner of the account, with all permissions.")},
	{administrator, text("管理员", "Administrator"), text("管理账户、员工、角色和用户组，并可办理日常业务。", "Manages the account, its employees, roles and groups, and does its daily work.")},
	{"finance", text("财务", "Finance"), text("查看资金和账单，充值和申请发票。", "Sees money and bills, tops up, and requests invoices.")},
	{"developer", text("开发者", "Developer"), text("创建应用，查看服务、订单和用量。", "Creates applications, and sees services, orders and usage.")},
	{"operations", text("运营", "Operations"), text("下单、续费和关闭服务。", "Places orders, renews and closes services.")},
	{"security", text("安全管理员", "Security"), text("查看员工和操作记录，移除员工，撤回邀请。", "Sees employees and the audit log, offboards employees, and revokes invitations.")},
	{"auditor", text("审计员", "Auditor"), text("只读：查看全部业务和操作记录。", "Reads everything, and changes nothing.")},
}

// RoleID returns the fixed id of a built-in role, such as "role_owner".
func RoleID(code string) string { return "role_" + code }

// RoleCodes returns the codes of the built-in roles of a customer's employees.
func RoleCodes() []string {
	codes := make([]string, len(builtIn))
	for i, r := range builtIn {
		codes[i] = r.code
	}
	return codes
}

// RoleName returns the name of a role: of a built-in one in both languages, of
// a custom one as its account named it.
func RoleName(r *db.Role) clause.Text {
	if r.BuiltIn {
		for _, b := range builtIn {
			if b.code == r.Code {
				return b.name
			}
		}
	}
	return clause.Text{ZH: r.Name, EN: r.Name}
}

// RoleDescription returns what a role is for: a built-in one in both languages, a
// custom one as its account wrote it, perhaps empty.
func RoleDescription(r *db.Role) clause.Text {
	if r.BuiltIn {
		for _, b := range builtIn {
			if b.code == r.Code {
				return b.about
			}
		}
	}
	return text(r.Description, r.Description)
}

// Permissions returns what a role allows: a built-in one by policy.csv, a
// custom one by its account's choice, without permissions that nobody may hold
// (1.4).
func Permissions(r *db.Role) []authz.Permission {
	if list := allows(r).List(); list != nil {
		return list
	}
	return []authz.Permission{}
}

// VersionPermissions returns what a custom role allowed in a version.
func VersionPermissions(v *db.RoleVersion) []authz.Permission {
	return Permissions(&db.Role{Permissions: v.Permissions})
}

// SeedRoles writes the missing rows of the built-in roles, with fixed ids;
// running it again changes nothing. Only for Portico's start and command lines;
// other callers get FORBIDDEN.
func SeedRoles(ctx context.Context, s *ent.Store) error {
	_, err := command.Do(ctx, s, command.Command{Name: "seedRoles", SignedIn: true}, func(tx *command.Tx) (int, error) {
		if tx.Principal().Kind != authz.System {
			return 0, clause.OnlySystem
		}
		there, err := tx.Role.Query().Where(role.AccountID(""), role.BuiltIn(true)).All(tx)
		if err != nil {
			return 0, err
		}
		have := map[string]bool{}
		for _, r := range there {
			have[r.Code] = true
		}
		n := 0
		for _, b := range builtIn {
			if have[b.code] {
				continue
			}
			err := tx.Role.Create().SetID(RoleID(b.code)).SetAccountID("").SetCode(b.code).SetName(b.name.EN).
				SetBuiltIn(true).SetPermissions([]string{}).Exec(tx)
			if ent.IsDuplicate(err) {
				return 0, ent.ErrStale
			}
			if err != nil {
				return 0, err
			}
			n++
		}
		tx.AuditDetail("written", n)
		return n, nil
	})
	return err
}
