package staff

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"portico/authz"
	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/employee"
	"portico/money"
	"portico/portal/kernel/command"
)

const (
	// mostGrants is how many grants an employee, or a group, can hold of its own.
	mostGrants = 20
	// mostStepUp is the longest time since a second factor that a grant can ask for,
	// in minutes.
	mostStepUp = 24 * 60
)

// GrantInput is a grant to give.
type GrantInput struct {
	// RoleID is the role.
	RoleID string `json:"roleId"`
	// ApplicationIDs limits it to these applications, 1 to 100; nil is the whole
	// account.
	ApplicationIDs []string `json:"applicationIds"`
	// PerOrder is the maximum cost of one order, PerMonth that of all orders of a
	// month.
	PerOrder *money.Input `json:"perOrder"`
	PerMonth *money.Input `json:"perMonth"`
	// ExpiresAt is when it expires.
	ExpiresAt *time.Time `json:"expiresAt"`
	// SecondFactorWithin is the maximum age of the second factor, in minutes.
	SecondFactorWithin *int `json:"secondFactorWithin"`
}

// ChangeGrantInput changes bounds of a grant. A bound that isn't set stays, and one
// that is set to nil is lifted.
type ChangeGrantInput struct {
	// GrantID is the grant.
	GrantID string `json:"grantId"`
	// Version is the version that the change is based on; nil to change any.
	Version *int `json:"version"`
	// The bounds.
	ApplicationIDs     graphql.Omittable[[]string]     `json:"applicationIds,omitzero"`
	PerOrder           graphql.Omittable[*money.Input] `json:"perOrder,omitzero"`
	PerMonth           graphql.Omittable[*money.Input] `json:"perMonth,omitzero"`
	ExpiresAt          graphql.Omittable[*time.Time]   `json:"expiresAt,omitzero"`
	SecondFactorWithin graphql.Omittable[*int]         `json:"secondFactorWithin,omitzero"`
}

// edit is a change of the grants of an employee or a group.
type edit struct {
	add    []GrantInput
	change []ChangeGrantInput
	remove []string
}

// UpdateEmployeeGrantsInput is the input of updateEmployeeGrants.
type UpdateEmployeeGrantsInput struct {
	// EmployeeID is the employee.
	EmployeeID string `json:"employeeId"`
	// AddGrants are grants to give, ChangeGrants those to change, and RemoveGrantIDs
	// those to take away; at most 20 each.
	AddGrants      []GrantInput       `json:"addGrants"`
	ChangeGrants   []ChangeGrantInput `json:"changeGrants"`
	RemoveGrantIDs []string           `json:"removeGrantIds"`
}

// UpdateEmployeeGrantsPayload is the answer of updateEmployeeGrants.
type UpdateEmployeeGrantsPayload struct {
	clause.Answer
	// The employee.
	Employee *db.Employee `json:"employee"`
}

// UpdateEmployeeGrants gives an employee grants, changes some field by field, and
// takes some away (1.5), effective at once. What the input doesn't name stays. For
// employees with employee:update on the account who hold what they give, with at
// least the same bounds, and what they change or take away. An employee cannot
// change its own grants, nor those of the owner. Grants that the employee holds by a
// group are changed with the group. Refusals: INVALID_INPUT, NOT_FOUND,
// EMPLOYEE_LEFT, OWNER_UNCHANGED, OWN_ROLES_UNCHANGED, GRANT_CHANGED, GRANT_LIMIT,
// PERMISSION_NOT_HELD.
func UpdateEmployeeGrants(ctx context.Context, s *ent.Store, in UpdateEmployeeGrantsInput) (*UpdateEmployeeGrantsPayload, error) {
	return command.Do(ctx, s, command.Command{Name: "updateEmployeeGrants", Permission: authz.EmployeeUpdate,
		Object: in.EmployeeID, Field: "employeeId", Input: in}, func(tx *command.Tx) (*UpdateEmployeeGrantsPayload, error) {
		e := tx.Found().(*db.Employee)
		r, by, err := updating(tx, e, authz.EmployeeUpdate)
		if err != nil {
			return nil, err
		}
		if len(in.AddGrants)+len(in.ChangeGrants)+len(in.RemoveGrantIDs) == 0 {
			return nil, clause.InvalidField("addGrants", "须至少给出一项变更。", "must name at least one change, here or in another field.")
		}
		if err := r.edit(by, e.ID, edit{in.AddGrants, in.ChangeGrants, in.RemoveGrantIDs}); err != nil {
			return nil, err
		}
		return &UpdateEmployeeGrantsPayload{Employee: e}, nil
	})
}

