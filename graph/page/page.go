// Package page reads pages of lists by key (keyset pagination) and shows them as Relay
// connections. Cursors are opaque and valid only for the list they came from. The order
// is stable: one non-null column, then the id. A list is counted only on request.
package page

import (
	"context"
	"slices"
	"sync"

	entquery "entgo.io/ent"
	"entgo.io/ent/dialect/sql"

	"portico/clause"
	"portico/ent"
	"portico/ent/db/intercept"
)

const (
	// Default is the page size without an argument.
	Default = 20
	// Most is the maximum page size.
	Most = 100
	// MostCounted is the number of objects at which counting a list stops.
	MostCounted = 10000
)

// Args are the four arguments of a connection.
type Args struct {
	First  *int
	After  *string
	Last   *int
	Before *string
}

// Edge is one object of a page with its cursor.
type Edge[T any] struct {
	Node *T
	list *List[T]
	seal cursors
	// row returns the cursor of an object that was made of a row; see [Map].
	row func() string
}

// Cursor returns the cursor of the object. It is made on request.
func (e *Edge[T]) Cursor() string {
	if e.row != nil {
		return e.row()
	}
	value, id := e.list.Key(e.Node)
	return e.seal.make(value, id)
}

// Info is the position of a page in its list (PageInfo of the API).
type Info struct {
	HasNextPage, HasPreviousPage bool
	start, end                   func() string
}

// StartCursor returns the cursor of the first edge; nil on an empty page.
func (i *Info) StartCursor() *string { return called(i.start) }

// EndCursor returns the cursor of the last edge; nil on an empty page.
func (i *Info) EndCursor() *string { return called(i.end) }

func called(f func() string) *string {
	if f == nil {
		return nil
	}
	s := f()
	return &s
}

// Connection is a page of a list.
type Connection[T any] struct {
	Edges    []*Edge[T]
	Nodes    []*T
	PageInfo *Info
	count    func(context.Context) (int, error)
	once     sync.Once
	total    int
	err      error
}

// TotalCount returns the number of objects in the list, at most [MostCounted]. The
// first call counts them; later calls return the same number.
func (c *Connection[T]) TotalCount(ctx context.Context) (int, error) {
	n, err := c.counted(ctx)
	return min(n, MostCounted), err
}

// TotalCountIsExact reports whether the list has no more objects than TotalCount.
func (c *Connection[T]) TotalCountIsExact(ctx context.Context) (bool, error) {
	n, err := c.counted(ctx)
	return n <= MostCounted, err
}

// counted returns the number of objects in the list, or [MostCounted]+1 if there are
// more than [MostCounted].
func (c *Connection[T]) counted(ctx context.Context) (int, error) {
	c.once.Do(func() { c.total, c.err = c.count(ent.CountUpTo(ctx, MostCounted+1)) })
	return c.total, c.err
}

// List describes the name and the order of a list.
type List[T any] struct {
	// Name and the owner of the list go into the MAC of its cursors, so that a cursor
	// is valid only for its own list.
	Name string
	// Column is the non-null column that the list is ordered by. Rows with equal
	// values are ordered by id.
	Column string
	// Descending puts the greatest value first.
	Descending bool
	// Key returns the value of the column (a time, an integer or a string) and the id
	// of a row.
	Key func(*T) (value any, id string)
}

// Source is a query that a list is read from: the common methods of the queries that
// ent generates.
type Source[Q, T any] interface {
	entquery.Query
	Clone() Q
	All(context.Context) ([]*T, error)
	Count(context.Context) (int, error)
}

