// Package batch loads nested objects once for each level of a query, for all parents.
//
// Rows that were read together form a group. The first row of a group whose nested
// field is resolved loads that field for all of them. The batch resolvers of gqlgen see
// one list at a time, so that a level below several lists would cost one query for each
// list. A group spans these lists, and needs no timer.
package batch

import (
	"context"
	"reflect"
	"slices"
	"sync"

	"portico/ent/db"
)

// operation holds the groups of rows that an operation read together.
type operation struct {
	mu     sync.Mutex
	groups map[db.Node]*group
	// waiting are groups whose rows aren't in groups yet: of most rows nothing
	// nested is resolved.
	waiting []*group
}

// find returns the group that a row was last recorded in, or nil. (Of rows of several
// types it may be an older one, which only makes its loads larger.)
func (o *operation) find(row db.Node) *group {
	kind := reflect.TypeOf(row)
	o.waiting = slices.DeleteFunc(o.waiting, func(g *group) bool {
		if g.kind != kind && g.kind != nil {
			return false
		}
		for _, row := range g.nodes {
			o.groups[row] = g
		}
		return true
	})
	return o.groups[row]
}

// group holds rows that were read together, and the loads for all of them.
type group struct {
	nodes []db.Node
	kind  reflect.Type // of its rows; nil if they may be of several types
	mu    sync.Mutex
	loads map[string]*load
}

// load is the result of a load for a group. It runs once.
type load struct {
	once  sync.Once
	value any
	err   error
}

type operationKey struct{}

// Begin returns the context of an operation, or of one event of a subscription, that
// records which rows are read together. Without it each row is loaded alone.
func Begin(ctx context.Context) context.Context {
	return context.WithValue(ctx, operationKey{}, &operation{groups: map[db.Node]*group{}})
}

// Together records that rows were read together, and returns them. A row belongs to
// the group that it was last recorded in.
func Together[T db.Node](ctx context.Context, rows []T) []T {
	o, ok := ctx.Value(operationKey{}).(*operation)
	if !ok || len(rows) < 2 {
		return rows
	}
	g := &group{nodes: make([]db.Node, len(rows))}
	for i, row := range rows {
		g.nodes[i] = row
	}
	if kind := reflect.TypeOf(g.nodes[0]); !slices.ContainsFunc(g.nodes, func(n db.Node) bool { return reflect.TypeOf(n) != kind }) {
		g.kind = kind
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.waiting = append(o.waiting, g)
	return rows
}

// groupOf returns the group of a row. A row that was read alone is a group by itself.
func groupOf(ctx context.Context, row db.Node) *group {
	o, ok := ctx.Value(operationKey{}).(*operation)
	if !ok {
		return &group{nodes: []db.Node{row}}
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	g := o.find(row)
	if g == nil {
		g = &group{nodes: []db.Node{row}}
		o.groups[row] = g
	}
	return g
}

// Load returns what f loads for a parent and all rows that were read together with it.
// F runs once for each name and group. Each row of the group gets its error.
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

// IDs returns the ids of rows.
func IDs[N db.Node](rows []N) []string {
	list := make([]string, len(rows))
	for i, row := range rows {
		list[i] = row.NodeID()
	}
	return list
}

// Children returns the rows that belong to a parent; an empty list if there are none.
// It reads them for all parents that were read together. The function of returns the
// id of the parent that a row belongs to.
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
