package statement_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"portico/authz"
	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/employee"
	"portico/ent/db/grant"
	"portico/ent/db/membership"
	"portico/ent/db/operator"
	"portico/ent/db/ownership"
	"portico/ent/db/secondfactor"
	"portico/ent/db/servicekey"
	"portico/ent/db/session"
	"portico/ent/statement"
	"portico/portal/access/staff"
	"portico/portaltest"
)

// heldByEnt returns a person's session as ent's queries find it, with one query
// for each entity.
func heldByEnt(tx *ent.Tx, sessionID string) (*authz.Principal, error) {
	s, err := tx.Session.Query().Where(session.ID(sessionID), session.RevokedAtIsNil()).Only(tx)
	if err != nil {
		return nil, err
	}
	p := &authz.Principal{Kind: authz.Person, ID: s.PersonID, SessionID: s.ID}
	if s.SecondFactorAt != nil {
		p.SecondFactorAt = *s.SecondFactorAt
	}
	if p.HasFactor, err = tx.SecondFactor.Query().Where(secondfactor.PersonID(s.PersonID), secondfactor.ConfirmedAtNotNil()).Exist(tx); err != nil {
		return nil, err
	}
	operators, err := tx.Operator.Query().Where(operator.PersonID(s.PersonID), operator.Active(true)).All(tx)
	if err != nil {
		return nil, err
	}
	for _, o := range operators {
		for p.OperatorRoles = o.Roles; len(o.Roles) > 0; o.Roles = o.Roles[1:] {
			p.Operator = p.Operator.Union(authz.Law().Role(o.Roles[0]))
		}
	}
	employees, err := tx.Employee.Query().Where(employee.PersonID(s.PersonID), employee.StatusEQ(employee.StatusACTIVE)).All(tx)
	if err != nil {
		return nil, err
	}
	for _, e := range employees {
		owner, err := tx.Ownership.Query().Where(ownership.OpenKey(e.AccountID), ownership.EmployeeID(e.ID)).Exist(tx)
		if err != nil {
			return nil, err
		}
		grants, err := grantsByEnt(tx, e.ID)
		if err != nil {
			return nil, err
		}
		for _, g := range grants {
			r, err := tx.Role.Get(tx, g.RoleID)
			if err != nil {
				return nil, err
			}
			is := authz.Grant{ID: g.ID, AccountID: g.AccountID, EmployeeID: e.ID, RoleID: r.ID, RoleCode: r.Code, Owner: owner,
				Applications: g.ApplicationIds, SpendingLimit: g.SpendingLimit, MonthlyLimit: g.MonthlyLimit, Allow: authz.Law().Role(r.Code)}
			if g.EmployeeID != e.ID {
				is.GroupID = g.EmployeeID
			}
			if !r.BuiltIn {
				if is.Allow, err = authz.Law().Compile(r.Permissions); err != nil {
					return nil, err
				}
			}
			if g.ExpiresAt != nil {
				is.ExpiresAt = *g.ExpiresAt
			}
			if g.StepUpMinutes != nil {
				is.StepUp = time.Duration(*g.StepUpMinutes) * time.Minute
			}
			p.Grants = append(p.Grants, is)
		}
	}
	return p, nil
}

// grantsByEnt returns the grants of an employee and those of its groups.
func grantsByEnt(tx *ent.Tx, employeeID string) ([]*db.Grant, error) {
	groups, err := tx.Membership.Query().Where(membership.EmployeeID(employeeID), membership.HolderIDNEQ(employeeID)).Select(membership.FieldHolderID).Strings(tx)
	if err != nil {
		return nil, err
	}
	return tx.Grant.Query().Where(grant.EmployeeIDIn(append(groups, employeeID)...)).All(tx)
}

// sorted makes two lists of grants comparable.
var sorted = cmp.Options{
	cmpopts.IgnoreUnexported(authz.Principal{}),
	cmpopts.SortSlices(func(a, b authz.Grant) int { return strings.Compare(a.ID, b.ID) }),
	cmp.Comparer(func(a, b authz.Set) bool { return a == b }),
}

