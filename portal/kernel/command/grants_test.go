package command_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"portico/authz"
	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/auditevent"
	"portico/ent/db/employee"
	"portico/ent/db/grant"
	"portico/ent/db/operator"
	"portico/ent/db/role"
	"portico/ent/db/servicekey"
	"portico/ent/db/session"
	"portico/portal/access/staff"
	"portico/portal/kernel/command"
	"portico/portaltest"
)

// write changes the principals' grants, as the system.
func write(t *testing.T, w *portaltest.World, f func(tx *ent.Tx) error) {
	t.Helper()
	if err := w.Portal.Store.Write(w.System(), f); err != nil {
		t.Fatal(err)
	}
}

// employ makes a person work on an account with grants of roles.
func employ(tx *ent.Tx, accountID, personID string, roles ...string) error {
	e, err := tx.Employee.Create().SetAccountID(accountID).SetPersonID(personID).SetStatus(employee.StatusACTIVE).
		SetJoinedAt(tx.Now).SetActiveKey(accountID + "|" + personID).Save(tx)
	for _, id := range roles {
		if err == nil {
			err = tx.Grant.Create().SetAccountID(accountID).SetEmployeeID(e.ID).SetRoleID(id).SetGrantedAt(tx.Now).Exec(tx)
		}
	}
	return err
}

// hire returns a person who works on an actor's account with grants of roles.
func hire(w *portaltest.World, a *portaltest.Actor, roles ...string) *portaltest.Actor {
	who := w.Person("Eve", func(tx *ent.Tx, personID string) error { return employ(tx, a.AccountID, personID, roles...) })
	who.AccountID = a.AccountID
	return who
}

// on runs a command that needs application:create on an object, and returns the
// principal that the command saw.
func on(ctx context.Context, w *portaltest.World, object string) (p *authz.Principal, err error) {
	_, err = command.Do(ctx, w.Portal.Store, command.Command{Name: "probe", Permission: authz.ApplicationCreate, Object: object, Field: "id"},
		func(tx *command.Tx) (*probe, error) {
			p = tx.Principal()
			return &probe{}, nil
		})
	return p, err
}

func TestGrantsAreHeld(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a := w.Verified("Ada")
		app, other := w.Application(a, "MAINLAND"), w.Application(a, "MAINLAND")
		now, wall := w.Portal.Store.Now(), w.Portal.Store.Wall()
		who := hire(w, a, staff.RoleID("administrator"))
		change := func(t *testing.T, f func(g *db.GrantUpdate, s *db.SessionUpdate)) {
			write(t, w, func(tx *ent.Tx) error {
				g := tx.Grant.Update().Where(grant.RoleID(staff.RoleID("administrator")))
				s := tx.Session.Update().Where(session.PersonID(who.PersonID)).SetSecondFactorAt(wall)
				f(g.ClearStepUpMinutes().ClearExpiresAt().ClearApplicationIds(), s)
				return errors.Join(g.Exec(tx), s.Exec(tx))
			})
		}
		t.Run("1.5: a second factor of ten minutes ago is fresh enough for ten minutes, an older one is not", func(t *testing.T) {
			for age, want := range map[time.Duration]bool{10 * time.Minute: false, 10*time.Minute + time.Microsecond: true, 1000 * time.Hour: true} {
				change(t, func(g *db.GrantUpdate, s *db.SessionUpdate) {
					g.SetStepUpMinutes(10)
					s.SetSecondFactorAt(wall.Add(-age))
				})
				if _, err := on(w.As(who), w, a.AccountID); errors.Is(err, command.StepUpRequired) != want || !want && err != nil {
					t.Errorf("%s: %v", age, err)
				}
			}
		})
		t.Run("1.5: a grant ends at its expiry", func(t *testing.T) {
			for left, want := range map[time.Duration]bool{time.Microsecond: false, 0: true, -time.Hour: true} {
				change(t, func(g *db.GrantUpdate, _ *db.SessionUpdate) { g.SetExpiresAt(now.Add(left)) })
				if _, err := on(w.As(who), w, a.AccountID); errors.Is(err, clause.Forbidden) != want || !want && err != nil {
					t.Errorf("%s: %v", left, err)
				}
			}
		})
		t.Run("1.5: a grant for one application reaches neither another nor the account", func(t *testing.T) {
			change(t, func(g *db.GrantUpdate, _ *db.SessionUpdate) { g.SetApplicationIds([]string{app}) })
			if _, err := on(w.As(who), w, app); err != nil {
				t.Errorf("%v", err)
			}
			for _, object := range []string{other, a.AccountID} {
				if _, err := on(w.As(who), w, object); !errors.Is(err, clause.Forbidden) {
					t.Errorf("%s: %v", object, err)
				}
			}
		})
	})
}

