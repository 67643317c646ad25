package graph

import (
	"context"
	"strconv"

	"entgo.io/ent"

	"portico/ent/db"
	"portico/ent/statement"
	"portico/graph/page"
)

// listed is what ent's generated queries have in common.
type listed[Q, T any] interface {
	ent.Query
	Clone() Q
	All(context.Context) ([]*T, error)
	Count(context.Context) (int, error)
}

// accountList reads a page of a list that an account has, whole and without
// conditions of its own. Below several accounts that were read together, the
// first page is read for all of them in two statements; otherwise it is one.
// Table is the list's table, account tells whose a row is, query makes an
// unfiltered query, and of confines it to one account.
func accountList[Q listed[Q, T], T any, N interface {
	*T
	db.Node
}](ctx context.Context, r *Resolver, obj *db.Account, list page.List[T], table string, account func(*T) string, args page.Args,
	query func() Q, of func(q Q, accountID string) Q,
) (*page.Connection[T], error) {
	one := func(accountID string) Q {
		return within(of(query(), accountID), r.narrowed(ctx, table, []string{accountID}))
	}
	if args.After != nil || args.Before != nil {
		c, err := page.Read(ctx, r.store(), list, obj.ID, args, one(obj.ID))
		if err != nil {
			return nil, err
		}
		gather[T, N](ctx, c.Nodes)
		return c, nil
	}
	name := table + " " + list.Name + " " + figure(args.First) + " " + figure(args.Last)
	pages, err := forAll(ctx, obj, name, func(parents []*db.Account) (map[string]*page.Connection[T], error) {
		if len(parents) == 1 { // shown once, or by many that refer to the one account
			c, err := page.Read(ctx, r.store(), list, obj.ID, args, one(obj.ID))
			if err != nil {
				return nil, err
			}
			gather[T, N](ctx, c.Nodes)
			return map[string]*page.Connection[T]{obj.ID: c}, nil
		}
		ids := make([]string, len(parents))
		for i, p := range parents {
			ids[i] = p.ID
		}
		source := statement.Lists{Store: r.store()}
		if where := r.narrowed(ctx, table, ids); where != nil {
			source.Where = append(source.Where, where)
		}
		pages, err := page.ReadEach(ctx, source, list, table, ids, account, args, query(), one)
		if err != nil {
			return nil, err
		}
		var rows []*T
		for _, id := range ids {
			rows = append(rows, pages[id].Nodes...)
		}
		gather[T, N](ctx, rows)
		return pages, nil
	})
	if err != nil {
		return nil, err
	}
	return pages[obj.ID], nil
}

// gather notes rows of a page as read together.
func gather[T any, N interface {
	*T
	db.Node
}](ctx context.Context, rows []*T) {
	nodes := make([]N, len(rows))
	for i, row := range rows {
		nodes[i] = row
	}
	together(ctx, nodes)
}

func figure(n *int) string {
	if n == nil {
		return "-"
	}
	return strconv.Itoa(*n)
}
