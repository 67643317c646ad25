package staff_test

import (
	"testing"
	"time"

	"portico/ent"
	"portico/ent/db/grant"
	"portico/ent/db/grantmonth"
	"portico/portal/access/staff"
	"portico/portaltest"
)

const (
	holdsF       = `{ id version role { id code } group { id } applications { id } perOrder { amount } perMonth { amount } spentThisMonth { amount } secondFactorWithin expiresAt }`
	grantsM      = `mutation($i: UpdateEmployeeGrantsInput!) { updateEmployeeGrants(input: $i) { employee { id roles { code } groups { id } grants ` + holdsF + ` }` + refusalsOf
	createGroupM = `mutation($i: CreateGroupInput!) { createGroup(input: $i) { group { id name members(first: 50) { totalCount nodes { id } } grants ` + holdsF + ` }` + refusalsOf
	updateGroupM = `mutation($i: UpdateGroupInput!) { updateGroup(input: $i) { group { id name grants ` + holdsF + ` }` + refusalsOf
	deleteGroupM = `mutation($i: DeleteGroupInput!) { deleteGroup(input: $i) { account { id groups(first: 5) { totalCount } }` + refusalsOf
	setMembersM  = `mutation($i: SetGroupMembersInput!) { setGroupMembers(input: $i) { group { id members(first: 50) { nodes { id } } }` + refusalsOf
	addMembersM  = `mutation($i: AddGroupMembersInput!) { addGroupMembers(input: $i) { group { id members(first: 50) { nodes { id } } }` + refusalsOf
	dropMembersM = `mutation($i: RemoveGroupMembersInput!) { removeGroupMembers(input: $i) { group { id members(first: 50) { nodes { id } } }` + refusalsOf
)

func yuan(amount string) input { return input{"amount": amount, "currency": "CNY"} }

// grantOf returns the grant of a role among the grants of an employee or a group in an
// answer.
func grantOf(w *portaltest.World, of any, role string) map[string]any {
	w.T.Helper()
	for _, g := range portaltest.At(of, "grants").([]any) {
		if portaltest.String(g, "role", "code") == role {
			return g.(map[string]any)
		}
	}
	w.T.Fatalf("no grant of %s in %v", role, of)
	return nil
}

func TestGrantsChangeFieldByField(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a := w.Verified("Acme")
		app := w.Application(a, "MAINLAND")
		id := join(w, a, a.AccountID, w.Person("Berta"), builtIn("developer")...)
		until := w.Portal.Store.Now().Add(time.Hour).UTC().Format(time.RFC3339)
		var given map[string]any
		t.Run("1.5: a grant is added with every bound, and the others stay", func(t *testing.T) {
			p := w.Done(a, grantsM, of(input{"employeeId": id, "addGrants": []input{{"roleId": staff.RoleID("operations"), "applicationIds": []string{app},
				"perOrder": yuan("99.00"), "perMonth": yuan("990.00"), "expiresAt": until, "secondFactorWithin": 15}}}))
			given = grantOf(w, p["employee"], "operations")
			want := input{"perOrder": "99.00", "perMonth": "990.00", "spentThisMonth": "0.00"}
			for field, amount := range want {
				if portaltest.String(given, field, "amount") != amount {
					t.Errorf("%s: %v", field, given)
				}
			}
			if given["expiresAt"] != until || given["secondFactorWithin"] != float64(15) || portaltest.String(given, "applications", 0, "id") != app || given["group"] != nil {
				t.Errorf("%v", given)
			}
			grantOf(w, p["employee"], "developer")
		})
		grantID := given["id"].(string)
		change := func(t *testing.T, in input) map[string]any {
			t.Helper()
			in["grantId"] = grantID
			return grantOf(w, w.Done(a, grantsM, of(input{"employeeId": id, "changeGrants": []input{in}}))["employee"], "operations")
		}
		t.Run("1.5: a bound that isn't named stays, and null lifts one", func(t *testing.T) {
			g := change(t, input{"perMonth": yuan("500.00")})
			if portaltest.String(g, "perMonth", "amount") != "500.00" || portaltest.String(g, "perOrder", "amount") != "99.00" || g["secondFactorWithin"] != float64(15) || g["expiresAt"] != until {
				t.Errorf("%v", g)
			}
			g = change(t, input{"perOrder": nil, "secondFactorWithin": nil, "expiresAt": nil})
			if g["perOrder"] != nil || g["secondFactorWithin"] != nil || g["expiresAt"] != nil || portaltest.String(g, "perMonth", "amount") != "500.00" || portaltest.String(g, "applications", 0, "id") != app {
				t.Errorf("%v", g)
			}
			g = change(t, input{"applicationIds": nil, "perMonth": nil})
			if g["applications"] != nil || g["perMonth"] != nil || g["spentThisMonth"] != nil || g["id"] != grantID {
				t.Errorf("%v", g)
			}
		})
		t.Run("1.5: a change on a version that isn't the present one is refused", func(t *testing.T) {
			version := change(t, input{"perMonth": yuan("1.00")})["version"].(float64)
			in := of(input{"employeeId": id, "changeGrants": []input{{"grantId": grantID, "version": version - 1, "perMonth": nil}}})
			wants(w, w.Refused(a, grantsM, in), "GRANT_CHANGED", "1.5", "changeGrants")
			if g := change(t, input{"version": version, "perMonth": yuan("2.00")}); g["version"] != version+1 {
				t.Errorf("%v", g)
			}
		})
	})
}

