package graph

import (
	"context"
	"slices"
	"strconv"

	entsql "entgo.io/ent/dialect/sql"

	"portico/ent/db"
	"portico/ent/statement"
	"portico/graph/batch"
	"portico/graph/guard"
	"portico/graph/page"
)

// node is a pointer to a row.
type node[T any] interface {
	*T
	db.Node
}

// ofAccount reads a page of a list of an account; see [ofEach].
func ofAccount[Q page.Source[Q, T], T any, N node[T]](ctx context.Context, r *Resolver, obj *db.Account, l page.AccountList[Q, T], args page.Args) (*page.Connection[T], error) {
	return ofEach[Q, T, N](ctx, r, obj, l, args, func(accounts []*db.Account) ([]statement.Owner, func(*entsql.Selector)) {
		ids := batch.IDs(accounts)
		owners := make([]statement.Owner, len(ids))
		for i, id := range ids {
			owners[i] = statement.Owner{ID: id, AccountID: id}
		}
		return owners, guard.Narrow(ctx, l.Table, ids, r.store().Now())
	})
}

// ofEach reads a page of a list of a parent. For several parents that were read
// together, it reads the first page of all of them in two statements; for one parent
// it takes one statement. Owning names the parents, and what limits their lists to the
// rows that the reader may see, nil if nothing does.
func ofEach[Q page.Source[Q, T], T any, N node[T], P db.Node](ctx context.Context, r *Resolver, obj P, l page.AccountList[Q, T], args page.Args,
	owning func([]P) ([]statement.Owner, func(*entsql.Selector))) (*page.Connection[T], error) {
	read := func(parents []P) (map[string]*page.Connection[T], error) {
		owners, where := owning(parents)
		l := l
		if where != nil {
			l.Where = append(slices.Clip(l.Where), where)
		}
		pages, err := page.ReadEach(ctx, r.store(), l, owners, args)
		if err != nil {
			return nil, err
		}
		var rows []N
		for _, of := range owners {
			for _, row := range pages[of.ID].Nodes {
				rows = append(rows, row)
			}
		}
		batch.Together(ctx, rows)
		return pages, nil
	}
	if args.After != nil || args.Before != nil { // a cursor belongs to one parent's list
		pages, err := read([]P{obj})
		return pages[obj.NodeID()], err
	}
	pages, err := batch.Load(ctx, obj, l.Name+" "+sizeName(args.First)+" "+sizeName(args.Last), read)
	return pages[obj.NodeID()], err
}

// ofAll reads a page of a list over all accounts. The parameter of names the condition
// of the query, so that a cursor is valid only for that condition.
func ofAll[Q page.Source[Q, T], T any, N node[T]](ctx context.Context, r *Resolver, l page.List[T], of string, args page.Args, q Q) (*page.Connection[T], error) {
	c, err := page.Read(ctx, r.store(), l, of, args, q)
	if err != nil {
		return nil, err
	}
	nodes := make([]N, len(c.Nodes))
	for i, row := range c.Nodes {
		nodes[i] = row
	}
	batch.Together(ctx, nodes)
	return c, nil
}

// sizeName returns a page size, which may be absent, as a part of the name of a load.
func sizeName(n *int) string {
	if n == nil {
		return "-"
	}
	return strconv.Itoa(*n)
}
