package staff_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"portico/portal/access/staff"
	"portico/portaltest"
)

func TestRolesOfAnAccountsOwn(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a, b := w.Verified("Acme"), w.Person("Berta")
		account := a.AccountID
		role := custom(w, a, account, "bookkeeper", "BILL_READ", "ACCOUNT_READ", "BILL_READ")
		join(w, a, account, b, role)
		t.Run("1.5: a custom role allows its permissions and no more", func(t *testing.T) {
			if got := mine(w, b, account); !slices.Equal(got, []string{"ACCOUNT_READ", "BILL_READ"}) {
				t.Fatal(got)
			}
		})
		t.Run("1.5: it is listed after the built-in ones, for its account alone", func(t *testing.T) {
			list := func(x *portaltest.Actor) []any {
				return portaltest.At(w.Must(x, people, map[string]any{"id": x.AccountID}), "account", "roles").([]any)
			}
			roles := list(a)
			last := roles[len(roles)-1]
			if portaltest.String(last, "id") != role || portaltest.At(last, "builtIn") != false || len(list(w.Verified("Other"))) != len(roles)-1 {
				t.Fatalf("%v", last)
			}
		})
		t.Run("1.5: changed on one replica, it holds with the next request on another", func(t *testing.T) {
			replica := portaltest.Open(t, w.Engine, w.Database)
			ask := func(x *portaltest.World) bool {
				d := x.SendToken(w.Token(b), `query($id: ID!) { account(id: $id) { viewerPermissions } }`, map[string]any{"id": account})
				return slices.Contains(portaltest.At(d.Data, "account", "viewerPermissions").([]any), any("BALANCE_READ"))
			}
			if ask(w) || ask(replica) {
				t.Fatal("it isn't given yet")
			}
			w.Done(a, updateM, of(input{"roleId": role, "permissions": []string{"ACCOUNT_READ", "BALANCE_READ"}}))
			if !ask(w) || !ask(replica) {
				t.Fatal("it doesn't hold")
			}
			replica.SendToken(w.Token(a), updateM, of(input{"roleId": role, "permissions": []string{"ACCOUNT_READ"}}))
			if ask(w) || ask(replica) {
				t.Fatal("it still holds")
			}
		})
	})
}

func TestRolesInUseStay(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a, b := w.Verified("Acme"), w.Person("Berta")
		account := a.AccountID
		role := custom(w, a, account, "bookkeeper", "BILL_READ", "ACCOUNT_READ")
		join(w, a, account, b, role)
		t.Run("1.5: a role that somebody has, or is invited to, stays", func(t *testing.T) {
			wants(w, w.Refused(a, deleteM, of(input{"roleId": role})), "ROLE_IN_USE", "1.5", "roleId")
			other := custom(w, a, account, "waiting", "BILL_READ")
			id, _ := invited(w, a, account, "+8613700000030", other)
			wants(w, w.Refused(a, deleteM, of(input{"roleId": other})), "ROLE_IN_USE", "1.5", "roleId")
			w.Done(a, revokeM, of(input{"invitationId": id}))
			w.Done(a, deleteM, of(input{"roleId": other}))
			wants(w, w.Refused(a, deleteM, of(input{"roleId": other})), "NOT_FOUND", "", "roleId")
		})
		t.Run("1.5: a grant that has run out doesn't hold its role up", func(t *testing.T) {
			c := w.Person("Carl")
			id := join(w, a, account, c, builtIn("developer")...)
			short := custom(w, a, account, "short", "BILL_READ", "ACCOUNT_READ")
			until := w.Portal.Store.Now().Add(time.Hour)
			w.Done(a, setRolesM, of(input{"employeeId": id, "roleIds": []string{short}, "expiresAt": until.Format(time.RFC3339Nano)}))
			w.AdvanceTo(until.Add(-time.Millisecond))
			if !holds(w, c, account, "BILL_READ") {
				t.Fatal("it ended early")
			}
			wants(w, w.Refused(a, deleteM, of(input{"roleId": short})), "ROLE_IN_USE", "1.5", "roleId")
			w.AdvanceTo(until)
			if holds(w, c, account, "BILL_READ") {
				t.Fatal("it goes on")
			}
			w.Done(a, deleteM, of(input{"roleId": short}))
		})
	})
}