func TestTheBoundsOfAGrant(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a := w.Verified("Acme")
		id := join(w, a, a.AccountID, w.Person("Berta"), builtIn("developer")...)
		p := w.Done(a, grantsM, of(input{"employeeId": id, "addGrants": []input{{"roleId": staff.RoleID("operations")}}}))
		grantID := portaltest.String(grantOf(w, p["employee"], "operations"), "id")
		t.Run("1.5: a second factor within 1 to 1440 minutes, and no empty list of applications", func(t *testing.T) {
			for minutes, right := range map[int]bool{0: false, 1: true, 1440: true, 1441: false} {
				in := of(input{"employeeId": id, "changeGrants": []input{{"grantId": grantID, "secondFactorWithin": minutes}}})
				if right {
					w.Done(a, grantsM, in)
				} else {
					wants(w, w.Refused(a, grantsM, in), "INVALID_INPUT", "", "changeGrants")
				}
			}
			wants(w, w.Refused(a, grantsM, of(input{"employeeId": id, "changeGrants": []input{{"grantId": grantID, "applicationIds": []string{}}}})), "INVALID_INPUT", "", "changeGrants")
		})
		t.Run("1.5: a grant is taken away, and the last one too", func(t *testing.T) {
			p := w.Done(a, grantsM, of(input{"employeeId": id, "removeGrantIds": []string{grantID}}))
			left := grantOf(w, p["employee"], "developer")
			p = w.Done(a, grantsM, of(input{"employeeId": id, "removeGrantIds": []any{left["id"]}}))
			if list := portaltest.At(p, "employee", "grants").([]any); len(list) != 0 {
				t.Errorf("%v", list)
			}
			wants(w, w.Refused(a, grantsM, of(input{"employeeId": id, "removeGrantIds": []string{grantID}})), "NOT_FOUND", "", "removeGrantIds")
		})
		t.Run("1.5: an employee has 20 grants, and not 21", func(t *testing.T) {
			add := func(n int) map[string]any {
				list := make([]input, n)
				for i := range list {
					list[i] = input{"roleId": staff.RoleID("developer"), "perOrder": yuan("1.00")}
				}
				return of(input{"employeeId": id, "addGrants": list})
			}
			w.Done(a, grantsM, add(19))
			wants(w, w.Refused(a, grantsM, add(2)), "GRANT_LIMIT", "1.5", "addGrants")
			w.Done(a, grantsM, add(1))
			wants(w, w.Refused(a, grantsM, of(input{"employeeId": id})), "INVALID_INPUT", "", "addGrants")
		})
	})
}

