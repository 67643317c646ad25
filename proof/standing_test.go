package proof_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"portico/authz"
	"portico/clause"
	"portico/ent"
	"portico/ent/db/employee"
	"portico/portal/access/staff"
	"portico/portaltest"
)

// closed are the permissions that an account loses while it is being closed
// (0). It can still be read, settled and exported, and its services can be
// stopped.
var closed = []authz.Permission{authz.AccountUpdate, authz.OrderPlace, authz.ApplicationCreate, authz.VerificationSubmit,
	authz.TermsAccept, authz.EmployeeInvite, authz.EmployeeUpdate, authz.RoleManage, authz.GroupManage, authz.OwnershipOffer, authz.APIKeyCreate}

func TestAClosingAccountIsReadSettledAndStopped(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		s := newStage(w)
		x := s.a
		x.furnish()
		coming := portaltest.String(s.Must(nil, `{ comingTerms(kind: SERVICE_TERMS) { id } }`, nil), "comingTerms", "id")
		in := input{"accountId": x.account, "termsId": coming, "confirm": true}
		s.Done(x.owner, `mutation($i: DeclineTermsInput!) { declineTerms(input: $i) { closing { id } userErrors { code } } }`, input{"i": in})
		got := map[authz.Permission][]string{}
		for _, f := range fields(published().Mutation) {
			p, asks := authz.ParsePermission(permission(f.Directives.ForName("can"), "do"))
			if !asks || !authz.Law().Role(staff.Owner).Has(p) || f.Directives.ForName("sandbox") != nil {
				continue
			}
			args := operations[f.Name].args(s, x, x.owner)
			got[p] = append(got[p], result(s.Send(x.owner, document(f.Name, args, shape{first: 1, depth: 1}), args)))
		}
		for _, p := range authz.Permissions() {
			answers, tried := got[p]
			if !tried {
				continue
			}
			refused := slices.ContainsFunc(answers, func(a string) bool { return strings.Contains(a, "ACCOUNT_CLOSING(0)") })
			name := "0: while the account is being closed, it may still " + p.String()
			if slices.Contains(closed, p) {
				name = "0: while the account is being closed, it may not " + p.String()
			}
			t.Run(name, func(t *testing.T) {
				if refused != slices.Contains(closed, p) {
					t.Errorf("%v", answers)
				}
				// An order is also refused because no service may run, so the
				// policy is checked too.
				if by, denied := authz.Law().Denies("ACCOUNT_CLOSING", p); denied != slices.Contains(closed, p) || denied && by != "0" {
					t.Errorf("the policy denies it: %v, by %q", denied, by)
				}
			})
		}
	})
}

// stopped are the restrictions that stop services, each with its clause.
var stopped = map[string]clause.Ref{"ARREARS": "3.8", "ARREARS_OVERDUE": "3.8", "ACCOUNT_CLOSING": "0"}

func TestServicesAreStopped(t *testing.T) {
	for code, by := range stopped {
		t.Run(string(by)+": "+code+" stops services", func(t *testing.T) {
			if ref, denied := authz.Law().Denies(code, authz.ServiceRun); !denied || ref != by {
				t.Errorf("denied: %v, by %q", denied, ref)
			}
		})
		if by != "3.8" {
			continue
		}
		t.Run("3.8: "+code+" denies nothing else: what is owed can be read and paid", func(t *testing.T) {
			for _, p := range authz.Permissions() {
				if _, denied := authz.Law().Denies(code, p); denied && p != authz.ServiceRun {
					t.Errorf("it denies %s", p)
				}
			}
		})
	}
}

// counting are the roles that may read how much of a metric the account uses.
var counting = []string{"owner", "administrator", "finance", "developer", "operations", "auditor"}

// orderer returns an employee with a built-in role, and the right to order by a
// custom role.
func (x *side) orderer(role string) *portaltest.Actor {
	x.T.Helper()
	a := x.Person("Orderer "+role, func(tx *ent.Tx, personID string) error {
		own, err := tx.Role.Create().SetAccountID(x.account).SetCode("orders-" + role).SetName("Orders, " + role).SetBuiltIn(false).
			SetPermissions([]string{authz.OrderPlace.String(), authz.OrderRead.String()}).Save(tx)
		if err != nil {
			return err
		}
		e, err := tx.Employee.Create().SetAccountID(x.account).SetPersonID(personID).SetStatus(employee.StatusACTIVE).
			SetJoinedAt(tx.Now).SetActiveKey(x.account + "|" + personID).Save(tx)
		if err != nil {
			return err
		}
		for _, id := range []string{own.ID, staff.RoleID(role)} {
			if err := tx.Grant.Create().SetAccountID(x.account).SetEmployeeID(e.ID).SetRoleID(id).SetGrantedAt(tx.Now).Exec(tx); err != nil {
				return err
			}
		}
		return nil
	})
	a.AccountID = x.account
	return a
}

func TestReadersOfUsageSeeHowMuchIsUsed(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a := newSide(w, w.Verified("Alpha Anders"))
		app := a.served()
		w.Done(w.DataPlane(), `mutation($i: ReportUsageInput!) { reportUsage(input: $i) { accepted userErrors { code } } }`, input{"i": input{"events": []any{
			input{"source": "im", "eventId": "1", "applicationId": app, "metric": "im.registered_users", "quantity": "101", "at": w.Portal.Store.Now()}}}})
		for _, role := range staff.RoleCodes() {
			if role == staff.Owner { // the account has one already
				continue
			}
			by, counts := a.orderer(role), slices.Contains(counting, role)
			name := "1.5: who may order as " + role + " doesn't read how much is used"
			if counts {
				name = "1.5: who may order as " + role + " reads how much is used"
			}
			t.Run(name, func(t *testing.T) {
				d := w.Must(by, `query($i: OrderPreviewInput!) { orderPreview(input: $i) { refusals { code params } } }`,
					input{"i": input{"accountId": a.account, "planId": a.plan("im-developer"), "applicationId": app}})
				for _, r := range portaltest.At(d, "orderPreview", "refusals").([]any) {
					if portaltest.String(r, "code") != "PLAN_TOO_SMALL" {
						continue
					}
					if used := portaltest.At(r, "params", "used"); (used != nil) != counts || counts && fmt.Sprint(used) != "101" {
						t.Errorf("%v", r)
					}
					return
				}
				t.Errorf("%v", d)
			})
		}
	})
}