func TestReloadPrincipalEqualsEntsAnswer(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a, b := w.Verified("Ada"), w.Verified("Bea")
		app := w.Application(a, "MAINLAND")
		many := w.Person("Many", func(tx *ent.Tx, personID string) error {
			return employMany(tx, a.AccountID, b.AccountID, personID, app)
		})
		nobody, operates := w.Person("Nobody", unconfirmed), w.Operator("support", "compliance")
		for name, who := range map[string]*portaltest.Actor{
			"1.5: an owner": a, "1.5: staff of two accounts, by a built-in, a limited and a custom role": many,
			"1.5: who works nowhere": nobody, "6.2: an operator": operates,
		} {
			t.Run(name, func(t *testing.T) {
				principal := authz.From(w.As(who))
				// The principal with which the request began is replaced.
				old := *principal
				old.Grants = []authz.Grant{{AccountID: b.AccountID, RoleCode: "owner", Allow: authz.Law().Role("owner"), Owner: true}}
				old.OperatorRoles, old.SecondFactorAt = []string{"platform"}, w.Portal.Store.Wall()
				var got, want *authz.Principal
				err := w.Portal.Store.Write(authz.With(w.System(), &old), func(tx *ent.Tx) error {
					fresh, err := statement.ReloadPrincipal(tx)
					if err != nil {
						return err
					}
					got = fresh.Principal()
					want, err = heldByEnt(tx.With(authz.With(tx, authz.AsSystem("test"))), principal.SessionID)
					return err
				})
				if err != nil {
					t.Fatal(err)
				}
				want.Address, want.Agent = principal.Address, principal.Agent
				if d := cmp.Diff(want, got, sorted); d != "" {
					t.Error(d)
				}
				if d := cmp.Diff(principal, got, sorted); d != "" {
					t.Error("not what the session's read returns: ", d)
				}
			})
		}
	})
}

