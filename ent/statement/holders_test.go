package statement_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/approval"
	"portico/ent/db/employee"
	"portico/ent/db/grant"
	"portico/ent/db/membership"
	"portico/ent/statement"
	"portico/portal/access/staff"
	"portico/portaltest"
)

// staffed gives an account employees with grants of every kind, and returns its
// applications.
func staffed(w *portaltest.World, a *portaltest.Actor) []string {
	w.T.Helper()
	apps := []string{w.Application(a, "MAINLAND"), w.Application(a, "MAINLAND")}
	low, past, coming := int64(100), portaltest.Start.Add(-time.Hour), portaltest.Start.AddDate(0, 1, 0)
	err := w.Portal.Store.Write(w.System(), func(tx *ent.Tx) error {
		group, err := grouped(tx, a.AccountID, apps[1:])
		if err != nil {
			return err
		}
		for i := range 24 {
			e, err := tx.Employee.Create().SetAccountID(a.AccountID).SetPersonID(fmt.Sprint("pers_", i)).SetStatus([]employee.Status{employee.StatusACTIVE, employee.StatusACTIVE,
				employee.StatusSUSPENDED}[i%3]).SetJoinedAt(tx.Now).SetActiveKey(fmt.Sprint(a.AccountID, i)).Save(tx)
			if err != nil {
				return err
			}
			if i%4 > 1 { // the group, and the row that a member has for itself
				for _, holder := range []string{e.ID, group} {
					if err := tx.Membership.Create().SetAccountID(a.AccountID).SetEmployeeID(e.ID).SetHolderID(holder).SetAddedAt(tx.Now).Exec(tx); err != nil {
						return err
					}
				}
			}
			for j, role := range []string{"operations", "finance"}[:1+i%2] {
				create := tx.Grant.Create().SetAccountID(a.AccountID).SetEmployeeID(e.ID).SetRoleID(staff.RoleID(role)).SetGrantedAt(tx.Now)
				switch (i + j) % 5 {
				case 1:
					create.SetApplicationIds(apps[:1])
				case 2:
					create.SetApplicationIds(apps).SetExpiresAt(coming)
				case 3:
					create.SetExpiresAt(past)
				case 4:
					create.SetApplicationIds([]string{}).SetSpendingLimit(low)
				case 0:
					if i%2 == 0 {
						create.SetMonthlyLimit(low)
					}
				}
				if err := create.Exec(tx); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		w.T.Fatal(err)
	}
	return apps
}

// grouped makes a group whose grants are of some applications, of operations, and of the
// whole account, of finance with a monthly limit, and returns its id.
func grouped(tx *ent.Tx, accountID string, apps []string) (string, error) {
	g, err := tx.Group.Create().SetAccountID(accountID).SetName("Ops").SetNameKey("ops").SetCreatedAt(tx.Now).Save(tx)
	if err != nil {
		return "", err
	}
	of := func(role string) *db.GrantCreate {
		return tx.Grant.Create().SetAccountID(accountID).SetEmployeeID(g.ID).SetRoleID(staff.RoleID(role)).SetGrantedAt(tx.Now)
	}
	return g.ID, errors.Join(of("operations").SetApplicationIds(apps).Exec(tx), of("finance").SetMonthlyLimit(1_000_000).Exec(tx))
}

func TestTheHoldersOfRolesAreThoseOfEnt(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a, b := w.Verified("Ada"), w.Verified("Bea")
		s, ctx := w.Portal.Store, w.As(a)
		apps, high := staffed(w, a), int64(101)
		roles := []string{staff.RoleID("operations"), staff.RoleID("finance"), staff.RoleID("owner")}
		for _, h := range []statement.RoleHolders{{Roles: roles[:1]}, {Roles: roles}, {Roles: roles, ApplicationID: apps[0]}, {Roles: roles, ApplicationID: apps[1]},
			{Roles: roles, Spending: &high}, {Roles: nil}} {
			h.AccountID, h.Now = a.AccountID, s.Now()
			want := holdersByEnt(t, w, h)
			t.Run(fmt.Sprintf("1.5: %d roles, %q, %d holders", len(h.Roles), h.ApplicationID, len(want)), func(t *testing.T) {
				got, err := h.IDs(ctx, s.Read(), "", "", false, 100)
				if err != nil || !slices.Equal(got, want) {
					t.Fatalf("%v %v, want %v", got, err, want)
				}
				if n, err := h.Count(ctx, s.Read(), 100); err != nil || n != len(want) {
					t.Errorf("%d %v", n, err)
				}
				if len(want) < 4 {
					return
				}
				if got, err := h.IDs(ctx, s.Read(), want[0], want[3], false, 100); err != nil || !slices.Equal(got, want[1:3]) {
					t.Errorf("between: %v %v", got, err)
				}
				last := []string{want[len(want)-1], want[len(want)-2]}
				if got, err := h.IDs(ctx, s.Read(), "", "", true, 2); err != nil || !slices.Equal(got, last) {
					t.Errorf("the last: %v %v", got, err)
				}
			})
		}
		t.Run("1.4: another account's staff isn't found", func(t *testing.T) {
			if _, err := (statement.RoleHolders{AccountID: a.AccountID, Roles: roles, Now: s.Now()}).IDs(w.As(b), s.Read(), "", "", false, 9); !errors.Is(err, clause.NotFound) {
				t.Errorf("%v", err)
			}
		})
	})
}

// holdersByEnt returns what a statement must find, as ent reads it.
func holdersByEnt(t *testing.T, w *portaltest.World, h statement.RoleHolders) []string {
	t.Helper()
	grants, err := w.Portal.Store.Read().Grant.Query().Where(grant.AccountID(h.AccountID), grant.RoleIDIn(h.Roles...)).All(w.System())
	if err != nil {
		t.Fatal(err)
	}
	active, err := w.Portal.Store.Read().Employee.Query().Where(employee.AccountID(h.AccountID), employee.StatusEQ(employee.StatusACTIVE)).IDs(w.System())
	if err != nil {
		t.Fatal(err)
	}
	members, err := w.Portal.Store.Read().Membership.Query().Where(membership.AccountID(h.AccountID)).All(w.System())
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, g := range slices.DeleteFunc(grants, func(g *db.Grant) bool {
		return g.ExpiresAt != nil && !h.Now.Before(*g.ExpiresAt) || len(g.ApplicationIds) > 0 && !slices.Contains(g.ApplicationIds, h.ApplicationID) ||
			h.Spending != nil && (g.MonthlyLimit != nil || g.SpendingLimit != nil && *g.SpendingLimit < *h.Spending)
	}) {
		ids = append(ids, g.EmployeeID)
		for _, m := range members {
			if m.HolderID == g.EmployeeID {
				ids = append(ids, m.EmployeeID)
			}
		}
	}
	ids = slices.DeleteFunc(ids, func(id string) bool { return !slices.Contains(active, id) })
	slices.Sort(ids)
	return slices.Compact(ids)
}

func TestApprovalsThatOneEmployeeAloneDecides(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a, b := w.Verified("Ada"), w.Verified("Bea")
		apps := staffed(w, a)
		staffed(w, b)
		s, ctx := w.Portal.Store, w.As(a)
		all, err := s.Read().Employee.Query().Where(employee.AccountID(a.AccountID)).All(w.System())
		if err != nil {
			t.Fatal(err)
		}
		approvals := askedFor(w, a.AccountID, apps, a.PersonID, all[3].PersonID)
		found := 0
		for _, roles := range [][]string{{staff.RoleID("operations")}, {staff.RoleID("finance")}, {"role_nobody"}, {}} {
			for _, asker := range []string{a.PersonID, all[3].PersonID} {
				for _, e := range all {
					h := statement.RoleHolders{AccountID: a.AccountID, Roles: roles, Now: s.Now()}
					got, err := h.DecidedOnlyBy(ctx, s.Read(), e.ID, asker, "order:place", s.Now().Add(-time.Hour))
					if err != nil {
						t.Fatal(err)
					}
					var want []string
					for _, row := range approvals {
						if row.AskedBy == asker && decidesAlone(t, w, ctx, h, row, e, all) {
							want = append(want, row.ID)
						}
					}
					if slices.Sort(got); !slices.Equal(got, want) {
						t.Errorf("%v by %s, asked by %s: %v, want %v", roles, e.ID, asker, got, want)
					}
					found += len(got)
				}
			}
		}
		if found == 0 {
			t.Error("nobody decides anything alone")
		}
		h := statement.RoleHolders{AccountID: a.AccountID, Roles: []string{staff.RoleID("operations")}, Now: s.Now()}
		if _, err := h.DecidedOnlyBy(w.As(b), s.Read(), all[0].ID, a.PersonID, "order:place", s.Now()); !errors.Is(err, clause.NotFound) {
			t.Errorf("another account's: %v", err)
		}
	})
}

