package identity_test

import (
	"fmt"
	"testing"
	"time"

	"portico/authz"
	"portico/ent"
	"portico/ent/db/employee"
	"portico/portal/access/staff"
	"portico/portaltest"
)

const (
	setFactors = `mutation($i: SetSecondFactorPolicyInput!) { setSecondFactorPolicy(input: $i) { account { id secondFactorPolicy { scope roles { id code } setAt } } ` + refusal + ` } }`
	ownName    = `query($id: ID!) { account(id: $id) { name } viewer { person { id } secondFactors { id } } }`
	newApp     = `mutation($i: CreateApplicationInput!) { createApplication(input: $i) { application { id } ` + refusal + ` } }`
)

// proven is the owner of a verified account, who has just passed a second factor.
func proven(w *portaltest.World, name string) *portaltest.Actor {
	a := w.Verified(name)
	w.AddTotp(a)
	return a
}

// also gives a colleague another role.
func also(w *portaltest.World, a *portaltest.Actor, role string) {
	w.T.Helper()
	err := w.Portal.Store.Write(w.System(), func(tx *ent.Tx) error {
		e, err := tx.Employee.Query().Where(employee.PersonID(a.PersonID)).Only(tx)
		if err != nil {
			return err
		}
		return tx.Grant.Create().SetAccountID(a.AccountID).SetEmployeeID(e.ID).SetRoleID(staff.RoleID(role)).SetGrantedAt(tx.Now).Exec(tx)
	})
	if err != nil {
		w.T.Fatal(err)
	}
}

// withheld reports whether an actor reads nothing of its account for want of a
// second factor.
func withheld(t *testing.T, w *portaltest.World, a *portaltest.Actor) bool {
	t.Helper()
	r := w.Send(a, ownName, map[string]any{"id": a.AccountID})
	if portaltest.String(r.Data, "viewer", "person", "id") == "" {
		t.Errorf("its own is withheld too: %s", r.Raw)
	}
	for _, e := range r.Errors {
		if e.Code() != "SECOND_FACTOR_REQUIRED" || e.Extensions["clause"] != "1.5" || portaltest.String(e.Extensions["remedy"], "operation") != "addTotp" {
			t.Errorf("%s", r.Raw)
		}
	}
	return len(r.Errors) > 0
}

func TestAnAccountRequiresSecondFactors(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		t.Run("1.5: of everyone: who has none can do nothing on the account but add one", func(t *testing.T) {
			owner := proven(w, "Ada")
			c, other := colleague(w, owner.AccountID, "developer"), w.Owner("Bea")
			if withheld(t, w, c) {
				t.Error("before it is required")
			}
			p := w.Done(owner, setFactors, in("accountId", owner.AccountID, "scope", "EVERYONE"))
			if portaltest.String(p, "account", "secondFactorPolicy", "scope") != "EVERYONE" || portaltest.At(p, "account", "secondFactorPolicy", "setAt") == nil {
				t.Errorf("%v", p)
			}
			if !withheld(t, w, c) || withheld(t, w, owner) || withheld(t, w, other) {
				t.Error("withheld from the wrong one")
			}
			r := w.Refused(c, newApp, in("accountId", owner.AccountID, "name", "Chat", "kind", "SOCIAL", "region", "MAINLAND"))
			if r.Code != "SECOND_FACTOR_REQUIRED" || r.Clause != "1.5" || r.Remedy.Operation != "addTotp" {
				t.Errorf("%+v", r)
			}
			w.AddTotp(c)
			if withheld(t, w, c) {
				t.Error("withheld from who has a factor")
			}
			w.Done(c, newApp, in("accountId", owner.AccountID, "name", "Chat", "kind", "SOCIAL", "region", "MAINLAND"))
		})
		t.Run("1.5: of named roles, whatever else their holders hold; and of nobody again", func(t *testing.T) {
			owner := proven(w, "Ada")
			c, d := colleague(w, owner.AccountID, "finance"), colleague(w, owner.AccountID, "developer")
			also(w, c, "developer")
			p := w.Done(owner, setFactors, in("accountId", owner.AccountID, "scope", "NAMED_ROLES", "roleIds", []string{staff.RoleID("finance")}))
			if portaltest.String(p, "account", "secondFactorPolicy", "roles", 0, "code") != "finance" {
				t.Errorf("%v", p)
			}
			if !withheld(t, w, c) || withheld(t, w, d) {
				t.Error("withheld from the wrong one")
			}
			p = w.Done(owner, setFactors, in("accountId", owner.AccountID, "scope", "NOBODY"))
			if withheld(t, w, c) || portaltest.String(p, "account", "secondFactorPolicy", "scope") != "NOBODY" {
				t.Error("it is still required")
			}
		})
		t.Run("1.5: a limit on sessions and the requirement don't change each other", func(t *testing.T) {
			owner := proven(w, "Ada")
			w.Done(owner, setFactors, in("accountId", owner.AccountID, "scope", "EVERYONE"))
			w.Done(owner, setPolicy, in("accountId", owner.AccountID, "lifetimeMinutes", 600))
			c := colleague(w, owner.AccountID, "developer")
			if !withheld(t, w, c) {
				t.Error("the requirement is gone")
			}
		})
	})
}

func TestWhoSetsTheRequirement(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		t.Run("1.5: only who meets it, with a fresh factor", func(t *testing.T) {
			a := w.Verified("Ada")
			input := in("accountId", a.AccountID, "scope", "EVERYONE")
			if r := w.Refused(a, setFactors, input); r.Code != "SECOND_FACTOR_REQUIRED" || r.Remedy.Operation != "addTotp" {
				t.Errorf("%+v", r)
			}
			w.AddTotp(a)
			w.Wall.Advance(15 * time.Minute)
			w.Begin(a)
			if r := w.Refused(a, setFactors, input); r.Code != "STEP_UP_REQUIRED" {
				t.Errorf("%+v", r)
			}
		})
		t.Run("1.5: roles are named for their scope alone, and are the account's", func(t *testing.T) {
			owner, other := proven(w, "Ada"), proven(w, "Bea")
			foreign := portaltest.String(w.Done(other, `mutation($i: CreateRoleInput!) { createRole(input: $i) { role { id } userErrors { code } } }`,
				in("accountId", other.AccountID, "name", "Helpers", "code", "helpers", "permissions", []string{authz.AccountRead.Enum()})), "role", "id")
			for what, x := range map[string]struct {
				scope string
				roles []string
				code  string
			}{
				"no role":        {"NAMED_ROLES", nil, "INVALID_INPUT"},
				"too many":       {"NAMED_ROLES", make([]string, 51), "INVALID_INPUT"},
				"for everyone":   {"EVERYONE", []string{staff.RoleID("finance")}, "INVALID_INPUT"},
				"a foreign role": {"NAMED_ROLES", []string{staff.RoleID("finance"), foreign}, "NOT_FOUND"},
				"no role's id":   {"NAMED_ROLES", []string{owner.AccountID}, "NOT_FOUND"},
			} {
				if r := w.Refused(owner, setFactors, in("accountId", owner.AccountID, "scope", x.scope, "roleIds", x.roles)); r.Code != x.code {
					t.Errorf("%s: %s %s", what, r.Code, fmt.Sprint(r.Field))
				}
			}
			if r := w.Refused(owner, setFactors, in("accountId", other.AccountID, "scope", "NOBODY")); r.Code != "NOT_FOUND" {
				t.Errorf("%+v", r)
			}
		})
	})
}
