package staff_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"portico/ent"
	"portico/ent/db/grant"
	"portico/ent/db/group"
	"portico/ent/db/membership"
	"portico/portal/access/staff"
	"portico/portaltest"
)

// created creates a group with grants of built-in roles and members, and returns its
// id.
func created(w *portaltest.World, by *portaltest.Actor, account, name string, roles []string, members ...string) string {
	w.T.Helper()
	var grants []input
	for _, r := range roles {
		grants = append(grants, input{"roleId": staff.RoleID(r)})
	}
	p := w.Done(by, createGroupM, of(input{"accountId": account, "name": name, "grants": grants, "memberIds": members}))
	return portaltest.String(p, "group", "id")
}

func TestGroups(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a, person := w.Verified("Acme"), w.Person("Berta")
		account := a.AccountID
		berta := join(w, a, account, person, builtIn("developer")...)
		var id string
		t.Run("1.5: a member holds the grants of its group at once, and each path shows the same grant", func(t *testing.T) {
			p := w.Done(a, createGroupM, of(input{"accountId": account, "name": "Buyers", "memberIds": []string{berta},
				"grants": []input{{"roleId": staff.RoleID("operations"), "perMonth": yuan("100.00")}}}))
			id = portaltest.String(p, "group", "id")
			if !holds(w, person, account, "ORDER_PLACE") || portaltest.At(p, "group", "members", "totalCount") != float64(1) || portaltest.String(p, "group", "members", "nodes", 0, "id") != berta {
				t.Fatalf("%v", p)
			}
			of := grantOf(w, p["group"], "operations")
			held := grantOf(w, map[string]any{"grants": grantsSeen(w, a, berta)}, "operations")
			if held["id"] != of["id"] || portaltest.String(held, "group", "id") != id || portaltest.String(of, "group", "id") != id || portaltest.String(held, "perMonth", "amount") != "100.00" {
				t.Errorf("%v, %v", held, of)
			}
			d := w.Must(a, `query($id: ID!, $g: ID!) { account(id: $id) { groups(first: 5) { nodes { id name } } employees(first: 5) { nodes { id groups { id } } } } node(id: $g) { ... on Grant { group { id } role { code } } } }`,
				map[string]any{"id": account, "g": of["id"]})
			if portaltest.String(d, "account", "groups", "nodes", 0, "id") != id || portaltest.String(d, "node", "group", "id") != id || portaltest.String(d, "account", "employees", "nodes", 1, "groups", 0, "id") != id {
				t.Errorf("%v", d)
			}
		})
		t.Run("1.5: a change of its grants takes effect at once for all members", func(t *testing.T) {
			w.Done(a, updateGroupM, of(input{"groupId": id, "name": "Team", "addGrants": []input{{"roleId": staff.RoleID("finance")}}}))
			if !holds(w, person, account, "TOP_UP_START") {
				t.Error("the new grant isn't held")
			}
			p := w.Done(a, updateGroupM, of(input{"groupId": id, "addGrants": []input{{"roleId": staff.RoleID("auditor")}}}))
			g := grantOf(w, p["group"], "finance")
			w.Done(a, updateGroupM, of(input{"groupId": id, "removeGrantIds": []any{g["id"]}}))
			if holds(w, person, account, "TOP_UP_START") || !holds(w, person, account, "AUDIT_READ") {
				t.Error(mine(w, person, account))
			}
		})
		t.Run("1.5: its own grants stay when it is no member any more, and what it held by the group ends", func(t *testing.T) {
			w.Done(a, setMembersM, of(input{"groupId": id, "memberIds": []string{}}))
			if holds(w, person, account, "ORDER_PLACE") || !holds(w, person, account, "APPLICATION_CREATE") {
				t.Error(mine(w, person, account))
			}
			w.Done(a, addMembersM, of(input{"groupId": id, "memberIds": []string{berta, berta}}))
			if !holds(w, person, account, "ORDER_PLACE") {
				t.Error(mine(w, person, account))
			}
			w.Done(a, dropMembersM, of(input{"groupId": id, "memberIds": []string{berta}}))
			w.Done(a, dropMembersM, of(input{"groupId": id, "memberIds": []string{berta}}))
			if holds(w, person, account, "ORDER_PLACE") {
				t.Error(mine(w, person, account))
			}
		})
	})
}