func TestRolesAreRefused(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a, admin := w.Verified("Acme"), w.Person("Adam")
		account := a.AccountID
		join(w, a, account, admin, builtIn("administrator")...)
		custom(w, a, account, "taken", "BILL_READ")
		for _, c := range []struct {
			name, code, clause, field string
			in                        input
		}{
			{"a code in capitals", "INVALID_INPUT", "", "code", input{"code": "Books"}},
			{"a code of one letter", "INVALID_INPUT", "", "code", input{"code": "b"}},
			{"a code with a comma", "INVALID_INPUT", "", "code", input{"code": "a,b"}},
			{"a code that is taken", "ROLE_CODE_TAKEN", "1.5", "code", input{"code": "taken"}},
			{"the code of a built-in role", "ROLE_CODE_TAKEN", "1.5", "code", input{"code": "owner"}},
			{"the code of an operator's role", "ROLE_CODE_TAKEN", "1.5", "code", input{"code": "support"}},
			{"no name", "INVALID_INPUT", "", "name", input{"name": " \u200b "}},
			{"no permissions", "INVALID_INPUT", "", "permissions", input{"permissions": []string{}}},
			{"what nobody may", "PERMISSION_NOT_TRANSFERABLE", "1.4", "permissions", input{"permissions": []string{"BILL_READ", "BALANCE_TRANSFER"}}},
			{"what the owner alone holds", "PERMISSION_NOT_HELD", "1.5", "permissions", input{"permissions": []string{"TERMS_ACCEPT"}}},
			{"what operators hold", "PERMISSION_NOT_HELD", "1.5", "permissions", input{"permissions": []string{"TOP_UP_REVIEW"}}},
			{"what the data plane holds", "PERMISSION_NOT_HELD", "1.5", "permissions", input{"permissions": []string{"USAGE_REPORT"}}},
			{"what a service does", "PERMISSION_NOT_HELD", "1.5", "permissions", input{"permissions": []string{"SERVICE_RUN"}}},
		} {
			t.Run(c.clause+": create "+c.name, func(t *testing.T) {
				in := input{"accountId": account, "code": "books", "name": "Books", "permissions": []string{"BILL_READ"}}
				for k, v := range c.in {
					in[k] = v
				}
				wants(w, w.Refused(admin, createM, of(in)), c.code, c.clause, c.field)
			})
		}
	})
}

func TestChangesOfRolesAreRefused(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a, admin, b := w.Verified("Acme"), w.Person("Adam"), w.Verified("Other")
		account := a.AccountID
		join(w, a, account, admin, builtIn("administrator")...)
		custom(w, b, b.AccountID, "first", "BILL_READ")
		own, beyond := custom(w, admin, account, "own", "BILL_READ"), custom(w, a, account, "beyond", "PAYER_DESIGNATE")
		for _, c := range []struct {
			name, code, clause, field string
			in                        input
		}{
			{"a built-in role", "NOT_FOUND", "", "roleId", input{"roleId": staff.RoleID("finance"), "name": "X"}},
			{"nobody's role", "NOT_FOUND", "", "roleId", input{"roleId": "role_01JNOBODY", "name": "X"}},
			{"an empty name", "INVALID_INPUT", "", "name", input{"roleId": own, "name": ""}},
			{"no permissions", "INVALID_INPUT", "", "permissions", input{"roleId": own, "permissions": []string{}}},
			{"what nobody may", "PERMISSION_NOT_TRANSFERABLE", "1.4", "permissions", input{"roleId": own, "permissions": []string{"ACCOUNT_LEND"}}},
			{"more than one holds", "PERMISSION_NOT_HELD", "1.5", "permissions", input{"roleId": own, "permissions": []string{"BILL_READ", "PAYER_DESIGNATE"}}},
			{"a role that allows more than one holds", "PERMISSION_NOT_HELD", "1.5", "permissions", input{"roleId": beyond, "permissions": []string{"BILL_READ"}}},
		} {
			t.Run(c.clause+": update "+c.name, func(t *testing.T) {
				wants(w, w.Refused(admin, updateM, of(c.in)), c.code, c.clause, c.field)
			})
		}
		t.Run("1.4: another account's role is like none", func(t *testing.T) {
			foreign := custom(w, b, b.AccountID, "theirs", "BILL_READ")
			wants(w, w.Refused(a, updateM, of(input{"roleId": foreign, "name": "X"})), "NOT_FOUND", "", "roleId")
			wants(w, w.Refused(a, deleteM, of(input{"roleId": foreign})), "NOT_FOUND", "", "roleId")
		})
		t.Run("1.5: an account has at most 50 of its own", func(t *testing.T) {
			for i := range 48 { // two are there
				custom(w, b, b.AccountID, fmt.Sprintf("role-%d", i), "BILL_READ")
			}
			got := w.Refused(b, createM, of(input{"accountId": b.AccountID, "code": "last", "name": "Last", "permissions": []string{"BILL_READ"}}))
			wants(w, got, "ROLE_LIMIT", "1.5", "accountId")
		})
	})
}

