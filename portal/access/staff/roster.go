package staff

import (
	"context"
	"slices"
	"time"

	"portico/authz"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/account"
	"portico/ent/db/employee"
	"portico/ent/db/grant"
	"portico/ent/db/legalentity"
	"portico/ent/db/membership"
	"portico/ent/db/ownership"
	"portico/ent/db/predicate"
	"portico/ent/db/role"
	"portico/ent/statement"
	"portico/portal/kernel/command"
)

// view reads the staff of one account, in the transaction of a command or for a
// preview.
type view struct {
	ctx    context.Context
	client *db.Client
	// now is the portal's time, and wall the machine's, by which keys end.
	now, wall time.Time
	accountID string
	// ownerID is the employee who owns the account.
	ownerID string
	// of is the account, and known are its roles by id; each is nil until it is needed.
	of    *db.Account
	known map[string]*db.Role
}

// account reads the account, once.
func (v *view) account() (*db.Account, error) {
	if v.of != nil {
		return v.of, nil
	}
	row, err := v.client.Account.Get(v.ctx, v.accountID)
	v.of = row
	return row, err
}

// roster is the staff of one account within one transaction. A command that
// changes it calls enter first, so that such changes run one after the other
// and each sees all earlier ones.
type roster struct {
	view
	tx *command.Tx
	// subject is the employee whose own grants a command changes; empty for none.
	subject string
	// legalName is the registered name of who holds the account; nil until it is needed.
	legalName *string
	// applied are lists of applications that were found to be the account's, so that many
	// grants with the same list cost one look.
	applied map[string]bool
}

// enter increments the roster's version by a conditional update: if another
// change came between, the whole transaction runs again. What the command acts on is
// read once more, since another change may have ended while it waited.
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
	r := &roster{tx: tx, view: view{ctx: tx, client: tx.Client(), now: tx.Now, wall: tx.Wall, accountID: accountID, ownerID: open.EmployeeID}}
	return r, tx.Again()
}

// held is what one grant gives, and within which bounds.
type held struct {
	allow authz.Set
	reach
}

// member is an employee with what its grants give now.
type member struct {
	// employee is nil for the system, which holds the owner's permissions.
	employee *db.Employee
	grants   []held
}

// actor returns the principal as an active employee, with what it holds now
// rather than when its request came. The refusal is FORBIDDEN.
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
		return h.stepUp != nil && p.SecondFactorAt.Before(r.tx.Wall.Add(-time.Duration(*h.stepUp)*time.Minute))
	})
	if !m.holds().Has(perm) {
		return nil, authz.Forbid(p, perm)
	}
	return m, nil
}

// member reads what an employee's own grants and those of its groups give now.
func (v *view) member(e *db.Employee) (*member, error) {
	m := &member{employee: e}
	if e.Status != employee.StatusACTIVE {
		return m, nil
	}
	groups, err := v.groupsOf(e.ID)
	if err != nil {
		return nil, err
	}
	rows, err := v.client.Grant.Query().Where(grant.EmployeeIDIn(append(groups, e.ID)...), unexpired(v.now)).All(v.ctx)
	if err != nil {
		return nil, err
	}
	m.grants, err = v.given(rows)
	return m, err
}

// unexpired is the condition that a grant gives something at an instant.
func unexpired(now time.Time) predicate.Grant {
	return grant.Or(grant.ExpiresAtIsNil(), grant.ExpiresAtGT(now))
}

// given returns what grants give.
func (v *view) given(rows []*db.Grant) ([]held, error) {
	if len(rows) == 0 {
		return nil, nil
	}
	ids := make([]string, len(rows))
	for i, g := range rows {
		ids[i] = g.RoleID
	}
	roles, err := v.roles(ids)
	if err != nil {
		return nil, err
	}
	all := make([]held, len(rows))
	for i, g := range rows {
		all[i].reach = reachOf(g)
		if of := roles[g.RoleID]; of != nil {
			all[i].allow = allows(of)
		}
	}
	return all, nil
}

// groupsOf returns the groups of an employee, by id.
func (v *view) groupsOf(employeeID string) ([]string, error) {
	return v.client.Membership.Query().Where(membership.EmployeeID(employeeID), membership.HolderIDNEQ(employeeID)).
		Order(db.Asc(membership.FieldHolderID)).Select(membership.FieldHolderID).Strings(v.ctx)
}

// roles reads the roles that the account can give, by id: the built-in ones and
// its own.
func (v *view) roles(ids []string) (map[string]*db.Role, error) {
	if v.known != nil {
		return v.known, nil
	}
	rows, err := v.client.Role.Query().Where(role.IDIn(ids...), role.AccountIDIn("", v.accountID)).All(v.ctx)
	if err != nil {
		return nil, err
	}
	byID := make(map[string]*db.Role, len(rows))
	for _, row := range rows {
		byID[row.ID] = row
	}
	return byID, nil
}

// allRoles reads all roles that the account can give, by id, so that they needn't be
// read again: for a command that gives many grants.
func (r *roster) allRoles() (map[string]*db.Role, error) {
	rows, err := r.tx.Role.Query().Where(role.AccountIDIn("", r.accountID)).All(r.tx)
	if err != nil {
		return nil, err
	}
	r.known = make(map[string]*db.Role, len(rows))
	for _, row := range rows {
		r.known[row.ID] = row
	}
	return r.known, nil
}

// maySeat refuses staff on an account that can't have any. The account of a
// company or another organisation can (`企业开发者`, 1.5); to let others into that
// of a natural person would be lending it (1.4). The holder of the account
// decides, or before verification the declared kind. The refusal, at the field, is
// STAFF_NOT_ALLOWED.
func (v *view) maySeat(field string) error {
	holder, err := v.client.LegalEntity.Query().Where(statement.Holds(v.ctx, v.accountID)).Only(v.ctx)
	if err != nil && !db.IsNotFound(err) {
		return err
	}
	natural := holder != nil && holder.Kind == legalentity.KindNATURAL_PERSON
	if holder == nil {
		of, err := v.account()
		if err != nil {
			return err
		}
		natural = of.SubjectKind == account.SubjectKindNATURAL_PERSON
	}
	if natural {
		return StaffNotAllowed.At(field)
	}
	return nil
}

// ownersRole refuses to give the owner's role, at a field. Its remedy is to offer the
// ownership to the employee whose grants are changed.
func (r *roster) ownersRole(field string) error {
	if r.subject == "" {
		return OwnerUnchanged.At(field)
	}
	return OwnerUnchanged.At(field).With("employeeId", r.subject)
}

// isOwner reports whether the employee is the account's owner.
func (v *view) isOwner(e *db.Employee) bool { return e.ID == v.ownerID }

// isActor reports whether the employee is the acting principal.
func (r *roster) isActor(e *db.Employee) bool {
	p := r.tx.Principal()
	return p.Kind == authz.Person && p.ID == e.PersonID
}

// id returns the employee's id, nil for the system.
func (m *member) id() *string {
	if m.employee == nil {
		return nil
	}
	return &m.employee.ID
}

func activeKey(accountID, personID string) string { return accountID + "|" + personID }