func TestGroupsInUse(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a, person := w.Verified("Acme"), w.Person("Berta")
		account := a.AccountID
		berta := join(w, a, account, person, builtIn("developer")...)
		id := created(w, a, account, "Buyers", []string{"operations"})
		t.Run("1.5: a role that a group holds is in use", func(t *testing.T) {
			role := custom(w, a, account, "bookkeeper", "BILL_READ")
			p := w.Done(a, updateGroupM, of(input{"groupId": id, "addGrants": []input{{"roleId": role}}}))
			r := w.Send(a, `mutation($i: DeleteRoleInput!) { deleteRole(input: $i) { userErrors { code params } } }`, of(input{"roleId": role}))
			if portaltest.String(r.Data, "deleteRole", "userErrors", 0, "code") != "ROLE_IN_USE" || portaltest.String(r.Data, "deleteRole", "userErrors", 0, "params", "holders") != id {
				t.Errorf("%s", r.Raw)
			}
			d := w.Must(a, `query($id: ID!) { node(id: $id) { ... on Role { holders } } }`, map[string]any{"id": role})
			if portaltest.At(d, "node", "holders") != float64(1) {
				t.Errorf("%v", d)
			}
			w.Done(a, updateGroupM, of(input{"groupId": id, "removeGrantIds": []any{grantOf(w, p["group"], "bookkeeper")["id"]}}))
			w.Done(a, deleteM, of(input{"roleId": role}))
		})
		t.Run("1.5: a deleted group gives nothing, and leaves nothing", func(t *testing.T) {
			w.Done(a, addMembersM, of(input{"groupId": id, "memberIds": []string{berta}}))
			p := w.Done(a, deleteGroupM, of(input{"groupId": id}))
			if holds(w, person, account, "ORDER_PLACE") || portaltest.At(p, "account", "groups", "totalCount") != float64(0) {
				t.Errorf("%v", p)
			}
			read := w.Portal.Store.Read()
			grants, err := read.Grant.Query().Where(grant.EmployeeID(id)).Count(w.System())
			members, err2 := read.Membership.Query().Where(membership.HolderID(id)).Count(w.System())
			if grants != 0 || members != 0 || err != nil || err2 != nil {
				t.Error(grants, members, err, err2)
			}
		})
	})
}

func TestNobodyGainsByAGroup(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a, admin, person := w.Verified("Acme"), w.Person("Adam"), w.Person("Berta")
		account := a.AccountID
		adam := join(w, a, account, admin, builtIn("administrator")...)
		berta := join(w, a, account, person, builtIn("developer")...)
		owner := portaltest.String(w.Must(a, people, map[string]any{"id": account}), "account", "owner", "id")
		mighty := custom(w, a, account, "payers", "PAYER_DESIGNATE")
		rich := portaltest.String(w.Done(a, createGroupM, of(input{"accountId": account, "name": "Rich", "grants": []input{{"roleId": mighty}}})), "group", "id")
		t.Run("1.5: nobody creates a group, or adds a member to one, that gives what it doesn't hold", func(t *testing.T) {
			wants(w, w.Refused(admin, createGroupM, of(input{"accountId": account, "name": "Mine", "grants": []input{{"roleId": mighty}}})), "PERMISSION_NOT_HELD", "1.5", "grants")
			for _, m := range []string{setMembersM, addMembersM} {
				wants(w, w.Refused(admin, m, of(input{"groupId": rich, "memberIds": []string{berta}})), "PERMISSION_NOT_HELD", "1.5", "memberIds")
			}
			id := created(w, admin, account, "Plain", []string{"developer"}, berta)
			wants(w, w.Refused(admin, updateGroupM, of(input{"groupId": id, "addGrants": []input{{"roleId": mighty}}})), "PERMISSION_NOT_HELD", "1.5", "addGrants")
			wants(w, w.Refused(admin, deleteGroupM, of(input{"groupId": rich})), "PERMISSION_NOT_HELD", "1.5", "groupId")
		})
		t.Run("1.5: nobody adds itself, changes a group that it is in, or adds the owner", func(t *testing.T) {
			id := created(w, a, account, "Admins", []string{"finance"}, adam)
			wants(w, w.Refused(admin, updateGroupM, of(input{"groupId": id, "addGrants": []input{{"roleId": staff.RoleID("auditor")}}})), "OWN_ROLES_UNCHANGED", "1.5", "groupId")
			w.Done(admin, updateGroupM, of(input{"groupId": id, "name": "Administration"}))
			w.Done(admin, setMembersM, of(input{"groupId": id, "memberIds": []string{adam, berta}}))
			w.Done(admin, setMembersM, of(input{"groupId": id, "memberIds": []string{berta}}))
			for _, m := range []string{setMembersM, addMembersM} {
				wants(w, w.Refused(admin, m, of(input{"groupId": id, "memberIds": []string{berta, adam}})), "OWN_ROLES_UNCHANGED", "1.5", "memberIds")
				wants(w, w.Refused(admin, m, of(input{"groupId": id, "memberIds": []string{owner}})), "OWNER_UNCHANGED", "1.4", "memberIds")
			}
			wants(w, w.Refused(admin, createGroupM, of(input{"accountId": account, "name": "Me", "memberIds": []string{adam}})), "OWN_ROLES_UNCHANGED", "1.5", "memberIds")
		})
		t.Run("1.5: what somebody holds by a group it gives like what is its own", func(t *testing.T) {
			id := created(w, a, account, "Helpers", []string{"administrator"}, berta)
			carl := join(w, a, account, w.Person("Carl"), builtIn("developer")...)
			w.Done(person, grantsM, of(input{"employeeId": carl, "addGrants": []input{{"roleId": staff.RoleID("finance")}}}))
			w.Done(a, deleteGroupM, of(input{"groupId": id}))
			r := w.Send(person, grantsM, of(input{"employeeId": carl, "addGrants": []input{{"roleId": staff.RoleID("auditor")}}}))
			if len(r.Errors) == 0 || r.Errors[0].Code() != "FORBIDDEN" {
				t.Errorf("%s", r.Raw)
			}
		})
		t.Run("1.5: who leaves is in no group any more", func(t *testing.T) {
			w.Done(a, offboardM, of(input{"employeeId": berta}))
			n, err := w.Portal.Store.Read().Membership.Query().Where(membership.EmployeeID(berta)).Count(w.System())
			if n != 0 || err != nil {
				t.Error(n, err)
			}
			for _, m := range []string{setMembersM, addMembersM} {
				wants(w, w.Refused(a, m, of(input{"groupId": rich, "memberIds": []string{berta}})), "EMPLOYEE_LEFT", "1.5", "memberIds")
			}
		})
	})
}

