package ledger

import (
	"context"

	"entgo.io/ent/dialect/sql"

	"portico/ent/db"
	"portico/ent/db/fee"
	"portico/ent/db/invoice"
	"portico/ent/db/invoiceitem"
)

// wrongClaims compares what is invoiced of each fee with the items of invoices that
// are neither rejected nor withdrawn, and finds fees of which more is invoiced
// and refunded than was paid (3.9).
func wrongClaims(ctx context.Context, c *db.Client, accountID string) ([]Finding, error) {
	items := c.InvoiceItem.Query()
	fees := c.Fee.Query().Where(fee.Or(fee.InvoicedMinorNEQ(0), fee.Not(free(0))))
	if accountID != "" {
		items = items.Where(invoiceitem.AccountID(accountID))
		fees = fees.Where(fee.AccountID(accountID))
	}
	var sums []struct {
		AccountID string `json:"account_id"`
		Currency  string `json:"currency"`
		FeeID     string `json:"fee_id"`
		Total     int64  `json:"total"`
	}
	err := items.Modify(func(s *sql.Selector) {
		t := sql.Table(invoice.Table)
		s.Join(t).On(s.C(invoiceitem.FieldInvoiceID), t.C(invoice.FieldID)).
			Where(sql.NotIn(t.C(invoice.FieldStatus), invoice.StatusREJECTED.String(), invoice.StatusWITHDRAWN.String())).
			Select(s.C("account_id"), s.C("currency"), s.C("fee_id"), sql.As(sql.Sum(s.C("amount_minor")), "total")).
			GroupBy(s.C("account_id"), s.C("currency"), s.C("fee_id"))
	}).Scan(ctx, &sums)
	if err != nil {
		return nil, err
	}
	want, have := map[place]int64{}, map[place]int64{}
	for _, s := range sums {
		want[place{s.AccountID, s.Currency, s.FeeID}] = s.Total
	}
	rows, err := fees.All(ctx)
	if err != nil {
		return nil, err
	}
	var all []Finding
	for _, f := range rows {
		if f.InvoicedMinor != 0 {
			have[place{f.AccountID, f.Currency, f.ID}] = f.InvoicedMinor
		}
		if left := f.PaidMinor - f.InvoicedMinor - f.RefundedMinor; left < 0 {
			all = append(all, Finding{"NEGATIVE", f.AccountID, f.ID, 0, left, f.Currency})
		}
	}
	return append(all, differences("INVOICED", "", want, have)...), nil
}
