package graph

import (
	"context"
	"slices"

	"portico/authz"
	"portico/ent/db"
	dbaccount "portico/ent/db/account"
	dbnotice "portico/ent/db/notice"
	"portico/graph/batch"
	"portico/graph/model"
	"portico/graph/page"
	"portico/portal"
	"portico/portal/correspondence/notice"
	"portico/portal/kernel/command"
)

// publicNotices is the list of the notices on the public page, newest first.
var publicNotices = page.List[db.Notice]{Name: "publicNotices", Column: dbnotice.FieldSequence, Descending: true,
	Key: func(n *db.Notice) (any, string) { return n.Sequence, n.ID }}

// PublicNotices reads a page of the notices on the public page. Everyone may read it.
// It refuses arguments with BAD_REQUEST, as [page.Read] does.
func PublicNotices(ctx context.Context, p *portal.Portal, args page.Args) (*page.Connection[db.Notice], error) {
	return page.Read(ctx, p.Store, publicNotices, "", args, p.Store.Read().Notice.Query().Where(dbnotice.Public(true)))
}

// notices reads a page of an account's notices. For several accounts that were read
// together, it reads the first page of all of them in two statements.
func (r *Resolver) notices(ctx context.Context, obj *db.Account, unreadOnly bool, args page.Args) (*model.AccountNoticeConnection, error) {
	limit, backward, err := args.Bounds()
	if err != nil {
		return nil, err
	}
	p := notice.Page{UnreadOnly: unreadOnly, Limit: limit + 1, Backward: backward, After: args.After, Before: args.Before}
	var lists map[string][]*notice.AccountNoticeEdge
	if args.After != nil || args.Before != nil {
		lists, err = notice.Lists(ctx, r.store(), []*db.Account{obj}, p)
	} else {
		name := "notices " + sizeName(args.First) + " " + sizeName(args.Last)
		if unreadOnly {
			name += " unread"
		}
		lists, err = batch.Load(ctx, obj, name, func(accounts []*db.Account) (map[string][]*notice.AccountNoticeEdge, error) {
			return notice.Lists(ctx, r.store(), distinct(accounts), p)
		})
	}
	if err != nil {
		return nil, err
	}
	edges := lists[obj.ID]
	more := len(edges) > limit
	switch {
	case more && backward:
		edges = edges[1:]
	case more:
		edges = edges[:limit]
	}
	c := &model.AccountNoticeConnection{Edges: slices.Concat([]*notice.AccountNoticeEdge{}, edges), Nodes: []*db.Notice{}}
	for _, e := range edges {
		c.Nodes = append(c.Nodes, e.Node)
	}
	c.PageInfo = page.Made(len(edges), func(i int) string { return edges[i].Cursor },
		more && !backward || backward && args.Before != nil, more && backward || !backward && args.After != nil)
	c.Count = func(ctx context.Context) (int, error) {
		return r.countNotices(ctx, obj, unreadOnly, page.MostCounted+1)
	}
	return c, nil
}

// countNotices counts an account's notices up to a maximum, once for all accounts that
// were read together.
func (r *Resolver) countNotices(ctx context.Context, obj *db.Account, unreadOnly bool, most int) (int, error) {
	name := "count notices " + sizeName(&most)
	if unreadOnly {
		name = "count unread notices " + sizeName(&most)
	}
	counts, err := batch.Load(ctx, obj, name, func(accounts []*db.Account) (map[string]int, error) {
		return notice.Counts(ctx, r.store(), distinct(accounts), unreadOnly, most)
	})
	return counts[obj.ID], err
}

// distinct returns a list without its repeated rows.
func distinct[N db.Node](rows []N) []N {
	seen := map[string]bool{}
	return slices.DeleteFunc(slices.Clone(rows), func(row N) bool {
		was := seen[row.NodeID()]
		seen[row.NodeID()] = true
		return was
	})
}

// follow returns the stream of an account's new notices. If the reader is an operator,
// it records that the operator opened the account (6.2).
func (r *Resolver) follow(ctx context.Context, accountID string, after *string) (<-chan *notice.NoticePosted, error) {
	if p := authz.From(ctx); p.IsOperator() && p.Allows(authz.NoticeRead, authz.On(accountID), r.store().Now()) {
		row, err := r.read().Account.Query().Where(dbaccount.ID(accountID)).Only(ctx)
		if err == nil {
			err = command.Opened(ctx, r.store(), []db.Node{row})
		}
		if err != nil && !db.IsNotFound(err) {
			return nil, err
		}
	}
	return notice.Follow(ctx, r.store(), accountID, after)
}
