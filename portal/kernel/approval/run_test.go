package approval_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"portico/authz"
	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/approval"
	"portico/ent/db/auditevent"
	"portico/ent/db/employee"
	"portico/ent/db/grant"
	"portico/ent/db/restriction"
	"portico/ent/db/session"
	"portico/portal/access/staff"
	unit "portico/portal/kernel/approval"
	"portico/portal/kernel/command"
	"portico/portal/kernel/standing"
	"portico/portaltest"
)

// due runs the job when it is due.
func (s scene) due(t *testing.T) {
	t.Helper()
	s.Wall.Advance(time.Minute)
	s.RunJobs()
}

func TestAnApprovedCommandRunsOnce(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		s := newScene(w)
		h := meanwhile.Of(s.Portal.Store)
		t.Run("1.5: of racing deciders one decides, and it is done once", func(t *testing.T) {
			id, done := s.ask(t, 102), make([]error, 8)
			both := []context.Context{s.As(s.admin), s.As(s.owner)}
			var wg sync.WaitGroup
			for i := range done {
				wg.Go(func() { _, done[i] = unit.DecideApproval(both[i%2], s.Portal.Store, approving(id)) })
			}
			wg.Wait()
			decided := 0
			for _, err := range done {
				if err == nil {
					decided++
				} else if !errors.Is(err, unit.ApprovalDecided) {
					t.Error(err)
				}
			}
			if decided != 1 {
				t.Errorf("%d decided", decided)
			}
			s.holds(t, id, approval.StatusDONE, 1)
		})
		t.Run("1.5: racing runs of the job do it once", func(t *testing.T) {
			id := s.ask(t, 102)
			h.within = func() error { return errBroken }
			if _, err := s.decide(s.admin, id, true); err != nil {
				t.Fatal(err)
			}
			h.within = nil
			w.Wall.Advance(time.Minute)
			var wg sync.WaitGroup
			for range 6 {
				wg.Go(func() {
					if _, err := unit.Run().Run(s.System(), s.Portal.Store); err != nil {
						t.Error(err)
					}
				})
			}
			wg.Wait()
			s.holds(t, id, approval.StatusDONE, 2)
			if n := len(s.events(t, operation, auditevent.ResultDONE)); n != 2 {
				t.Errorf("%d are done in the audit", n)
			}
		})
	})
}

func TestWhatWasCutOffIsDoneByTheJob(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		s := newScene(w)
		h := meanwhile.Of(s.Portal.Store)
		t.Run("1.5: what was cut off after the decision is done by the job, a minute later", func(t *testing.T) {
			id := s.ask(t, 102)
			ctx, cut := context.WithCancel(s.As(s.admin))
			h.before = func(context.Context) error { cut(); return nil }
			_, _ = unit.DecideApproval(ctx, s.Portal.Store, approving(id))
			h.before = nil
			s.holds(t, id, approval.StatusAPPROVED, 0)
			w.Wall.Advance(time.Minute - time.Microsecond)
			s.RunJobs()
			s.holds(t, id, approval.StatusAPPROVED, 0)
			w.Wall.Advance(time.Microsecond)
			s.RunJobs()
			s.holds(t, id, approval.StatusDONE, 1)
			s.due(t)
			s.holds(t, id, approval.StatusDONE, 1)
		})
		t.Run("1.5: what broke within the command leaves nothing, and is done by the job", func(t *testing.T) {
			id := s.ask(t, 102)
			h.within = func() error { return errBroken }
			row, err := s.decide(s.admin, id, true)
			if err != nil || row.Status != approval.StatusAPPROVED {
				t.Fatalf("%v %v", row, err)
			}
			s.holds(t, id, approval.StatusAPPROVED, 1)
			if e := s.events(t, operation, auditevent.ResultFAILED); len(e) == 0 || e[len(e)-1].ActorID != s.asker.PersonID {
				t.Errorf("%v", e)
			}
			h.within = nil
			s.due(t)
			s.holds(t, id, approval.StatusDONE, 2)
		})
	})
}

func TestTheAskersKeyIsNotTheDeciders(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		s := newScene(w)
		t.Run("5.4: a request that waits, sent again under its key, waits once", func(t *testing.T) {
			ctx := command.WithKey(s.As(s.asker), "k1")
			var ids [2]string
			for i := range ids {
				p, err := s.request(ctx, 102)
				if err != nil {
					t.Fatal(err)
				}
				ids[i] = p.Approval.ID
			}
			if _, err := s.request(ctx, 104); !errors.Is(err, clause.KeyReused) {
				t.Errorf("another request under the same key: %v", err)
			}
			if n := s.Portal.Store.Read().Approval.Query().CountX(s.System()); n != 1 || ids[0] != ids[1] {
				t.Errorf("%d approvals: %v", n, ids)
			}
		})
		t.Run("5.4: a decision sent again under its key is the first one, and nothing is done again", func(t *testing.T) {
			id, ctx := s.ask(t, 102), command.WithKey(s.As(s.admin), "k2")
			for range 2 {
				p, err := unit.DecideApproval(ctx, s.Portal.Store, approving(id))
				if err != nil || p.Approval == nil || p.Approval.Status != approval.StatusDONE {
					t.Fatalf("%v %v", p, err)
				}
			}
			s.holds(t, id, approval.StatusDONE, 1)
		})
	})
}