func TestTheSizesOfGroups(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a := w.Verified("Acme")
		account := a.AccountID
		created(w, a, account, "First", nil)
		t.Run("1.5: a name is used once, whatever its case or width", func(t *testing.T) {
			wants(w, w.Refused(a, createGroupM, of(input{"accountId": account, "name": "ｆirst"})), "GROUP_NAME_TAKEN", "1.5", "name")
			other := created(w, a, account, "Second", nil)
			wants(w, w.Refused(a, updateGroupM, of(input{"groupId": other, "name": "FIRST"})), "GROUP_NAME_TAKEN", "1.5", "name")
			w.Done(a, updateGroupM, of(input{"groupId": other, "name": "SECOND"}))
			wants(w, w.Refused(a, updateGroupM, of(input{"groupId": other})), "INVALID_INPUT", "", "name")
		})
		t.Run("1.5: an account has 100 groups, and not 101", func(t *testing.T) {
			write(w, func(tx *ent.Tx) error {
				for i := range 97 {
					err := tx.Group.Create().SetAccountID(account).SetName(fmt.Sprint("Group ", i)).SetNameKey(fmt.Sprint("key-", i)).SetCreatedAt(tx.Now).Exec(tx)
					if err != nil {
						return err
					}
				}
				return nil
			})
			created(w, a, account, "The hundredth", nil)
			wants(w, w.Refused(a, createGroupM, of(input{"accountId": account, "name": "One too many"})), "GROUP_LIMIT", "1.5", "accountId")
			n, err := w.Portal.Store.Read().Group.Query().Where(group.AccountID(account)).Count(w.System())
			if n != 100 || err != nil {
				t.Error(n, err)
			}
		})
	})
}