func TestSetEmployeeRoles(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a, admin, b := w.Funded("Acme", "5000.00"), w.Person("Adam"), w.Person("Berta")
		account := a.AccountID
		adam, berta := join(w, a, account, admin, builtIn("administrator")...), join(w, a, account, b, builtIn("developer")...)
		app, other := w.Application(a, "MAINLAND"), w.Application(a, "MAINLAND")
		order := func(application string) portaltest.Response {
			return w.Send(b, `mutation($i: PlaceOrderInput!) { placeOrder(input: $i) { order { id } userErrors { code clause } } }`,
				of(input{"accountId": account, "applicationId": application, "planId": w.PlanID("im-flagship"), "term": input{"unit": "MONTH", "count": 1},
					"expectedTotal": input{"amount": "1500.00", "currency": "CNY"}}))
		}
		t.Run("1.5: what was held is replaced at once", func(t *testing.T) {
			w.Done(admin, setRolesM, of(input{"employeeId": berta, "roleIds": builtIn("finance", "finance")}))
			if holds(w, b, account, "APPLICATION_CREATE") || !holds(w, b, account, "TOP_UP_START") {
				t.Fatal(mine(w, b, account))
			}
		})
		t.Run("1.5: for one application, up to a limit", func(t *testing.T) {
			w.Done(a, setRolesM, of(input{"employeeId": berta, "roleIds": builtIn("operations"), "applicationIds": []string{app, app},
				"spendingLimit": input{"amount": "1499.99", "currency": "CNY"}}))
			if r := order(other); len(r.Errors) == 0 || r.Errors[0].Code() != "FORBIDDEN" {
				t.Fatalf("%s", r.Raw)
			}
			if got := order(app).Refusals(t); len(got) != 1 || got[0].Code != "SPENDING_LIMIT_EXCEEDED" {
				t.Fatalf("%+v", got)
			}
			w.Done(a, setRolesM, of(input{"employeeId": berta, "roleIds": builtIn("operations"), "applicationIds": []string{app},
				"spendingLimit": input{"amount": "1500.00", "currency": "CNY"}}))
			if r := order(app); len(r.Errors) > 0 || len(r.Refusals(t)) > 0 {
				t.Fatalf("%s", r.Raw)
			}
		})
		t.Run("1.5: nobody gives for longer, or for more money, than it holds", func(t *testing.T) {
			until := w.Portal.Store.Now().Add(time.Hour)
			w.Done(a, setRolesM, of(input{"employeeId": adam, "roleIds": builtIn("administrator"), "expiresAt": until.Format(time.RFC3339Nano),
				"spendingLimit": input{"amount": "100.00", "currency": "CNY"}}))
			in := input{"employeeId": berta, "roleIds": builtIn("operations"), "lift": []string{"SPENDING_LIMIT"}}
			wants(w, w.Refused(admin, setRolesM, of(in)), "PERMISSION_NOT_HELD", "1.5", "roleIds")
			in["expiresAt"] = until.Add(time.Microsecond).Format(time.RFC3339Nano)
			wants(w, w.Refused(admin, setRolesM, of(in)), "PERMISSION_NOT_HELD", "1.5", "roleIds")
			in["expiresAt"] = until.Format(time.RFC3339Nano)
			got := w.Refused(admin, setRolesM, of(in))
			wants(w, got, "PERMISSION_NOT_HELD", "1.5", "roleIds")
			delete(in, "lift")
			in["spendingLimit"] = input{"amount": "100.01", "currency": "CNY"}
			wants(w, w.Refused(admin, setRolesM, of(in)), "PERMISSION_NOT_HELD", "1.5", "roleIds")
			in["spendingLimit"] = input{"amount": "100.00", "currency": "CNY"}
			w.Done(admin, setRolesM, of(in))
			w.Done(a, setRolesM, of(input{"employeeId": adam, "roleIds": builtIn("administrator"), "lift": []string{"EXPIRY", "SPENDING_LIMIT"}}))
			if held := grants(w, a, account, adam); len(held) != 1 || held[0].ExpiresAt != nil || held[0].PerOrder != nil {
				t.Fatalf("%+v", held)
			}
		})
	})
}

