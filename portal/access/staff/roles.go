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

// builtIn are the built-in roles of a customer's employees, by their codes in
// policy.csv, in display order.
var builtIn = []struct {
	code string
	name clause.Text
}{
	{Owner, clause.Text{ZH: "所有者", EN: "Owner"}},
	{"administrator", clause.Text{ZH: "管理员", EN: "Administrator"}},
	{"finance", clause.Text{ZH: "财务", EN: "Finance"}},
	{"developer", clause.Text{ZH: "开发者", EN: "Developer"}},
	{"operations", clause.Text{ZH: "运营", EN: "Operations"}},
	{"security", clause.Text{ZH: "安全管理员", EN: "Security"}},
	{"auditor", clause.Text{ZH: "审计员", EN: "Auditor"}},
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

// Permissions returns what a role allows: a built-in one by policy.csv, a
// custom one by its account's choice, without permissions that nobody may hold
// (1.4).
func Permissions(r *db.Role) []authz.Permission {
	if list := allows(r).List(); list != nil {
		return list
	}
	return []authz.Permission{}
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