// updating enters the roster for a change of what an employee holds. Refusals:
// OWNER_UNCHANGED, EMPLOYEE_LEFT, OWN_ROLES_UNCHANGED.
func updating(tx *command.Tx, e *db.Employee, perm authz.Permission) (*roster, *member, error) {
	r, err := enter(tx, e.AccountID)
	if err != nil {
		return nil, nil, err
	}
	by, err := r.actor(perm)
	if err != nil {
		return nil, nil, err
	}
	switch {
	case r.isOwner(e):
		return nil, nil, OwnerUnchanged.At("employeeId")
	case e.Status == employee.StatusSUSPENDED:
		return nil, nil, EmployeeSuspended.At("employeeId").With("employeeId", e.ID)
	case e.Status != employee.StatusACTIVE:
		return nil, nil, EmployeeLeft.At("employeeId").With("accountId", e.AccountID)
	case r.isActor(e):
		return nil, nil, OwnRoles.At("employeeId")
	}
	r.subject = e.ID
	return r, by, nil
}

// edit changes the grants of a holder: an employee or a group. Refusals:
// INVALID_INPUT, NOT_FOUND, OWNER_UNCHANGED, GRANT_CHANGED, GRANT_LIMIT,
// PERMISSION_NOT_HELD.
func (r *roster) edit(by *member, holderID string, e edit) error {
	old, err := r.grants(holderID)
	if err != nil {
		return err
	}
	var check clause.Check
	added, err := r.additions("addGrants", e.add)
	check.Add(err)
	removed, err := removals(old, e.remove)
	check.Add(err)
	changed, err := r.changes(old, removed, e.change)
	check.Add(err)
	if err := check.Err(); err != nil {
		return err
	}
	if n := len(old) - len(removed) + len(added); n > mostGrants {
		return GrantLimit.At("addGrants").With("limit", mostGrants)
	}
	if err := r.mayTake(by, removed, "removeGrantIds"); err != nil {
		return err
	}
	if err := r.mayTake(by, before(changed), "changeGrants"); err != nil {
		return err
	}
	if err := mayGive(by, changed, "changeGrants"); err != nil {
		return err
	}
	if err := mayGive(by, added, "addGrants"); err != nil {
		return err
	}
	r.tx.AuditDetail("oldGrants", noted(append(slices.Clone(removed), before(changed)...)))
	if err := r.end(removed); err != nil {
		return err
	}
	written, err := r.give(holderID, append(changed, added...), by.id())
	if err != nil {
		return err
	}
	r.tx.AuditDetail("grants", noted(written))
	return nil
}

// before returns the grants as they are before they change.
func before(changed []gift) []*db.Grant {
	rows := make([]*db.Grant, len(changed))
	for i, g := range changed {
		rows[i] = g.was
	}
	return rows
}

// mayTake is the subset rule for grants that are taken away or changed: the actor
// holds what they give now. The refusal is PERMISSION_NOT_HELD.
func (r *roster) mayTake(by *member, rows []*db.Grant, field string) error {
	now, err := r.given(valid(rows, r.tx.Now))
	if err != nil {
		return err
	}
	var all authz.Set
	for _, h := range now {
		all = all.Union(h.allow)
	}
	return subset(by.holds(), all, field)
}

// mayGive is the subset rule for grants that are given: the actor holds them with at
// least their bounds. The refusal is PERMISSION_NOT_HELD.
func mayGive(by *member, given []gift, field string) error {
	return subset(authz.Set{}, by.lacks(given), field)
}

// lacks returns the permissions of grants that the member can't give with their
// bounds.
func (m *member) lacks(given []gift) authz.Set {
	var lacking authz.Set
	for _, g := range given {
		lacking = lacking.Union(allows(g.role).Minus(m.gives(g.reach)))
	}
	return lacking
}

// additions reads grants to give. Refusals, below the field of: INVALID_INPUT,
// NOT_FOUND, OWNER_UNCHANGED.
func (r *roster) additions(of string, list []GrantInput) ([]gift, error) {
	if len(list) > mostGrants {
		return nil, clause.InvalidField(of, "最多 20 项。", "must have at most 20 items.")
	}
	var check clause.Check
	given := make([]gift, 0, len(list))
	for i, in := range list {
		field := fmt.Sprintf("%s.%d.", of, i)
		chosen, err := r.choose(in.RoleID, field+"roleId")
		check.Add(err)
		w, err := r.bounds(reach{}, field, ChangeGrantInput{
			ApplicationIDs: graphql.OmittableOf(in.ApplicationIDs), PerOrder: graphql.OmittableOf(in.PerOrder), PerMonth: graphql.OmittableOf(in.PerMonth),
			ExpiresAt: graphql.OmittableOf(in.ExpiresAt), SecondFactorWithin: graphql.OmittableOf(in.SecondFactorWithin)})
		check.Add(err)
		given = append(given, gift{role: chosen, reach: w})
	}
	return given, check.Err()
}