func TestSettingRolesIsRefused(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a, admin := w.Verified("Acme"), w.Person("Adam")
		account := a.AccountID
		adam, berta := join(w, a, account, admin, builtIn("administrator")...), join(w, a, account, w.Person("Berta"), builtIn("developer")...)
		owner := portaltest.String(w.Must(a, people, map[string]any{"id": account}), "account", "owner", "id")
		beyond := custom(w, a, account, "payers", "PAYER_DESIGNATE")
		c := w.Person("Cora")
		cora := join(w, a, account, c, beyond)
		for _, x := range []struct {
			name, code, clause, field string
			in                        input
		}{
			{"the owner", "OWNER_UNCHANGED", "1.4", "employeeId", input{"employeeId": owner}},
			{"itself", "OWN_ROLES_UNCHANGED", "1.5", "employeeId", input{"employeeId": adam}},
			{"nobody", "NOT_FOUND", "", "employeeId", input{"employeeId": "empl_01JNOBODY"}},
			{"to the owner's role", "OWNER_UNCHANGED", "1.4", "roleIds", input{"roleIds": builtIn("owner")}},
			{"to more than it holds", "PERMISSION_NOT_HELD", "1.5", "roleIds", input{"roleIds": []string{beyond}}},
			{"who holds more than it", "PERMISSION_NOT_HELD", "1.5", "employeeId", input{"employeeId": cora}},
			{"no roles", "INVALID_INPUT", "", "roleIds", input{"roleIds": []string{}}},
			{"another's application", "NOT_FOUND", "", "applicationIds", input{"applicationIds": []string{"appl_01JNOBODY"}}},
			{"another currency", "INVALID_INPUT", "", "spendingLimit", input{"spendingLimit": input{"amount": "1", "currency": "USD"}}},
			{"less than nothing", "INVALID_INPUT", "", "spendingLimit", input{"spendingLimit": input{"amount": "-0.01", "currency": "CNY"}}},
			{"parts of a fen", "INVALID_INPUT", "", "spendingLimit", input{"spendingLimit": input{"amount": "0.001", "currency": "CNY"}}},
			{"until now", "INVALID_INPUT", "", "expiresAt", input{"expiresAt": w.Portal.Store.Now().Format(time.RFC3339Nano)}},
		} {
			t.Run(x.clause+": an administrator changes "+x.name, func(t *testing.T) {
				in := input{"employeeId": berta, "roleIds": builtIn("finance")}
				for k, v := range x.in {
					in[k] = v
				}
				wants(w, w.Refused(admin, setRolesM, of(in)), x.code, x.clause, x.field)
			})
		}
	})
}
