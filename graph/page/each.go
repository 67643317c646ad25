package page

import (
	"context"
	"slices"

	"entgo.io/ent/dialect/sql"

	"portico/ent/db/intercept"
)

// Source is what lists of several accounts are read from; ent's store is one.
type Source interface {
	Sealer
	// FirstOfEach returns the ids of the first n rows of each account's list.
	FirstOfEach(ctx context.Context, table, orderColumn string, descending bool, accounts []string, n int) ([]string, error)
}

// ReadEach reads the first page (no cursors) of the same list of several
// accounts, in two statements for all of them. Table is the list's own.
func ReadEach[Q query[Q, T], T any](ctx context.Context, s Source, l List[T], table string, accounts []string, account func(*T) string, a Args,
	q Q, each func(accountID string) Q,
) (map[string]*Connection[T], error) {
	limit, backward, err := a.limit()
	if err != nil {
		return nil, err
	}
	ids, err := s.FirstOfEach(ctx, table, l.Column, l.Descending != backward, accounts, limit+1)
	if err != nil {
		return nil, err
	}
	iq, err := intercept.NewQuery(q)
	if err != nil {
		return nil, err
	}
	values := make([]any, len(ids))
	for i, id := range ids {
		values[i] = id
	}
	iq.WhereP(sql.FieldIn("id", values...))
	iq.Order(l.order(backward)...)
	var rows []*T
	if len(ids) > 0 {
		if rows, err = q.All(ctx); err != nil {
			return nil, err
		}
	}
	byAccount := map[string][]*T{}
	for _, row := range rows {
		byAccount[account(row)] = append(byAccount[account(row)], row)
	}
	pages := make(map[string]*Connection[T], len(accounts))
	for _, id := range accounts {
		own := byAccount[id]
		more := len(own) > limit
		if more {
			own = own[:limit]
		}
		if backward {
			slices.Reverse(own)
		}
		c := l.connection(cursors{s, domain(l.Name, id)}, own)
		c.PageInfo.HasNextPage, c.PageInfo.HasPreviousPage = more && !backward, more && backward
		c.count = func(ctx context.Context) (int, error) { return each(id).Count(ctx) }
		pages[id] = c
	}
	return pages, nil
}
