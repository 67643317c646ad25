package param

import (
	"context"
	"fmt"
	"time"

	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	"portico/money"
)

// Limit is the quantity of a plan's limit in force for an account: the
// catalogue's, or where the limit is a figure of the agreement and a signed
// agreement overrides it, that one's (13.3). At most one query.
func Limit(ctx context.Context, c *db.OverrideClient, accountID string, l ent.Limit, now time.Time) (money.Decimal, error) {
	if l.Figure == "" {
		return LimitBy(l, clause.Figure{})
	}
	f, err := For(ctx, c, accountID, l.Figure, now)
	if err != nil {
		return money.Decimal{}, err
	}
	return LimitBy(l, f)
}

// LimitBy is [Limit] where the figure in force for the account is known; that of
// a limit that is none is not looked at.
func LimitBy(l ent.Limit, f clause.Figure) (money.Decimal, error) {
	if l.Figure != "" && f.Overridden() {
		return money.NewDecimal(int64(f.Int())), nil
	}
	quantity, err := money.ParseDecimal(l.Quantity)
	if err != nil {
		return money.Decimal{}, fmt.Errorf("param: limit of %s: %w", l.Metric, err)
	}
	return quantity, nil
}
