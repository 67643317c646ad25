package proof_test

import (
	"slices"
	"strings"
	"testing"

	"portico/authz"
	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/auditevent"
	"portico/ent/db/employee"
	"portico/portal/access/staff"
	"portico/portal/kernel/command"
	"portico/portal/kernel/standing"
	"portico/portal/trade/order"
	"portico/portaltest"
)

// hired makes a person an employee of another's account, with a grant for each
// given built-in role.
func hired(w *portaltest.World, account, person *portaltest.Actor, grants ...authz.Grant) {
	w.T.Helper()
	err := w.Portal.Store.Write(w.System(), func(tx *ent.Tx) error {
		e, err := tx.Employee.Create().SetAccountID(account.AccountID).SetPersonID(person.PersonID).SetStatus(employee.StatusACTIVE).
			SetJoinedAt(tx.Now).SetActiveKey(account.AccountID + "|" + person.PersonID).Save(tx)
		if err != nil {
			return err
		}
		for _, g := range grants {
			c := tx.Grant.Create().SetAccountID(account.AccountID).SetEmployeeID(e.ID).SetRoleID("role_" + g.RoleCode).SetGrantedAt(tx.Now).
				SetNillableSpendingLimit(g.SpendingLimit).SetApplicationIds(g.Applications)
			if g.StepUp != 0 {
				c.SetStepUpMinutes(int64(g.StepUp.Minutes()))
			}
			if err := c.Exec(tx); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		w.T.Fatal(err)
	}
}

func TestASecondFactorIsNotSparedByAnotherGrant(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a, b := w.Funded("Employer", "20000.00"), w.Owner("Employee")
		app, small := w.Application(a, "MAINLAND"), int64(150_000)
		hired(w, a, b, authz.Grant{RoleCode: "operations", SpendingLimit: &small}, authz.Grant{RoleCode: "administrator", StepUp: 5 * 60e9})
		year := map[string]any{"unit": "YEAR", "count": 1}
		t.Run("1.5: the limit of the grant that is usable holds, not that of one that awaits a second factor", func(t *testing.T) {
			got := w.Refused(b, orderMutation, orderInput(w, a, app, "im-flagship", "15000.00", year))
			if got.Code != order.SpendingLimitExceeded.Code || got.Clause != "1.5" {
				t.Fatalf("%+v", got)
			}
		})
		t.Run("1.5: an order of just the limit goes through", func(t *testing.T) {
			w.Done(b, orderMutation, orderInput(w, a, app, "im-flagship", "1500.00", month))
		})
		t.Run("1.5: with a fresh second factor the other grant is usable", func(t *testing.T) {
			err := w.Portal.Store.Write(w.System(), func(tx *ent.Tx) error {
				return tx.Session.Update().SetSecondFactorAt(tx.Wall).Exec(tx)
			})
			if err != nil {
				t.Fatal(err)
			}
			w.Done(b, orderMutation, orderInput(w, a, app, "im-flagship", "15000.00", year))
		})
		c := w.Owner("Stepped")
		hired(w, a, c, authz.Grant{RoleCode: "administrator", StepUp: 5 * 60e9})
		t.Run("1.5: who holds only a grant that asks for a second factor is asked for it", func(t *testing.T) {
			if got := w.Refused(c, orderMutation, orderInput(w, a, app, "im-flagship", "1500.00", month)); got.Code != command.StepUpRequired.Code {
				t.Fatalf("%+v", got)
			}
		})
	})
}

const accessList = `query($id: ID!) { account(id: $id) { accesses(first: 50) { totalCount nodes { id at actingAs subject { id __typename } } } } }`

func accessesOf(w *portaltest.World, a *portaltest.Actor) []any {
	w.T.Helper()
	c := portaltest.At(w.Must(a, accessList, map[string]any{"id": a.AccountID}), "account", "accesses")
	nodes := portaltest.At(c, "nodes").([]any)
	if portaltest.At(c, "totalCount") != float64(len(nodes)) {
		w.T.Fatalf("the count differs: %v", c)
	}
	return nodes
}

