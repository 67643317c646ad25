package proof_test

import (
	"time"

	"portico/ent"
	"portico/ent/db/employee"
	"portico/ent/db/grant"
	"portico/ent/db/ownership"
	"portico/ent/db/ownershipoffer"
	"portico/portal/access/staff"
	"portico/portaltest"
)

// unoffered removes the offers of the account's ownership.
func (x *side) unoffered() {
	x.T.Helper()
	x.write(func(tx *ent.Tx) error {
		_, err := tx.OwnershipOffer.Delete().Where(ownershipoffer.AccountID(x.account)).Exec(tx)
		return err
	})
}

// offerTo stores an offer of the account's ownership to an employee that waits, in place
// of any other, and returns its id.
func (x *side) offerTo(employeeID string) (id string) {
	x.T.Helper()
	x.unoffered()
	x.write(func(tx *ent.Tx) error {
		row, err := tx.OwnershipOffer.Create().SetAccountID(x.account).SetEmployeeID(employeeID).SetOfferedBy(x.ownerID()).SetStatus(ownershipoffer.StatusPENDING).
			SetOfferedAt(tx.Now).SetExpiresAt(tx.Now.Add(7 * 24 * time.Hour)).SetOpenKey(x.account).Save(tx)
		if err == nil {
			id = row.ID
		}
		return err
	})
	return id
}

// offered stores an offer that an actor can accept or decline, and returns its id. It is
// made to another employee if the actor doesn't work on the account, or owns it.
func (x *side) offered(by *portaltest.Actor) string {
	x.T.Helper()
	if by != nil && by.PersonID != "" && by != x.owner {
		id, err := x.Portal.Store.Read().Employee.Query().Where(employee.AccountID(x.account), employee.PersonID(by.PersonID), employee.StatusEQ(employee.StatusACTIVE)).FirstID(x.System())
		if err == nil {
			return x.offerTo(id)
		}
	}
	return x.offerTo(x.colleague("heir"))
}