func TestReloadPrincipalFindsNobodyByWhatEnded(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a, b := w.Owner("Ada"), w.Owner("Bea")
		afresh := func(p *authz.Principal) error {
			return w.Portal.Store.Write(authz.With(w.System(), p), func(tx *ent.Tx) error {
				_, err := statement.ReloadPrincipal(tx)
				return err
			})
		}
		t.Run("1.2: nobody is found by another's session, an ended one, or none", func(t *testing.T) {
			mine, other := authz.From(w.As(a)), authz.From(w.As(b))
			if err := afresh(mine); err != nil {
				t.Error(err)
			}
			for _, id := range []string{other.SessionID, "", "sess_none"} {
				p := *mine
				p.SessionID = id
				if err := afresh(&p); !errors.Is(err, clause.Unauthenticated) {
					t.Errorf("%q: %v", id, err)
				}
			}
		})
		t.Run("1.2: a key has what its row states, until it is revoked", func(t *testing.T) {
			p := authz.From(w.As(w.DataPlane()))
			old := *p
			old.OperatorRoles, old.Operator = []string{"platform"}, authz.Law().Role("platform")
			err := w.Portal.Store.Write(authz.With(w.System(), &old), func(tx *ent.Tx) error {
				fresh, err := statement.ReloadPrincipal(tx)
				if err == nil {
					if d := cmp.Diff(p, fresh.Principal(), sorted); d != "" {
						t.Error(d)
					}
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			err = w.Portal.Store.Write(w.System(), func(tx *ent.Tx) error {
				return tx.ServiceKey.Update().Where(servicekey.ID(p.ID)).SetRevokedAt(tx.Wall).Exec(tx)
			})
			if err != nil {
				t.Fatal(err)
			}
			if err := afresh(p); !errors.Is(err, clause.Unauthenticated) {
				t.Errorf("%v", err)
			}
		})
	})
}

// factor gives a person a second factor, which may not be confirmed yet.
func factor(tx *ent.Tx, personID string, confirmed bool) error {
	create := tx.SecondFactor.Create().SetPersonID(personID).SetKind(secondfactor.KindTOTP).SetName("Phone").SetSecret([]byte("sealed")).SetAddedAt(tx.Wall)
	if confirmed {
		create.SetConfirmedAt(tx.Wall)
	}
	return create.Exec(tx)
}

// unconfirmed gives a person a second factor that doesn't count.
func unconfirmed(tx *ent.Tx, personID string) error { return factor(tx, personID, false) }

// employMany makes a person work on two accounts, with grants of every kind and
// two second factors.
func employMany(tx *ent.Tx, one, two, personID, app string) error {
	for range 2 {
		if err := factor(tx, personID, true); err != nil {
			return err
		}
	}
	custom, err := tx.Role.Create().SetAccountID(two).SetCode("buyers").SetName("Buyers").SetBuiltIn(false).
		SetPermissions([]string{authz.OrderPlace.String(), authz.OrderRead.String()}).Save(tx)
	if err != nil {
		return err
	}
	for account, roles := range map[string][]string{one: {staff.RoleID("finance"), staff.RoleID("developer")}, two: {custom.ID}} {
		e, err := tx.Employee.Create().SetAccountID(account).SetPersonID(personID).SetStatus(employee.StatusACTIVE).
			SetJoinedAt(tx.Now).SetActiveKey(account + "|" + personID).Save(tx)
		if err != nil {
			return err
		}
		for i, id := range roles {
			g := tx.Grant.Create().SetAccountID(account).SetEmployeeID(e.ID).SetRoleID(id).SetGrantedAt(tx.Now)
			if i == 0 {
				g.SetApplicationIds([]string{app}).SetExpiresAt(tx.Now.Add(time.Hour)).SetSpendingLimit(100).SetMonthlyLimit(1000).SetStepUpMinutes(10)
			}
			if err := g.Exec(tx); err != nil {
				return err
			}
		}
		if err := group(tx, account, e.ID); err != nil {
			return err
		}
	}
	return nil
}

// group makes an employee a member of two groups with two grants each, and of one with
// none, as staff does: with a row for the employee itself.
func group(tx *ent.Tx, account, employeeID string) error {
	holders := []string{employeeID}
	for i := range 3 {
		row, err := tx.Group.Create().SetAccountID(account).SetName("Group").SetNameKey(fmt.Sprint("key ", i)).SetCreatedAt(tx.Now).Save(tx)
		if err != nil {
			return err
		}
		holders = append(holders, row.ID)
		for _, role := range []string{"auditor", "developer"}[:2*min(i, 1)] {
			err := tx.Grant.Create().SetAccountID(account).SetEmployeeID(row.ID).SetRoleID(staff.RoleID(role)).SetMonthlyLimit(int64(i)).SetGrantedAt(tx.Now).Exec(tx)
			if err != nil {
				return err
			}
		}
	}
	for _, holder := range holders {
		if err := tx.Membership.Create().SetAccountID(account).SetEmployeeID(employeeID).SetHolderID(holder).SetAddedAt(tx.Now).Exec(tx); err != nil {
			return err
		}
	}
	return nil
}

func TestAnAbsentPersonIsWhatItsSessionWouldTell(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a, b := w.Verified("Ada"), w.Verified("Bea")
		app := w.Application(a, "MAINLAND")
		many := w.Person("Many", func(tx *ent.Tx, personID string) error {
			return employMany(tx, a.AccountID, b.AccountID, personID, app)
		})
		proved := w.Portal.Store.Wall().Add(-time.Hour)
		for name, who := range map[string]*portaltest.Actor{"1.5: an owner": a, "1.5: staff of two accounts": many,
			"1.5: who works nowhere": w.Person("Nobody", unconfirmed), "6.2: an operator": w.Operator("support", "compliance")} {
			t.Run(name, func(t *testing.T) {
				want := *authz.From(w.As(who))
				want.SessionID, want.SecondFactorAt, want.Address, want.Agent = "", time.Time{}, "", ""
				outside, err := statement.Absent(w.System(), w.Portal.Store, who.PersonID)
				if err != nil {
					t.Fatal(err)
				}
				if d := cmp.Diff(&want, outside, sorted); d != "" {
					t.Error("outside: ", d)
				}
				old := authz.Principal{Kind: authz.Person, ID: who.PersonID, OperatorRoles: []string{"platform"},
					Grants: []authz.Grant{{AccountID: b.AccountID, RoleCode: "owner", Allow: authz.Law().Role("owner"), Owner: true}}}
				err = w.Portal.Store.Write(authz.With(w.System(), &old), func(tx *ent.Tx) error {
					fresh, err := statement.ReloadAbsent(tx, proved)
					if err != nil {
						return err
					}
					want := want
					want.SecondFactorAt = proved
					if d := cmp.Diff(&want, fresh.Principal(), sorted); d != "" {
						t.Error("within: ", d)
					}
					return nil
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		t.Run("1.2: nobody is absent who isn't a person", func(t *testing.T) {
			if p, err := statement.Absent(w.System(), w.Portal.Store, "pers_none"); err != nil || p != nil {
				t.Errorf("%v %v", p, err)
			}
			for _, p := range []*authz.Principal{{Kind: authz.Person, ID: "pers_none"}, {Kind: authz.Key, ID: a.PersonID}} {
				err := w.Portal.Store.Write(authz.With(w.System(), p), func(tx *ent.Tx) error {
					_, err := statement.ReloadAbsent(tx, proved)
					return err
				})
				if !errors.Is(err, clause.Unauthenticated) {
					t.Errorf("%v", err)
				}
			}
		})
	})
}
