package staff_test

import (
	"slices"
	"testing"
	"time"

	"portico/ent/db/employee"
	"portico/portal/access/staff"
	"portico/portaltest"
)

const inviteGrantsM = `mutation($i: InviteEmployeeInput!) { inviteEmployee(input: $i) { invitation { id status expiresAt roles { code } grants ` + holdsF + ` }` + refusalsOf

// offered invites an address with grants, and returns the invitation and its token.
func offered(w *portaltest.World, by *portaltest.Actor, accountID, address string, grants ...input) (invitation any, token string) {
	w.T.Helper()
	p := w.Done(by, inviteGrantsM, of(input{"accountId": accountID, "address": address, "grants": grants}))
	return p["invitation"], w.Message(address).Token
}

func TestInvitationsCarryGrants(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a := w.Verified("Acme")
		app := w.Application(a, "MAINLAND")
		until := w.Portal.Store.Now().Add(30 * 24 * time.Hour).UTC().Format(time.RFC3339)
		bounded := input{"roleId": staff.RoleID("operations"), "applicationIds": []string{app}, "perOrder": yuan("99.00"), "perMonth": yuan("990.00"),
			"expiresAt": until, "secondFactorWithin": 15}
		t.Run("1.5: an invitation shows the grants that it carries, and the new employee holds them with every bound", func(t *testing.T) {
			b := w.Person("Berta")
			p := w.Done(a, inviteGrantsM, of(input{"accountId": a.AccountID, "address": b.Phone, "roleIds": builtIn("developer"), "grants": []input{bounded}}))
			invitation := p["invitation"]
			employee := w.Done(b, acceptM, of(input{"token": w.Message(b.Phone).Token}))["employee"]
			held := map[string]any{"grants": grantsSeen(w, a, portaltest.String(employee, "id"))}
			if roles := portaltest.At(invitation, "roles").([]any); len(roles) != 2 {
				t.Errorf("%v", roles)
			}
			for what, of := range map[string]any{"offered": invitation, "held": held} {
				g := grantOf(w, of, "operations")
				if portaltest.String(g, "perOrder", "amount") != "99.00" || portaltest.String(g, "perMonth", "amount") != "990.00" || g["expiresAt"] != until ||
					g["secondFactorWithin"] != float64(15) || portaltest.String(g, "applications", 0, "id") != app || portaltest.String(g, "spentThisMonth", "amount") != "0.00" {
					t.Errorf("%s: %v", what, g)
				}
				if d := grantOf(w, of, "developer"); d["applications"] != nil || d["perOrder"] != nil || d["perMonth"] != nil || d["expiresAt"] != nil || d["secondFactorWithin"] != nil {
					t.Errorf("%s: %v", what, d)
				}
			}
			if before, after := grantOf(w, invitation, "operations")["id"], grantOf(w, held, "operations")["id"]; before != after {
				t.Errorf("%v became %v", before, after)
			}
			if holds(w, b, a.AccountID, "ORDER_PLACE") { // only for one application
				t.Errorf("%v", mine(w, b, a.AccountID))
			}
		})
		t.Run("1.5: an invitation of grants ends when the first of them does", func(t *testing.T) {
			b, c := w.Person("Bela"), w.Person("Cora")
			soon := w.Portal.Store.Now().Add(time.Hour).Truncate(time.Second)
			short := input{"roleId": staff.RoleID("auditor"), "expiresAt": soon.UTC().Format(time.RFC3339)}
			invitation, inTime := offered(w, a, a.AccountID, b.Phone, bounded, short)
			_, late := offered(w, a, a.AccountID, c.Phone, short)
			if portaltest.String(invitation, "expiresAt") != short["expiresAt"] {
				t.Errorf("%v", invitation)
			}
			w.AdvanceTo(soon.Add(-time.Millisecond))
			w.Done(b, acceptM, of(input{"token": inTime}))
			w.AdvanceTo(soon)
			wants(w, w.Refused(c, acceptM, of(input{"token": late})), "INVITATION_INVALID", "1.5", "token")
		})
		t.Run("1.5: an invitation gives 20 grants, and not 21, and not none", func(t *testing.T) {
			in := func(roles []string, n int) map[string]any {
				return of(input{"accountId": a.AccountID, "address": "many@example.com", "roleIds": roles,
					"grants": slices.Repeat([]input{{"roleId": staff.RoleID("developer"), "perOrder": yuan("1.00")}}, n)})
			}
			w.Done(a, inviteGrantsM, in(builtIn("finance"), 19))
			wants(w, w.Refused(a, inviteGrantsM, in(builtIn("finance"), 20)), "GRANT_LIMIT", "1.5", "grants")
			w.Done(a, inviteGrantsM, in(nil, 20))
			wants(w, w.Refused(a, inviteGrantsM, in(nil, 21)), "INVALID_INPUT", "", "grants")
			wants(w, w.Refused(a, inviteGrantsM, in(nil, 0)), "INVALID_INPUT", "", "roleIds")
		})
	})
}

