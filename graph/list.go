package graph

import (
	"context"
	"slices"
	"strconv"

	"portico/ent/db"
	"portico/graph/batch"
	"portico/graph/guard"
	"portico/graph/page"
)

// node is a pointer to a row.
type node[T any] interface {
	*T
	db.Node
}

// ofAccount reads a page of a list that an account has. Below several accounts that
// were read together, the first page is read for all of them in two statements;
// otherwise it is one.
func ofAccount[Q page.Source[Q, T], T any, N node[T]](ctx context.Context, r *Resolver, obj *db.Account, l page.AccountList[Q, T], args page.Args) (*page.Connection[T], error) {
	read := func(accounts []*db.Account) (map[string]*page.Connection[T], error) {
		ids, l := batch.IDs(accounts), l
		if where := guard.Narrow(ctx, l.Table, ids, r.store().Now()); where != nil {
			l.Where = append(slices.Clip(l.Where), where)
		}
		pages, err := page.ReadEach(ctx, r.store(), l, ids, args)
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
	if args.After != nil || args.Before != nil { // a cursor is of one account's list
		pages, err = read([]*db.Account{obj})
	} else {
		pages, err = batch.Load(ctx, obj, l.Name+" "+figure(args.First)+" "+figure(args.Last), read)
	}
	return pages[obj.ID], err
}

// ofAll reads a page of a list over all accounts; of names the condition of its
// query, so that a cursor serves that condition alone.
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

// figure is a number as a part of a name.
func figure(n *int) string {
	if n == nil {
		return "-"
	}
	return strconv.Itoa(*n)
}
