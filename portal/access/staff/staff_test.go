package staff_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"portico/authz"
	"portico/clause"
	"portico/ent"
	"portico/ent/db/employee"
	"portico/ent/db/ownership"
	"portico/ent/db/role"
	"portico/portal/access/staff"
	"portico/portaltest"
)

const people = `query($id: ID!) { account(id: $id) { owner { id status person { id name } }
	employees(first: 50) { totalCount nodes { id status joinedAt person { id name } roles { id code name permissions } } }
	roles { id code name builtIn permissions } } }`

func TestTheOwnerOfAnAccount(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a := w.Verified("Acme")
		d := portaltest.At(w.Must(a, people, map[string]any{"id": a.AccountID}), "account")
		t.Run("1.5: who registers is the one owner and the first employee", func(t *testing.T) {
			if portaltest.String(d, "owner", "person", "id") != a.PersonID || portaltest.At(d, "employees", "totalCount") != float64(1) {
				t.Fatalf("%v", d)
			}
			first := portaltest.At(d, "employees", "nodes", 0)
			if portaltest.String(first, "id") != portaltest.String(d, "owner", "id") || portaltest.String(first, "roles", 0, "code") != staff.Owner ||
				portaltest.String(first, "person", "name") != "Acme" || portaltest.String(first, "status") != "ACTIVE" {
				t.Fatalf("%v", first)
			}
		})
		t.Run("1.5: the roles that can be given are those of policy.csv, in the reader's language", func(t *testing.T) {
			var codes []string
			for _, r := range portaltest.At(d, "roles").([]any) {
				codes = append(codes, portaltest.String(r, "code"))
				if portaltest.At(r, "builtIn") != true || portaltest.String(r, "name") == "" || len(portaltest.At(r, "permissions").([]any)) == 0 {
					t.Errorf("%v", r)
				}
				for _, p := range portaltest.At(r, "permissions").([]any) {
					if q, ok := authz.ParsePermission(p.(string)); !ok || !authz.Law().Role(portaltest.String(r, "code")).Has(q) {
						t.Errorf("%v isn't of %v", p, r)
					}
				}
			}
			slices.Sort(codes)
			want := slices.DeleteFunc(staff.RoleCodes(), func(code string) bool { return code == staff.Owner })
			slices.Sort(want)
			if !slices.Equal(codes, want) {
				t.Fatalf("%v, want %v", codes, want)
			}
		})
	})
}

func TestAnAccountHasOneOwner(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a, b := w.Verified("Acme"), w.Verified("Other")
		d := portaltest.At(w.Must(a, people, map[string]any{"id": a.AccountID}), "account")
		t.Run("1.5: an account never has a second owner", func(t *testing.T) {
			err := w.Portal.Store.Write(w.System(), func(tx *ent.Tx) error {
				_, err := staff.Found(tx, a.AccountID, b.PersonID)
				return err
			})
			if !errors.Is(err, staff.OwnerExists) {
				t.Fatal(err)
			}
			err = w.Portal.Store.Write(w.System(), func(tx *ent.Tx) error {
				_, err := staff.Found(tx, a.AccountID, a.PersonID)
				return err
			})
			if !errors.Is(err, staff.OwnerExists) {
				t.Fatal(err)
			}
			read := w.Portal.Store.Read()
			owners, err := read.Ownership.Query().Where(ownership.AccountID(a.AccountID)).Count(w.System())
			if err != nil || owners != 1 {
				t.Fatal(owners, err)
			}
			employees, err := read.Employee.Query().Where(employee.AccountID(a.AccountID)).Count(w.System())
			if err != nil || employees != 1 {
				t.Fatal(employees, err)
			}
		})
		t.Run("1.5: another account's staff isn't shown", func(t *testing.T) {
			if got := w.Must(b, people, map[string]any{"id": a.AccountID}); portaltest.At(got, "account") != nil {
				t.Fatalf("%v", got)
			}
		})
		t.Run("1.5: a role whose grant has run out isn't shown", func(t *testing.T) {
			id := portaltest.String(d, "owner", "id")
			until := portaltest.Start.Add(time.Hour)
			err := w.Portal.Store.Write(w.System(), func(tx *ent.Tx) error {
				return tx.Grant.Create().SetAccountID(a.AccountID).SetEmployeeID(id).SetRoleID(staff.RoleID("auditor")).
					SetGrantedAt(tx.Now).SetExpiresAt(until).Exec(tx)
			})
			if err != nil {
				t.Fatal(err)
			}
			roles := func() int {
				return len(portaltest.At(w.Must(a, people, map[string]any{"id": a.AccountID}), "account", "employees", "nodes", 0, "roles").([]any))
			}
			w.AdvanceTo(until.Add(-time.Microsecond))
			if roles() != 2 {
				t.Fatal("it isn't shown while it holds")
			}
			w.AdvanceTo(until)
			if roles() != 1 {
				t.Fatal("it is shown after its end")
			}
		})
	})
}

func TestBuiltInRoles(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		count := func() int {
			n, err := w.Portal.Store.Read().Role.Query().Where(role.BuiltIn(true)).Count(w.System())
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		t.Run("1.5: seeding again changes nothing", func(t *testing.T) {
			before := count()
			if err := staff.SeedRoles(w.System(), w.Portal.Store); err != nil {
				t.Fatal(err)
			}
			if before != len(staff.RoleCodes()) || count() != before {
				t.Fatal(before, count())
			}
		})
		t.Run("1.5: nobody but Portico seeds them", func(t *testing.T) {
			if err := staff.SeedRoles(w.As(w.Platform()), w.Portal.Store); !errors.Is(err, clause.Forbidden) {
				t.Fatal(err)
			}
		})
		t.Run("1.5: every role is one of policy.csv, and has a name in both languages", func(t *testing.T) {
			rows, err := w.Portal.Store.Read().Role.Query().All(w.System())
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range rows {
				name := staff.RoleName(r)
				if !slices.Contains(authz.Law().Roles(), r.Code) || r.ID != staff.RoleID(r.Code) || name.ZH == "" || name.ZH == name.EN {
					t.Errorf("%v %v", r, name)
				}
			}
		})
	})
}
