package approval_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"portico/authz"
	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/application"
	"portico/ent/db/approval"
	"portico/ent/db/auditevent"
	"portico/ent/db/employee"
	"portico/portal/access/staff"
	unit "portico/portal/kernel/approval"
	"portico/portal/kernel/command"
	"portico/portaltest"
)

// The refusals of the probe: one that somebody may lift, one more, and one that
// nobody lifts.
var (
	tooMuch   = declared("PROBE_TOO_MUCH")
	tooOdd    = declared("PROBE_TOO_ODD")
	tooLate   = declared("PROBE_TOO_LATE")
	errBroken = errors.New("broken")
)

func declared(code string) clause.Refusal {
	return clause.Declare(clause.Refusal{Code: code, Clause: "3.4", Text: clause.Text{ZH: code, EN: code}})
}

// probe is the command of the tests: it makes an application. More than 100 needs
// the approval of somebody who may delete applications, and so does an odd amount.
type probe struct {
	AccountID string            `json:"accountId"`
	Amount    int64             `json:"amount"`
	Note      string            `json:"note"`
	Lines     []map[string]*int `json:"lines"`
}

type probed struct {
	clause.Answer
	Application *db.Application
	Count       int
}

const (
	operation = "approvalProbe"
	limit     = 100
)

// meanwhile is run by the probe of a store before its transaction, and within it;
// tests set it.
var meanwhile = ent.Keep(func(*ent.Store) *hooks { return &hooks{} })

type hooks struct {
	before func(ctx context.Context) error
	within func() error
}

func init() { unit.Register(operation, authz.ApplicationDelete, run) }

func run(ctx context.Context, s *ent.Store, in probe) (*probed, error) {
	h := meanwhile.Of(s)
	if h.before != nil {
		if err := h.before(ctx); err != nil {
			return nil, err
		}
	}
	return command.Do(ctx, s, command.Command{Name: operation, Permission: authz.ApplicationCreate, Object: in.AccountID, Field: "accountId", Input: in},
		func(tx *command.Tx) (*probed, error) {
			row, err := create(tx, in)
			if err != nil {
				return nil, err
			}
			if in.Amount > limit {
				if err := unit.Ask(tx, unit.Matter{Summary: clause.Text{ZH: "探测", EN: "A probe"}}, tooMuch.With("limit", limit)); err != nil {
					return nil, err
				}
			}
			if in.Amount%2 != 0 {
				if err := unit.Ask(tx, unit.Matter{}, tooOdd); err != nil {
					return nil, err
				}
			}
			if h.within != nil {
				if err := h.within(); err != nil {
					return nil, err
				}
			}
			tx.AuditObject(row.AccountID, row.ID)
			return &probed{Application: row, Count: 2}, nil
		})
}

func create(tx *command.Tx, in probe) (*db.Application, error) {
	return tx.Application.Create().SetAccountID(in.AccountID).SetName("Probe").SetKind("SOCIAL").
		SetRegion(application.RegionMAINLAND).SetStatus(application.StatusACTIVE).SetCreatedAt(tx.Now).Save(tx)
}

// scene is an account with somebody who asks and two who may decide.
type scene struct {
	*portaltest.World
	owner, asker, admin *portaltest.Actor
}

func newScene(w *portaltest.World) scene {
	s := scene{World: w, owner: w.Verified("Ada")}
	s.asker = s.hire("Dev", "developer")
	s.admin = s.hire("Adi", "administrator")
	return s
}

// hire makes a person who works on the owner's account under a role.
func (s scene) hire(name, role string) *portaltest.Actor {
	who := s.Person(name, func(tx *ent.Tx, personID string) error {
		e, err := tx.Employee.Create().SetAccountID(s.owner.AccountID).SetPersonID(personID).SetStatus(employee.StatusACTIVE).
			SetJoinedAt(tx.Now).SetActiveKey(s.owner.AccountID + "|" + personID).Save(tx)
		if err != nil {
			return err
		}
		return tx.Grant.Create().SetAccountID(s.owner.AccountID).SetEmployeeID(e.ID).SetRoleID(staff.RoleID(role)).SetGrantedAt(tx.Now).Exec(tx)
	})
	return who.At(s.owner.AccountID)
}

func (s scene) write(t *testing.T, f func(tx *ent.Tx) error) {
	t.Helper()
	if err := s.Portal.Store.Write(s.System(), f); err != nil {
		t.Fatal(err)
	}
}

// ask asks for an approval of the probe with an amount, and returns it.
func (s scene) ask(t *testing.T, amount int64) string {
	t.Helper()
	before := s.made(t)
	p, err := s.request(s.As(s.asker), amount)
	if err != nil {
		t.Fatalf("it doesn't wait: %v", err)
	}
	if s.made(t) != before {
		t.Error("what waits left something")
	}
	return p.Approval.ID
}