func TestInvitedGrantsAreWithinTheInvitersOwn(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a, admin := w.Verified("Acme"), w.Person("Adam")
		account := a.AccountID
		adam := join(w, a, account, admin, builtIn("administrator")...)
		limited := func(amount string) {
			id := grantOf(w, map[string]any{"grants": grantsSeen(w, a, adam)}, "administrator")["id"]
			w.Done(a, grantsM, of(input{"employeeId": adam, "changeGrants": []input{{"grantId": id, "perMonth": yuan(amount)}}}))
		}
		buyer := func(amount string) input {
			return input{"roleId": staff.RoleID("operations"), "perMonth": yuan(amount)}
		}
		limited("1000.00")
		t.Run("1.5: who is limited to 1000.00 a month invites to 1000.00 a month, and to no more", func(t *testing.T) {
			for _, in := range []input{{"grants": []input{buyer("1000.01")}}, {"grants": []input{{"roleId": staff.RoleID("operations")}}}} {
				in["accountId"], in["address"] = account, "buyer@example.com"
				wants(w, w.Refused(admin, inviteGrantsM, of(in)), "PERMISSION_NOT_HELD", "1.5", "grants")
			}
			wants(w, w.Refused(admin, inviteGrantsM, of(input{"accountId": account, "address": "buyer@example.com", "roleIds": builtIn("operations")})),
				"PERMISSION_NOT_HELD", "1.5", "roleIds")
			offered(w, admin, account, "buyer@example.com", buyer("1000.00"))
		})
		t.Run("1.5: if the inviter holds less by then, nothing is given", func(t *testing.T) {
			b := w.Person("Berta")
			_, token := offered(w, admin, account, b.Phone, buyer("1000.00"), input{"roleId": staff.RoleID("auditor")})
			limited("999.99")
			wants(w, w.Refused(b, acceptM, of(input{"token": token})), "INVITATION_VOID", "1.5", "token")
			n, err := w.Portal.Store.Read().Employee.Query().Where(employee.PersonID(b.PersonID)).Count(w.System())
			if err != nil || n != 0 || len(mine(w, b, account)) != 0 {
				t.Errorf("%d employees, %v", n, err)
			}
			limited("1000.00")
			w.Done(b, acceptM, of(input{"token": token}))
		})
		t.Run("1.5: a successor answers for invitations within its own limits", func(t *testing.T) {
			poor := join(w, a, account, w.Person("Paula"), builtIn("administrator")...)
			id := grantOf(w, map[string]any{"grants": grantsSeen(w, a, poor)}, "administrator")["id"]
			limit := func(amount string) {
				w.Done(a, grantsM, of(input{"employeeId": poor, "changeGrants": []input{{"grantId": id, "perMonth": yuan(amount)}}}))
			}
			limit("10.00")
			got := w.Refused(a, offboardM, of(input{"employeeId": adam, "successorId": poor}))
			wants(w, got, "SUCCESSOR_UNFIT", "1.5", "successorId")
			limit("1000.00")
			w.Done(a, offboardM, of(input{"employeeId": adam, "successorId": poor}))
		})
		t.Run("1.5: a role that a pending invitation gives within bounds is in use", func(t *testing.T) {
			role := custom(w, a, account, "books", "BILL_READ")
			invitation, _ := offered(w, a, account, "books@example.com", input{"roleId": role, "secondFactorWithin": 15})
			wants(w, w.Refused(a, deleteM, of(input{"roleId": role})), "ROLE_IN_USE", "1.5", "roleId")
			w.Done(a, revokeM, of(input{"invitationId": portaltest.String(invitation, "id")}))
			w.Done(a, deleteM, of(input{"roleId": role}))
		})
	})
}