// leave ends the employment of a person.
func leave(tx *ent.Tx, personID string) error {
	return tx.Employee.Update().Where(employee.PersonID(personID)).SetStatus(employee.StatusOFFBOARDED).ClearActiveKey().Exec(tx)
}

func TestEverythingIsCheckedAgain(t *testing.T) {
	for name, c := range map[string]struct {
		change func(tx *ent.Tx, s scene, who *db.Employee) error
		want   string
	}{
		"1.5: the account's standing": {func(tx *ent.Tx, s scene, _ *db.Employee) error {
			return standing.Restrict(tx, standing.Cause{Scope: restriction.ScopeACCOUNT, AccountID: s.owner.AccountID, Code: "ACCOUNT_CLOSING", Clause: "0", ID: "test"})
		}, "ACCOUNT_CLOSING"},
		"1.5: a grant that was exchanged": {func(tx *ent.Tx, s scene, who *db.Employee) error {
			if _, err := tx.Grant.Delete().Where(grant.EmployeeID(who.ID)).Exec(tx); err != nil {
				return err
			}
			return tx.Grant.Create().SetAccountID(who.AccountID).SetEmployeeID(who.ID).SetRoleID(staff.RoleID("auditor")).SetGrantedAt(tx.Now).Exec(tx)
		}, "FORBIDDEN"},
		"1.5: a grant that was taken away": {func(tx *ent.Tx, s scene, who *db.Employee) error {
			_, err := tx.Grant.Delete().Where(grant.EmployeeID(who.ID)).Exec(tx)
			return err
		}, "NOT_FOUND"},
		"1.5: an asker who left": {func(tx *ent.Tx, s scene, who *db.Employee) error { return leave(tx, who.PersonID) }, "NOT_FOUND"},
		"1.5: a second factor that is asked for since, and was never proved": {func(tx *ent.Tx, s scene, who *db.Employee) error {
			return tx.Grant.Update().Where(grant.EmployeeID(who.ID)).SetStepUpMinutes(10).Exec(tx)
		}, "STEP_UP_REQUIRED"},
	} {
		t.Run(name, func(t *testing.T) {
			portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
				s := newScene(w)
				id := s.ask(t, 102)
				s.write(t, func(tx *ent.Tx) error {
					who, err := tx.Employee.Query().Where(employee.PersonID(s.asker.PersonID)).Only(tx)
					if err != nil {
						return err
					}
					return c.change(tx, s, who)
				})
				row, err := s.decide(s.admin, id, true)
				if err != nil || row.Status != approval.StatusREFUSED {
					t.Fatalf("%v %v", row, err)
				}
				if o := outcome(t, s.holds(t, id, approval.StatusREFUSED, 0)); o.Refusal.Code != c.want {
					t.Errorf("%v", o)
				}
				e := s.events(t, operation, auditevent.ResultREFUSED)
				if last := e[len(e)-1]; last.Code != c.want || last.ActorID != s.asker.PersonID {
					t.Errorf("%v", last)
				}
				s.due(t)
				s.holds(t, id, approval.StatusREFUSED, 0)
			})
		})
	}
}

func TestOnlyTheApprovedRefusalIsLifted(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		s := newScene(w)
		h := meanwhile.Of(s.Portal.Store)
		refused := func(t *testing.T, id, want string) {
			t.Helper()
			row, err := s.decide(s.admin, id, true)
			if err != nil || row.Status != approval.StatusREFUSED || outcome(t, row).Refusal.Code != want {
				t.Errorf("%v %v", row, err)
			}
		}
		t.Run("1.5: another refusal that an approval could lift stands, and no approval is asked for", func(t *testing.T) {
			id := s.ask(t, 103)
			refused(t, id, tooOdd.Code)
			if n := s.Portal.Store.Read().Approval.Query().CountX(s.System()); n != 1 || s.made(t) != 0 {
				t.Errorf("%d approvals, %d probes", n, s.made(t))
			}
		})
		t.Run("1.5: a refusal that nobody lifts stands, within the command and before it", func(t *testing.T) {
			id := s.ask(t, 102)
			h.within = func() error { return tooLate }
			refused(t, id, tooLate.Code)
			h.within = nil
			id = s.ask(t, 102)
			h.before = func(context.Context) error { return tooLate }
			refused(t, id, tooLate.Code)
			h.before = nil
			s.holds(t, id, approval.StatusREFUSED, 0)
		})
	})
}