// request asks for an approval of the probe with an amount.
func (s scene) request(ctx context.Context, amount int64) (*unit.RequestApprovalPayload, error) {
	input := probe{AccountID: s.owner.AccountID, Amount: amount, Note: "应 <&> \u2028"}
	comment := " A large\n one. "
	return unit.RequestApproval(ctx, s.Portal.Store, unit.RequestApprovalInput{Operation: operation, Input: input, Comment: &comment})
}

// made counts what probes did.
func (s scene) made(t *testing.T) int {
	t.Helper()
	n, err := s.Portal.Store.Read().Application.Query().Where(application.AccountID(s.owner.AccountID)).Count(s.System())
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func (s scene) row(t *testing.T, id string) *db.Approval {
	t.Helper()
	row, err := s.Portal.Store.Read().Approval.Get(s.System(), id)
	if err != nil {
		t.Fatal(err)
	}
	return row
}

// approving is the input that approves.
func approving(id string) unit.DecideApprovalInput {
	return unit.DecideApprovalInput{ApprovalID: id, Decision: unit.Approve}
}

func (s scene) decide(who *portaltest.Actor, id string, approve bool) (*db.Approval, error) {
	in := unit.DecideApprovalInput{ApprovalID: id, Decision: unit.Approve}
	if !approve {
		reason := "Not this month."
		in.Decision, in.Comment = unit.Reject, &reason
	}
	p, err := unit.DecideApproval(s.As(who), s.Portal.Store, in)
	if err != nil {
		return nil, err
	}
	return p.Approval, nil
}

// holds checks the status of an approval and how many probes were done.
func (s scene) holds(t *testing.T, id string, status approval.Status, made int) *db.Approval {
	t.Helper()
	row := s.row(t, id)
	if row.Status != status || s.made(t) != made {
		t.Errorf("%s and %d probes, not %s and %d; outcome %v", row.Status, s.made(t), status, made, row.Outcome)
	}
	final := status == approval.StatusDONE || status == approval.StatusREFUSED
	if (row.Outcome != nil) != final || (row.SettledAt != nil) != final || (row.DueAt != nil) != (status == approval.StatusAPPROVED) {
		t.Errorf("%s: outcome %v, settled %v, due %v", status, row.Outcome, row.SettledAt, row.DueAt)
	}
	return row
}

// outcome reads what an approved command came to.
func outcome(t *testing.T, row *db.Approval) (o struct {
	Fields  map[string]any
	Refusal clause.Refusal
}) {
	t.Helper()
	if row.Outcome == nil {
		t.Fatal("no outcome")
	}
	if err := json.Unmarshal([]byte(*row.Outcome), &o); err != nil {
		t.Fatal(err)
	}
	return o
}

func (s scene) events(t *testing.T, action string, result auditevent.Result) []*db.AuditEvent {
	t.Helper()
	rows, err := s.Portal.Store.Read().AuditEvent.Query().Where(auditevent.Action(action), auditevent.ResultEQ(result)).
		Order(db.Asc(auditevent.FieldID)).All(s.System())
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func TestAnApprovedCommandRunsAsTheAsker(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		s := newScene(w)
		t.Run("1.5: what is within the limit needs no approval, one more does", func(t *testing.T) {
			if _, err := run(s.As(s.asker), s.Portal.Store, probe{AccountID: s.owner.AccountID, Amount: limit}); err != nil || s.made(t) != 1 {
				t.Errorf("%d: %v", s.made(t), err)
			}
			if _, err := run(s.As(s.asker), s.Portal.Store, probe{AccountID: s.owner.AccountID, Amount: limit + 1}); !errors.Is(err, tooMuch) || s.made(t) != 1 {
				t.Errorf("%d: %v", s.made(t), err)
			}
			s.ask(t, limit+1)
		})
		t.Run("1.5: what needs no approval isn't done, and none is asked for", func(t *testing.T) {
			n := s.Portal.Store.Read().Approval.Query().CountX(s.System())
			if _, err := s.request(s.As(s.asker), limit); !errors.Is(err, unit.ApprovalNotNeeded) || s.made(t) != 1 {
				t.Errorf("%d: %v", s.made(t), err)
			}
			if again := s.Portal.Store.Read().Approval.Query().CountX(s.System()); again != n {
				t.Errorf("%d approvals, %d before", again, n)
			}
		})
	})
}