func TestManyMembers(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a := w.Verified("Acme")
		account := a.AccountID
		id := created(w, a, account, "First", nil)
		t.Run("1.5: a command names 1,000 members, and not 1,001", func(t *testing.T) {
			ids := make([]string, 1001)
			write(w, func(tx *ent.Tx) error {
				for i := range ids {
					e, err := tx.Employee.Create().SetAccountID(account).SetPersonID(fmt.Sprint("pers_", i)).SetStatus("ACTIVE").
						SetJoinedAt(tx.Now.Add(time.Duration(i) * time.Second)).SetActiveKey(fmt.Sprint(account, "|", i)).Save(tx)
					if err != nil {
						return err
					}
					ids[i] = e.ID
				}
				return nil
			})
			for _, m := range []string{setMembersM, addMembersM, dropMembersM} {
				wants(w, w.Refused(a, m, of(input{"groupId": id, "memberIds": ids})), "INVALID_INPUT", "", "memberIds")
			}
			w.Done(a, setMembersM, of(input{"groupId": id, "memberIds": ids[:1000]}))
			w.Done(a, addMembersM, of(input{"groupId": id, "memberIds": ids[1000:]}))
			count := func() int {
				return int(portaltest.At(w.Must(a, `query($id: ID!) { node(id: $id) { ... on Group { members(first: 0) { totalCount } } } }`, map[string]any{"id": id}), "node", "members", "totalCount").(float64))
			}
			if count() != 1001 {
				t.Error(count())
			}
			w.Done(a, setMembersM, of(input{"groupId": id, "memberIds": ids[:1]}))
			if count() != 1 {
				t.Error(count())
			}
			wants(w, w.Refused(a, addMembersM, of(input{"groupId": id, "memberIds": []string{}})), "INVALID_INPUT", "", "memberIds")
			wants(w, w.Refused(a, addMembersM, of(input{"groupId": id, "memberIds": []string{ids[0], "empl_01JNOBODY"}})), "NOT_FOUND", "", "memberIds")
		})
	})
}

func TestGroupsAreReadPageByPage(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a := w.Verified("Acme")
		var ids []string
		for i := range 3 {
			ids = append(ids, join(w, a, a.AccountID, w.Person(fmt.Sprint("Member ", i)), builtIn("developer")...))
		}
		created(w, a, a.AccountID, "One", []string{"auditor"}, ids...)
		created(w, a, a.AccountID, "Two", nil, ids[2], ids[0])
		t.Run("1.5: the members of several groups are read together, and page by page", func(t *testing.T) {
			const page = `query($id: ID!, $after: String) { account(id: $id) { groups(first: 1, after: $after) { nodes { id members(first: 2) { nodes { id } pageInfo { hasNextPage endCursor } } } pageInfo { endCursor } } } }`
			const all = `query($id: ID!) { account(id: $id) { groups(first: 5) { nodes { name members(first: 2) { nodes { id } pageInfo { hasNextPage endCursor } } } } } }`
			d := w.Must(a, all, map[string]any{"id": a.AccountID})
			shown := func(group int) (found []string) {
				for _, n := range portaltest.At(d, "account", "groups", "nodes", group, "members", "nodes").([]any) {
					found = append(found, portaltest.String(n, "id"))
				}
				return found
			}
			if !slices.Equal(shown(0), ids[:2]) || len(shown(1)) != 2 || portaltest.At(d, "account", "groups", "nodes", 0, "members", "pageInfo", "hasNextPage") != true {
				t.Errorf("%v", d)
			}
			one := w.Must(a, page, map[string]any{"id": a.AccountID})
			if portaltest.String(one, "account", "groups", "nodes", 0, "members", "pageInfo", "endCursor") != portaltest.String(d, "account", "groups", "nodes", 0, "members", "pageInfo", "endCursor") {
				t.Errorf("%v", one)
			}
			next := w.Must(a, `query($id: ID!, $after: String) { node(id: $id) { ... on Group { members(first: 2, after: $after) { nodes { id } pageInfo { hasNextPage } } } } }`,
				map[string]any{"id": portaltest.String(one, "account", "groups", "nodes", 0, "id"), "after": portaltest.At(one, "account", "groups", "nodes", 0, "members", "pageInfo", "endCursor")})
			if portaltest.String(next, "node", "members", "nodes", 0, "id") != ids[2] {
				t.Errorf("%v", next)
			}
		})
	})
}

