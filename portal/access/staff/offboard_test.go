package staff_test

import (
	"errors"
	"sync"
	"testing"

	"portico/ent"
	"portico/ent/db/employee"
	"portico/ent/db/grant"
	"portico/ent/db/ownership"
	"portico/portal/access/staff"
	"portico/portaltest"
)

func TestOffboarding(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a, admin, b := w.Verified("Acme"), w.Person("Adam"), w.Verified("Berta")
		account, home := a.AccountID, b.AccountID
		adam := join(w, a, account, admin, builtIn("administrator")...)
		berta := join(w, a, account, b, builtIn("administrator")...)
		owner := portaltest.String(w.Must(a, people, map[string]any{"id": account}), "account", "owner", "id")
		t.Run("1.5: the owner isn't offboarded", func(t *testing.T) {
			wants(w, w.Refused(admin, offboardM, of(input{"employeeId": owner})), "OWNER_UNCHANGED", "1.4", "employeeId")
			wants(w, w.Refused(a, offboardM, of(input{"employeeId": owner, "successorId": adam})), "OWNER_UNCHANGED", "1.4", "employeeId")
		})
		finance := w.Person("Fina")
		fina := join(w, a, account, finance, builtIn("finance")...)
		_, token := invited(w, b, account, "+8613700000040", builtIn("developer")...)
		t.Run("1.5: what waits under its name needs a successor who can answer for it", func(t *testing.T) {
			got := w.Refused(a, offboardM, of(input{"employeeId": berta}))
			wants(w, got, "SUCCESSOR_REQUIRED", "1.5", "successorId")
			if got.Remedy == nil || got.Remedy.Operation != "offboardEmployee" || got.Remedy.Input["employeeId"] != berta {
				t.Fatalf("%+v", got.Remedy)
			}
			for successor, code := range map[string]string{fina: "SUCCESSOR_UNFIT", berta: "SUCCESSOR_UNFIT", "empl_01JNOBODY": "NOT_FOUND"} {
				got := w.Refused(a, offboardM, of(input{"employeeId": berta, "successorId": successor}))
				if got.Code != code || got.Field[1] != "successorId" {
					t.Fatalf("%s: %+v", successor, got)
				}
			}
			if sessions(w, b) == 0 || !holds(w, b, account, "EMPLOYEE_INVITE") {
				t.Fatal("a refusal changed something")
			}
		})
		t.Run("1.5: in one step its sessions and grants die and its invitations pass on", func(t *testing.T) {
			bearer := w.Token(b)
			w.Done(a, offboardM, of(input{"employeeId": berta, "successorId": adam}))
			if r := w.SendToken(bearer, `{ viewer { person { id } } }`, nil); r.Data["viewer"] != nil || sessions(w, b) != 0 {
				t.Fatalf("its session goes on: %s", r.Raw)
			}
			n, err := w.Portal.Store.Read().Grant.Query().Where(grant.EmployeeID(berta)).Count(w.System())
			if err != nil || n != 0 {
				t.Fatal(n, err)
			}
			d := portaltest.At(w.Must(a, listed, map[string]any{"id": account}), "account", "invitations", "nodes", 0)
			if portaltest.String(d, "invitedBy", "id") != adam || portaltest.String(d, "status") != "PENDING" {
				t.Fatalf("%v", d)
			}
		})
		t.Run("1.5: what was handed over is answered for by the successor", func(t *testing.T) {
			wants(w, w.Refused(w.Person("Cora"), acceptM, of(input{"token": token})), "INVITATION_ADDRESS_NOT_PROVED", "1.5", "token")
			wants(w, w.Refused(a, offboardM, of(input{"employeeId": adam})), "SUCCESSOR_REQUIRED", "1.5", "successorId")
		})
		t.Run("1.4: signed in again, the person has its own account and no longer the other", func(t *testing.T) {
			w.Begin(b)
			if holds(w, b, account, "ACCOUNT_READ") || !holds(w, b, home, "TERMS_ACCEPT") {
				t.Fatal(mine(w, b, account))
			}
		})
	})
}