func TestGrantsAreGivenWithinTheGiversOwn(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a, admin := w.Verified("Acme"), w.Person("Adam")
		adam := join(w, a, a.AccountID, admin, builtIn("administrator")...)
		berta := join(w, a, a.AccountID, w.Person("Berta"), builtIn("developer")...)
		bound := func(in input) {
			in["grantId"] = grantOf(w, map[string]any{"grants": grantsSeen(w, a, adam)}, "administrator")["id"]
			w.Done(a, grantsM, of(input{"employeeId": adam, "changeGrants": []input{in}}))
		}
		give := func(in input) map[string]any {
			in["roleId"] = staff.RoleID("operations")
			return of(input{"employeeId": berta, "addGrants": []input{in}})
		}
		t.Run("1.5: who is limited to 1000.00 a month gives 1000.00 a month, and no more", func(t *testing.T) {
			bound(input{"perMonth": yuan("1000.00")})
			wants(w, w.Refused(admin, grantsM, give(input{})), "PERMISSION_NOT_HELD", "1.5", "addGrants")
			wants(w, w.Refused(admin, grantsM, give(input{"perMonth": yuan("1000.01")})), "PERMISSION_NOT_HELD", "1.5", "addGrants")
			p := w.Done(admin, grantsM, give(input{"perMonth": yuan("1000.00")}))
			g := grantOf(w, p["employee"], "operations")
			wants(w, w.Refused(admin, grantsM, of(input{"employeeId": berta, "changeGrants": []input{{"grantId": g["id"], "perMonth": nil}}})), "PERMISSION_NOT_HELD", "1.5", "changeGrants")
			w.Done(admin, grantsM, of(input{"employeeId": berta, "changeGrants": []input{{"grantId": g["id"], "perMonth": yuan("999.00")}}}))
		})
		t.Run("1.5: who needs a second factor within 15 minutes gives none with an older one", func(t *testing.T) {
			bound(input{"perMonth": nil, "secondFactorWithin": 15})
			write(w, func(tx *ent.Tx) error { // its session has just passed one
				return tx.Session.Update().SetSecondFactorAt(tx.Wall).Exec(tx)
			})
			wants(w, w.Refused(admin, grantsM, give(input{})), "PERMISSION_NOT_HELD", "1.5", "addGrants")
			wants(w, w.Refused(admin, grantsM, give(input{"secondFactorWithin": 16})), "PERMISSION_NOT_HELD", "1.5", "addGrants")
			w.Done(admin, grantsM, give(input{"secondFactorWithin": 15}))
		})
		t.Run("1.5: nobody changes its own grants, nor the owner's", func(t *testing.T) {
			own := grantOf(w, map[string]any{"grants": grantsSeen(w, a, adam)}, "administrator")["id"]
			wants(w, w.Refused(admin, grantsM, of(input{"employeeId": adam, "removeGrantIds": []any{own}})), "OWN_ROLES_UNCHANGED", "1.5", "employeeId")
			owner := portaltest.String(w.Must(a, people, map[string]any{"id": a.AccountID}), "account", "owner", "id")
			wants(w, w.Refused(admin, grantsM, of(input{"employeeId": owner, "addGrants": []input{{"roleId": staff.RoleID("auditor")}}})), "OWNER_UNCHANGED", "1.4", "employeeId")
			wants(w, w.Refused(admin, grantsM, of(input{"employeeId": berta, "addGrants": []input{{"roleId": staff.RoleID("owner")}}})), "OWNER_UNCHANGED", "1.4", "addGrants")
		})
	})
}

// grantsSeen returns the grants of an employee, as its node shows them.
func grantsSeen(w *portaltest.World, a *portaltest.Actor, employeeID string) any {
	w.T.Helper()
	return portaltest.At(w.Must(a, `query($id: ID!) { node(id: $id) { ... on Employee { grants `+holdsF+` } } }`, map[string]any{"id": employeeID}), "node", "grants")
}

func TestSettingRolesKeepsWhatWasSpent(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a := w.Verified("Acme")
		id := join(w, a, a.AccountID, w.Person("Berta"), builtIn("operations")...)
		g := grantOf(w, map[string]any{"grants": grantsSeen(w, a, id)}, "operations")
		w.Done(a, grantsM, of(input{"employeeId": id, "changeGrants": []input{{"grantId": g["id"], "perMonth": yuan("100.00")}}}))
		write(w, func(tx *ent.Tx) error {
			return tx.GrantMonth.Create().SetAccountID(a.AccountID).SetGrantID(g["id"].(string)).SetMonth(tx.Now.Format("2006-01")).SetSpent(4000).Exec(tx)
		})
		t.Run("1.5: a role that stays keeps its monthly limit and what was spent, and a new one gets the limit", func(t *testing.T) {
			w.Done(a, setRolesM, of(input{"employeeId": id, "roleIds": builtIn("operations", "finance")}))
			now := map[string]any{"grants": grantsSeen(w, a, id)}
			kept, fresh := grantOf(w, now, "operations"), grantOf(w, now, "finance")
			if kept["id"] != g["id"] || portaltest.String(kept, "spentThisMonth", "amount") != "40.00" || portaltest.String(kept, "perMonth", "amount") != "100.00" ||
				portaltest.String(fresh, "perMonth", "amount") != "100.00" || portaltest.String(fresh, "spentThisMonth", "amount") != "0.00" {
				t.Errorf("%v %v", kept, fresh)
			}
		})
		t.Run("1.5: what was spent goes with the grant", func(t *testing.T) {
			w.Done(a, grantsM, of(input{"employeeId": id, "removeGrantIds": []any{g["id"]}}))
			n, err := w.Portal.Store.Read().GrantMonth.Query().Where(grantmonth.GrantID(g["id"].(string))).Count(w.System())
			m, err2 := w.Portal.Store.Read().Grant.Query().Where(grant.EmployeeID(id)).Count(w.System())
			if n != 0 || m != 1 || err != nil || err2 != nil {
				t.Error(n, m, err, err2)
			}
		})
	})
}