// choose reads a role to give: a built-in one or the account's own, but never the
// owner's (1.4). Refusals, at the field: NOT_FOUND, OWNER_UNCHANGED.
func (r *roster) choose(roleID, field string) (*db.Role, error) {
	found, err := r.roles([]string{roleID})
	if err != nil {
		return nil, err
	}
	switch of := found[roleID]; {
	case of == nil:
		return nil, clause.NotFound.At(field)
	case of.BuiltIn && of.Code == Owner:
		return nil, r.ownersRole(field)
	default:
		return of, nil
	}
}

// removals finds the grants to take away. Refusals, below removeGrantIds:
// INVALID_INPUT, NOT_FOUND.
func removals(old []*db.Grant, ids []string) ([]*db.Grant, error) {
	if len(ids) > mostGrants {
		return nil, clause.InvalidField("removeGrantIds", "最多 20 项。", "must have at most 20 items.")
	}
	var rows []*db.Grant
	for i, id := range ids {
		at := slices.IndexFunc(old, func(g *db.Grant) bool { return g.ID == id })
		if at < 0 {
			return nil, clause.NotFound.At(fmt.Sprintf("removeGrantIds.%d", i))
		}
		if !slices.Contains(rows, old[at]) {
			rows = append(rows, old[at])
		}
	}
	return rows, nil
}

// changes reads what becomes of the grants to change. Refusals, below changeGrants:
// INVALID_INPUT, NOT_FOUND, GRANT_CHANGED.
func (r *roster) changes(old, removed []*db.Grant, list []ChangeGrantInput) ([]gift, error) {
	if len(list) > mostGrants {
		return nil, clause.InvalidField("changeGrants", "最多 20 项。", "must have at most 20 items.")
	}
	var check clause.Check
	var changed []gift
	for i, in := range list {
		field := fmt.Sprintf("changeGrants.%d.", i)
		at := slices.IndexFunc(old, func(g *db.Grant) bool { return g.ID == in.GrantID })
		switch {
		case at < 0:
			return nil, clause.NotFound.At(field + "grantId")
		case slices.Contains(removed, old[at]), slices.Contains(before(changed), old[at]):
			return nil, clause.InvalidField(field+"grantId", "同一项授权只能变更一次，且不能同时移除。", "a grant can be changed once, and not be taken away as well.")
		}
		if err := based(in.Version, old[at].Version, field+"version", GrantChanged); err != nil {
			return nil, err
		}
		w, err := r.bounds(reachOf(old[at]), field, in)
		check.Add(err)
		roles, err := r.roles([]string{old[at].RoleID})
		if err != nil {
			return nil, err
		}
		if of := roles[old[at].RoleID]; of != nil {
			changed = append(changed, gift{role: of, reach: w, was: old[at]})
		}
	}
	return changed, check.Err()
}

// mostVersion is the largest version that an input can name.
const mostVersion = 1_000_000_000

// based refuses a change that isn't based on the present version. The refusals, at the
// field, are INVALID_INPUT and the one given.
func based(on *int, version int64, field string, stale clause.Refusal) error {
	switch {
	case on == nil || int64(*on) == version:
		return nil
	case *on < 0 || *on > mostVersion:
		return clause.InvalidField(field, "须为 0 至 1000000000。", "must be 0 to 1,000,000,000.")
	}
	return stale.At(field)
}

// bounds returns bounds after a change. Refusals, below the field: INVALID_INPUT,
// NOT_FOUND.
func (r *roster) bounds(w reach, field string, in ChangeGrantInput) (reach, error) {
	var check clause.Check
	var err error
	if ids, set := in.ApplicationIDs.ValueOK(); set {
		if ids != nil && len(ids) == 0 { // a list that a program filtered never widens a grant
			check.Add(clause.InvalidField(field+"applicationIds", "列表不能为空；整个账户请用 null。", "must not be empty; the whole account is null."))
		}
		w.applications, err = r.applications(field+"applicationIds", ids)
		check.Add(err)
	}
	if in.PerOrder.IsSet() {
		w.limit, err = r.limit(field+"perOrder", in.PerOrder.Value())
		check.Add(err)
	}
	if in.PerMonth.IsSet() {
		w.monthly, err = r.limit(field+"perMonth", in.PerMonth.Value())
		check.Add(err)
	}
	if in.ExpiresAt.IsSet() {
		w.expires, err = r.expiry(field+"expiresAt", in.ExpiresAt.Value())
		check.Add(err)
	} else if w.expires != nil && !r.tx.Now.Before(*w.expires) {
		check.Add(clause.InvalidField(field+"expiresAt", "现有的到期时间已过；请给出新的到期时间，或取消该限制。", "the present expiry has passed; give a new one, or lift it."))
	}
	if minutes, set := in.SecondFactorWithin.ValueOK(); set {
		w.stepUp = nil
		if minutes != nil {
			if *minutes < 1 || *minutes > mostStepUp {
				check.Add(clause.InvalidField(field+"secondFactorWithin", "须为 1 至 1440 分钟。", "must be 1 to 1,440 minutes."))
			}
			n := int64(*minutes)
			w.stepUp = &n
		}
	}
	return w, check.Err()
}
