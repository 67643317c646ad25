package staff_test

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"portico/ent"
	"portico/ent/db/auditevent"
	"portico/ent/db/grant"
	"portico/portal/access/staff"
	"portico/portaltest"
)

// held is a grant as the API shows it.
type held struct {
	Role struct {
		Code string `json:"code"`
	} `json:"role"`
	Applications []struct {
		ID string `json:"id"`
	} `json:"applications"`
	PerOrder *struct {
		Amount string `json:"amount"`
	} `json:"perOrder"`
	SecondFactorWithin *int       `json:"secondFactorWithin"`
	ExpiresAt          *time.Time `json:"expiresAt"`
	GrantedBy          *struct {
		ID string `json:"id"`
	} `json:"grantedBy"`
}

// is reports whether a grant has these values.
func (h held) is(role, perOrder string, expires *time.Time, applications ...string) bool {
	var ids []string
	for _, a := range h.Applications {
		ids = append(ids, a.ID)
	}
	limit := ""
	if h.PerOrder != nil {
		limit = h.PerOrder.Amount
	}
	ends := (h.ExpiresAt == nil) == (expires == nil) && (expires == nil || expires.Equal(*h.ExpiresAt))
	return h.Role.Code == role && limit == perOrder && ends && slices.Equal(ids, applications)
}

// grants returns all grants of an employee, as the API shows them.
func grants(w *portaltest.World, a *portaltest.Actor, accountID, employeeID string) []held {
	w.T.Helper()
	d := w.Must(a, `query($id: ID!) { account(id: $id) { employees(first: 50) { nodes { id grants {
		role { code } applications { id } perOrder { amount } secondFactorWithin expiresAt grantedBy { id } } } } } }`, map[string]any{"id": accountID})
	for _, n := range portaltest.At(d, "account", "employees", "nodes").([]any) {
		if portaltest.String(n, "id") == employeeID {
			b, err := json.Marshal(portaltest.At(n, "grants"))
			var list []held
			if err == nil {
				err = json.Unmarshal(b, &list)
			}
			if err != nil {
				w.T.Fatal(err)
			}
			return list
		}
	}
	w.T.Fatalf("no employee %s", employeeID)
	return nil
}

// bounds returns an owner, its account, two applications, and an expiry in an
// hour.
func bounds(w *portaltest.World) (a *portaltest.Actor, account, app, other string, until time.Time) {
	w.T.Helper()
	a = w.Verified("Acme")
	return a, a.AccountID, w.Application(a, "MAINLAND"), w.Application(a, "MAINLAND"), w.Portal.Store.Now().Add(time.Hour).UTC()
}

// bounded makes an employee whose roles have every limit: one application,
// 99.00 an order, and an expiry.
func bounded(w *portaltest.World, a *portaltest.Actor, app string, until time.Time, roles ...string) string {
	w.T.Helper()
	id := join(w, a, a.AccountID, w.Person("Berta"), builtIn("developer")...)
	w.Done(a, setRolesM, of(input{"employeeId": id, "roleIds": builtIn(roles...), "applicationIds": []string{app},
		"spendingLimit": input{"amount": "99.00", "currency": "CNY"}, "expiresAt": until.Format(time.RFC3339Nano)}))
	return id
}

func TestRightsNeverWidenByOmission(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a, account, app, other, until := bounds(w)
		bounded := func(roles ...string) string { return bounded(w, a, app, until, roles...) }
		t.Run("1.5: a change that names roles alone keeps applications, limit and expiry", func(t *testing.T) {
			id := bounded("operations")
			w.Done(a, setRolesM, of(input{"employeeId": id, "roleIds": builtIn("operations", "developer"), "applicationIds": []string{}}))
			got := grants(w, a, account, id)
			if len(got) != 2 || !got[0].is("operations", "99.00", &until, app) || !got[1].is("developer", "99.00", &until, app) || got[0].GrantedBy == nil {
				t.Fatalf("%+v", got)
			}
		})
		t.Run("1.5: a change of one bound keeps the others", func(t *testing.T) {
			id := bounded("operations")
			later := until.Add(time.Hour)
			for _, c := range []struct {
				in   input
				want func(held) bool
			}{
				{input{"spendingLimit": input{"amount": "5", "currency": "CNY"}}, func(h held) bool { return h.is("operations", "5.00", &until, app) }},
				{input{"expiresAt": later.Format(time.RFC3339Nano)}, func(h held) bool { return h.is("operations", "5.00", &later, app) }},
				{input{"applicationIds": []string{other}}, func(h held) bool { return h.is("operations", "5.00", &later, other) }},
				{input{"lift": []string{"APPLICATIONS"}}, func(h held) bool { return h.is("operations", "5.00", &later) }},
				{input{"lift": []string{"EXPIRY"}}, func(h held) bool { return h.is("operations", "5.00", nil) }},
				{input{"lift": []string{"SPENDING_LIMIT"}}, func(h held) bool { return h.is("operations", "", nil) }},
			} {
				c.in["employeeId"], c.in["roleIds"] = id, builtIn("operations")
				w.Done(a, setRolesM, of(c.in))
				if got := grants(w, a, account, id); len(got) != 1 || !c.want(got[0]) {
					t.Fatalf("%v: %+v", c.in, got)
				}
			}
		})
		t.Run("1.5: a bound can't be set and lifted at once", func(t *testing.T) {
			id := bounded("operations")
			for field, c := range map[string]struct{ lift, value any }{
				"applicationIds": {"APPLICATIONS", []string{app}},
				"spendingLimit":  {"SPENDING_LIMIT", input{"amount": "1", "currency": "CNY"}},
				"expiresAt":      {"EXPIRY", until.Format(time.RFC3339Nano)},
			} {
				in := input{"employeeId": id, "roleIds": builtIn("operations"), "lift": []any{c.lift}, field: c.value}
				wants(w, w.Refused(a, setRolesM, of(in)), "INVALID_INPUT", "", field)
			}
		})
	})
}

