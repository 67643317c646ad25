package graph

import (
	"context"

	"portico/ent/db"
	"portico/ent/db/arrears"
	"portico/ent/db/bill"
	"portico/ent/db/usageperiod"
	"portico/graph/batch"
	"portico/graph/page"
)

// accountBills is the list of the bills of an account, newest first.
var accountBills = page.AccountList[*db.BillQuery, db.Bill]{
	List:    page.List[db.Bill]{Name: "bills", Column: bill.FieldSentAt, Descending: true, Key: func(b *db.Bill) (any, string) { return b.SentAt, b.ID }},
	Table:   bill.Table,
	Account: func(b *db.Bill) string { return b.AccountID },
	Query:   func(c *db.Client) *db.BillQuery { return c.Bill.Query() },
}

// periodQueue is the list of all usage periods, in the order in which they close.
var periodQueue = page.List[db.UsagePeriod]{Name: "periodQueue", Column: usageperiod.FieldClosesAt,
	Key: func(p *db.UsagePeriod) (any, string) { return p.ClosesAt, p.ID }}

// arrears returns the open arrears of an account in its own currency; nil if it owes
// nothing (3.8).
func (r *Resolver) arrears(ctx context.Context, obj *db.Account) (*db.Arrears, error) {
	open, err := batch.Load(ctx, obj, "arrears", func(parents []*db.Account) (map[string]*db.Arrears, error) {
		rows, err := r.read().Arrears.Query().Where(arrears.AccountIDIn(batch.IDs(parents)...), arrears.OpenKeyNotNil()).All(ctx)
		m := make(map[string]*db.Arrears, len(rows))
		for _, row := range batch.Together(ctx, rows) {
			m[row.AccountID+row.Currency] = row
		}
		return m, err
	})
	return open[obj.ID+obj.Currency], err
}
