package graph

import (
	"context"

	"portico/ent/db"
	"portico/ent/db/employee"
	"portico/ent/db/grant"
	"portico/ent/db/invitation"
	"portico/ent/db/ownership"
	"portico/ent/db/role"
	"portico/graph/batch"
	"portico/graph/page"
	"portico/money"
	"portico/portal/access/staff"
)

// employees is the list of the employees of an account, in the order in which they joined.
var employees = page.AccountList[*db.EmployeeQuery, db.Employee]{
	List:    page.List[db.Employee]{Name: "employees", Column: employee.FieldJoinedAt, Key: func(e *db.Employee) (any, string) { return e.JoinedAt, e.ID }},
	Table:   employee.Table,
	Account: func(e *db.Employee) string { return e.AccountID },
	Query:   func(c *db.Client) *db.EmployeeQuery { return c.Employee.Query() },
}

// invitations is the list of the invitations of an account, newest first.
var invitations = page.AccountList[*db.InvitationQuery, db.Invitation]{
	List:    page.List[db.Invitation]{Name: "invitations", Column: invitation.FieldCreatedAt, Descending: true, Key: func(i *db.Invitation) (any, string) { return i.CreatedAt, i.ID }},
	Table:   invitation.Table,
	Account: func(i *db.Invitation) string { return i.AccountID },
	Query:   func(c *db.Client) *db.InvitationQuery { return c.Invitation.Query() },
}

// owner returns the one owner of an account.
func (r *Resolver) owner(ctx context.Context, obj *db.Account) (*db.Employee, error) {
	found, err := batch.Load(ctx, obj, "owner", func(parents []*db.Account) (map[string]*db.Employee, error) {
		rows, err := r.read().Ownership.Query().Where(ownership.OpenKeyIn(batch.IDs(parents)...)).All(ctx)
		if err != nil {
			return nil, err
		}
		return joined[*db.Employee](ctx, r, rows, func(o *db.Ownership) (string, string) { return o.AccountID, o.EmployeeID })
	})
	return found[obj.ID], err
}

// givable returns the roles that can be granted on an account: the built-in ones except
// the owner's (1.4), then the account's own.
func (r *Resolver) givable(ctx context.Context, obj *db.Account) ([]*db.Role, error) {
	byAccount, err := batch.Load(ctx, obj, "roles", func(parents []*db.Account) (map[string][]*db.Role, error) {
		rows, err := r.read().Role.Query().Where(role.AccountIDIn(append([]string{""}, batch.IDs(parents)...)...), role.IDNEQ(staff.RoleID(staff.Owner))).
			Order(db.Asc(role.FieldAccountID, role.FieldID)).All(ctx)
		m := map[string][]*db.Role{}
		for _, row := range rows {
			m[row.AccountID] = append(m[row.AccountID], row)
		}
		return m, err
	})
	if err != nil {
		return nil, err
	}
	return append(append([]*db.Role{}, byAccount[""]...), byAccount[obj.ID]...), nil
}

// rolesOf returns the roles that an employee holds now, without those of which every
// grant has expired.
func (r *Resolver) rolesOf(ctx context.Context, obj *db.Employee) ([]*db.Role, error) {
	byEmployee, err := batch.Load(ctx, obj, "roles", func(parents []*db.Employee) (map[string][]*db.Role, error) {
		grants, err := r.read().Grant.Query().Where(grant.EmployeeIDIn(batch.IDs(parents)...),
			grant.Or(grant.ExpiresAtIsNil(), grant.ExpiresAtGT(r.store().Now()))).Order(db.Asc(grant.FieldID)).All(ctx)
		if err != nil {
			return nil, err
		}
		var wanted []string
		for _, g := range grants {
			wanted = append(wanted, g.RoleID)
		}
		roles, err := r.nodes(ctx, wanted)
		if err != nil {
			return nil, err
		}
		m, seen := map[string][]*db.Role{}, map[[2]string]bool{}
		for _, g := range grants {
			key := [2]string{g.EmployeeID, g.RoleID}
			if row, ok := roles[g.RoleID].(*db.Role); ok && !seen[key] {
				seen[key] = true
				m[g.EmployeeID] = append(m[g.EmployeeID], row)
			}
		}
		return m, nil
	})
	if err != nil || byEmployee[obj.ID] == nil {
		return []*db.Role{}, err
	}
	return byEmployee[obj.ID], nil
}

// invitedTo returns the roles that an invitation grants, without those that have been
// deleted since.
func (r *Resolver) invitedTo(ctx context.Context, obj *db.Invitation) ([]*db.Role, error) {
	rows, err := batch.Load(ctx, obj, "roles", func(parents []*db.Invitation) (map[string]db.Node, error) {
		var wanted []string
		for _, i := range parents {
			wanted = append(wanted, i.RoleIds...)
		}
		return r.nodes(ctx, wanted)
	})
	if err != nil {
		return nil, err
	}
	roles := []*db.Role{}
	for _, id := range obj.RoleIds {
		if row, ok := rows[id].(*db.Role); ok {
			roles = append(roles, row)
		}
	}
	return roles, nil
}

// grantsOf returns all grants of an employee, oldest first.
func (r *Resolver) grantsOf(ctx context.Context, obj *db.Employee) ([]*db.Grant, error) {
	return batch.Children(ctx, obj, "grants", func(ids []string) ([]*db.Grant, error) {
		return r.read().Grant.Query().Where(grant.EmployeeIDIn(ids...)).Order(db.Asc(grant.FieldID)).All(ctx)
	}, func(g *db.Grant) string { return g.EmployeeID })
}

// applicationsOf returns the applications that a grant is limited to; nil if it covers
// the whole account.
func (r *Resolver) applicationsOf(ctx context.Context, obj *db.Grant) ([]*db.Application, error) {
	if len(obj.ApplicationIds) == 0 {
		return nil, nil
	}
	rows, err := batch.Load(ctx, obj, "applications", func(parents []*db.Grant) (map[string]db.Node, error) {
		var wanted []string
		for _, g := range parents {
			wanted = append(wanted, g.ApplicationIds...)
		}
		return r.nodes(ctx, wanted)
	})
	if err != nil {
		return nil, err
	}
	list := []*db.Application{}
	for _, id := range obj.ApplicationIds {
		if row, ok := rows[id].(*db.Application); ok {
			list = append(list, row)
		}
	}
	return list, nil
}

// perOrder returns the spending limit of a grant for one order, in the currency of its
// account; nil if it has none.
func (r *Resolver) perOrder(ctx context.Context, obj *db.Grant) (*money.Amount, error) {
	if obj.SpendingLimit == nil {
		return nil, nil
	}
	of, err := reference[*db.Account](ctx, r, obj, "account", func(g *db.Grant) string { return g.AccountID })
	if err != nil || of == nil {
		return nil, err
	}
	amount := money.New(*obj.SpendingLimit, money.Currency(of.Currency))
	return &amount, nil
}

// grantedBy returns the employee who made a grant; nil if the portal made it.
func (r *Resolver) grantedBy(ctx context.Context, obj *db.Grant) (*db.Employee, error) {
	return reference[*db.Employee](ctx, r, obj, "grantedBy", func(g *db.Grant) string {
		if g.GrantedBy == nil {
			return ""
		}
		return *g.GrantedBy
	})
}