func TestRolesHaveVersions(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a := w.Verified("Acme")
		const shown = `query($id: ID!) { node(id: $id) { ... on Role { version name description holders versions { version name description permissions savedBy { id } savedAt } } } }`
		role := custom(w, a, a.AccountID, "bookkeeper", "BILL_READ")
		t.Run("1.5: each change is a version, and a change on another version is refused", func(t *testing.T) {
			w.Done(a, updateM, of(input{"roleId": role, "version": 1, "description": "Reads bills.", "permissions": []string{"BILL_READ", "INVOICE_READ"}}))
			wants(w, w.Refused(a, updateM, of(input{"roleId": role, "version": 1, "name": "Other"})), "ROLE_CHANGED", "1.5", "version")
			d := portaltest.At(w.Must(a, shown, map[string]any{"id": role}), "node")
			if portaltest.At(d, "version") != float64(2) || portaltest.String(d, "description") != "Reads bills." || portaltest.At(d, "holders") != float64(0) ||
				len(portaltest.At(d, "versions", 0, "permissions").([]any)) != 2 || len(portaltest.At(d, "versions", 1, "permissions").([]any)) != 1 || portaltest.At(d, "versions", 1, "savedBy") == nil {
				t.Errorf("%v", d)
			}
		})
		t.Run("1.5: the latest 50 are kept", func(t *testing.T) {
			for i := range 50 {
				w.Done(a, updateM, of(input{"roleId": role, "name": fmt.Sprint("Name ", i)}))
			}
			d := portaltest.At(w.Must(a, shown, map[string]any{"id": role}), "node")
			if list := portaltest.At(d, "versions").([]any); len(list) != 50 || portaltest.At(list[0], "version") != float64(52) || portaltest.At(list[49], "version") != float64(3) {
				t.Errorf("%d", len(list))
			}
		})
		t.Run("1.5: a copy has the permissions of the role that it was made of, and goes its own way", func(t *testing.T) {
			p := w.Done(a, createM, of(input{"accountId": a.AccountID, "code": "copy", "name": "Copy", "copyFromRoleId": role}))
			if list := portaltest.At(p, "role", "permissions").([]any); len(list) != 2 {
				t.Errorf("%v", list)
			}
			wants(w, w.Refused(a, createM, of(input{"accountId": a.AccountID, "code": "copy-two", "name": "Copy", "copyFromRoleId": staff.RoleID("owner")})), "OWNER_UNCHANGED", "1.4", "copyFromRoleId")
			wants(w, w.Refused(a, createM, of(input{"accountId": a.AccountID, "code": "copy-two", "name": "Copy"})), "INVALID_INPUT", "", "permissions")
		})
	})
}

func TestEmployeesAreSought(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a, b, c := w.Verified("Acme"), w.Person("Berta"), w.Person("Carl")
		berta := join(w, a, a.AccountID, b, builtIn("developer")...)
		carl := join(w, a, a.AccountID, c, builtIn("finance")...)
		group := created(w, a, a.AccountID, "Auditors", []string{"auditor"}, carl)
		find := func(by *portaltest.Actor, filter input) (ids []string) {
			d := w.Must(by, `query($id: ID!, $f: EmployeeFilter) { account(id: $id) { employees(first: 50, filter: $f) { totalCount nodes { id } } } }`, map[string]any{"id": a.AccountID, "f": filter})
			for _, n := range portaltest.At(d, "account", "employees", "nodes").([]any) {
				ids = append(ids, portaltest.String(n, "id"))
			}
			if portaltest.At(d, "account", "employees", "totalCount") != float64(len(ids)) {
				t.Errorf("%v", d)
			}
			return ids
		}
		t.Run("1.5: employees are found by group, status, address and the beginning of their name", func(t *testing.T) {
			for name, f := range map[string]input{
				"by its group": {"groupId": group}, "by its number": {"search": c.Phone}, "by the beginning of its name": {"search": "Car"}, "by all at once": {"search": "Carl", "groupId": group, "status": "ACTIVE"}} {
				if got := find(a, f); !slices.Equal(got, []string{carl}) {
					t.Errorf("%s: %v", name, got)
				}
			}
			for name, f := range map[string]input{"another name": {"search": "Carla"}, "another group": {"groupId": "grup_none"}, "who left": {"status": "OFFBOARDED"}} {
				if got := find(a, f); len(got) != 0 {
					t.Errorf("%s: %v", name, got)
				}
			}
			if r := w.Send(a, `query($id: ID!) { account(id: $id) { employees(filter: {search: " "}) { nodes { id } } } }`, map[string]any{"id": a.AccountID}); len(r.Errors) == 0 || r.Errors[0].Code() != "BAD_REQUEST" {
				t.Errorf("%s", r.Raw)
			}
		})
		t.Run("1.1: addresses are whole for oneself and who manages employees, and masked for other readers", func(t *testing.T) {
			contact := func(by *portaltest.Actor, id string) string {
				d := w.Must(by, `query($id: ID!) { node(id: $id) { ... on Employee { contact { phone email } lastActiveAt } } }`, map[string]any{"id": id})
				if portaltest.String(d, "node", "lastActiveAt") == "" {
					t.Errorf("%v", d)
				}
				return portaltest.String(d, "node", "contact", "phone")
			}
			if got := contact(a, berta); got != b.Phone {
				t.Error(got)
			}
			if got := contact(c, berta); got != "****"+b.Phone[len(b.Phone)-4:] {
				t.Error(got)
			}
			if got := contact(c, carl); got != c.Phone {
				t.Error(got)
			}
		})
	})
}
