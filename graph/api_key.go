package graph

import (
	"context"

	"portico/authz"
	"portico/ent/db"
	dbapikey "portico/ent/db/apikey"
	"portico/graph/batch"
	"portico/graph/page"
	"portico/portal/access/apikey"
)

// apiKeys is the list of the API keys of an account, newest first.
var apiKeys = page.AccountList[*db.ApiKeyQuery, db.ApiKey]{
	List: page.List[db.ApiKey]{Name: "apiKeys", Column: dbapikey.FieldCreatedAt, Descending: true,
		Key: func(k *db.ApiKey) (any, string) { return k.CreatedAt, k.ID }},
	Table:   dbapikey.Table,
	Account: func(k *db.ApiKey) string { return k.AccountID },
	Query:   func(c *db.Client) *db.ApiKeyQuery { return c.ApiKey.Query() },
}

// keyOwner returns the employee that an API key belongs to.
func (r *Resolver) keyOwner(ctx context.Context, obj *db.ApiKey) (*db.Employee, error) {
	return reference[*db.Employee](ctx, r, obj, "owner", func(k *db.ApiKey) string { return k.EmployeeID })
}

// keyStatus returns what can be done with an API key now.
func (r *Resolver) keyStatus(ctx context.Context, obj *db.ApiKey) (*apikey.Status, error) {
	owner, err := r.keyOwner(ctx, obj)
	status := apikey.StatusOf(obj, owner, r.store().Wall())
	return &status, err
}

// limitedTo returns the applications that a grant or a key is limited to; nil if it
// names none.
func limitedTo[P db.Node](ctx context.Context, r *Resolver, obj P, ids func(P) []string) ([]*db.Application, error) {
	if len(ids(obj)) == 0 {
		return nil, nil
	}
	rows, err := batch.Load(ctx, obj, "applications", func(parents []P) (map[string]db.Node, error) {
		var wanted []string
		for _, p := range parents {
			wanted = append(wanted, ids(p)...)
		}
		return r.nodes(ctx, wanted)
	})
	if err != nil {
		return nil, err
	}
	list := []*db.Application{}
	for _, id := range ids(obj) {
		if row, ok := rows[id].(*db.Application); ok {
			list = append(list, row)
		}
	}
	return list, nil
}

// placer returns who placed an order; nil if it is an API key that the reader may not
// see.
func (r *Resolver) placer(ctx context.Context, obj *db.Order) (db.Actor, error) {
	actor, err := reference[db.Actor](ctx, r, obj, "placedBy", func(o *db.Order) string { return o.PlacedBy })
	return r.withoutHiddenKey(ctx, actor), err
}

// withoutHiddenKey returns an actor; nil if it is an API key that the reader may not see.
func (r *Resolver) withoutHiddenKey(ctx context.Context, actor db.Actor) db.Actor {
	if k, ok := actor.(*db.ApiKey); ok && !authz.From(ctx).Allows(authz.APIKeyRead, authz.On(k.AccountID), r.store().Now()) {
		return nil
	}
	return actor
}