// reinstate makes the account's owner its owner again, and gives the actor that took its
// place its role.
func (x *side) reinstate(by *portaltest.Actor) {
	x.T.Helper()
	unconfirmed(x, by)
	x.write(func(tx *ent.Tx) error {
		if err := tx.Ownership.Update().Where(ownership.OpenKey(x.account)).SetUntilAt(tx.Now).ClearOpenKey().Exec(tx); err != nil {
			return err
		}
		for role, a := range map[string]*portaltest.Actor{staff.Owner: x.owner, x.roleOf(by): by} {
			id, err := tx.Employee.Query().Where(employee.AccountID(x.account), employee.PersonID(a.PersonID)).OnlyID(tx)
			if err != nil {
				return err
			}
			if _, err := tx.Grant.Delete().Where(grant.EmployeeID(id)).Exec(tx); err != nil {
				return err
			}
			if err := tx.Grant.Create().SetAccountID(x.account).SetEmployeeID(id).SetRoleID(staff.RoleID(role)).SetGrantedAt(tx.Now).Exec(tx); err != nil {
				return err
			}
			if a == x.owner {
				err = tx.Ownership.Update().Where(ownership.AccountID(x.account), ownership.EmployeeID(id)).SetOpenKey(x.account).ClearUntilAt().Exec(tx)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// roleOf returns the role in which an actor works on the account.
func (x *side) roleOf(by *portaltest.Actor) string {
	for role, a := range x.staff {
		if a == by {
			return role
		}
	}
	return "developer"
}

// factored gives an actor of the account a second factor that its session has just passed.
func (x *side) factored(by *portaltest.Actor) {
	if by != nil && by.AccountID == x.account {
		x.app(by, true)
	}
}

func init() {
	for name, o := range map[string]operation{
		"offerOwnership": {args: func(_ *stage, x *side, by *portaltest.Actor) map[string]any {
			x.unoffered()
			if by == x.owner {
				x.factored(by)
			}
			return inputOf(input{"employeeId": x.colleague("heir")})
		}, done: unconfirmed},
		"acceptOwnership": {args: func(_ *stage, x *side, by *portaltest.Actor) map[string]any {
			x.factored(by)
			return inputOf(input{"offerId": x.offered(by)})
		}, done: func(x *side, by *portaltest.Actor) { x.reinstate(by) }},
		"withdrawOwnershipOffer": {args: func(_ *stage, x *side, by *portaltest.Actor) map[string]any {
			return inputOf(input{"offerId": x.offered(by)})
		}},
	} {
		operations[name] = o
	}
	wrongs = append(wrongs, ownershipWrongs...)
}

// expired returns an offer that can't be accepted any more.
func (x *side) expired(id string) string {
	x.write(func(tx *ent.Tx) error {
		return tx.OwnershipOffer.Update().Where(ownershipoffer.ID(id)).SetStatus(ownershipoffer.StatusWITHDRAWN).ClearOpenKey().Exec(tx)
	})
	return id
}

var ownershipWrongs = []wrong{
	{"offer the ownership: to the owner", "offerOwnership", "ALREADY_OWNER", "1.5", func(s *stage, in input) { in["employeeId"] = s.a.ownerID() }, nil},
	{"offer the ownership: to who has left", "offerOwnership", "EMPLOYEE_LEFT", "1.5", func(s *stage, in input) { in["employeeId"] = s.a.gonePerson() }, nil},
	{"offer the ownership: to who is suspended", "offerOwnership", "EMPLOYEE_SUSPENDED", "1.5", func(s *stage, in input) { in["employeeId"] = s.a.suspendedEmployee() }, nil},
	{"offer the ownership: to another account's employee", "offerOwnership", "NOT_FOUND", "", func(s *stage, in input) { in["employeeId"] = s.b.colleague("heir") }, nil},
	{"offer the ownership: to an account", "offerOwnership", "NOT_FOUND", "", func(s *stage, in input) { in["employeeId"] = s.a.account }, nil},
	{"offer the ownership: while an offer waits", "offerOwnership", "OWNERSHIP_OFFER_PENDING", "1.5", func(s *stage, _ input) { s.a.offerTo(s.a.colleague("colleague")) }, nil},
	{"accept the ownership: an unknown offer", "acceptOwnership", "NOT_FOUND", "", set("offerId", unknownID("ofer")), nil},
	{"accept the ownership: a foreign offer", "acceptOwnership", "NOT_FOUND", "", func(s *stage, in input) { in["offerId"] = s.b.offerTo(s.b.colleague("heir")) }, nil},
	{"accept the ownership: an offer to somebody else", "acceptOwnership", "NOT_FOUND", "", func(s *stage, in input) { in["offerId"] = s.a.offerTo(s.a.colleague("heir")) }, nil},
	{"accept the ownership: an employee", "acceptOwnership", "NOT_FOUND", "", func(s *stage, in input) { in["offerId"] = s.a.ownerID() }, nil},
	{"accept the ownership: a withdrawn offer", "acceptOwnership", "OWNERSHIP_OFFER_CLOSED", "1.5", func(s *stage, in input) { s.a.expired(in["offerId"].(string)) }, nil},
	{"withdraw an offer: an unknown one", "withdrawOwnershipOffer", "NOT_FOUND", "", set("offerId", unknownID("ofer")), nil},
	{"withdraw an offer: a foreign one", "withdrawOwnershipOffer", "NOT_FOUND", "", func(s *stage, in input) { in["offerId"] = s.b.offerTo(s.b.colleague("heir")) }, nil},
	{"withdraw an offer: a withdrawn one", "withdrawOwnershipOffer", "OWNERSHIP_OFFER_CLOSED", "1.5", func(s *stage, in input) { s.a.expired(in["offerId"].(string)) }, nil},
}
