// Package batch loads nested objects once a level for all parents.
//
// Rows that were read together form a group: the first of them that is asked for a
// nested field loads it for all. gqlgen's own batch resolvers see one list at a
// time, so a level below several lists would cost a query a list; groups span
// them, and need no timer.
package batch

import (
	"context"
	"sync"

	"portico/ent/db"
)

// family is what an operation remembers of the rows that it read together.
type family struct {
	mu     sync.Mutex
	groups map[db.Node]*group
}

// group is the rows that were read together, with what was loaded for all of them.
type group struct {
	nodes []db.Node
	mu    sync.Mutex
	loads map[string]*load
}

// load is one thing that is loaded for a group, once.
type load struct {
	once  sync.Once
	value any
	err   error
}

type familyKey struct{}

// Begin gives an operation, or one event of a subscription, its memory of the rows
// that it reads together. Without it nothing is loaded for others.
func Begin(ctx context.Context) context.Context {
	return context.WithValue(ctx, familyKey{}, &family{groups: map[db.Node]*group{}})
}

// Together notes that rows were read together, and returns them. A row belongs to
// the group that it was noted with last.
func Together[T db.Node](ctx context.Context, rows []T) []T {
	f, ok := ctx.Value(familyKey{}).(*family)
	if !ok || len(rows) < 2 {
		return rows
	}
	g := &group{nodes: make([]db.Node, len(rows))}
	f.mu.Lock()
	defer f.mu.Unlock()
	for i, row := range rows {
		g.nodes[i] = row
		f.groups[row] = g
	}
	return rows
}

// groupOf returns the group of a row; alone, it is its own group.
func groupOf(ctx context.Context, row db.Node) *group {
	f, ok := ctx.Value(familyKey{}).(*family)
	if !ok {
		return &group{nodes: []db.Node{row}}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	g := f.groups[row]
	if g == nil {
		g = &group{nodes: []db.Node{row}}
		f.groups[row] = g
	}
	return g
}

// Load returns what f loads for all rows that were read together with a parent, the
// parent included. F runs once for each name; its error goes to each of them.
func Load[P db.Node, V any](ctx context.Context, parent P, name string, f func(parents []P) (V, error)) (V, error) {
	g := groupOf(ctx, parent)
	g.mu.Lock()
	if g.loads == nil {
		g.loads = map[string]*load{}
	}
	l := g.loads[name]
	if l == nil {
		l = &load{}
		g.loads[name] = l
	}
	g.mu.Unlock()
	l.once.Do(func() {
		parents := make([]P, len(g.nodes))
		for i, n := range g.nodes {
			parents[i] = n.(P)
		}
		l.value, l.err = f(parents)
	})
	if l.err != nil {
		var none V
		return none, l.err
	}
	return l.value.(V), nil
}

// IDs are the ids of rows.
func IDs[N db.Node](rows []N) []string {
	list := make([]string, len(rows))
	for i, row := range rows {
		list[i] = row.NodeID()
	}
	return list
}

// Children returns the rows that belong to a parent, and reads them for all that
// were read together with it: of says by its id to which parent a row belongs. A
// parent without rows has an empty list.
func Children[C, P db.Node](ctx context.Context, parent P, name string, read func(ids []string) ([]C, error), of func(C) string) ([]C, error) {
	byParent, err := Load(ctx, parent, name, func(parents []P) (map[string][]C, error) {
		rows, err := read(IDs(parents))
		if err != nil {
			return nil, err
		}
		m := make(map[string][]C, len(parents))
		for _, row := range Together(ctx, rows) {
			m[of(row)] = append(m[of(row)], row)
		}
		return m, nil
	})
	if err != nil {
		return nil, err
	}
	if own := byParent[parent.NodeID()]; own != nil {
		return own, nil
	}
	return []C{}, nil
}