func TestWhatWaitsIsKeptAndDone(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		s := newScene(w)
		id := s.ask(t, 102)
		t.Run("1.5: what waits is kept byte for byte, with who asked and what for", func(t *testing.T) {
			row := s.holds(t, id, approval.StatusREQUESTED, 0)
			want, hash, err := command.Canonical(probe{AccountID: s.owner.AccountID, Amount: 102, Note: "应 <&> \u2028"})
			if err != nil {
				t.Fatal(err)
			}
			if got, err := s.Portal.Store.Unseal("approval.input", row.Input); err != nil || got != string(want) || row.InputHash != hash {
				t.Errorf("%q %v", got, err)
			}
			var r clause.Refusal
			if err := json.Unmarshal([]byte(row.Refusal), &r); err != nil || r.Code != tooMuch.Code || r.Clause != "3.4" || r.Params["limit"] == nil {
				t.Errorf("%v %v", r, err)
			}
			if row.AccountID != s.owner.AccountID || row.ObjectID != s.owner.AccountID || row.AskedBy != s.asker.PersonID || row.Operation != operation ||
				row.Permission != authz.ApplicationDelete.String() || row.AskedAddress != "192.0.2.1" || *row.Comment != "A large one." || *row.SummaryEn != "A probe" || !row.AskedAt.Equal(s.Portal.Store.Now()) {
				t.Errorf("%v", row)
			}
			e := s.events(t, operation, auditevent.ResultREFUSED)
			if last := e[len(e)-1]; last.Code != "WAITS_FOR_APPROVAL" || last.Clause != "3.4" || last.AccountID != s.owner.AccountID || last.ActorID != s.asker.PersonID ||
				last.Details != `{"approvalId":"`+id+`","refusedCode":"PROBE_TOO_MUCH"}` {
				t.Errorf("%v", last)
			}
		})
		t.Run("1.5: the approval does it, in the asker's name", func(t *testing.T) {
			row, err := s.decide(s.admin, id, true)
			if err != nil || row.Status != approval.StatusDONE {
				t.Fatalf("%v %v", row, err)
			}
			row = s.holds(t, id, approval.StatusDONE, 1)
			o := outcome(t, row)
			applicationID, _ := o.Fields["Application"].(string)
			if ent.TypeOf(applicationID) != "Application" || o.Fields["Count"] != 2.0 || *row.DecidedBy != s.admin.PersonID {
				t.Errorf("%v", o)
			}
			e := s.events(t, operation, auditevent.ResultDONE)
			if last := e[len(e)-1]; last.ActorID != s.asker.PersonID || last.ActingAs != "developer" || last.ObjectID != applicationID || last.IPAddress != "192.0.2.1" ||
				last.Details != `{"approvalId":"`+id+`","approvedBy":"`+s.admin.PersonID+`"}` {
				t.Errorf("%v", last)
			}
			d := s.events(t, "decideApproval", auditevent.ResultDONE)
			if len(d) != 1 || d[0].ActorID != s.admin.PersonID || d[0].ObjectID != id || d[0].AccountID != s.owner.AccountID {
				t.Errorf("%v", d)
			}
		})
	})
}

func TestADecisionStays(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		s := newScene(w)
		id := s.ask(t, 102)
		if _, err := s.decide(s.admin, id, true); err != nil {
			t.Fatal(err)
		}
		t.Run("1.5: a decision stays", func(t *testing.T) {
			for _, approve := range []bool{true, false} {
				if _, err := s.decide(s.owner, id, approve); !errors.Is(err, unit.ApprovalDecided) {
					t.Errorf("%v", err)
				}
			}
			s.holds(t, id, approval.StatusDONE, 1)
		})
	})
}

func TestWhatIsRejectedOrWithdrawnIsNotDone(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		s := newScene(w)
		t.Run("1.5: a rejection has a reason", func(t *testing.T) {
			id := s.ask(t, 102)
			for _, reason := range []string{" \t", strings.Repeat("因", 2001)} {
				in := unit.DecideApprovalInput{ApprovalID: id, Decision: unit.Reject, Comment: &reason}
				if _, err := unit.DecideApproval(s.As(s.admin), s.Portal.Store, in); !errors.Is(err, clause.Invalid) {
					t.Fatal(err)
				}
			}
			row, err := s.decide(s.admin, id, false)
			if err != nil || row.Reason == nil || *row.Reason != "Not this month." {
				t.Errorf("%v %v", row, err)
			}
			s.holds(t, id, approval.StatusREJECTED, 0)
			if _, err := s.decide(s.owner, id, true); !errors.Is(err, unit.ApprovalDecided) {
				t.Errorf("%v", err)
			}
		})
		t.Run("1.5: the asker withdraws, and nobody else", func(t *testing.T) {
			id := s.ask(t, 102)
			for _, other := range []*portaltest.Actor{s.admin, s.owner, w.Verified("Bea"), w.Operator("support")} {
				if _, err := unit.WithdrawApproval(s.As(other), s.Portal.Store, unit.WithdrawApprovalInput{ApprovalID: id}); !errors.Is(err, clause.NotFound) {
					t.Errorf("%s: %v", other.Name, err)
				}
			}
			if _, err := unit.WithdrawApproval(s.As(s.asker), s.Portal.Store, unit.WithdrawApprovalInput{ApprovalID: id}); err != nil {
				t.Fatal(err)
			}
			s.holds(t, id, approval.StatusWITHDRAWN, 0)
			if _, err := s.decide(s.admin, id, true); !errors.Is(err, unit.ApprovalDecided) {
				t.Errorf("%v", err)
			}
			if _, err := unit.WithdrawApproval(s.As(s.asker), s.Portal.Store, unit.WithdrawApprovalInput{ApprovalID: id}); !errors.Is(err, unit.ApprovalDecided) {
				t.Errorf("%v", err)
			}
		})
	})
}

