package staff

import (
	"context"
	"slices"

	"portico/authz"
	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/application"
	"portico/ent/db/employee"
	"portico/ent/db/grant"
	"portico/money"
	"portico/portal/kernel/command"
)

const (
	// mostApplications is how many applications a grant can be limited to.
	mostApplications = 100
	// mostLifted is the number of bounds of a grant.
	mostLifted = 3
)

// SetEmployeeRoles sets the roles of an employee (1.5), effective at once.
// Applications, spending limit and expiry stay unless the input names them:
// rights never widen by omission. For employees with employee:update on the
// account who hold what they give, with the same scope and expiry, and what
// they take away. An employee cannot change its own roles, nor those of the
// owner. Refusals: INVALID_INPUT, NOT_FOUND, EMPLOYEE_LEFT, OWNER_UNCHANGED,
// OWN_ROLES_UNCHANGED, PERMISSION_NOT_HELD.
func SetEmployeeRoles(ctx context.Context, s *ent.Store, in SetEmployeeRolesInput) (*SetEmployeeRolesPayload, error) {
	return command.Do(ctx, s, command.Command{Name: "setEmployeeRoles", Permission: authz.EmployeeUpdate,
		Object: in.EmployeeID, Field: "employeeId", Input: in}, func(tx *command.Tx) (*SetEmployeeRolesPayload, error) {
		e := tx.Found().(*db.Employee)
		r, err := enter(tx, e.AccountID)
		if err != nil {
			return nil, err
		}
		by, err := r.actor(authz.EmployeeUpdate)
		if err != nil {
			return nil, err
		}
		switch {
		case r.isOwner(e):
			return nil, OwnerUnchanged.At("employeeId")
		case e.Status == employee.StatusSUSPENDED:
			return nil, EmployeeSuspended.At("employeeId").With("employeeId", e.ID)
		case e.Status != employee.StatusACTIVE:
			return nil, EmployeeLeft.At("employeeId").With("accountId", e.AccountID)
		case r.isActor(e):
			return nil, OwnRoles.At("employeeId")
		}
		var check clause.Check
		roles, err := r.chosen(in.RoleIDs)
		check.Add(err)
		w, err := r.within(in)
		check.Add(err)
		if err := check.Err(); err != nil {
			return nil, err
		}
		if err := r.replace(by, e, roles, w); err != nil {
			return nil, err
		}
		return &SetEmployeeRolesPayload{Employee: e}, nil
	})
}

// replace ends an employee's grants and creates others.
func (r *roster) replace(by *member, e *db.Employee, roles []*db.Role, w bounds) error {
	now, err := r.member(e)
	if err != nil {
		return err
	}
	old, err := r.grants(e.ID)
	if err != nil {
		return err
	}
	given, err := w.over(old, roles, r.tx.Now)
	if err != nil {
		return err
	}
	var lacking, all authz.Set
	for _, g := range given {
		lacking = lacking.Union(allows(g.role).Minus(by.gives(g.reach)))
	}
	if err := subset(authz.Set{}, lacking, "roleIds"); err != nil {
		return err
	}
	for _, h := range now.grants {
		all = all.Union(h.allow)
	}
	if err := subset(by.holds(), all, "employeeId"); err != nil {
		return err
	}
	if err := r.endGrants(e.ID); err != nil {
		return err
	}
	written, err := r.give(e.ID, given, by.id())
	if err != nil {
		return err
	}
	r.tx.AuditDetail("grants", noted(written))
	return nil
}

// grants returns all grants of an employee, expired ones included.
func (r *roster) grants(employeeID string) ([]*db.Grant, error) {
	return r.tx.Grant.Query().Where(grant.EmployeeID(employeeID)).Order(db.Asc(grant.FieldID)).All(r.tx)
}

// endGrants ends all grants of an employee, and records them for the audit.
func (r *roster) endGrants(employeeID string) error {
	rows, err := r.grants(employeeID)
	if err != nil {
		return err
	}
	r.tx.AuditDetail("oldGrants", noted(rows))
	_, err = r.tx.Grant.Delete().Where(grant.EmployeeID(employeeID)).Exec(r.tx)
	return err
}

// within reads the bounds that the input names. Refusals: INVALID_INPUT,
// NOT_FOUND.
func (r *roster) within(in SetEmployeeRolesInput) (bounds, error) {
	w := bounds{lifted: in.Lift}
	if len(in.Lift) > mostLifted {
		return w, clause.InvalidField("lift", "最多 3 项限制。", "at most 3 bounds.")
	}
	if err := w.contradicted(in); err != nil {
		return w, err
	}
	if len(in.ApplicationIDs) > mostApplications {
		return w, clause.InvalidField("applicationIds", "最多 100 个应用。", "must name at most 100 applications.")
	}
	var check clause.Check
	w.applications = slices.Compact(slices.Sorted(slices.Values(in.ApplicationIDs)))
	if len(w.applications) > 0 {
		n, err := r.tx.Application.Query().Where(application.IDIn(w.applications...), application.DeletedAtIsNil()).Count(r.tx)
		if err != nil {
			return w, err
		}
		if n != len(w.applications) {
			check.Add(clause.NotFound.At("applicationIds"))
		}
	}
	if in.ExpiresAt != nil {
		if w.expires = micro(in.ExpiresAt); !r.tx.Now.Before(*w.expires) {
			check.Add(clause.InvalidField("expiresAt", "须晚于现在。", "must be in the future."))
		}
	}
	check.Add(r.withinLimit(in, &w.reach))
	return w, check.Err()
}

// withinLimit reads the spending limit of an order. Refusals: INVALID_INPUT.
func (r *roster) withinLimit(in SetEmployeeRolesInput, w *reach) error {
	if in.SpendingLimit == nil {
		return nil
	}
	account, err := r.tx.Account.Get(r.tx, r.accountID)
	if err != nil {
		return err
	}
	c := money.Currency(account.Currency)
	if in.SpendingLimit.Currency != c {
		return clause.Invalid.At("spendingLimit.currency").With("detail",
			text("须为账户币种 "+c.String()+"。", "must be the account's currency "+c.String()+"."))
	}
	amount, err := in.SpendingLimit.Exact()
	if err != nil || amount.Minor() < 0 {
		return clause.InvalidField("spendingLimit.amount", "须不小于零，小数位不超过该币种的位数。", "must not be negative or have more decimals than the currency.")
	}
	limit := amount.Minor()
	w.limit = &limit
	return nil
}
