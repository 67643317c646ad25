package graph

import (
	"context"
	"sync"

	"portico/ent/db"
)

// Nested objects are loaded once a level for all parents. Rows that were read
// together are siblings: the first of them that is asked for a nested field
// loads it for all. gqlgen's own batch resolvers see one list at a time, so a
// level below several lists would cost a query a list; siblings span them, and
// need no timer.

type family struct {
	mu     sync.Mutex
	groups map[db.Node]*group
	// proved are persons whose mailbox the request has just proved.
	proved map[string]bool
}

type group struct {
	nodes []db.Node
	mu    sync.Mutex
	loads map[string]*load
}

type load struct {
	once  sync.Once
	value any
	err   error
}

type familyKey struct{}

// withFamily gives an operation its memory of who was read together.
func withFamily(ctx context.Context) context.Context {
	return context.WithValue(ctx, familyKey{}, &family{groups: map[db.Node]*group{}})
}

// prove notes that the request has proved to come from a person.
func prove(ctx context.Context, personID string) {
	if f, ok := ctx.Value(familyKey{}).(*family); ok {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.proved = map[string]bool{personID: true}
	}
}

func isProved(ctx context.Context, personID string) bool {
	f, ok := ctx.Value(familyKey{}).(*family)
	if !ok {
		return false
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.proved[personID]
}

// together notes that rows were read together.
func together[T db.Node](ctx context.Context, rows []T) []T {
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

// group returns the siblings of a row; alone, it is its own group.
func siblings(ctx context.Context, row db.Node) *group {
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

// forAll loads something once for all siblings of a parent.
func forAll[P db.Node, V any](ctx context.Context, parent P, name string, f func(parents []P) (V, error)) (V, error) {
	g := siblings(ctx, parent)
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

// reference loads the row that each sibling refers to by an id; what the
// reader may not see, or what doesn't exist, is nil.
func reference[T db.Node, P db.Node](ctx context.Context, r *Resolver, parent P, name string, id func(P) string) (T, error) {
	var none T
	rows, err := forAll(ctx, parent, name, func(parents []P) (map[string]db.Node, error) {
		ids := make([]string, 0, len(parents))
		for _, p := range parents {
			ids = append(ids, id(p))
		}
		return r.nodes(ctx, ids)
	})
	if err != nil {
		return none, err
	}
	row, ok := rows[id(parent)].(T)
	if !ok {
		return none, nil
	}
	return row, nil
}

// children loads the rows that belong to each sibling.
func children[C, P db.Node](ctx context.Context, parent P, name string, read func(ids []string) ([]C, error), of func(C) string) ([]C, error) {
	byParent, err := forAll(ctx, parent, name, func(parents []P) (map[string][]C, error) {
		ids := make([]string, len(parents))
		for i, p := range parents {
			ids[i] = p.NodeID()
		}
		rows, err := read(ids)
		if err != nil {
			return nil, err
		}
		m := make(map[string][]C, len(parents))
		for _, row := range together(ctx, rows) {
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