// changes are made after the session was read and before the command, to a
// person who works on Ada's account; the role administrator permits the
// command.
var (
	administrator, auditor = staff.RoleID("administrator"), staff.RoleID("auditor")

	changes = map[string]struct {
		roles  []string
		change func(tx *ent.Tx, who *db.Employee) error
		want   error
	}{
		"1.5: the only grant taken away leaves nothing to be found": {[]string{administrator}, func(tx *ent.Tx, who *db.Employee) error {
			_, err := tx.Grant.Delete().Where(grant.EmployeeID(who.ID)).Exec(tx)
			return err
		}, clause.NotFound},
		"1.5: of two grants the one that is left gives what it gives": {[]string{administrator, auditor}, func(tx *ent.Tx, who *db.Employee) error {
			_, err := tx.Grant.Delete().Where(grant.EmployeeID(who.ID), grant.RoleID(administrator)).Exec(tx)
			return err
		}, clause.Forbidden},
		"1.5: who was offboarded finds nothing": {[]string{administrator}, func(tx *ent.Tx, who *db.Employee) error {
			return tx.Employee.Update().Where(employee.ID(who.ID)).SetStatus(employee.StatusOFFBOARDED).ClearActiveKey().Exec(tx)
		}, clause.NotFound},
		"1.5: a grant that ran out gives nothing": {[]string{administrator}, func(tx *ent.Tx, who *db.Employee) error {
			return tx.Grant.Update().Where(grant.EmployeeID(who.ID)).SetExpiresAt(tx.Now).Exec(tx)
		}, clause.Forbidden},
		"1.5: a second factor is asked from now on": {[]string{administrator}, func(tx *ent.Tx, who *db.Employee) error {
			return tx.Grant.Update().Where(grant.EmployeeID(who.ID)).SetStepUpMinutes(5).Exec(tx)
		}, command.StepUpRequired},
		"1.2: a session that was ended acts no more": {[]string{administrator}, func(tx *ent.Tx, who *db.Employee) error {
			return tx.Session.Update().Where(session.PersonID(who.PersonID)).SetRevokedAt(tx.Wall).Exec(tx)
		}, clause.Unauthenticated},
		"1.5: a grant that was given counts": {[]string{auditor}, func(tx *ent.Tx, who *db.Employee) error {
			return tx.Grant.Create().SetAccountID(who.AccountID).SetEmployeeID(who.ID).SetRoleID(administrator).SetGrantedAt(tx.Now).Exec(tx)
		}, nil},
		"1.5: what didn't change goes through": {[]string{administrator}, func(*ent.Tx, *db.Employee) error { return nil }, nil},
	}
)

func TestWhatChangesBetweenTheSessionAndTheCommandCounts(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a, b := w.Verified("Ada"), w.Verified("Bea")
		for name, c := range changes {
			t.Run(name, func(t *testing.T) {
				who := hire(w, a, c.roles...)
				ctx := w.As(who)
				write(t, w, func(tx *ent.Tx) error {
					e, err := tx.Employee.Query().Where(employee.PersonID(who.PersonID)).Only(tx)
					if err != nil {
						return err
					}
					return c.change(tx, e)
				})
				before := len(events(t, w, auditevent.ResultREFUSED))
				if _, err := on(ctx, w, a.AccountID); !errors.Is(err, c.want) {
					t.Errorf("own: %v, want %v", err, c.want)
				}
				refused := events(t, w, auditevent.ResultREFUSED)
				if (len(refused) > before) != (c.want != nil) {
					t.Errorf("%d refusals in the audit, %d before", len(refused), before)
				}
				if c.want != nil && !slices.ContainsFunc(refused, func(e *db.AuditEvent) bool { return e.ActorID == who.PersonID }) {
					t.Error("the refusal isn't recorded as the person's")
				}
				foreign := c.want
				if !errors.Is(foreign, clause.Unauthenticated) {
					foreign = clause.NotFound
				}
				if _, err := on(ctx, w, b.AccountID); !errors.Is(err, foreign) {
					t.Errorf("foreign: %v, want %v", err, foreign)
				}
			})
		}
	})
}

