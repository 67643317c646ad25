package proof_test

import (
	"encoding/json"
	"fmt"

	"portico/authz"
	"portico/ent"
	"portico/ent/db/approval"
	"portico/ent/db/employee"
	"portico/ent/db/grant"
	"portico/portal/access/staff"
	"portico/portal/kernel/command"
	"portico/portal/trade/order"
	"portico/portaltest"
)

// asked returns an approval that waits: an order that an actor asked for.
func (x *side) asked(name string, by *portaltest.Actor) string {
	x.T.Helper()
	return x.keep(name, func() string {
		in := given[order.PlaceOrderInput](x.T, x.ordered())
		text, hash, err := command.Canonical(in)
		if err != nil {
			x.T.Fatal(err)
		}
		refusal, err := json.Marshal(order.SpendingLimitExceeded)
		if err != nil {
			x.T.Fatal(err)
		}
		var id string
		x.write(func(tx *ent.Tx) error {
			sealed, err := tx.Store().Seal("approval.input", string(text))
			if err != nil {
				return err
			}
			until := tx.Now.AddDate(0, 0, 7)
			row, err := tx.Approval.Create().SetAccountID(x.account).SetStatus(approval.StatusREQUESTED).SetOperation("placeOrder").
				SetObjectID(in.ApplicationID).SetApplicationID(in.ApplicationID).SetInput(sealed).SetInputHash(hash).SetRefusal(string(refusal)).
				SetPermission(authz.OrderPlace.String()).SetSummary("套餐").SetSummaryEn("A plan").SetSpending(0).SetComment("Please.").
				SetAskedBy(by.PersonID).SetAskedAddress("192.0.2.1").SetAskedAgent("proof").SetAskedAt(tx.Now).SetExpiresAt(until).SetLapsesAt(until).Save(tx)
			if err == nil {
				id = row.ID
			}
			return err
		})
		return id
	})
}

// asker returns an employee who may order, and asks for approvals.
func (x *side) asker() *portaltest.Actor {
	x.T.Helper()
	if a := x.staff["asker"]; a != nil {
		return a
	}
	a := x.Person(x.name+"'s asker", func(tx *ent.Tx, personID string) error { return hire(tx, x.account, personID, "operations") })
	a.AccountID = x.account
	x.staff["asker"] = a
	return a
}

// limitedTo sets the spending limit of an actor's grants on the account; nil lifts it.
func (x *side) limitedTo(by *portaltest.Actor, minor *int64) {
	x.T.Helper()
	if by == nil || by.PersonID == "" {
		return
	}
	x.write(func(tx *ent.Tx) error {
		ids, err := tx.Employee.Query().Where(employee.AccountID(x.account), employee.PersonID(by.PersonID)).IDs(tx)
		if err != nil {
			return err
		}
		update := tx.Grant.Update().Where(grant.EmployeeIDIn(ids...))
		if minor == nil {
			return update.ClearSpendingLimit().Exec(tx)
		}
		return update.SetSpendingLimit(*minor).Exec(tx)
	})
}

// paidOrder returns an order that costs something.
func (x *side) paidOrder() input {
	in := x.ordered()
	in["planId"], in["term"], in["expectedTotal"] = x.plan("im-flagship"), input{"unit": "MONTH", "count": 1}, yuan("1500.00")
	return in
}

// suspendedEmployee returns an employee who is suspended.
func (x *side) suspendedEmployee() string {
	return x.keep("suspended", func() string {
		id := x.colleague("suspended colleague")
		do(x, staff.SuspendEmployee, input{"employeeId": id, "reason": "An incident."})
		return id
	})
}