func TestRolesThatDifferInTheirBounds(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a, account, app, other, until := bounds(w)
		bounded := func(roles ...string) string { return bounded(w, a, app, until, roles...) }
		t.Run("1.5: how fresh a second factor must be is kept, and a new role gets the strictest", func(t *testing.T) {
			id := bounded("operations", "finance")
			write(w, func(tx *ent.Tx) error {
				return tx.Grant.Update().Where(grant.EmployeeID(id), grant.RoleID(staff.RoleID("finance"))).SetStepUpMinutes(5).Exec(tx)
			})
			w.Done(a, setRolesM, of(input{"employeeId": id, "roleIds": builtIn("operations", "finance", "developer")}))
			for _, h := range grants(w, a, account, id) {
				if (h.SecondFactorWithin == nil) != (h.Role.Code == "operations") || h.SecondFactorWithin != nil && *h.SecondFactorWithin != 5 {
					t.Errorf("%+v", h)
				}
			}
		})
		t.Run("1.5: where the roles differ in a bound, a new role's must be named", func(t *testing.T) {
			id := bounded("operations", "finance")
			write(w, func(tx *ent.Tx) error {
				return tx.Grant.Update().Where(grant.EmployeeID(id), grant.RoleID(staff.RoleID("finance"))).SetApplicationIds([]string{other}).Exec(tx)
			})
			in := input{"employeeId": id, "roleIds": builtIn("operations", "finance", "developer")}
			wants(w, w.Refused(a, setRolesM, of(in)), "INVALID_INPUT", "", "applicationIds")
			in["roleIds"] = builtIn("operations", "finance") // each keeps its own limits
			w.Done(a, setRolesM, of(in))
			got := grants(w, a, account, id)
			if len(got) != 2 || !got[0].is("operations", "99.00", &until, app) || !got[1].is("finance", "99.00", &until, other) {
				t.Fatalf("%+v", got)
			}
		})
		t.Run("1.5: what has run out comes back only by a new expiry", func(t *testing.T) {
			id := bounded("operations")
			w.AdvanceTo(until)
			in := input{"employeeId": id, "roleIds": builtIn("operations")}
			wants(w, w.Refused(a, setRolesM, of(in)), "INVALID_INPUT", "", "expiresAt")
			next := until.Add(time.Hour)
			in["expiresAt"] = next.Format(time.RFC3339Nano)
			w.Done(a, setRolesM, of(in))
			if got := grants(w, a, account, id); len(got) != 1 || !got[0].is("operations", "99.00", &next, app) {
				t.Fatalf("%+v", got)
			}
		})
	})
}

func TestTheAuditKeepsOldAndNewGrants(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a := w.Verified("Acme")
		app := w.Application(a, "MAINLAND")
		id := join(w, a, a.AccountID, w.Person("Berta"), builtIn("developer")...)
		t.Run("1.5: a change of roles keeps what was held and what is held, with every bound", func(t *testing.T) {
			w.Done(a, setRolesM, of(input{"employeeId": id, "roleIds": builtIn("operations"), "applicationIds": []string{app},
				"spendingLimit": input{"amount": "99.00", "currency": "CNY"}}))
			row, err := w.Portal.Store.Read().AuditEvent.Query().Where(auditevent.Action("setEmployeeRoles"), auditevent.ResultEQ(auditevent.ResultDONE)).Only(w.System())
			if err != nil {
				t.Fatal(err)
			}
			var got map[string]any
			if err := json.Unmarshal([]byte(row.Details), &got); err != nil {
				t.Fatal(err)
			}
			want := map[string]any{
				"oldGrants": []any{map[string]any{"roleId": "role_developer"}},
				"grants":    []any{map[string]any{"roleId": "role_operations", "applicationIds": []any{app}, "spendingLimitMinor": 9900.0}},
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
	})
}

func TestOnlyOrganisationsHaveStaff(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		invite := func(a *portaltest.Actor) map[string]any {
			return of(input{"accountId": a.AccountID, "address": "+8613700000077", "roleIds": builtIn("developer")})
		}
		t.Run("1.5: a company's account has staff", func(t *testing.T) {
			a := w.Verified("Acme")
			w.Done(a, inviteM, invite(a))
		})
		t.Run("1.4: to invite to a natural person's account would be lending it", func(t *testing.T) {
			a := w.Owner("Nina")
			w.Verify(a, input{"kind": "NATURAL_PERSON", "legalName": "Nina Ltd", "country": "CN", "registrationNumber": "11010519491231002X"})
			r := w.Refused(a, inviteM, invite(a))
			wants(w, r, "STAFF_NOT_ALLOWED", "1.4", "accountId")
			if r.Remedy == nil || r.Remedy.Operation != "openAccount" {
				t.Errorf("the remedy: %+v", r.Remedy)
			}
		})
	})
}

func TestTheOwnersRoleIsNotAmongThoseToGive(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a := w.Owner("Acme")
		t.Run("1.4: an account's roles are those that can be given, and each of them can", func(t *testing.T) {
			codes := map[string]bool{}
			for _, r := range portaltest.At(w.Must(a, people, map[string]any{"id": a.AccountID}), "account", "roles").([]any) {
				codes[portaltest.String(r, "code")] = true
			}
			for _, code := range staff.RoleCodes() {
				if codes[code] == (code == staff.Owner) {
					t.Errorf("%s: %v", code, codes[code])
				}
			}
		})
	})
}