func TestARoleAndAnEmploymentAreReadInTheCommand(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a, b := w.Verified("Ada"), w.Verified("Bea")
		t.Run("1.5: a custom role that lost the permission gives it no more", func(t *testing.T) {
			var custom *db.Role
			write(t, w, func(tx *ent.Tx) (err error) {
				custom, err = tx.Role.Create().SetAccountID(a.AccountID).SetCode("makers").SetName("Makers").SetBuiltIn(false).
					SetPermissions([]string{authz.ApplicationCreate.String()}).Save(tx)
				return err
			})
			ctx := w.As(hire(w, a, custom.ID))
			if _, err := on(ctx, w, a.AccountID); err != nil {
				t.Fatal(err)
			}
			write(t, w, func(tx *ent.Tx) error {
				return tx.Role.Update().Where(role.ID(custom.ID)).SetPermissions([]string{authz.ApplicationRead.String()}).Exec(tx)
			})
			if _, err := on(ctx, w, a.AccountID); !errors.Is(err, clause.Forbidden) {
				t.Errorf("%v", err)
			}
		})
		t.Run("1.5: who was taken on meanwhile acts on that account, and on no other", func(t *testing.T) {
			who := w.Person("Eve")
			ctx := w.As(who)
			if _, err := on(ctx, w, a.AccountID); !errors.Is(err, clause.NotFound) {
				t.Fatal(err)
			}
			write(t, w, func(tx *ent.Tx) error { return employ(tx, a.AccountID, who.PersonID, administrator) })
			p, err := on(ctx, w, a.AccountID)
			if err != nil || len(p.Grants) != 1 || p.Grants[0].RoleCode != "administrator" || p.Address != "192.0.2.1" {
				t.Errorf("%v %v", p, err)
			}
			if _, err := on(ctx, w, b.AccountID); !errors.Is(err, clause.NotFound) {
				t.Errorf("%v", err)
			}
		})
	})
}

func TestTheProvidersRolesAreReadInTheCommand(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a := w.Verified("Ada")
		review := func(ctx context.Context, perm authz.Permission, object string) error {
			_, err := command.Do(ctx, w.Portal.Store, command.Command{Name: "probe", Permission: perm, Object: object, Field: "id", Global: object == ""},
				func(*command.Tx) (*probe, error) { return &probe{}, nil })
			return err
		}
		hold := func(t *testing.T, ctx context.Context, perm authz.Permission, onAccount, global error) {
			t.Helper()
			if err := review(ctx, perm, a.AccountID); !errors.Is(err, onAccount) {
				t.Errorf("on an account: %v, want %v", err, onAccount)
			}
			if err := review(ctx, perm, ""); !errors.Is(err, global) {
				t.Errorf("on none: %v, want %v", err, global)
			}
		}
		t.Run("6.2: an operator whose role was taken away, or who left, acts no more", func(t *testing.T) {
			who := w.Operator("compliance")
			ctx := w.As(who)
			hold(t, ctx, authz.VerificationReview, nil, nil)
			write(t, w, func(tx *ent.Tx) error { return staff.Appoint(tx, who.PersonID, []string{"catalogue"}) })
			hold(t, ctx, authz.VerificationReview, clause.Forbidden, clause.Forbidden)
			write(t, w, func(tx *ent.Tx) error {
				return tx.Operator.Update().Where(operator.PersonID(who.PersonID)).SetActive(false).Exec(tx)
			})
			hold(t, ctx, authz.VerificationReview, clause.NotFound, clause.Forbidden)
			write(t, w, func(tx *ent.Tx) error { return staff.Appoint(tx, who.PersonID, []string{"compliance"}) })
			hold(t, ctx, authz.VerificationReview, nil, nil)
		})
		t.Run("1.2: a revoked key acts no more", func(t *testing.T) {
			ctx := w.As(w.DataPlane())
			hold(t, ctx, authz.UsageReport, nil, nil)
			write(t, w, func(tx *ent.Tx) error {
				return tx.ServiceKey.Update().Where(servicekey.RevokedAtIsNil()).SetRevokedAt(tx.Wall).Exec(tx)
			})
			hold(t, ctx, authz.UsageReport, clause.Unauthenticated, clause.Unauthenticated)
		})
	})
}