// Read reads one page of a list. The parameter of names the owner of the list, such as
// an account's id; the query q holds the list's conditions. It takes one statement, and
// another one if the total is requested. It refuses a wrong argument or cursor with
// BAD_REQUEST.
func Read[Q Source[Q, T], T any](ctx context.Context, s Sealer, l List[T], of string, a Args, q Q) (*Connection[T], error) {
	limit, backward, err := a.limit()
	if err != nil {
		return nil, err
	}
	seal := cursors{s, domain(l.Name, of)}
	paged := q.Clone()
	iq, err := intercept.NewQuery(paged)
	if err != nil {
		return nil, err
	}
	for _, bound := range []struct {
		cursor *string
		after  bool
	}{{a.After, true}, {a.Before, false}} {
		if bound.cursor == nil {
			continue
		}
		at, err := seal.open(*bound.cursor)
		if err != nil {
			return nil, err
		}
		iq.WhereP(l.beyond(at, bound.after))
	}
	iq.Order(l.order(backward)...)
	iq.Limit(limit + 1)
	rows, err := paged.All(ctx)
	if err != nil {
		return nil, err
	}
	more := len(rows) > limit
	if more {
		rows = rows[:limit]
	}
	if backward {
		slices.Reverse(rows)
	}
	c := l.connection(seal, rows)
	if backward {
		c.PageInfo.HasPreviousPage, c.PageInfo.HasNextPage = more, a.Before != nil
	} else {
		c.PageInfo.HasNextPage, c.PageInfo.HasPreviousPage = more, a.After != nil
	}
	c.count = func(ctx context.Context) (int, error) { return q.Clone().Count(ctx) }
	return c, nil
}

func (l List[T]) connection(seal cursors, rows []*T) *Connection[T] {
	c := &Connection[T]{Edges: make([]*Edge[T], len(rows)), Nodes: rows, PageInfo: &Info{}}
	for i, row := range rows {
		c.Edges[i] = &Edge[T]{Node: row, list: &l, seal: seal}
	}
	if len(rows) > 0 {
		c.PageInfo.start, c.PageInfo.end = c.Edges[0].Cursor, c.Edges[len(rows)-1].Cursor
	} else {
		c.Nodes = []*T{}
	}
	return c
}

// Bounds returns the page size, and whether the page is read from the end of the list.
// It is for lists that [Read] can't read. It refuses wrong arguments with BAD_REQUEST.
func (a Args) Bounds() (n int, backward bool, err error) { return a.limit() }

// Made returns the position of a page of n objects that [Read] didn't read. The
// function cursor returns the cursor of an object.
func Made(n int, cursor func(i int) string, hasNext, hasPrevious bool) *Info {
	info := &Info{HasNextPage: hasNext, HasPreviousPage: hasPrevious}
	if n > 0 {
		info.start, info.end = func() string { return cursor(0) }, func() string { return cursor(n - 1) }
	}
	return info
}

func (a Args) limit() (n int, backward bool, err error) {
	switch {
	case a.First != nil && a.Last != nil:
		return 0, false, malformed("first 与 last 不能同时使用。", "first and last can't be used together")
	case a.First != nil:
		n = *a.First
	case a.Last != nil:
		n, backward = *a.Last, true
	default:
		n, backward = Default, a.Before != nil && a.After == nil
	}
	if n < 0 || n > Most {
		return 0, false, malformed("first 与 last 须为 0 至 100。", "first and last must be from 0 to 100")
	}
	return n, backward, nil
}

func malformed(zh, en string) error {
	return clause.Malformed.With("detail", clause.Text{ZH: zh, EN: en})
}

func (l List[T]) order(backward bool) []func(*sql.Selector) {
	by := sql.OrderByField
	direction := sql.OrderAsc()
	if l.Descending != backward {
		direction = sql.OrderDesc()
	}
	return []func(*sql.Selector){by(l.Column, direction).ToFunc(), by("id", direction).ToFunc()}
}

// beyond returns the condition for the rows after, or before, a position.
func (l List[T]) beyond(at position, after bool) func(*sql.Selector) {
	less := after == l.Descending
	return func(s *sql.Selector) {
		column, id := s.C(l.Column), s.C("id")
		from, cmp, value := sql.GTE, sql.GT, at.decoded()
		if less {
			from, cmp = sql.LTE, sql.LT
		}
		// The first condition follows from the second. The index uses it, so that each
		// page costs the same regardless of its position.
		s.Where(sql.And(from(column, value), sql.Or(cmp(column, value), cmp(id, at.ID))))
	}
}