func TestAnApprovalIsForItsCommandAlone(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		s := newScene(w)
		h := meanwhile.Of(s.Portal.Store)
		t.Run("1.5: an approval is for its command, object and input alone", func(t *testing.T) {
			id := s.ask(t, 102)
			var errs []error
			others := []probe{{AccountID: s.owner.AccountID, Amount: 1000}, {AccountID: w.Verified("Bea").AccountID, Amount: 102}}
			h.before = func(ctx context.Context) error {
				h.before = nil
				for _, in := range others {
					_, err := run(ctx, s.Portal.Store, in)
					errs = append(errs, err)
				}
				return nil
			}
			row, err := s.decide(s.admin, id, true)
			if err != nil || row.Status != approval.StatusDONE || s.made(t) != 1 {
				t.Errorf("%v %v", row, err)
			}
			for _, err := range errs {
				if !errors.Is(err, clause.Unauthenticated) {
					t.Errorf("the asker isn't signed in: %v", err)
				}
			}
			if len(errs) != 2 {
				t.Errorf("%d others were tried", len(errs))
			}
		})
		t.Run("1.2: an input that was changed in the database isn't run", func(t *testing.T) {
			id := s.forge(t, s.ask(t, 102))
			row, err := s.decide(s.admin, id, true)
			if err != nil || row.Status != approval.StatusAPPROVED || s.made(t) != 1 {
				t.Errorf("%v %v", row, err)
			}
		})
	})
}

// forge returns a copy of an approval that has the input of another amount.
func (s scene) forge(t *testing.T, id string) (copied string) {
	t.Helper()
	text, _, err := command.Canonical(probe{AccountID: s.owner.AccountID, Amount: 1_000_000})
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := s.Portal.Store.Seal("approval.input", string(text))
	if err != nil {
		t.Fatal(err)
	}
	r := s.row(t, id)
	s.write(t, func(tx *ent.Tx) error {
		row, err := tx.Approval.Create().SetAccountID(r.AccountID).SetStatus(r.Status).SetOperation(r.Operation).SetObjectID(r.ObjectID).
			SetInput(sealed).SetInputHash(r.InputHash).SetRefusal(r.Refusal).SetPermission(r.Permission).SetAskedBy(r.AskedBy).
			SetAskedAddress(r.AskedAddress).SetAskedAgent(r.AskedAgent).SetAskedAt(r.AskedAt).SetExpiresAt(r.ExpiresAt).Save(tx)
		if err == nil {
			copied = row.ID
		}
		return err
	})
	return copied
}

func TestASecondFactorIsAsFreshAsAtAsking(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		s := newScene(w)
		s.write(t, func(tx *ent.Tx) error {
			return errors.Join(tx.Session.Update().Where(session.PersonID(s.asker.PersonID)).SetSecondFactorAt(tx.Wall.Add(-10*time.Minute)).Exec(tx),
				tx.Grant.Update().Where(grant.RoleID(staff.RoleID("developer"))).SetStepUpMinutes(10).Exec(tx))
		})
		first, second := s.ask(t, 102), s.ask(t, 102)
		t.Run("1.5: one of ten minutes at asking is fresh enough for ten minutes, a day later too", func(t *testing.T) {
			w.Wall.Advance(24 * time.Hour)
			if _, err := s.decide(s.admin, first, true); err != nil {
				t.Error(err)
			}
			s.holds(t, first, approval.StatusDONE, 1)
		})
		t.Run("1.5: and it isn't for nine", func(t *testing.T) {
			s.write(t, func(tx *ent.Tx) error {
				return tx.Grant.Update().Where(grant.RoleID(staff.RoleID("developer"))).SetStepUpMinutes(9).Exec(tx)
			})
			if _, err := s.decide(s.admin, second, true); err != nil {
				t.Error(err)
			}
			s.holds(t, second, approval.StatusREFUSED, 1)
		})
		t.Run("1.4: the asker needn't be signed in any more", func(t *testing.T) {
			s := newScene(w)
			id := s.ask(t, 102)
			s.write(t, func(tx *ent.Tx) error {
				return tx.Session.Update().Where(session.PersonID(s.asker.PersonID)).SetRevokedAt(tx.Wall).Exec(tx)
			})
			if _, err := s.decide(s.admin, id, true); err != nil {
				t.Error(err)
			}
			s.holds(t, id, approval.StatusDONE, 1)
		})
	})
}

func TestAnApplicationsApprovalIsDecidedByItsStaff(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a := w.Verified("Ada")
		one, other := w.Application(a, "MAINLAND"), w.Application(a, "MAINLAND")
		row := func(app string) authz.Object {
			return command.ObjectOf(&db.Approval{ID: "appr_x", AccountID: a.AccountID, ApplicationID: &app})
		}
		limited := authz.Principal{Kind: authz.Person, Grants: []authz.Grant{{AccountID: a.AccountID, Allow: authz.Law().Role("administrator"), Applications: []string{one}}}}
		now := w.Portal.Store.Now()
		if !limited.Allows(authz.ApplicationDelete, row(one), now) || limited.Allows(authz.ApplicationDelete, row(other), now) {
			t.Error("1.5: a grant for an application reaches its approvals, and no others")
		}
	})
}
