package staff

import (
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/employee"
	"portico/portal/kernel/command"
)

// Found makes a person the first employee and the one owner of an account that
// is being opened: it creates the employee, its grant of the built-in role
// owner, and the ownership. A step of the registration, whose principal must
// reach the account. The refusal is OWNER_EXISTS if the account already has an
// owner (1.5).
func Found(tx *ent.Tx, accountID, personID string) (*db.Employee, error) {
	e, err := tx.Employee.Create().SetAccountID(accountID).SetPersonID(personID).SetStatus(employee.StatusACTIVE).
		SetJoinedAt(tx.Now).SetActiveKey(activeKey(accountID, personID)).Save(tx)
	if ent.IsDuplicate(err) {
		return nil, OwnerExists
	}
	if err != nil {
		return nil, err
	}
	err = tx.Ownership.Create().SetAccountID(accountID).SetEmployeeID(e.ID).SetFromAt(tx.Now).SetOpenKey(accountID).Exec(tx)
	if ent.IsDuplicate(err) {
		return nil, OwnerExists
	}
	if err != nil {
		return nil, err
	}
	return e, tx.Grant.Create().SetAccountID(accountID).SetEmployeeID(e.ID).SetRoleID(RoleID(Owner)).
		SetGrantedAt(tx.Now).Exec(tx)
}

// Employ makes a person an employee of an account in a built-in role, in the
// owner's name and without an invitation. For the demonstration data of a
// sandbox, whose account isn't approved yet (5.2). A step of its seed.
func Employ(tx *command.Tx, accountID, personID, roleCode string) error {
	r, err := enter(tx, accountID)
	if err != nil {
		return err
	}
	e, err := tx.Employee.Create().SetAccountID(accountID).SetPersonID(personID).SetStatus(employee.StatusACTIVE).
		SetJoinedAt(tx.Now).SetActiveKey(activeKey(accountID, personID)).Save(tx)
	if ent.IsDuplicate(err) {
		return ent.ErrStale
	}
	if err != nil {
		return err
	}
	return r.grant(e.ID, []*db.Role{{ID: RoleID(roleCode)}}, reach{}, &r.ownerID)
}
