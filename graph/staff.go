package graph

import (
	"context"

	"portico/ent/db"
	"portico/ent/db/grant"
	"portico/ent/db/invitation"
	"portico/graph/page"
	"portico/money"
)

// invitations is the list of an account's invitations, newest first.
var invitations = page.List[db.Invitation]{Name: "invitations", Column: invitation.FieldCreatedAt, Descending: true,
	Key: func(i *db.Invitation) (any, string) { return i.CreatedAt, i.ID }}

// invitedTo are the roles that an invitation gives; one that was deleted since is
// left out.
func (r *Resolver) invitedTo(ctx context.Context, obj *db.Invitation) ([]*db.Role, error) {
	rows, err := forAll(ctx, obj, "roles", func(parents []*db.Invitation) (map[string]db.Node, error) {
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

// grantsOf are all grants of an employee, oldest first.
func (r *Resolver) grantsOf(ctx context.Context, obj *db.Employee) ([]*db.Grant, error) {
	return children(ctx, obj, "grants", func(ids []string) ([]*db.Grant, error) {
		return r.read().Grant.Query().Where(grant.EmployeeIDIn(ids...)).Order(db.Asc(grant.FieldID)).All(ctx)
	}, func(g *db.Grant) string { return g.EmployeeID })
}

// applicationsOf are the applications that a grant is limited to, nil where it
// holds for the account.
func (r *Resolver) applicationsOf(ctx context.Context, obj *db.Grant) ([]*db.Application, error) {
	if len(obj.ApplicationIds) == 0 {
		return nil, nil
	}
	rows, err := forAll(ctx, obj, "applications", func(parents []*db.Grant) (map[string]db.Node, error) {
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

// perOrder is a grant's spending limit, in the currency of its account.
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

// grantedBy is the employee who gave a grant, nil where the portal did.
func (r *Resolver) grantedBy(ctx context.Context, obj *db.Grant) (*db.Employee, error) {
	return reference[*db.Employee](ctx, r, obj, "grantedBy", func(g *db.Grant) string {
		if g.GrantedBy == nil {
			return ""
		}
		return *g.GrantedBy
	})
}