func TestAfterOffboarding(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a, b := w.Verified("Acme"), w.Person("Berta")
		account := a.AccountID
		fina := join(w, a, account, w.Person("Fina"), builtIn("finance")...)
		berta := join(w, a, account, b, builtIn("administrator")...)
		w.Done(a, offboardM, of(input{"employeeId": berta}))
		t.Run("1.5: nobody leaves twice, or is changed after leaving", func(t *testing.T) {
			wants(w, w.Refused(a, offboardM, of(input{"employeeId": berta})), "EMPLOYEE_LEFT", "1.5", "employeeId")
			wants(w, w.Refused(a, setRolesM, of(input{"employeeId": berta, "roleIds": builtIn("finance")})), "EMPLOYEE_LEFT", "1.5", "employeeId")
			wants(w, w.Refused(a, offboardM, of(input{"employeeId": fina, "successorId": berta})), "SUCCESSOR_UNFIT", "1.5", "successorId")
		})
		t.Run("1.5: an invitation from before its leaving brings nobody back, a new one does", func(t *testing.T) {
			d := w.Person("Dora")
			verified(w, d)
			_, old := invited(w, a, account, d.Email, builtIn("developer")...)
			dora := join(w, a, account, d, builtIn("developer")...)
			w.Done(a, offboardM, of(input{"employeeId": dora}))
			w.Begin(d)
			wants(w, w.Refused(d, acceptM, of(input{"token": old})), "INVITATION_INVALID", "1.5", "token")
			w.AdvanceTo(w.Portal.Store.Now().Add(1e9))
			if again := join(w, a, account, d, builtIn("developer")...); again == dora {
				t.Fatal("it is the same employee")
			}
		})
		t.Run("1.5: an administrator may leave by itself", func(t *testing.T) {
			e := w.Person("Emil")
			emil := join(w, a, account, e, builtIn("administrator")...)
			w.Done(e, offboardM, of(input{"employeeId": emil}))
			if sessions(w, e) != 0 {
				t.Fatal("it is still signed in")
			}
		})
	})
}

// race runs operations concurrently and returns their answers.
func race(ops ...func() portaltest.Response) []portaltest.Response {
	answers := make([]portaltest.Response, len(ops))
	var start, done sync.WaitGroup
	start.Add(1)
	for i, op := range ops {
		done.Add(1)
		go func() {
			defer done.Done()
			start.Wait()
			answers[i] = op()
		}()
	}
	start.Done()
	done.Wait()
	return answers
}

// succeeded counts the answers without a refusal or an error.
func succeeded(t *testing.T, answers []portaltest.Response) int {
	t.Helper()
	n := 0
	for _, r := range answers {
		for _, e := range r.Errors {
			if e.Code() == "INTERNAL" {
				t.Errorf("%s", r.Raw)
			}
		}
		if len(r.Errors) == 0 && len(r.Refusals(t)) == 0 {
			n++
		}
	}
	return n
}

func TestStaffInARace(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a := w.Verified("Acme")
		account := a.AccountID
		w.Token(a)
		t.Run("1.5: of twin acceptances one makes an employee", func(t *testing.T) {
			for range 5 {
				b := w.Person("Berta")
				_, token := invited(w, a, account, b.Phone, builtIn("developer")...)
				twin := func() portaltest.Response { return w.Send(b, acceptM, of(input{"token": token})) }
				if got := succeeded(t, race(twin, twin, twin, twin)); got != 1 {
					t.Fatalf("%d were accepted", got)
				}
				n, err := w.Portal.Store.Read().Employee.Query().Where(employee.PersonID(b.PersonID)).Count(w.System())
				if err != nil || n != 1 {
					t.Fatal(n, err)
				}
			}
		})
		t.Run("1.5: two invitations of one person make one employee", func(t *testing.T) {
			b := w.Person("Bela")
			verified(w, b)
			_, x := invited(w, a, account, b.Phone, builtIn("developer")...)
			_, y := invited(w, a, account, b.Email, builtIn("finance")...)
			got := succeeded(t, race(
				func() portaltest.Response { return w.Send(b, acceptM, of(input{"token": x})) },
				func() portaltest.Response { return w.Send(b, acceptM, of(input{"token": y})) }))
			if got != 1 {
				t.Fatalf("%d were accepted", got)
			}
		})
		t.Run("1.5: taking back and accepting: one of the two", func(t *testing.T) {
			for range 5 {
				b := w.Person("Bodo")
				id, token := invited(w, a, account, b.Phone, builtIn("developer")...)
				got := succeeded(t, race(
					func() portaltest.Response { return w.Send(b, acceptM, of(input{"token": token})) },
					func() portaltest.Response { return w.Send(a, revokeM, of(input{"invitationId": id})) }))
				if got != 1 {
					t.Fatalf("%d happened", got)
				}
			}
		})
		w.Clean()
	})
}

