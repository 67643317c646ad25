package graph

import (
	"context"
	"slices"
	"strconv"

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

// ofAccount reads a page of a list of an account. For several accounts that were read
// together, it reads the first page of all of them in two statements; for one account
// it takes one statement.
func ofAccount[Q page.Source[Q, T], T any, N node[T]](ctx context.Context, r *Resolver, obj *db.Account, l page.AccountList[Q, T], args page.Args) (*page.Connection[T], error) {
	read := func(accounts []*db.Account) (map[string]*page.Connection[T], error) {
		ids, l := batch.IDs(accounts), l
		if where := guard.Narrow(ctx, l.Table, ids, r.store().Now()); where != nil {
			l.Where = append(slices.Clip(l.Where), where)
		}
		owners := make([]statement.Owner, len(ids))
		for i, id := range ids {
			owners[i] = statement.Owner{ID: id, AccountID: id}
		}
		pages, err := page.ReadEach(ctx, r.store(), l, owners, args)
		if err != nil {
			return nil, err
		}
		var rows []N
		for _, id := range ids {
			for _, row := range pages[id].Nodes {
				rows = append(rows, row)
			}
		}
		batch.Together(ctx, rows)
		return pages, nil
	}
	var pages map[string]*page.Connection[T]
	var err error
	if args.After != nil || args.Before != nil { // a cursor belongs to one account's list
		pages, err = read([]*db.Account{obj})
	} else {
		pages, err = batch.Load(ctx, obj, l.Name+" "+sizeName(args.First)+" "+sizeName(args.Last), read)
	}
	return pages[obj.ID], err
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
