package page

import (
	"cmp"
	"context"
	"slices"

	"entgo.io/ent/dialect/sql"

	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/intercept"
	"portico/ent/statement"
)

// AccountList is a list that each account has: the rows of one type that hold the
// account's id.
type AccountList[Q Source[Q, T], T any] struct {
	List[T]
	// Table is the source of the first rows of several accounts: the table of the rows,
	// or a part of it that package statement names (statement.CustomerEntries).
	Table string
	// Account returns the account's id of a row, or what Under holds.
	Account func(*T) string
	// Under is the column with the id of what the list belongs to, if that is a row
	// of an account, such as a group's members.
	Under string
	// Query returns a query of the rows in Table of all accounts.
	Query func(*db.Client) Q
	// Where holds further conditions on the rows.
	Where []func(*sql.Selector)
}

// ReadEach reads the same page of the list of each account and returns the pages by
// account id. For a list with Under it reads that of each row of an account. One
// account takes the one statement of [Read]. Several accounts take two
// statements together, and then the arguments must have no cursor. It refuses a wrong
// argument or cursor with BAD_REQUEST.
func ReadEach[Q Source[Q, T], T any](ctx context.Context, s *ent.Store, l AccountList[Q, T], owners []statement.Owner, a Args) (map[string]*Connection[T], error) {
	if len(owners) == 1 {
		id := owners[0].ID
		q, err := l.of(s, id)
		if err != nil {
			return nil, err
		}
		c, err := Read(ctx, s, l.List, id, a, q)
		return map[string]*Connection[T]{id: c}, err
	}
	limit, backward, err := a.limit()
	if err != nil {
		return nil, err
	}
	ids, err := statement.Lists{Store: s, Where: l.Where}.FirstUnder(ctx, l.Table, l.Under, l.Column, l.Descending != backward, owners, limit+1)
	if err != nil {
		return nil, err
	}
	rows, err := l.rows(ctx, s, ids, backward)
	if err != nil {
		return nil, err
	}
	byAccount := map[string][]*T{}
	for _, row := range rows {
		byAccount[l.Account(row)] = append(byAccount[l.Account(row)], row)
	}
	pages := make(map[string]*Connection[T], len(owners))
	for _, owner := range owners {
		id := owner.ID
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
		c.count = func(ctx context.Context) (int, error) {
			q, err := l.of(s, id)
			if err != nil {
				return 0, err
			}
			return q.Count(ctx)
		}
		pages[id] = c
	}
	return pages, nil
}

// of returns the query of the list of one account, or of one row of an account.
func (l AccountList[Q, T]) of(s *ent.Store, owner string) (Q, error) {
	q := l.Query(s.Read())
	iq, err := intercept.NewQuery(q)
	if err != nil {
		return q, err
	}
	iq.WhereP(append([]func(*sql.Selector){sql.FieldEQ(cmp.Or(l.Under, "account_id"), owner)}, l.Where...)...)
	return q, nil
}

// rows reads rows by their ids, in the list's order.
func (l AccountList[Q, T]) rows(ctx context.Context, s *ent.Store, ids []string, backward bool) ([]*T, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	q := l.Query(s.Read())
	iq, err := intercept.NewQuery(q)
	if err != nil {
		return nil, err
	}
	iq.WhereP(idIn(ids))
	iq.Order(l.order(backward)...)
	return q.All(ctx)
}

// idIn returns the condition that a row has one of some ids.
func idIn(ids []string) func(*sql.Selector) {
	values := make([]any, len(ids))
	for i, id := range ids {
		values[i] = id
	}
	return sql.FieldIn("id", values...)
}