func TestAdministratorsOffboardEachOther(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a := w.Verified("Acme")
		account := a.AccountID
		w.Token(a)
		t.Run("1.5: two administrators offboard each other: one of them goes, whole", func(t *testing.T) {
			for range 5 {
				x, y := w.Person("Xaver"), w.Person("Yvonne")
				xid, yid := join(w, a, account, x, builtIn("administrator")...), join(w, a, account, y, builtIn("administrator")...)
				got := succeeded(t, race(
					func() portaltest.Response { return w.Send(x, offboardM, of(input{"employeeId": yid})) },
					func() portaltest.Response { return w.Send(y, offboardM, of(input{"employeeId": xid})) }))
				if got != 1 {
					t.Fatalf("%d went", got)
				}
				for _, id := range []string{xid, yid} {
					e, err := w.Portal.Store.Read().Employee.Get(w.System(), id)
					if err != nil {
						t.Fatal(err)
					}
					n, err := w.Portal.Store.Read().Grant.Query().Where(grant.EmployeeID(id)).Count(w.System())
					if err != nil || (e.Status == employee.StatusACTIVE) != (n == 1) || (e.ActiveKey == nil) != (n == 0) {
						t.Fatalf("half done: %v, %d grants, %v", e, n, err)
					}
				}
			}
		})
	})
}

func TestChangesOfRolesInARace(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a := w.Verified("Acme")
		account := a.AccountID
		w.Token(a)
		t.Run("1.5: two changes of one employee's roles don't mix", func(t *testing.T) {
			b := w.Person("Bruno")
			id := join(w, a, account, b, builtIn("developer")...)
			for range 5 {
				set := func(roles ...string) func() portaltest.Response {
					return func() portaltest.Response {
						return w.Send(a, setRolesM, of(input{"employeeId": id, "roleIds": builtIn(roles...)}))
					}
				}
				if got := succeeded(t, race(set("finance", "developer"), set("operations", "auditor"))); got != 2 {
					t.Fatalf("%d happened", got)
				}
				rows, err := w.Portal.Store.Read().Grant.Query().Where(grant.EmployeeID(id)).All(w.System())
				if err != nil || len(rows) != 2 {
					t.Fatal(rows, err)
				}
				of := map[string]bool{rows[0].RoleID: true, rows[1].RoleID: true}
				if of[staff.RoleID("finance")] != of[staff.RoleID("developer")] || of[staff.RoleID("operations")] != of[staff.RoleID("auditor")] {
					t.Fatalf("%v", of)
				}
			}
		})
		t.Run("1.5: a role is deleted or given, not both", func(t *testing.T) {
			b := w.Person("Boris")
			id := join(w, a, account, b, builtIn("developer")...)
			for range 5 {
				role := custom(w, a, account, "brief", "BILL_READ")
				race(
					func() portaltest.Response { return w.Send(a, deleteM, of(input{"roleId": role})) },
					func() portaltest.Response {
						return w.Send(a, setRolesM, of(input{"employeeId": id, "roleIds": []string{role}}))
					})
				there := portaltest.At(w.Must(a, `query($id: ID!) { node(id: $id) { id } }`, map[string]any{"id": role}), "node") != nil
				n, err := w.Portal.Store.Read().Grant.Query().Where(grant.RoleID(role)).Count(w.System())
				if err != nil || there != (n == 1) {
					t.Fatalf("it is there: %v, given %d times, %v", there, n, err)
				}
				w.Done(a, setRolesM, of(input{"employeeId": id, "roleIds": builtIn("developer")}))
				if there {
					w.Done(a, deleteM, of(input{"roleId": role}))
				}
			}
		})
	})
}

func TestAnAccountFoundedTwice(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		t.Run("1.5: an account founded twice at once has one owner", func(t *testing.T) {
			b, c := w.Person("Bert"), w.Person("Cilly")
			id := ent.NewID("acct")
			var wg sync.WaitGroup
			errs := make([]error, 2)
			for i, p := range []*portaltest.Actor{b, c} {
				wg.Add(1)
				go func() {
					defer wg.Done()
					errs[i] = w.Portal.Store.Write(w.System(), func(tx *ent.Tx) error {
						_, err := staff.Found(tx, id, p.PersonID)
						return err
					})
				}()
			}
			wg.Wait()
			if (errs[0] == nil) == (errs[1] == nil) || !errors.Is(errors.Join(errs...), staff.OwnerExists) {
				t.Fatal(errs)
			}
			n, err := w.Portal.Store.Read().Ownership.Query().Where(ownership.AccountID(id)).Count(w.System())
			if err != nil || n != 1 {
				t.Fatal(n, err)
			}
		})
	})
}
