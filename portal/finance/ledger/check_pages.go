package ledger

import (
	"context"

	"portico/ent/db"
)

// PageSize is how many rows a rule looks at together.
const PageSize = 200

// EachPage looks at rows a page after the other, in the order of their ids, so
// that memory doesn't grow with them. For rules of other units.
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

// IDs are one text of each row, without those that are empty.
func IDs[T any](rows []T, of func(T) string) []string {
	ids := make([]string, 0, len(rows))
	for _, r := range rows {
		if id := of(r); id != "" {
			ids = append(ids, id)
		}
	}
	return ids
}
