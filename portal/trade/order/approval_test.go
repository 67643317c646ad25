package order_test

import (
	"errors"
	"testing"
	"time"

	"portico/ent"
	"portico/ent/db/employee"
	"portico/ent/db/grant"
	"portico/ent/db/message"
	"portico/portal/access/staff"
	"portico/portaltest"
)

const (
	requestM = `mutation($i: RequestApprovalInput!) { requestApproval(input: $i) { approval { id status operation summary amount { amount currency } waitsFor { code clause } }
		userErrors { code message field clause remedy { description operation input } } } }`
	decideM = `mutation($i: DecideApprovalInput!) { decideApproval(input: $i) { approval { id status decidedBy { id } decisionComment
		result { __typename id ... on Order { total { amount } placedBy { id } } } refusal { code clause } } userErrors { code message field clause remedy { description operation input } } } }`
	waitingQ = `query($id: ID!) { account(id: $id) { approvals(first: 20, status: PENDING) { totalCount nodes { id operation viewerCanDecide } } } }`
	placeM   = `mutation($i: PlaceOrderInput!) { placeOrder(input: $i) { order { id } userErrors { code message field clause remedy { description operation input } } } }`
)

type fields = map[string]any

// desk is an account with an employee whose limit is too low, and others.
type desk struct {
	*portaltest.World
	owner *portaltest.Actor
}

// hire makes a person an employee of the account, with a limit in fen.
func (d desk) hire(name, role string, limit *int64, applications ...string) *portaltest.Actor {
	a := d.Person(name, func(tx *ent.Tx, personID string) error {
		e, err := tx.Employee.Create().SetAccountID(d.owner.AccountID).SetPersonID(personID).SetStatus(employee.StatusACTIVE).
			SetJoinedAt(tx.Now).SetActiveKey(d.owner.AccountID + "|" + personID).Save(tx)
		if err != nil {
			return err
		}
		return tx.Grant.Create().SetAccountID(d.owner.AccountID).SetEmployeeID(e.ID).SetRoleID(staff.RoleID(role)).SetApplicationIds(applications).
			SetNillableSpendingLimit(limit).SetGrantedAt(tx.Now).Exec(tx)
	})
	return a.At(d.owner.AccountID)
}

func (d desk) order(app string) fields {
	return fields{"accountId": d.owner.AccountID, "planId": d.PlanID("im-flagship"), "applicationId": app,
		"term": fields{"unit": "MONTH", "count": 1}, "expectedTotal": fields{"amount": "1500.00", "currency": "CNY"}}
}

func of(in fields) fields { return fields{"i": in} }

// ask asks for an approval of an order, and returns its id.
func (d desk) ask(by *portaltest.Actor, app string) string {
	d.T.Helper()
	p := d.Done(by, requestM, of(fields{"operation": "placeOrder", "input": d.order(app)}))
	return portaltest.String(p, "approval", "id")
}

// mails counts the mails with a subject to a person.
func (d desk) mails(subject string) int {
	d.T.Helper()
	n, err := d.Portal.Store.Read().Message.Query().Where(message.SubjectContains(subject)).Count(d.System())
	if err != nil {
		d.T.Fatal(err)
	}
	return n
}

// isShownTo checks who sees an approval, and whether it could decide about it.
func (d desk) isShownTo(t *testing.T, before int, id string, readers map[*portaltest.Actor][2]bool) {
	t.Helper()
	t.Run("1.5: those who may decide get a mail, and see it; others don't", func(t *testing.T) {
		if d.mails("waits for you") != before+1 {
			t.Errorf("%d mails, %d before", d.mails("waits for you"), before)
		}
		for who, sees := range readers {
			q := d.Must(who, waitingQ, fields{"id": d.owner.AccountID})
			rows, _ := portaltest.At(q, "account", "approvals", "nodes").([]any)
			if (len(rows) == 1) != sees[0] || len(rows) == 1 && portaltest.At(rows[0], "viewerCanDecide") != sees[1] {
				t.Errorf("%s: %v", who.Name, q)
			}
			node := d.Must(who, `query($id: ID!) { node(id: $id) { id } }`, fields{"id": id})
			if (portaltest.At(node, "node") != nil) != sees[0] {
				t.Errorf("%s: %v", who.Name, node)
			}
		}
	})
}