func TestOperatorsOpenCustomersDataInTheirSight(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a, b, support := w.Owner("Opened"), w.Owner("Beside"), w.Operator("support")
		submit := `mutation($input: SubmitVerificationInput!) { submitVerification(input: $input) { verification { id legalName } userErrors { code } } }`
		ids := map[*portaltest.Actor]string{}
		for i, x := range []*portaltest.Actor{a, b} {
			p := w.Done(x, submit, map[string]any{"input": map[string]any{"accountId": x.AccountID, "kind": "MAINLAND_COMPANY", "legalName": x.Name,
				"country": "CN", "registrationNumber": portaltest.CreditCode(700 + i)}})
			ids[x] = portaltest.String(p, "verification", "id")
		}
		t.Run("6.2: the queue itself opens nothing, nor does the customer's own reading", func(t *testing.T) {
			w.Must(support, `{ verifications(first: 20, status: PENDING) { nodes { id status account { id number name } submittedAt } } }`, nil)
			if got := accessesOf(w, a); len(got) != 0 {
				t.Fatalf("%v", got)
			}
		})
		detail := `query($id: ID!) { node(id: $id) { ... on Verification { legalName country registrationNumber documents { name } } } }`
		t.Run("6.2: opening a verification is one access, shown to that customer alone", func(t *testing.T) {
			if got := w.Must(support, detail, map[string]any{"id": ids[a]}); portaltest.String(got, "node", "legalName") != "Opened" {
				t.Fatalf("%v", got)
			}
			got := accessesOf(w, a)
			if len(got) != 1 || portaltest.String(got[0], "subject", "id") != ids[a] || portaltest.String(got[0], "actingAs") != "support" {
				t.Fatalf("%v", got)
			}
			if got := accessesOf(w, b); len(got) != 0 {
				t.Fatalf("%v", got)
			}
			node := `query($id: ID!) { node(id: $id) { id ... on Access { at } } }`
			id := map[string]any{"id": portaltest.String(got[0], "id")}
			if w.Must(a, node, id)["node"] == nil || w.Must(b, node, id)["node"] != nil {
				t.Fatal("an access is its account's alone")
			}
		})
		t.Run("6.2: who lists the details of several opens each", func(t *testing.T) {
			w.Must(support, `{ verifications(first: 20, status: PENDING) { nodes { id registrationNumber } } }`, nil)
			if x, y := len(accessesOf(w, a)), len(accessesOf(w, b)); x != 2 || y != 1 {
				t.Fatalf("%d and %d", x, y)
			}
		})
		t.Run("6.2: a role without ACCESS_READ doesn't see them", func(t *testing.T) {
			c := w.Owner("Developer")
			hired(w, a, c, authz.Grant{RoleCode: "developer"})
			r := w.Send(c, accessList, map[string]any{"id": a.AccountID})
			if len(r.Errors) != 1 || r.Errors[0].Code() != "FORBIDDEN" {
				t.Fatalf("%s", r.Raw)
			}
		})
	})
}

func TestCallersRefusedOnEntryAreInTheAudit(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a := w.Owner("Curious")
		count := func(action string) int {
			n, err := w.Portal.Store.Read().AuditEvent.Query().Where(auditevent.Action(action), auditevent.ActorID(a.PersonID),
				auditevent.ResultEQ(auditevent.ResultREFUSED), auditevent.Code(clause.Forbidden.Code)).Count(w.System())
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		t.Run("1.2: a command of the provider's that a customer sends is refused and recorded", func(t *testing.T) {
			r := w.Send(a, `mutation($input: OverrideFigureInput!) { overrideFigure(input: $input) { userErrors { code } } }`,
				map[string]any{"input": map[string]any{"accountId": a.AccountID, "figure": "agreement.zone", "value": "UTC", "agreementNumber": "1",
					"from": "2026-01-01T00:00:00Z"}})
			if len(r.Errors) != 1 || r.Errors[0].Code() != clause.Forbidden.Code || count("overrideFigure") != 1 {
				t.Fatalf("%d recorded: %s", count("overrideFigure"), r.Raw)
			}
		})
		t.Run("1.2: reading what is forbidden is no command", func(t *testing.T) {
			r := w.Send(a, `{ verifications(first: 1) { nodes { id } } }`, nil)
			if len(r.Errors) != 1 || r.Errors[0].Code() != clause.Forbidden.Code || count("verifications") != 0 {
				t.Fatalf("%s", r.Raw)
			}
		})
	})
}

func TestMissingAcceptanceStopsAllButStoppingAndSettling(t *testing.T) {
	goesOn := []authz.Permission{authz.TermsAccept}
	for _, role := range staff.RoleCodes() {
		for _, p := range authz.Law().Role(role).List() {
			reads := strings.HasSuffix(p.String(), ":read")
			ref, denied := authz.Law().Denies(standing.TermsAcceptanceRequired.Code, p)
			if want := !reads && !p.Stops() && !p.Settles() && !slices.Contains(goesOn, p); denied != want || denied && ref != "0" {
				t.Errorf("0: %s of %s: denied %v by %q", p, role, denied, ref)
			}
		}
	}
}

// opened makes an operator read the account (6.2).
func (x *side) opened() {
	x.T.Helper()
	p := &authz.Principal{Kind: authz.Person, ID: unknownID("pers"), OperatorRoles: []string{"support"}}
	if err := command.Opened(authz.With(x.System(), p), x.Portal.Store, []db.Node{&db.Account{ID: x.account}}); err != nil {
		x.T.Fatal(err)
	}
}
