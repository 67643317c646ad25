package page

import (
	"context"

	"portico/ent/db/intercept"
)

// Found is a list in the order of its ids that are found by a statement.
type Found struct {
	// IDs returns the first n ids after one id and before another, each empty for
	// none; the last n in descending order if backward.
	IDs func(ctx context.Context, after, before string, backward bool, n int) ([]string, error)
	// Count returns the number of ids, at most the given one.
	Count func(ctx context.Context, most int) (int, error)
}

// ReadFound is [Read] for a list whose ids are found by a statement. Its column is
// the id. It takes that statement and one for the rows.
func ReadFound[Q Source[Q, T], T any](ctx context.Context, s Sealer, l List[T], of string, a Args, f Found, q Q) (*Connection[T], error) {
	limit, backward, err := a.limit()
	if err != nil {
		return nil, err
	}
	seal := cursors{s, domain(l.Name, of)}
	var ends [2]string
	for i, cursor := range []*string{a.After, a.Before} {
		if cursor == nil {
			continue
		}
		at, err := seal.open(*cursor)
		if err != nil {
			return nil, err
		}
		ends[i] = at.ID
	}
	ids, err := f.IDs(ctx, ends[0], ends[1], backward, limit+1)
	if err != nil {
		return nil, err
	}
	iq, err := intercept.NewQuery(q)
	if err != nil {
		return nil, err
	}
	iq.WhereP(idIn(ids))
	c, err := Read(ctx, s, l, of, a, q)
	if err != nil {
		return nil, err
	}
	c.count = func(ctx context.Context) (int, error) { return f.Count(ctx, MostCounted+1) }
	return c, nil
}
