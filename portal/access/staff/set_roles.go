package staff

import (
	"context"
	"slices"
	"strings"
	"time"

	"portico/authz"
	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/application"
	"portico/ent/db/grant"
	"portico/ent/db/grantmonth"
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
		r, by, err := updating(tx, e, authz.EmployeeUpdate)
		if err != nil {
			return nil, err
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

// replace ends an employee's own grants and creates others; one of a role that
// stays is changed. What it holds by groups isn't touched.
func (r *roster) replace(by *member, e *db.Employee, roles []*db.Role, w bounds) error {
	old, err := r.grants(e.ID)
	if err != nil {
		return err
	}
	given, err := w.over(old, roles, r.tx.Now)
	if err != nil {
		return err
	}
	if err := mayGive(by, given, "roleIds"); err != nil {
		return err
	}
	if err := r.mayTake(by, old, "employeeId"); err != nil {
		return err
	}
	r.tx.AuditDetail("oldGrants", noted(old))
	ended := slices.DeleteFunc(slices.Clone(old), func(g *db.Grant) bool {
		return slices.ContainsFunc(given, func(kept gift) bool { return kept.was == g })
	})
	if err := r.end(ended); err != nil {
		return err
	}
	written, err := r.give(e.ID, given, by.id())
	if err != nil {
		return err
	}
	r.tx.AuditDetail("grants", noted(written))
	return nil
}

// valid returns those of some grants that haven't expired.
func valid(rows []*db.Grant, now time.Time) []*db.Grant {
	return slices.DeleteFunc(slices.Clone(rows), func(g *db.Grant) bool { return g.ExpiresAt != nil && !now.Before(*g.ExpiresAt) })
}

// grants returns all grants of an employee or a group, expired ones included.
func (v *view) grants(holderID string) ([]*db.Grant, error) {
	return v.client.Grant.Query().Where(grant.EmployeeID(holderID)).Order(db.Asc(grant.FieldID)).All(v.ctx)
}

// endGrants ends all grants of an employee or a group, and records them for the
// audit.
func (r *roster) endGrants(holderID string) error {
	rows, err := r.grants(holderID)
	if err != nil {
		return err
	}
	r.tx.AuditDetail("oldGrants", noted(rows))
	return r.end(rows)
}

// end ends grants, with the counts of what was spent under them.
func (r *roster) end(rows []*db.Grant) error {
	if len(rows) == 0 {
		return nil
	}
	ids := make([]string, len(rows))
	for i, g := range rows {
		ids[i] = g.ID
	}
	if _, err := r.tx.Grant.Delete().Where(grant.IDIn(ids...)).Exec(r.tx); err != nil {
		return err
	}
	_, err := r.tx.GrantMonth.Delete().Where(grantmonth.GrantIDIn(ids...)).Exec(r.tx)
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
	var check clause.Check
	var err error
	w.applications, err = r.applications("applicationIds", in.ApplicationIDs)
	check.Add(err)
	w.expires, err = r.expiry("expiresAt", in.ExpiresAt)
	check.Add(err)
	w.limit, err = r.limit("spendingLimit", in.SpendingLimit)
	check.Add(err)
	return w, check.Err()
}

// applications reads the applications that a grant is limited to. Refusals, at the
// field: INVALID_INPUT, NOT_FOUND.
func (r *roster) applications(field string, ids []string) ([]string, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	if len(ids) > mostApplications {
		return nil, clause.InvalidField(field, "最多 100 个应用。", "must name at most 100 applications.")
	}
	ids = slices.Compact(slices.Sorted(slices.Values(ids)))
	list := strings.Join(ids, " ")
	if r.applied[list] {
		return ids, nil
	}
	n, err := r.tx.Application.Query().Where(application.IDIn(ids...), application.DeletedAtIsNil()).Count(r.tx)
	if err == nil && n != len(ids) {
		err = clause.NotFound.At(field)
	}
	if err == nil {
		if r.applied == nil {
			r.applied = map[string]bool{}
		}
		r.applied[list] = true
	}
	return ids, err
}

// expiry reads when a grant expires. The refusal is INVALID_INPUT, at the field.
func (r *roster) expiry(field string, at *time.Time) (*time.Time, error) {
	at = micro(at)
	if at != nil && !r.tx.Now.Before(*at) {
		return nil, clause.InvalidField(field, "须晚于现在。", "must be in the future.")
	}
	return at, nil
}

// limit reads a spending limit. Refusals: INVALID_INPUT, below the field.
func (r *roster) limit(field string, in *money.Input) (*int64, error) {
	if in == nil {
		return nil, nil
	}
	of, err := r.account()
	if err != nil {
		return nil, err
	}
	if currency := of.Currency; string(in.Currency) != currency {
		return nil, clause.Invalid.At(field+".currency").With("detail",
			text("须为账户币种 "+currency+"。", "must be the account's currency "+currency+"."))
	}
	amount, err := in.Exact()
	if err != nil || amount.Minor() < 0 {
		return nil, clause.InvalidField(field+".amount", "须不小于零，小数位不超过该币种的位数。", "must not be negative or have more decimals than the currency.")
	}
	limit := amount.Minor()
	return &limit, nil
}
