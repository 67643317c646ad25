package ledger

import (
	"context"

	"portico/ent/db"
)

// PageSize is the number of rows that a rule reads together.
const PageSize = 200

// EachPage calls see for each page of rows, in the order of their ids, so that
// memory doesn't grow with their number. Rules of other units use it.
func EachPage[T db.Node](ctx context.Context, page func(after string) ([]T, error), see func([]T) error) error {
	for after := ""; ; {
		rows, err := page(after)
		if err != nil || len(rows) == 0 {
			return err
		}
		if err := see(rows); err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		after = rows[len(rows)-1].NodeID()
	}
}

// IDs returns one text of each row, without empty ones.
func IDs[T any](rows []T, of func(T) string) []string {
	ids := make([]string, 0, len(rows))
	for _, r := range rows {
		if id := of(r); id != "" {
			ids = append(ids, id)
		}
	}
	return ids
}
