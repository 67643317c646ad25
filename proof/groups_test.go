package proof_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"portico/authz"
	"portico/ent"
	"portico/ent/db/grant"
	"portico/ent/db/group"
	"portico/portal/access/staff"
	"portico/portaltest"
)

// team returns a group of the account that other actors change.
func (x *side) team(name string) string {
	return x.keep(name, func() string {
		p, err := staff.CreateGroup(x.System(), x.Portal.Store, staff.CreateGroupInput{AccountID: x.account, Name: fmt.Sprint("Kept ", x.serial()),
			Grants: []staff.GrantInput{{RoleID: staff.RoleID("developer")}}})
		if err != nil {
			x.T.Fatal(err)
		}
		return p.Group.ID
	})
}

// teams creates groups.
func (x *side) teams(n int) {
	x.T.Helper()
	for range n {
		if _, err := staff.CreateGroup(x.System(), x.Portal.Store, staff.CreateGroupInput{AccountID: x.account, Name: fmt.Sprint("Team ", x.serial())}); err != nil {
			x.T.Fatal(err)
		}
	}
}

// joined returns a group and a member of it.
func (x *side) joined() (groupID, memberID string) {
	x.T.Helper()
	groupID, memberID = x.team("team"), x.colleague("member")
	in := staff.AddGroupMembersInput{GroupID: groupID, MemberIDs: []string{memberID}}
	if _, err := staff.AddGroupMembers(x.System(), x.Portal.Store, in); err != nil {
		x.T.Fatal(err)
	}
	return groupID, memberID
}

// grantIDs returns the grants of an employee or a group.
func (x *side) grantIDs(holder string) []string {
	x.T.Helper()
	ids, err := x.Portal.Store.Read().Grant.Query().Where(grant.EmployeeID(holder)).IDs(x.System())
	if err != nil {
		x.T.Fatal(err)
	}
	return ids
}

// disband deletes the groups that operations made, so that no limit is reached.
func (x *side) disband() {
	x.T.Helper()
	x.write(func(tx *ent.Tx) error {
		_, err := tx.Group.Delete().Where(group.AccountID(x.account), group.NameHasPrefix("Made ")).Exec(tx)
		return err
	})
}

func init() {
	for name, o := range map[string]operation{
		"updateEmployeeGrants": {args: func(_ *stage, x *side, _ *portaltest.Actor) map[string]any {
			id := x.colleague("granted")
			return inputOf(input{"employeeId": id, "changeGrants": []input{{"grantId": x.grantIDs(id)[0], "perMonth": yuan(fmt.Sprint(x.serial()))}}})
		}},
		"createGroup": {args: func(_ *stage, x *side, _ *portaltest.Actor) map[string]any {
			x.disband()
			return inputOf(input{"accountId": x.account, "name": fmt.Sprint("Made ", x.serial()), "grants": []input{{"roleId": staff.RoleID("developer")}},
				"memberIds": []string{x.colleague("member")}})
		}},
		"updateGroup": {args: func(_ *stage, x *side, _ *portaltest.Actor) map[string]any {
			id := x.team("team")
			return inputOf(input{"groupId": id, "name": fmt.Sprint("Kept ", x.serial()),
				"changeGrants": []input{{"grantId": x.grantIDs(id)[0], "perMonth": yuan(fmt.Sprint(x.serial()))}}})
		}},
		"deleteGroup": {args: func(_ *stage, x *side, _ *portaltest.Actor) map[string]any {
			return inputOf(input{"groupId": x.team("disbanded")})
		}, done: uses("disbanded")},
		"setGroupMembers": {args: func(_ *stage, x *side, _ *portaltest.Actor) map[string]any {
			id, _ := x.joined()
			return inputOf(input{"groupId": id, "memberIds": []string{}})
		}},
		"addGroupMembers": {args: func(_ *stage, x *side, _ *portaltest.Actor) map[string]any {
			return inputOf(input{"groupId": x.team("team"), "memberIds": []string{x.colleague("member")}})
		}},
		"removeGroupMembers": {args: func(_ *stage, x *side, _ *portaltest.Actor) map[string]any {
			id, member := x.joined()
			return inputOf(input{"groupId": id, "memberIds": []string{member}})
		}},
	} {
		operations[name] = o
	}
	wrongs = append(wrongs, groupWrongs...)
}