func TestWhoDecides(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		s := newScene(w)
		id := s.ask(t, 102)
		t.Run("1.5: who asked never decides, though it holds the permission", func(t *testing.T) {
			own := s
			own.asker = s.admin
			if _, err := s.decide(s.admin, own.ask(t, 102), true); !errors.Is(err, unit.OwnApproval) {
				t.Errorf("%v", err)
			}
		})
		t.Run("1.5: who lacks the permission doesn't decide", func(t *testing.T) {
			for who, want := range map[*portaltest.Actor]error{s.hire("Second", "developer"): clause.Forbidden, w.Verified("Bea"): clause.NotFound,
				w.Person("Nobody"): clause.NotFound, w.Operator("support"): clause.Forbidden, w.DataPlane(): clause.Forbidden} {
				if _, err := s.decide(who, id, true); !errors.Is(err, want) {
					t.Errorf("%s: %v", who.Name, err)
				}
			}
			for _, other := range []string{"appr_none", "", s.owner.AccountID} {
				if _, err := s.decide(s.admin, other, true); !errors.Is(err, clause.NotFound) {
					t.Errorf("%q: %v", other, err)
				}
			}
			s.holds(t, id, approval.StatusREQUESTED, 0)
		})
		t.Run("1.5: a system and a key don't ask: the refusal stands", func(t *testing.T) {
			n := s.Portal.Store.Read().Approval.Query().CountX(s.System())
			if _, err := run(s.System(), s.Portal.Store, probe{AccountID: s.owner.AccountID, Amount: 102}); !errors.Is(err, tooMuch) {
				t.Errorf("%v", err)
			}
			if again := s.Portal.Store.Read().Approval.Query().CountX(s.System()); again != n {
				t.Errorf("%d approvals, %d before", again, n)
			}
		})
		t.Run("1.5: a system doesn't decide", func(t *testing.T) {
			if _, err := unit.DecideApproval(s.System(), s.Portal.Store, approving(id)); !errors.Is(err, clause.Forbidden) {
				t.Errorf("%v", err)
			}
		})
	})
}

func TestAnApprovalExpires(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		s := newScene(w)
		first, second := s.ask(t, 102), s.ask(t, 104)
		expires := s.row(t, first).ExpiresAt
		if !expires.Equal(portaltest.Start.AddDate(0, 0, 7)) {
			t.Fatalf("it expires at %s", expires)
		}
		t.Run("1.5: a moment before seven days are over it can be approved", func(t *testing.T) {
			w.Wall.Set(expires.Add(-1000))
			if unit.Expired(s.row(t, first), s.Portal.Store.Now()) {
				t.Error("it has expired")
			}
			if _, err := s.decide(s.admin, first, true); err != nil {
				t.Error(err)
			}
			s.holds(t, first, approval.StatusDONE, 1)
		})
		t.Run("1.5: when they are over it can neither be decided nor withdrawn", func(t *testing.T) {
			w.Wall.Set(expires)
			if !unit.Expired(s.row(t, second), s.Portal.Store.Now()) || unit.Expired(s.row(t, first), s.Portal.Store.Now()) {
				t.Error("expired is what waits, alone")
			}
			for _, approve := range []bool{true, false} {
				if _, err := s.decide(s.admin, second, approve); !errors.Is(err, unit.ApprovalExpired) {
					t.Errorf("%v", err)
				}
			}
			if _, err := unit.WithdrawApproval(s.As(s.asker), s.Portal.Store, unit.WithdrawApprovalInput{ApprovalID: second}); !errors.Is(err, unit.ApprovalExpired) {
				t.Errorf("%v", err)
			}
			s.holds(t, second, approval.StatusREQUESTED, 1)
			if unit.StateOf(s.row(t, second), s.Portal.Store.Now()) != unit.Lapsed {
				t.Error("it isn't shown as expired")
			}
			s.RunJobs()
			if row := s.holds(t, second, approval.StatusEXPIRED, 1); row.LapsesAt != nil {
				t.Errorf("%v", row)
			}
			if _, err := s.decide(s.admin, second, true); !errors.Is(err, unit.ApprovalExpired) {
				t.Errorf("%v", err)
			}
		})
	})
}