func TestApprovalsOfOrders(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		low, exact := int64(149_999), int64(150_000)
		d := desk{w, w.Funded("Lin", "5000.00")}
		app, other := w.Application(d.owner, "MAINLAND"), w.Application(d.owner, "MAINLAND")
		buyer, lowToo, enough := d.hire("Buyer", "operations", &low), d.hire("Low", "operations", &low), d.hire("Enough", "operations", &exact)
		elsewhere, auditor := d.hire("Elsewhere", "operations", nil, other), d.hire("Audit", "auditor", nil)
		w.VerifyEmail(d.owner)
		w.VerifyEmail(buyer)
		t.Run("1.5: an order above the limit is refused, and its remedy asks for an approval", func(t *testing.T) {
			r := w.Refused(buyer, placeM, of(d.order(app)))
			if r.Code != "SPENDING_LIMIT_EXCEEDED" || r.Remedy == nil || r.Remedy.Operation != "requestApproval" {
				t.Fatalf("%+v", r)
			}
			p := w.Done(buyer, requestM, of(r.Remedy.Input))
			if portaltest.String(p, "approval", "status") != "PENDING" || portaltest.String(p, "approval", "waitsFor", "code") != "SPENDING_LIMIT_EXCEEDED" {
				t.Errorf("%v", p)
			}
			w.Done(buyer, `mutation($i: WithdrawApprovalInput!) { withdrawApproval(input: $i) { approval { status } userErrors { code } } }`,
				of(fields{"approvalId": portaltest.String(p, "approval", "id")}))
		})
		before := d.mails("waits for you")
		id := d.ask(buyer, app)
		d.isShownTo(t, before, id, map[*portaltest.Actor][2]bool{d.owner: {true, true}, enough: {true, true}, lowToo: {true, false}, buyer: {true, false}, auditor: {true, false}, d.hire("Dev", "developer", nil): {}})
		t.Run("1.5: who has too low a limit, or none for the application, doesn't decide", func(t *testing.T) {
			in := of(fields{"approvalId": id, "decision": "APPROVE"})
			if r := w.Refused(lowToo, decideM, in); r.Code != "APPROVAL_ABOVE_LIMIT" {
				t.Errorf("%+v", r)
			}
			if r := w.Refused(buyer, decideM, in); r.Code != "OWN_APPROVAL" {
				t.Errorf("%+v", r)
			}
			if r := w.Send(elsewhere, decideM, in); len(r.Errors) != 1 || r.Errors[0].Code() != "FORBIDDEN" {
				t.Errorf("%s", r.Raw)
			}
		})
		t.Run("1.5: approved by who may spend just as much, it is placed once, in the name of who asked", func(t *testing.T) {
			p := w.Done(enough, decideM, of(fields{"approvalId": id, "decision": "APPROVE", "comment": "Fine."}))
			if portaltest.String(p, "approval", "status") != "DONE" || portaltest.String(p, "approval", "result", "total", "amount") != "1500.00" ||
				portaltest.String(p, "approval", "result", "placedBy", "id") != buyer.PersonID || portaltest.String(p, "approval", "decisionComment") != "Fine." {
				t.Errorf("%v", p)
			}
			if d.mails("was approved") != 1 {
				t.Error("who asked isn't told")
			}
		})
	})
}

