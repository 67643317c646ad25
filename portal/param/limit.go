package param

import (
	"context"
	"fmt"
	"time"

	"portico/ent"
	"portico/ent/db"
	"portico/money"
)

// Limit is the quantity of a plan's limit in force for an account: the
// catalogue's, or where the limit is a figure of the agreement and a signed
// agreement overrides it, that one's (13.3). At most one query.
func Limit(ctx context.Context, c *db.OverrideClient, accountID string, l ent.Limit, now time.Time) (money.Decimal, error) {
	quantity, err := money.ParseDecimal(l.Quantity)
	if err != nil {
		return money.Decimal{}, fmt.Errorf("param: limit of %s: %w", l.Metric, err)
	}
	if l.Figure == "" {
		return quantity, nil
	}
	f, err := For(ctx, c, accountID, l.Figure, now)
	if err != nil || !f.Overridden() {
		return quantity, err
	}
	return money.NewDecimal(int64(f.Int())), nil
}
