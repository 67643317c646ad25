// Package page reads lists by key, a page at a time: Relay connections with
// LIMIT n+1, opaque cursors sealed to the list they came from, a stable order
// by one non-null column and the id, and no count unless it is asked for.
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
	// Default is how many a page has if nothing is said.
	Default = 20
	// Most is how many a page has at most.
	Most = 100
	// MostCounted is up to how many objects a list is counted.
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
	// row makes the cursor of an object that stands for a row; see [Map].
	row func() string
}

// Cursor is the object's position in the list; it is made when asked for.
func (e *Edge[T]) Cursor() string {
	if e.row != nil {
		return e.row()
	}
	value, id := e.list.Key(e.Node)
	return e.seal.make(value, id)
}

// Info tells where a page lies (PageInfo of the API).
type Info struct {
	HasNextPage, HasPreviousPage bool
	start, end                   func() string
}

// StartCursor is the cursor of the first edge, nil on an empty page.
func (i *Info) StartCursor() *string { return called(i.start) }

// EndCursor is the cursor of the last edge, nil on an empty page.
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

// TotalCount counts the list when asked, once however many parents show it, and
// stops at [MostCounted].
func (c *Connection[T]) TotalCount(ctx context.Context) (int, error) {
	n, err := c.counted(ctx)
	return min(n, MostCounted), err
}

// TotalCountIsExact reports whether the list has no more than TotalCount.
func (c *Connection[T]) TotalCountIsExact(ctx context.Context) (bool, error) {
	n, err := c.counted(ctx)
	return n <= MostCounted, err
}

// counted is how many objects the list has, one more than [MostCounted] if it has
// more.
func (c *Connection[T]) counted(ctx context.Context) (int, error) {
	c.once.Do(func() { c.total, c.err = c.count(ent.CountUpTo(ctx, MostCounted+1)) })
	return c.total, c.err
}

// List says how a list is named and ordered.
type List[T any] struct {
	// Name, with what the list is of, seals the cursors: a cursor serves its own
	// list alone.
	Name string
	// Column is a non-null column that the list is ordered by; ties are broken
	// by the id.
	Column string
	// Descending puts the greatest first.
	Descending bool
	// Key reads the column, a time, an integer or a string, and the id off a row.
	Key func(*T) (value any, id string)
}

// Source is what a list is read from: what ent's generated queries have in common.
type Source[Q, T any] interface {
	entquery.Query
	Clone() Q
	All(context.Context) ([]*T, error)
	Count(context.Context) (int, error)
}

// Read reads one page of the list of `of` (an account's id, say), whose own
// conditions the query holds. It is one statement, and one more if the total
// is asked for. A wrong argument or cursor is BAD_REQUEST.
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

// Bounds is how many objects are asked for, and whether from the list's end, for
// a list that is read otherwise than by [Read]. What is wrong is BAD_REQUEST.
func (a Args) Bounds() (n int, backward bool, err error) { return a.limit() }

// Made tells where a page lies that was read otherwise than by [Read]: of so many
// objects, each with its cursor.
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
		return 0, false, malformed("first and last exclude each other")
	case a.First != nil:
		n = *a.First
	case a.Last != nil:
		n, backward = *a.Last, true
	default:
		n, backward = Default, a.Before != nil && a.After == nil
	}
	if n < 0 || n > Most {
		return 0, false, malformed("a page has 0 to 100 objects")
	}
	return n, backward, nil
}

func malformed(detail string) error { return clause.Malformed.With("detail", detail) }

func (l List[T]) order(backward bool) []func(*sql.Selector) {
	by := sql.OrderByField
	direction := sql.OrderAsc()
	if l.Descending != backward {
		direction = sql.OrderDesc()
	}
	return []func(*sql.Selector){by(l.Column, direction).ToFunc(), by("id", direction).ToFunc()}
}

// beyond is what lies after, or before, a position in the list's order.
func (l List[T]) beyond(at position, after bool) func(*sql.Selector) {
	less := after == l.Descending
	return func(s *sql.Selector) {
		column, id := s.C(l.Column), s.C("id")
		from, cmp, value := sql.GTE, sql.GT, at.decoded()
		if less {
			from, cmp = sql.LTE, sql.LT
		}
		// The first condition follows from the second, and is where an index is
		// entered: a page costs the same wherever it lies.
		s.Where(sql.And(from(column, value), sql.Or(cmp(column, value), cmp(id, at.ID))))
	}
}