// add returns what sets the grants to give.
func add(field string, in input) func(*stage, input) {
	return func(_ *stage, to input) {
		if in["roleId"] == nil {
			in["roleId"] = staff.RoleID("developer")
		}
		to[field] = []input{in}
	}
}

var groupWrongs = []wrong{
	{"grants: of the owner", "updateEmployeeGrants", "OWNER_UNCHANGED", "1.4", func(s *stage, in input) { in["employeeId"] = s.a.ownerID() }, nil},
	{"grants: of who has left", "updateEmployeeGrants", "EMPLOYEE_LEFT", "1.5", func(s *stage, in input) { in["employeeId"] = s.a.gonePerson() }, nil},
	{"grants: of a foreign employee", "updateEmployeeGrants", "NOT_FOUND", "", func(s *stage, in input) { in["employeeId"] = s.b.ownerID() }, nil},
	{"grants: a foreign one", "updateEmployeeGrants", "NOT_FOUND", "", func(s *stage, in input) { in["removeGrantIds"] = s.b.grantIDs(s.b.ownerID())[:1] }, nil},
	{"grants: another employee's", "updateEmployeeGrants", "NOT_FOUND", "", func(s *stage, in input) { in["removeGrantIds"] = s.a.grantIDs(s.a.ownerID())[:1] }, nil},
	{"grants: the owner's role", "updateEmployeeGrants", "OWNER_UNCHANGED", "1.4", add("addGrants", input{"roleId": "role_owner"}), nil},
	{"grants: an unknown role", "updateEmployeeGrants", "NOT_FOUND", "", add("addGrants", input{"roleId": unknownID("role")}), nil},
	{"grants: another account's role", "updateEmployeeGrants", "NOT_FOUND", "", func(s *stage, in input) { in["addGrants"] = []input{{"roleId": s.b.ownRole()}} }, nil},
	{"grants: for a foreign application", "updateEmployeeGrants", "NOT_FOUND", "", func(s *stage, in input) {
		in["addGrants"] = []input{{"roleId": "role_developer", "applicationIds": []string{s.b.application()}}}
	}, nil},
	{"grants: for no application", "updateEmployeeGrants", "INVALID_INPUT", "", add("addGrants", input{"applicationIds": []string{}}), nil},
	{"grants: a monthly limit in another currency", "updateEmployeeGrants", "INVALID_INPUT", "", add("addGrants", input{"perMonth": input{"amount": "1", "currency": "USD"}}), nil},
	{"grants: a monthly limit below nothing", "updateEmployeeGrants", "INVALID_INPUT", "", add("addGrants", input{"perMonth": yuan("-1")}), nil},
	{"grants: until yesterday", "updateEmployeeGrants", "INVALID_INPUT", "", add("addGrants", input{"expiresAt": "2026-03-01T00:00:00Z"}), nil},
	{"grants: a factor within no time", "updateEmployeeGrants", "INVALID_INPUT", "", add("addGrants", input{"secondFactorWithin": 0}), nil},
	{"grants: 21 to add", "updateEmployeeGrants", "INVALID_INPUT", "", func(_ *stage, in input) { in["addGrants"] = slices.Repeat([]input{{"roleId": "role_developer"}}, 21) }, nil},
	{"grants: one twice", "updateEmployeeGrants", "INVALID_INPUT", "", func(_ *stage, in input) {
		in["changeGrants"] = slices.Repeat(in["changeGrants"].([]input), 2)
	}, nil},
	{"grants: one that is taken away", "updateEmployeeGrants", "INVALID_INPUT", "", func(_ *stage, in input) {
		in["removeGrantIds"] = []any{in["changeGrants"].([]input)[0]["grantId"]}
	}, nil},
	{"grants: an older version", "updateEmployeeGrants", "GRANT_CHANGED", "1.5", func(_ *stage, in input) { in["changeGrants"].([]input)[0]["version"] = 999 }, nil},
	{"group: no name", "createGroup", "INVALID_INPUT", "", set("name", " "), nil},
	{"group: an address for a name", "createGroup", "NAME_LIKE_ADDRESS", "1.1", set("name", "www.example.com"), nil},
	{"group: on a foreign account", "createGroup", "NOT_FOUND", "", func(s *stage, in input) { in["accountId"] = s.b.account }, nil},
	{"group: the owner's role", "createGroup", "OWNER_UNCHANGED", "1.4", add("grants", input{"roleId": "role_owner"}), nil},
	{"group: a foreign member", "createGroup", "NOT_FOUND", "", func(s *stage, in input) { in["memberIds"] = []string{s.b.ownerID()} }, nil},
	{"group: the owner a member", "createGroup", "OWNER_UNCHANGED", "1.4", func(s *stage, in input) { in["memberIds"] = []string{s.a.ownerID()} }, nil},
	{"group: who has left a member", "addGroupMembers", "EMPLOYEE_LEFT", "1.5", func(s *stage, in input) { in["memberIds"] = []string{s.a.gonePerson()} }, nil},
	{"group: a foreign member to add", "addGroupMembers", "NOT_FOUND", "", func(s *stage, in input) { in["memberIds"] = []string{s.b.ownerID()} }, nil},
	{"group: nobody to add", "addGroupMembers", "INVALID_INPUT", "", set("memberIds", []string{}), nil},
	{"group: nobody to remove", "removeGroupMembers", "INVALID_INPUT", "", set("memberIds", []string{}), nil},
	{"group: a foreign member to remove", "removeGroupMembers", "NOT_FOUND", "", func(s *stage, in input) { in["memberIds"] = []string{s.b.ownerID()} }, nil},
	{"group: 1,001 members", "setGroupMembers", "INVALID_INPUT", "", set("memberIds", strings.Split(strings.Repeat("empl_x,", 1000)+"empl_x", ",")), nil},
	{"group: a foreign one", "setGroupMembers", "NOT_FOUND", "", func(s *stage, in input) { in["groupId"] = s.b.team("team") }, nil},
	{"group: a foreign one to change", "updateGroup", "NOT_FOUND", "", func(s *stage, in input) { in["groupId"] = s.b.team("team") }, nil},
	{"group: an unknown one", "deleteGroup", "NOT_FOUND", "", func(_ *stage, in input) { in["groupId"] = unknownID("grup") }, nil},
	{"group: a grant of another", "updateGroup", "NOT_FOUND", "", func(s *stage, in input) { in["removeGrantIds"] = s.a.grantIDs(s.a.ownerID())[:1] }, nil},
	{"role: a copy and permissions", "createRole", "INVALID_INPUT", "", set("copyFromRoleId", "role_finance"), nil},
	{"role: a copy of another account's", "createRole", "NOT_FOUND", "", func(s *stage, in input) {
		delete(in, "permissions")
		in["copyFromRoleId"] = s.b.ownRole()
	}, nil},
	{"role: an older version", "updateRole", "ROLE_CHANGED", "1.5", set("version", 0), nil},
}

// TestOneOperationSpends holds the walls of the spending limits: whoever may place
// orders spends by placeOrder alone, which keeps within them. An operation that is
// added here keeps within them too.
func TestOneOperationSpends(t *testing.T) {
	var spend []string
	for _, f := range fields(published().Mutation) {
		if permission(f.Directives.ForName("can"), "do") == authz.OrderPlace.Enum() {
			spend = append(spend, f.Name)
		}
	}
	if !slices.Equal(spend, []string{"placeOrder"}) {
		t.Errorf("1.5: %v", spend)
	}
}