func TestApprovalsAboveAMonthlyLimit(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		d := desk{w, w.Funded("Lin", "5000.00")}
		buyer, peer := d.hire("Buyer", "operations", nil), d.hire("Peer", "operations", nil)
		err := w.Portal.Store.Write(w.System(), func(tx *ent.Tx) error {
			for who, month := range map[*portaltest.Actor]int64{buyer: 200_000, peer: 900_000} {
				one, err := tx.Employee.Query().Where(employee.PersonID(who.PersonID)).OnlyID(tx)
				if err == nil {
					err = tx.Grant.Update().Where(grant.EmployeeID(one)).SetMonthlyLimit(month).Exec(tx)
				}
				if err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		w.Done(buyer, placeM, of(d.order(w.Application(d.owner, "MAINLAND"))))
		app := w.Application(d.owner, "MAINLAND")
		r := w.Refused(buyer, placeM, of(d.order(app)))
		if r.Code != "MONTHLY_LIMIT_EXCEEDED" || r.Remedy == nil || r.Remedy.Operation != "requestApproval" {
			t.Fatalf("%+v", r)
		}
		id := portaltest.String(w.Done(buyer, requestM, of(r.Remedy.Input)), "approval", "id")
		t.Run("1.5: who has a monthly limit too doesn't decide", func(t *testing.T) {
			if r := w.Refused(peer, decideM, of(fields{"approvalId": id, "decision": "APPROVE"})); r.Code != "APPROVAL_ABOVE_LIMIT" {
				t.Errorf("%+v", r)
			}
		})
		t.Run("1.5: approved, it is placed, and counts under the grant of who asked beyond its limit", func(t *testing.T) {
			p := w.Done(d.owner, decideM, of(fields{"approvalId": id, "decision": "APPROVE"}))
			if portaltest.String(p, "approval", "status") != "DONE" || portaltest.String(p, "approval", "result", "placedBy", "id") != buyer.PersonID {
				t.Errorf("%v", p)
			}
			if got := spent(w, d.owner); len(got) != 1 || got[w.Portal.Store.Now().Format("2006-01")] != 300_000 {
				t.Errorf("%v", got)
			}
		})
		t.Run("1.5: the approval is of one order: the next is refused again", func(t *testing.T) {
			if r := w.Refused(buyer, placeM, of(d.order(w.Application(d.owner, "MAINLAND")))); r.Code != "MONTHLY_LIMIT_EXCEEDED" {
				t.Errorf("%+v", r)
			}
		})
	})
}

func TestAnApprovedOrderCountsInTheMonth(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		low := int64(149_999)
		d := desk{w, w.Funded("Lin", "9000.00")}
		buyer := d.hire("Buyer", "operations", &low)
		monthly(w, d.owner, 160_000)
		unlimited(w, d.owner)
		month := w.Portal.Store.Now().Format("2006-01")
		t.Run("1.5: an order above the limit of one order counts under the grant of who asked", func(t *testing.T) {
			w.Done(d.owner, decideM, of(fields{"approvalId": d.ask(buyer, w.Application(d.owner, "MAINLAND")), "decision": "APPROVE"}))
			if got := spent(w, d.owner); got[month] != 150_000 {
				t.Errorf("%v", got)
			}
		})
		t.Run("1.5: what it leaves for the month is less by it", func(t *testing.T) {
			err := w.Portal.Store.Write(w.System(), func(tx *ent.Tx) error {
				return tx.Grant.Update().Where(grant.AccountID(d.owner.AccountID), grant.SpendingLimit(low)).ClearSpendingLimit().Exec(tx)
			})
			if err != nil {
				t.Fatal(err)
			}
			if r := w.Refused(buyer, placeM, of(d.order(w.Application(d.owner, "MAINLAND")))); r.Code != "MONTHLY_LIMIT_EXCEEDED" {
				t.Errorf("%+v", r)
			}
		})
	})
}

// unlimited lifts the monthly limit of an owner.
func unlimited(w *portaltest.World, owner *portaltest.Actor) {
	w.T.Helper()
	err := w.Portal.Store.Write(w.System(), func(tx *ent.Tx) error {
		return tx.Grant.Update().Where(grant.AccountID(owner.AccountID), grant.RoleID(staff.RoleID(staff.Owner))).ClearMonthlyLimit().Exec(tx)
	})
	if err != nil {
		w.T.Fatal(err)
	}
}

func TestWhatElseStandsInTheWayOfAnOrder(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		low := int64(149_999)
		d := desk{w, w.Funded("Lin", "5000.00")}
		buyer, other := d.hire("Buyer", "operations", &low), w.Application(d.owner, "MAINLAND")
		w.VerifyEmail(buyer)
		t.Run("3.3: what else stands in the way is refused, and nothing is asked for", func(t *testing.T) {
			in := d.order(other)
			in["term"], in["expectedTotal"] = fields{"unit": "MONTH", "count": 12}, fields{"amount": "18000.00", "currency": "CNY"}
			r := w.Refused(buyer, requestM, of(fields{"operation": "placeOrder", "input": in}))
			if r.Code != "INSUFFICIENT_BALANCE" && r.Code != "TERM_NOT_OFFERED" {
				t.Errorf("%+v", r)
			}
			q := w.Must(d.owner, waitingQ, fields{"id": d.owner.AccountID})
			if portaltest.At(q, "account", "approvals", "totalCount") != 0.0 {
				t.Errorf("%v", q)
			}
		})
		t.Run("1.5: what expires is told to who asked", func(t *testing.T) {
			id := d.ask(buyer, other)
			w.AdvanceTo(w.Portal.Store.Now().Add(7 * 24 * time.Hour))
			w.RunJobs()
			q := w.Must(buyer, `query($id: ID!) { node(id: $id) { ... on Approval { status viewerCanDecide } } }`, fields{"id": id})
			if portaltest.String(q, "node", "status") != "EXPIRED" || portaltest.At(q, "node", "viewerCanDecide") != false || d.mails("request expired") != 1 {
				t.Errorf("%v %d", q, d.mails("request expired"))
			}
		})
	})
}

