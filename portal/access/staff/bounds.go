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
	// was is the grant that it changes; nil for a new one.
	was *db.Grant
	// id is the id that a new one gets; empty for any.
	id string
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
		basis := slices.DeleteFunc(slices.Clone(old), func(g *db.Grant) bool { return g.RoleID != of.ID })
		var was *db.Grant
		if len(basis) > 0 {
			was = basis[0]
		} else {
			basis = old
		}
		w, err := b.on(basis)
		if err != nil {
			return nil, err
		}
		if w.expires != nil && !now.Before(*w.expires) {
			return nil, clause.InvalidField("expiresAt", "现有的到期时间已过；请给出新的到期时间，或取消该限制。", "the present expiry has passed; give a new one, or lift it.")
		}
		given[i] = gift{role: of, reach: w, was: was}
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
	for _, g := range old { // of several second-factor rules and monthly limits the strictest
		if !narrower(w.stepUp, g.StepUpMinutes) {
			w.stepUp = g.StepUpMinutes
		}
		if !narrower(w.monthly, g.MonthlyLimit) {
			w.monthly = g.MonthlyLimit
		}
	}
	return w, nil
}

func equal[T comparable](x, y *T) bool {
	return x == nil && y == nil || x != nil && y != nil && *x == *y
}

// give writes grants of a holder: an employee or a group. One that changes keeps
// its id, and so what was spent under it in the month.
func (r *roster) give(holderID string, given []gift, by *string) ([]*db.Grant, error) {
	written := make([]*db.Grant, len(given))
	var created []*db.GrantCreate
	var at []int
	for i, g := range given {
		if g.was != nil {
			var err error
			if written[i], err = r.change(g, by); err != nil {
				return nil, err
			}
			continue
		}
		at = append(at, i)
		made := r.tx.Grant.Create()
		if g.id != "" {
			made.SetID(g.id)
		}
		if len(g.applications) > 0 {
			made.SetApplicationIds(g.applications)
		}
		created = append(created, made.SetAccountID(r.accountID).SetEmployeeID(holderID).SetRoleID(g.role.ID).
			SetNillableSpendingLimit(g.limit).SetNillableMonthlyLimit(g.monthly).SetNillableExpiresAt(micro(g.expires)).
			SetNillableStepUpMinutes(g.stepUp).SetNillableGrantedBy(by).SetGrantedAt(r.tx.Now).SetIdleSince(r.tx.Now))
	}
	if len(created) == 0 {
		return written, nil
	}
	rows, err := r.tx.Grant.CreateBulk(created...).Save(r.tx)
	for i, row := range rows {
		written[at[i]] = row
	}
	return written, err
}

// change writes the bounds of a grant that stays.
func (r *roster) change(g gift, by *string) (*db.Grant, error) {
	u := r.tx.Grant.UpdateOneID(g.was.ID).ClearApplicationIds().SetNillableGrantedBy(by).SetGrantedAt(r.tx.Now).AddVersion(1)
	if len(g.applications) > 0 {
		u = u.SetApplicationIds(g.applications)
	}
	for _, bound := range []struct {
		value *int64
		set   func(int64) *db.GrantUpdateOne
		clear func() *db.GrantUpdateOne
	}{
		{g.limit, u.SetSpendingLimit, u.ClearSpendingLimit},
		{g.monthly, u.SetMonthlyLimit, u.ClearMonthlyLimit},
		{g.stepUp, u.SetStepUpMinutes, u.ClearStepUpMinutes},
	} {
		if bound.value == nil {
			bound.clear()
		} else {
			bound.set(*bound.value)
		}
	}
	if g.expires == nil {
		u.ClearExpiresAt()
	} else {
		u.SetExpiresAt(*micro(g.expires))
	}
	return u.Save(r.tx)
}

// grant gives an employee roles within one reach.
func (r *roster) grant(employeeID string, roles []*db.Role, w reach, by *string) error {
	given := make([]gift, len(roles))
	for i, of := range roles {
		given[i] = gift{role: of, reach: w}
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
		if g.MonthlyLimit != nil {
			one["monthlyLimitMinor"] = *g.MonthlyLimit
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
