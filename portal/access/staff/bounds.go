package staff

import (
	"slices"
	"time"

	"portico/clause"
	"portico/ent/db"
)

// gift is a role that is given with its bounds.
type gift struct {
	role *db.Role
	reach
}

// bounds are the bounds of grants that a change sets, and those that it lifts.
// A bound that it doesn't name stays.
type bounds struct {
	reach
	lifted []GrantBound
}

// contradicted refuses, as INVALID_INPUT, an input that both sets and lifts a
// bound.
func (b bounds) contradicted(in SetEmployeeRolesInput) error {
	for _, c := range []struct {
		bound GrantBound
		field string
		set   bool
	}{
		{BoundApplications, "applicationIds", len(in.ApplicationIDs) > 0},
		{BoundSpendingLimit, "spendingLimit", in.SpendingLimit != nil},
		{BoundExpiry, "expiresAt", in.ExpiresAt != nil},
	} {
		if c.set && b.lifts(c.bound) {
			return clause.InvalidField(c.field, "不能既设置又取消同一限制。", "a bound cannot be both set and lifted.")
		}
	}
	return nil
}

func (b bounds) lifts(bound GrantBound) bool { return slices.Contains(b.lifted, bound) }

// over returns what a change makes of an employee's present grants. A role that
// stays keeps the bounds that the change doesn't name; a new role gets those
// that all grants share. The refusal is INVALID_INPUT, at the bound that must
// be named because the grants differ in it or have expired.
func (b bounds) over(old []*db.Grant, roles []*db.Role, now time.Time) ([]gift, error) {
	given := make([]gift, len(roles))
	for i, of := range roles {
		basis := old
		if at := slices.IndexFunc(old, func(g *db.Grant) bool { return g.RoleID == of.ID }); at >= 0 {
			basis = old[at : at+1]
		}
		w, err := b.on(basis)
		if err != nil {
			return nil, err
		}
		if w.expires != nil && !now.Before(*w.expires) {
			return nil, clause.InvalidField("expiresAt", "现有的到期时间已过；请给出新的到期时间，或取消该限制。", "the present expiry has passed; give a new one, or lift it.")
		}
		given[i] = gift{of, w}
	}
	return given, nil
}

// on returns the bounds of some grants after the change.
func (b bounds) on(old []*db.Grant) (reach, error) {
	w := b.reach
	for _, bound := range []struct {
		name  GrantBound
		field string
		named bool
		same  func(x, y *db.Grant) bool
		take  func(g *db.Grant)
	}{
		{BoundApplications, "applicationIds", len(w.applications) > 0,
			func(x, y *db.Grant) bool { return slices.Equal(x.ApplicationIds, y.ApplicationIds) },
			func(g *db.Grant) { w.applications = g.ApplicationIds }},
		{BoundSpendingLimit, "spendingLimit", w.limit != nil,
			func(x, y *db.Grant) bool { return equal(x.SpendingLimit, y.SpendingLimit) },
			func(g *db.Grant) { w.limit = g.SpendingLimit }},
		{BoundExpiry, "expiresAt", w.expires != nil,
			func(x, y *db.Grant) bool {
				return (x.ExpiresAt == nil) == (y.ExpiresAt == nil) && (x.ExpiresAt == nil || x.ExpiresAt.Equal(*y.ExpiresAt))
			},
			func(g *db.Grant) { w.expires = g.ExpiresAt }},
	} {
		if bound.named || b.lifts(bound.name) || len(old) == 0 {
			continue
		}
		if slices.ContainsFunc(old, func(g *db.Grant) bool { return !bound.same(g, old[0]) }) {
			return w, clause.InvalidField(bound.field, "该员工现有的角色在此限制上各不相同；请写明新角色的限制，或取消该限制。", "the employee's present roles differ in this bound; set it for the new role, or lift it.")
		}
		bound.take(old[0])
	}
	for _, g := range old { // of several second-factor rules the strictest
		if g.StepUpMinutes != nil && (w.stepUp == nil || *g.StepUpMinutes < *w.stepUp) {
			w.stepUp = g.StepUpMinutes
		}
	}
	return w, nil
}

func equal[T comparable](x, y *T) bool {
	return x == nil && y == nil || x != nil && y != nil && *x == *y
}

// give writes the grants of an employee.
func (r *roster) give(employeeID string, given []gift, by *string) ([]*db.Grant, error) {
	rows := make([]*db.GrantCreate, len(given))
	for i, g := range given {
		rows[i] = r.tx.Grant.Create().SetAccountID(r.accountID).SetEmployeeID(employeeID).SetRoleID(g.role.ID).
			SetApplicationIds(g.applications).SetNillableSpendingLimit(g.limit).SetNillableExpiresAt(micro(g.expires)).
			SetNillableStepUpMinutes(g.stepUp).SetNillableGrantedBy(by).SetGrantedAt(r.tx.Now)
	}
	return r.tx.Grant.CreateBulk(rows...).Save(r.tx)
}

// grant gives an employee roles within one reach.
func (r *roster) grant(employeeID string, roles []*db.Role, w reach, by *string) error {
	given := make([]gift, len(roles))
	for i, of := range roles {
		given[i] = gift{of, w}
	}
	_, err := r.give(employeeID, given, by)
	return err
}

// micro cuts an instant to what every engine keeps of it.
func micro(at *time.Time) *time.Time {
	if at == nil {
		return nil
	}
	t := at.UTC().Truncate(time.Microsecond)
	return &t
}

// noted returns what the audit records of grants (1.5): each with its bounds,
// money in minor units of the account's currency.
func noted(rows []*db.Grant) []map[string]any {
	list := make([]map[string]any, len(rows))
	for i, g := range rows {
		one := map[string]any{"roleId": g.RoleID}
		if len(g.ApplicationIds) > 0 {
			one["applicationIds"] = g.ApplicationIds
		}
		if g.SpendingLimit != nil {
			one["spendingLimitMinor"] = *g.SpendingLimit
		}
		if g.ExpiresAt != nil {
			one["expiresAt"] = g.ExpiresAt.UTC()
		}
		if g.StepUpMinutes != nil {
			one["stepUpMinutes"] = *g.StepUpMinutes
		}
		list[i] = one
	}
	return list
}