// askedFor stores approvals of every kind that persons asked for on an account.
func askedFor(w *portaltest.World, accountID string, apps []string, people ...string) (approvals []*db.Approval) {
	w.T.Helper()
	err := w.Portal.Store.Write(w.System(), func(tx *ent.Tx) error {
		for _, app := range []*string{nil, &apps[0], &apps[1]} {
			for _, cost := range []*int64{nil, new(int64(100)), new(int64(101)), new(int64(1_000_000_000))} {
				for _, by := range people {
					row, err := tx.Approval.Create().SetAccountID(accountID).SetStatus(approval.StatusREQUESTED).SetOperation("x").SetObjectID(accountID).
						SetNillableApplicationID(app).SetNillableSpending(cost).SetInput([]byte("-")).SetInputHash("-").SetRefusal("{}").SetPermission("order:place").
						SetAskedBy(by).SetAskedAddress("").SetAskedAgent("").SetAskedAt(tx.Now).SetExpiresAt(tx.Now.Add(time.Hour)).Save(tx)
					if err != nil {
						return err
					}
					approvals = append(approvals, row)
				}
			}
		}
		return nil
	})
	if err != nil {
		w.T.Fatal(err)
	}
	return approvals
}

// decidesAlone finds by the list of holders whether one employee alone could decide.
func decidesAlone(t *testing.T, w *portaltest.World, ctx context.Context, h statement.RoleHolders, row *db.Approval, e *db.Employee, all []*db.Employee) bool {
	t.Helper()
	h.Spending = row.Spending
	if row.ApplicationID != nil {
		h.ApplicationID = *row.ApplicationID
	}
	ids, err := h.IDs(ctx, w.Portal.Store.Read(), "", "", false, 1000)
	if err != nil {
		t.Fatal(err)
	}
	ids = slices.DeleteFunc(ids, func(id string) bool {
		return slices.ContainsFunc(all, func(o *db.Employee) bool { return o.ID == id && o.PersonID == row.AskedBy })
	})
	return len(ids) == 1 && ids[0] == e.ID
}
