package graph

import (
	"context"

	"portico/ent/db"
	"portico/graph/batch"
)

// reference loads the row that a parent refers to by an id. It is nil if the row
// doesn't exist or the reader can't reach its account.
func reference[T db.Node, P db.Node](ctx context.Context, r *Resolver, parent P, name string, id func(P) string) (T, error) {
	var none T
	rows, err := referred(ctx, parent, name, id, r.nodes)
	if err != nil {
		return none, err
	}
	row, ok := rows[id(parent)].(T)
	if !ok {
		return none, nil
	}
	return row, nil
}

// visibleReference is [reference] for an object of any type. It is nil if the reader
// may not see the object.
func visibleReference[P db.Node](ctx context.Context, r *Resolver, parent P, name string, id func(P) string) (db.Node, error) {
	rows, err := referred(ctx, parent, name, id, r.visible)
	return rows[id(parent)], err
}

// referred loads the rows that a parent, and the rows that were read together with it,
// refer to.
func referred[P db.Node](ctx context.Context, parent P, name string, id func(P) string,
	load func(context.Context, []string) (map[string]db.Node, error),
) (map[string]db.Node, error) {
	return batch.Load(ctx, parent, name, func(parents []P) (map[string]db.Node, error) {
		ids := make([]string, len(parents))
		for i, p := range parents {
			ids[i] = id(p)
		}
		return load(ctx, ids)
	})
}

// joined loads the targets of rows that join two objects. It returns them by the id of
// the other object.
func joined[N db.Node, T any](ctx context.Context, r *Resolver, rows []T, ends func(T) (of, to string)) (map[string]N, error) {
	var targets []string
	for _, row := range rows {
		_, to := ends(row)
		targets = append(targets, to)
	}
	nodes, err := r.nodes(ctx, targets)
	if err != nil {
		return nil, err
	}
	m := make(map[string]N, len(rows))
	for _, row := range rows {
		of, to := ends(row)
		if n, ok := nodes[to].(N); ok {
			m[of] = n
		}
	}
	return m, nil
}