func init() {
	for name, o := range map[string]operation{
		"can": {args: func(_ *stage, x *side, _ *portaltest.Actor) map[string]any {
			return map[string]any{"on": x.account, "do": "ACCOUNT_READ"}
		}},
		"whoCan": {args: func(_ *stage, x *side, _ *portaltest.Actor) map[string]any {
			return map[string]any{"on": x.account, "do": "ACCOUNT_READ"}
		}},
		"requestApproval": {args: func(_ *stage, x *side, by *portaltest.Actor) map[string]any {
			nothing := int64(0)
			x.limitedTo(by, &nothing)
			x.write(func(tx *ent.Tx) error { // so that none of them is the 51st of a day
				_, err := tx.Approval.Delete().Where(approval.AccountID(x.account), approval.CommentHasPrefix("Number ")).Exec(tx)
				return err
			})
			return inputOf(input{"operation": "placeOrder", "input": x.paidOrder(), "comment": fmt.Sprint("Number ", x.serial())})
		}, done: func(x *side, by *portaltest.Actor) { x.limitedTo(by, nil) }},
		"decideApproval": {args: func(_ *stage, x *side, _ *portaltest.Actor) map[string]any {
			return inputOf(input{"approvalId": x.asked("approval", x.asker()), "decision": "APPROVE"})
		}, done: uses("approval", "application")},
		"withdrawApproval": {args: func(_ *stage, x *side, by *portaltest.Actor) map[string]any {
			if by == nil || by.AccountID != x.account { // it can't have asked there
				return inputOf(input{"approvalId": x.asked("approval", x.asker())})
			}
			return inputOf(input{"approvalId": x.asked("approval of "+by.PersonID, by)})
		}, done: func(x *side, by *portaltest.Actor) { x.used("approval of " + by.PersonID) }},
		"suspendEmployee": {args: func(_ *stage, x *side, _ *portaltest.Actor) map[string]any {
			return inputOf(input{"employeeId": x.colleague("suspendable"), "reason": "An incident."})
		}, done: uses("suspendable")},
		"resumeEmployee": {args: func(_ *stage, x *side, _ *portaltest.Actor) map[string]any {
			return inputOf(input{"employeeId": x.suspendedEmployee()})
		}, done: uses("suspended", "suspended colleague")},
	} {
		operations[name] = o
	}
	wrongs = append(wrongs, peopleWrongs...)
}

var peopleWrongs = []wrong{
	{"ask: an operation that can't wait", "requestApproval", "INVALID_INPUT", "", set("operation", "closeService"), nil},
	{"ask: no operation", "requestApproval", "INVALID_INPUT", "", set("operation", ""), nil},
	{"ask: another type of input", "requestApproval", "INVALID_INPUT", "", set("input", "an order"), nil},
	{"ask: an input with an unknown field", "requestApproval", "INVALID_INPUT", "", set("input", input{"order": "one"}), nil},
	{"ask: what needs no approval", "requestApproval", "APPROVAL_NOT_NEEDED", "1.5", func(s *stage, in input) { in["input"] = s.a.ordered() }, nil},
	{"ask: for another application", "requestApproval", "NOT_FOUND", "", func(s *stage, in input) { in["input"].(input)["applicationId"] = s.b.application() }, nil},
	{"ask: at another price", "requestApproval", "PRICE_CHANGED", "3.4", func(_ *stage, in input) { in["input"].(input)["expectedTotal"] = yuan("1.00") }, nil},
	{"decide: a rejection without a reason", "decideApproval", "INVALID_INPUT", "", set("decision", "REJECT"), nil},
	{"decide: an unknown approval", "decideApproval", "NOT_FOUND", "", set("approvalId", unknownID("appr")), nil},
	{"decide: a foreign approval", "decideApproval", "NOT_FOUND", "", func(s *stage, in input) { in["approvalId"] = s.b.asked("approval", s.b.asker()) }, nil},
	{"decide: its own", "decideApproval", "OWN_APPROVAL", "1.5", func(s *stage, in input) { in["approvalId"] = s.a.asked("owner's approval", s.a.owner) }, nil},
	{"withdraw: somebody else's", "withdrawApproval", "NOT_FOUND", "", func(s *stage, in input) { in["approvalId"] = s.a.asked("approval", s.a.asker()) }, nil},
	{"withdraw: an unknown approval", "withdrawApproval", "NOT_FOUND", "", set("approvalId", unknownID("appr")), nil},
	{"suspend: no reason", "suspendEmployee", "INVALID_INPUT", "", set("reason", " "), nil},
	{"suspend: the owner", "suspendEmployee", "OWNER_UNCHANGED", "1.4", func(s *stage, in input) { in["employeeId"] = s.a.ownerID() }, nil},
	{"suspend: who has left", "suspendEmployee", "EMPLOYEE_LEFT", "1.5", func(s *stage, in input) { in["employeeId"] = s.a.gonePerson() }, nil},
	{"suspend: who is suspended", "suspendEmployee", "EMPLOYEE_SUSPENDED", "1.5", func(s *stage, in input) { in["employeeId"] = s.a.suspendedEmployee() }, nil},
	{"suspend: a foreign employee", "suspendEmployee", "NOT_FOUND", "", func(s *stage, in input) { in["employeeId"] = s.b.ownerID() }, nil},
	{"resume: who isn't suspended", "resumeEmployee", "EMPLOYEE_NOT_SUSPENDED", "1.5", func(s *stage, in input) { in["employeeId"] = s.a.colleague("colleague") }, nil},
	{"resume: a foreign employee", "resumeEmployee", "NOT_FOUND", "", func(s *stage, in input) { in["employeeId"] = s.b.suspendedEmployee() }, nil},
}
