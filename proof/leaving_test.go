package proof_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"portico/authz"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/approval"
	"portico/ent/db/employee"
	"portico/ent/db/invitation"
	"portico/portal/access/staff"
	"portico/portaltest"
)

func init() {
	operations["offboardingPreview"] = operation{args: func(_ *stage, x *side, _ *portaltest.Actor) map[string]any {
		return map[string]any{"employeeId": x.colleague("colleague")}
	}}
	wrongs = append(wrongs, leavingWrongs...)
}

var leavingWrongs = []wrong{
	{"preview an offboarding: of the owner", "offboardingPreview", "OWNER_UNCHANGED", "1.4", func(s *stage, in input) { in["employeeId"] = s.a.ownerID() }, nil},
	{"preview an offboarding: who has left", "offboardingPreview", "EMPLOYEE_LEFT", "1.5", func(s *stage, in input) { in["employeeId"] = s.a.gonePerson() }, nil},
	{"preview an offboarding: a foreign employee", "offboardingPreview", "NOT_FOUND", "", func(s *stage, in input) { in["employeeId"] = s.b.ownerID() }, nil},
	{"preview an offboarding: a foreign successor", "offboardingPreview", "NOT_FOUND", "", func(s *stage, in input) { in["successorId"] = s.b.ownerID() }, nil},
	{"preview an offboarding: a suspended successor", "offboardingPreview", "SUCCESSOR_UNFIT", "1.5", func(s *stage, in input) { in["successorId"] = s.a.suspendedEmployee() }, nil},
}

// burden gives an employee of the account, who is an administrator, n things that end or
// pass on when it leaves.
func (x *side) burden(n int) (employeeID string, who *portaltest.Actor) {
	x.T.Helper()
	who = x.Person(fmt.Sprint("Burdened ", x.serial()), func(tx *ent.Tx, id string) error { return hire(tx, x.account, id, "administrator") })
	x.write(func(tx *ent.Tx) error {
		id, err := tx.Employee.Query().Where(employee.PersonID(who.PersonID)).OnlyID(tx)
		if err != nil {
			return err
		}
		employeeID = id
		until := tx.Now.Add(7 * 24 * time.Hour)
		var asked []*db.ApprovalCreate
		var sent []*db.InvitationCreate
		var groups []*db.MembershipCreate
		var grants []*db.GrantCreate
		for i := range n / 4 {
			asked = append(asked, tx.Approval.Create().SetAccountID(x.account).SetStatus(approval.StatusREQUESTED).SetOperation("placeOrder").SetObjectID(x.account).
				SetInput([]byte("-")).SetInputHash("-").SetRefusal("{}").SetPermission(authz.OrderPlace.String()).SetAskedBy(who.PersonID).
				SetAskedAddress("192.0.2.1").SetAskedAgent("proof").SetAskedAt(tx.Now).SetExpiresAt(until).SetLapsesAt(until))
			sent = append(sent, tx.Invitation.Create().SetAccountID(x.account).SetAddress([]byte("-")).SetAddressIndex(fmt.Sprint(id, i)).SetMedium(invitation.MediumPHONE).
				SetRoleIds([]string{}).SetGrants([]ent.InvitedGrant{{ID: ent.NewID("grnt"), RoleID: staff.RoleID("developer")}}).SetTokenHash(fmt.Sprint(id, i)).
				SetStatus(invitation.StatusPENDING).SetInvitedBy(id).SetCreatedAt(tx.Now).SetExpiresAt(until))
			groups = append(groups, tx.Membership.Create().SetAccountID(x.account).SetEmployeeID(id).SetHolderID(ent.NewID("grup")).SetAddedAt(tx.Now))
			grants = append(grants, tx.Grant.Create().SetAccountID(x.account).SetEmployeeID(id).SetRoleID(staff.RoleID("auditor")).SetGrantedAt(tx.Now))
		}
		if err := tx.Approval.CreateBulk(asked...).Exec(tx); err != nil {
			return err
		}
		if err := tx.Invitation.CreateBulk(sent...).Exec(tx); err != nil {
			return err
		}
		if err := tx.Membership.CreateBulk(groups...).Exec(tx); err != nil {
			return err
		}
		return tx.Grant.CreateBulk(grants...).Exec(tx)
	})
	return employeeID, who
}

// TestALeaverOfManyHoldingsCostsNoMoreStatements offboards employees with few and with
// 1,000 holdings: both take the same statements, as do their previews.
func TestALeaverOfManyHoldingsCostsNoMoreStatements(t *testing.T) {
	t.Parallel()
	for _, engine := range portaltest.Engines {
		t.Run("1.5: on "+engine, func(t *testing.T) {
			t.Parallel()
			m := newMeter()
			s := newStage(portaltest.New(t, engine, portaltest.Wrapped(m.wrap)))
			took := map[string][]int{}
			for _, n := range []int{8, 8, 1000} { // the first prepares statements
				id, who := s.a.burden(n)
				args := map[string]any{"employeeId": id, "successorId": s.a.ownerID()}
				if s.held(t, args) != n+1 {
					t.Fatalf("%d holdings are %d", n, s.held(t, args))
				}
				bearer := s.Token(who)
				for _, name := range []string{"offboardingPreview", "offboardEmployee"} {
					sent := args
					if name == "offboardEmployee" {
						sent = inputOf(args)
					}
					doc := document(name, sent, shape{first: 1, depth: 1})
					var answer portaltest.Response
					count, texts := m.counted(func() { answer = s.Send(s.a.owner, doc, sent) })
					if got := result(answer); got != "done" {
						t.Fatalf("%s: %s", name, answer.Raw)
					}
					took[name] = append(took[name], count)
					if len(took[name]) == 3 && took[name][2] > took[name][1] {
						t.Errorf("%s takes %v statements:\n%s", name, took[name], strings.Join(texts, "\n"))
					}
				}
				if r := s.SendToken(bearer, `{ viewer { person { id } } }`, nil); r.Data["viewer"] != nil {
					t.Errorf("its session goes on: %s", r.Raw)
				}
			}
		})
	}
}

// held returns how many things a preview counts.
func (s *stage) held(t *testing.T, args map[string]any) int {
	t.Helper()
	d := s.Must(s.a.owner, `query($employeeId: ID!, $successorId: ID) { offboardingPreview(employeeId: $employeeId, successorId: $successorId) { holdings { count } } }`, args)
	n := 0
	for _, h := range portaltest.At(d, "offboardingPreview", "holdings").([]any) {
		n += int(portaltest.At(h, "count").(float64))
	}
	return n
}
