package contract_test

import (
	"testing"

	"portico/ent"
	"portico/ent/db/employee"
	"portico/examples/contract"
	"portico/portal/access/staff"
	"portico/portaltest"
)

// hire makes a person an employee of an owner's account, with a limit for one order
// in fen, if one is given.
func hire(w *portaltest.World, owner *portaltest.Actor, name, role string, limit *int64) (a *portaltest.Actor, id string) {
	a = w.Person(name, func(tx *ent.Tx, personID string) error {
		e, err := tx.Employee.Create().SetAccountID(owner.AccountID).SetPersonID(personID).SetStatus(employee.StatusACTIVE).
			SetJoinedAt(tx.Now).SetActiveKey(owner.AccountID + "|" + personID).Save(tx)
		if err != nil {
			return err
		}
		id = e.ID
		return tx.Grant.Create().SetAccountID(owner.AccountID).SetEmployeeID(e.ID).SetRoleID(staff.RoleID(role)).
			SetNillableSpendingLimit(limit).SetGrantedAt(tx.Now).Exec(tx)
	})
	return a.At(owner.AccountID), id
}

// An order above a limit is asked for, seen, and approved.
func TestApprovalsOfTheContractRun(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a := w.Funded("Acme", "2000.00")
		limit := int64(10_000)
		buyer, _ := hire(w, a, "Buyer", "operations", &limit)
		in := func(fields map[string]any) map[string]any { return map[string]any{"input": fields} }
		order := map[string]any{"accountId": a.AccountID, "applicationId": w.Application(a, "MAINLAND"), "planId": w.PlanID("im-flagship"),
			"term": map[string]any{"unit": "MONTH", "count": 1}, "expectedTotal": map[string]any{"amount": "1500.00", "currency": "CNY"}}
		p := w.Done(buyer, contract.Operation("AskApproval"), in(map[string]any{"operation": "placeOrder", "input": order, "comment": "For the launch."}))
		id := portaltest.String(p, "approval", "id")
		if portaltest.String(p, "approval", "status") != "PENDING" || portaltest.String(p, "approval", "operation") != "placeOrder" || portaltest.String(p, "approval", "expiresAt") == "" {
			t.Errorf("%v", p)
		}
		for who, can := range map[*portaltest.Actor]bool{a: true, buyer: false} {
			d := w.Must(who, contract.Operation("Approvals"), map[string]any{"id": a.AccountID})
			row := portaltest.At(d, "account", "approvals", "nodes", 0)
			if portaltest.String(row, "id") != id || portaltest.At(row, "viewerCanDecide") != can || portaltest.String(row, "amount", "amount") != "1500.00" ||
				portaltest.String(row, "requestedBy", "id") != buyer.PersonID || portaltest.String(row, "comment") != "For the launch." || portaltest.String(row, "summary") == "" {
				t.Errorf("%s: %v", who.Name, d)
			}
		}
		p = w.Done(a, contract.Operation("DecideApproval"), in(map[string]any{"approvalId": id, "decision": "APPROVE"}))
		if portaltest.String(p, "approval", "status") != "DONE" || portaltest.String(p, "approval", "result", "__typename") != "Order" || portaltest.At(p, "approval", "refusal") != nil {
			t.Errorf("%v", p)
		}
	})
}

// An employee is found by what it may do, is suspended and resumed.
func TestPeopleOfTheContractRun(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a := w.Verified("Acme")
		developer, id := hire(w, a, "Dev", "developer", nil)
		in := func(fields map[string]any) map[string]any { return map[string]any{"input": fields} }
		app := w.Application(a, "MAINLAND")
		able := func() int {
			d := w.Must(a, contract.Operation("WhoMay"), map[string]any{"on": app, "do": "APPLICATION_CREATE"})
			return len(portaltest.At(d, "whoCan", "nodes").([]any))
		}
		d := w.Must(developer, `query($id: ID!) { node(id: $id) { ... on Application { id name viewerPermissions account { id name } } } }`, map[string]any{"id": app})
		if held, _ := portaltest.At(d, "node", "viewerPermissions").([]any); len(held) == 0 || portaltest.String(d, "node", "account", "id") != a.AccountID {
			t.Errorf("%v", d)
		}
		if able() != 2 {
			t.Errorf("%d may", able())
		}
		p := w.Done(a, contract.Operation("SuspendEmployee"), in(map[string]any{"employeeId": id, "reason": "An incident is looked into."}))
		if portaltest.String(p, "employee", "status") != "SUSPENDED" || able() != 1 {
			t.Errorf("%v %d", p, able())
		}
		p = w.Done(a, contract.Operation("ResumeEmployee"), in(map[string]any{"employeeId": id}))
		if portaltest.String(p, "employee", "status") != "ACTIVE" || able() != 2 {
			t.Errorf("%v %d", p, able())
		}
	})
}
