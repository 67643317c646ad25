package staff_test

import (
	"strings"
	"testing"

	"portico/ent"
	"portico/ent/db/grant"
	"portico/portal/access/staff"
	"portico/portaltest"
)

const (
	suspendM = `mutation($i: SuspendEmployeeInput!) { suspendEmployee(input: $i) { employee { id status suspendedAt suspendedBy { id } suspensionReason grants { id } }
		userErrors { code message field clause remedy { description operation input } } } }`
	resumeM = `mutation($i: ResumeEmployeeInput!) { resumeEmployee(input: $i) { employee { id status suspendedAt suspensionReason }
		userErrors { code message field clause remedy { description operation input } } } }`
)

func suspending(id string) map[string]any {
	return of(input{"employeeId": id, "reason": " An incident\n is looked into. "})
}

func TestSuspension(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a, b := w.Verified("Acme"), w.Verified("Berta")
		account, home := a.AccountID, b.AccountID
		berta := join(w, a, account, b, builtIn("administrator")...)
		w.VerifyEmail(b)
		guest := w.Person("Gus")
		_, token := invited(w, b, account, guest.Phone, builtIn("developer")...)
		t.Run("1.5: at once its sessions end, its grants stay and give nothing", func(t *testing.T) {
			bearer := w.Token(b)
			p := w.Done(a, suspendM, suspending(berta))
			e := portaltest.At(p, "employee")
			if portaltest.String(e, "status") != "SUSPENDED" || portaltest.String(e, "suspendedAt") == "" || portaltest.String(e, "suspendedBy", "id") == "" ||
				portaltest.String(e, "suspensionReason") != "An incident is looked into." || len(portaltest.At(e, "grants").([]any)) != 1 {
				t.Errorf("%v", p)
			}
			if r := w.SendToken(bearer, `{ viewer { person { id } } }`, nil); r.Data["viewer"] != nil || sessions(w, b) != 0 {
				t.Fatalf("its session goes on: %s", r.Raw)
			}
			if got := w.Message(b.Email); !strings.Contains(got.Body, "suspended") {
				t.Errorf("the person isn't told: %q", got.Body)
			}
		})
		t.Run("1.4: signed in again, the person has its own account and no longer the other", func(t *testing.T) {
			w.Begin(b)
			if holds(w, b, account, "ACCOUNT_READ") || !holds(w, b, home, "TERMS_ACCEPT") {
				t.Fatal(mine(w, b, account))
			}
		})
		t.Run("1.5: an invitation of a suspended employee can't be accepted", func(t *testing.T) {
			wants(w, w.Refused(guest, acceptM, of(input{"token": token})), "INVITATION_VOID", "1.5", "token")
		})
		t.Run("1.5: who is suspended can't be suspended again or given roles, and isn't employed anew", func(t *testing.T) {
			got := w.Refused(a, suspendM, suspending(berta))
			wants(w, got, "EMPLOYEE_SUSPENDED", "1.5", "employeeId")
			if got.Remedy == nil || got.Remedy.Operation != "resumeEmployee" || got.Remedy.Input["employeeId"] != berta {
				t.Errorf("%+v", got.Remedy)
			}
			wants(w, w.Refused(a, setRolesM, of(input{"employeeId": berta, "roleIds": builtIn("finance")})), "EMPLOYEE_SUSPENDED", "1.5", "employeeId")
			_, again := invited(w, a, account, b.Phone, builtIn("developer")...)
			wants(w, w.Refused(b, acceptM, of(input{"token": again})), "ALREADY_EMPLOYED", "1.5", "token")
		})
		t.Run("1.5: resumed, it holds what it held", func(t *testing.T) {
			p := w.Done(a, resumeM, of(input{"employeeId": berta}))
			if portaltest.String(p, "employee", "status") != "ACTIVE" || portaltest.At(p, "employee", "suspendedAt") != nil || portaltest.At(p, "employee", "suspensionReason") != nil {
				t.Errorf("%v", p)
			}
			if !holds(w, b, account, "EMPLOYEE_INVITE") {
				t.Error(mine(w, b, account))
			}
			wants(w, w.Refused(a, resumeM, of(input{"employeeId": berta})), "EMPLOYEE_NOT_SUSPENDED", "1.5", "employeeId")
		})
	})
}

func TestSuspensionIsRefused(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a, guard, admin := w.Verified("Acme"), w.Person("Sec"), w.Person("Adam")
		account := a.AccountID
		sec := join(w, a, account, guard, builtIn("security")...)
		adam := join(w, a, account, admin, builtIn("administrator")...)
		owner := portaltest.String(w.Must(a, people, map[string]any{"id": account}), "account", "owner", "id")
		t.Run("1.4: the owner isn't suspended", func(t *testing.T) {
			wants(w, w.Refused(guard, suspendM, suspending(owner)), "OWNER_UNCHANGED", "1.4", "employeeId")
		})
		t.Run("1.5: nobody suspends itself", func(t *testing.T) {
			wants(w, w.Refused(guard, suspendM, suspending(sec)), "OWN_SUSPENSION", "1.5", "employeeId")
		})
		t.Run("1.5: a suspension has a reason of at most 500 characters", func(t *testing.T) {
			for reason, fits := range map[string]bool{" ": false, strings.Repeat("因", 501): false, strings.Repeat("因", 500): true} {
				in := of(input{"employeeId": adam, "reason": reason})
				if fits {
					w.Done(guard, suspendM, in)
				} else {
					wants(w, w.Refused(guard, suspendM, in), "INVALID_INPUT", "", "reason")
				}
			}
		})
		t.Run("1.5: who can't give what it gets can't resume it", func(t *testing.T) {
			second := w.Person("Second")
			join(w, a, account, second, builtIn("administrator")...)
			err := w.Portal.Store.Write(w.System(), func(tx *ent.Tx) error {
				return tx.Grant.Update().Where(grant.AccountID(account), grant.RoleID(staff.RoleID("administrator")), grant.EmployeeIDNEQ(adam)).SetSpendingLimit(100).Exec(tx)
			})
			if err != nil {
				t.Fatal(err)
			}
			wants(w, w.Refused(second, resumeM, of(input{"employeeId": adam})), "PERMISSION_NOT_HELD", "1.5", "employeeId")
			w.Done(a, resumeM, of(input{"employeeId": adam}))
		})
		t.Run("1.5: who has left is neither suspended nor resumed, and a suspended employee can be offboarded", func(t *testing.T) {
			w.Done(guard, suspendM, suspending(adam))
			w.Done(a, offboardM, of(input{"employeeId": adam}))
			wants(w, w.Refused(a, suspendM, suspending(adam)), "EMPLOYEE_LEFT", "1.5", "employeeId")
			wants(w, w.Refused(a, resumeM, of(input{"employeeId": adam})), "EMPLOYEE_LEFT", "1.5", "employeeId")
		})
	})
}
