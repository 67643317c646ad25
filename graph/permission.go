package graph

import (
	"context"

	"portico/authz"
	"portico/ent/db"
	"portico/ent/db/employee"
	"portico/graph/batch"
	"portico/graph/page"
	"portico/portal/access/permission"
	"portico/portal/kernel/command"
)

// holders is a list of employees who may do something, in the order of their ids.
var holders = page.List[db.Employee]{Name: "holders", Column: employee.FieldID, Key: func(e *db.Employee) (any, string) { return e.ID, e.ID }}

// mayDo decides whether the reader may do something with an object that it can see.
func (r *Resolver) mayDo(ctx context.Context, on string, do authz.Permission) (*permission.Decision, error) {
	seen, err := r.visible(ctx, []string{on})
	if err != nil {
		return nil, err
	}
	if seen[on] == nil {
		return permission.Unknown(), nil
	}
	d, err := permission.Can(ctx, r.store(), seen[on], do)
	if err == nil {
		batch.Together(ctx, d.Grants)
	}
	return d, err
}

// whoMay reads a page of the employees who may do something with an object that the
// reader can see; nil if it can't. The refusal is FORBIDDEN.
func (r *Resolver) whoMay(ctx context.Context, on string, do authz.Permission, args page.Args) (*page.Connection[db.Employee], error) {
	seen, err := r.visible(ctx, []string{on})
	if err != nil {
		return nil, err
	}
	if seen[on] == nil {
		return nil, nil
	}
	o := command.ObjectOf(seen[on])
	if o.AccountID == "" {
		return nil, nil
	}
	p, now := authz.From(ctx), r.store().Now()
	if !p.Allows(authz.EmployeeRead, authz.On(o.AccountID), now) {
		return nil, authz.Forbid(p, authz.EmployeeRead)
	}
	h, err := permission.Holders(ctx, r.store(), o, do)
	if err != nil {
		return nil, err
	}
	c, err := page.ReadFound(ctx, r.store(), holders, on+"|"+do.String(), args, page.Found{
		IDs: func(ctx context.Context, after, before string, backward bool, n int) ([]string, error) {
			return h.IDs(ctx, r.read(), after, before, backward, n)
		},
		Count: func(ctx context.Context, most int) (int, error) { return h.Count(ctx, r.read(), most) },
	}, r.read().Employee.Query().Where(employee.AccountID(o.AccountID)))
	if err == nil {
		batch.Together(ctx, c.Nodes)
	}
	return c, err
}
