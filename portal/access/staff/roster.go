package staff

import (
	"slices"
	"time"

	"portico/authz"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/account"
	"portico/ent/db/employee"
	"portico/ent/db/grant"
	"portico/ent/db/legalentity"
	"portico/ent/db/ownership"
	"portico/ent/db/role"
	"portico/ent/statement"
	"portico/portal/kernel/command"
)

// roster is the staff of one account within one transaction. Whoever changes
// something of it enters first, so that such changes come one after the other
// and each sees all that went before.
type roster struct {
	tx        *command.Tx
	accountID string
	// ownerID is the employee who owns the account.
	ownerID string
}

// enter counts the version of the roster on, by a conditional update: if another
// change came between, the whole transaction is run again.
func enter(tx *command.Tx, accountID string) (*roster, error) {
	open, err := tx.Ownership.Query().Where(ownership.OpenKey(accountID)).Only(tx)
	if err != nil {
		return nil, err
	}
	n, err := tx.Ownership.Update().Where(ownership.ID(open.ID), ownership.OpenKey(accountID), ownership.Version(open.Version)).
		AddVersion(1).Save(tx)
	if err != nil {
		return nil, err
	}
	if n == 0 {
		return nil, ent.ErrStale
	}
	return &roster{tx: tx, accountID: accountID, ownerID: open.EmployeeID}, nil
}

// held is what one grant gives.
type held struct {
	allow        authz.Set
	applications []string
	limit        *int64
	expires      *time.Time
	stepUp       time.Duration
}

// member is an employee with what its grants give at this moment.
type member struct {
	// employee is nil for the system, which holds what an owner does.
	employee *db.Employee
	grants   []held
}

// actor is whoever changes the roster: the principal as an active employee, with
// what it holds now, not what it held when its request came. The refusal is
// FORBIDDEN.
func (r *roster) actor(perm authz.Permission) (*member, error) {
	p := r.tx.Principal()
	if p.Kind == authz.System {
		return &member{grants: []held{{allow: authz.Law().Role(Owner)}}}, nil
	}
	e, err := r.tx.Employee.Query().Where(employee.ActiveKey(activeKey(r.accountID, p.ID))).Only(r.tx)
	if db.IsNotFound(err) {
		return nil, authz.Forbid(p, perm)
	}
	if err != nil {
		return nil, err
	}
	m, err := r.member(e)
	if err != nil {
		return nil, err
	}
	m.grants = slices.DeleteFunc(m.grants, func(h held) bool {
		return h.stepUp != 0 && p.SecondFactorAt.Before(r.tx.Wall.Add(-h.stepUp))
	})
	if !m.holds().Has(perm) {
		return nil, authz.Forbid(p, perm)
	}
	return m, nil
}

// member reads what an employee's grants give now.
func (r *roster) member(e *db.Employee) (*member, error) {
	m := &member{employee: e}
	if e.Status != employee.StatusACTIVE {
		return m, nil
	}
	rows, err := r.tx.Grant.Query().Where(grant.EmployeeID(e.ID),
		grant.Or(grant.ExpiresAtIsNil(), grant.ExpiresAtGT(r.tx.Now))).All(r.tx)
	if err != nil || len(rows) == 0 {
		return m, err
	}
	ids := make([]string, len(rows))
	for i, g := range rows {
		ids[i] = g.RoleID
	}
	roles, err := r.roles(ids)
	if err != nil {
		return nil, err
	}
	for _, g := range rows {
		h := held{applications: g.ApplicationIds, limit: g.SpendingLimit, expires: g.ExpiresAt}
		if of := roles[g.RoleID]; of != nil {
			h.allow = allows(of)
		}
		if g.StepUpMinutes != nil {
			h.stepUp = time.Duration(*g.StepUpMinutes) * time.Minute
		}
		m.grants = append(m.grants, h)
	}
	return m, nil
}

// roles reads roles that the account can give, by id: the built-in ones of a
// customer's staff and its own.
func (r *roster) roles(ids []string) (map[string]*db.Role, error) {
	rows, err := r.tx.Role.Query().Where(role.IDIn(ids...), role.AccountIDIn("", r.accountID)).All(r.tx)
	if err != nil {
		return nil, err
	}
	byID := make(map[string]*db.Role, len(rows))
	for _, row := range rows {
		byID[row.ID] = row
	}
	return byID, nil
}

// maySeat decides whether the account has staff at all: that of a company or
// another organisation does (`企业开发者`, 1.5); to let others into that of a
// natural person would be lending it (1.4). Who holds the account decides, and
// before it is verified for whom it was registered. The refusal is
// STAFF_NOT_ALLOWED.
func (r *roster) maySeat() error {
	holder, err := r.tx.LegalEntity.Query().Where(statement.Holds(r.tx, r.accountID)).Only(r.tx)
	if err != nil && !db.IsNotFound(err) {
		return err
	}
	natural := holder != nil && holder.Kind == legalentity.KindNATURAL_PERSON
	if holder == nil {
		of, err := r.tx.Account.Get(r.tx, r.accountID)
		if err != nil {
			return err
		}
		natural = of.SubjectKind == account.SubjectKindNATURAL_PERSON
	}
	if natural {
		return StaffNotAllowed.At("accountId")
	}
	return nil
}

// isOwner tells whether the employee is the account's owner.
func (r *roster) isOwner(e *db.Employee) bool { return e.ID == r.ownerID }

// isActor tells whether the employee is whoever acts.
func (r *roster) isActor(e *db.Employee) bool {
	p := r.tx.Principal()
	return p.Kind == authz.Person && p.ID == e.PersonID
}

// id is the employee's, nil for the system.
func (m *member) id() *string {
	if m.employee == nil {
		return nil
	}
	return &m.employee.ID
}

func activeKey(accountID, personID string) string { return accountID + "|" + personID }