func TestASuspendedPersonsApprovalIsNotDone(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		low := int64(100)
		d := desk{w, w.Funded("Lin", "5000.00")}
		buyer := d.hire("Buyer", "operations", &low)
		id := d.ask(buyer, w.Application(d.owner, "MAINLAND"))
		of := func(tx *ent.Tx) (string, error) {
			return tx.Employee.Query().Where(employee.PersonID(buyer.PersonID)).OnlyID(tx)
		}
		t.Run("1.5: what a suspended employee asked for is refused when it is approved", func(t *testing.T) {
			err := w.Portal.Store.Write(w.System(), func(tx *ent.Tx) error {
				one, err := of(tx)
				if err != nil {
					return err
				}
				n, err := tx.Grant.Query().Where(grant.EmployeeID(one)).Count(tx)
				if err != nil || n != 1 {
					return errors.Join(err, errors.New("no grant"))
				}
				return tx.Employee.Update().Where(employee.ID(one)).SetStatus(employee.StatusSUSPENDED).SetSuspendedAt(tx.Now).Exec(tx)
			})
			if err != nil {
				t.Fatal(err)
			}
			p := w.Done(d.owner, decideM, fields{"i": fields{"approvalId": id, "decision": "APPROVE"}})
			if portaltest.String(p, "approval", "status") != "REFUSED" || portaltest.String(p, "approval", "refusal", "code") != "NOT_FOUND" || portaltest.At(p, "approval", "result") != nil {
				t.Errorf("%v", p)
			}
		})
	})
}

func TestWhatALeaverAskedForIsWithdrawn(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		low := int64(100)
		d := desk{w, w.Funded("Lin", "5000.00")}
		buyer, other := d.hire("Buyer", "operations", &low), d.hire("Other", "operations", &low)
		app := w.Application(d.owner, "MAINLAND")
		id, stays := d.ask(buyer, app), d.ask(other, app)
		const statusQ = `query($id: ID!) { node(id: $id) { ... on Approval { status decidedAt decidedBy { id } } } }`
		t.Run("1.5: whoever leaves takes its requests with it, and no others", func(t *testing.T) {
			one, err := w.Portal.Store.Read().Employee.Query().Where(employee.PersonID(buyer.PersonID)).OnlyID(w.System())
			if err != nil {
				t.Fatal(err)
			}
			w.Done(d.owner, `mutation($i: OffboardEmployeeInput!) { offboardEmployee(input: $i) { employee { id } userErrors { code } } }`, of(fields{"employeeId": one}))
			for of, want := range map[string]string{id: "WITHDRAWN", stays: "PENDING"} {
				n := portaltest.At(w.Must(d.owner, statusQ, fields{"id": of}), "node")
				if portaltest.String(n, "status") != want || portaltest.At(n, "decidedBy") != nil || (portaltest.At(n, "decidedAt") != nil) != (of == id) {
					t.Errorf("%v, want %s", n, want)
				}
			}
		})
		t.Run("1.5: once it is employed anew, nobody can approve what it asked for before", func(t *testing.T) {
			err := w.Portal.Store.Write(w.System(), func(tx *ent.Tx) error {
				e, err := tx.Employee.Create().SetAccountID(d.owner.AccountID).SetPersonID(buyer.PersonID).SetStatus(employee.StatusACTIVE).
					SetJoinedAt(tx.Now).SetActiveKey(d.owner.AccountID + "|" + buyer.PersonID).Save(tx)
				if err != nil {
					return err
				}
				return tx.Grant.Create().SetAccountID(d.owner.AccountID).SetEmployeeID(e.ID).SetRoleID(staff.RoleID("operations")).SetGrantedAt(tx.Now).Exec(tx)
			})
			if err != nil {
				t.Fatal(err)
			}
			if r := w.Refused(d.owner, decideM, of(fields{"approvalId": id, "decision": "APPROVE"})); r.Code != "APPROVAL_DECIDED" {
				t.Errorf("%+v", r)
			}
		})
	})
}
