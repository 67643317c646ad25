package invoice

import (
	"context"

	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/invoice"
	"portico/portal/finance/ledger"
	"portico/portal/kernel/param"
)

// Checks returns the rules for invoices: the month of issue follows from the
// instants of the request and the approval, and encrypted values can be opened
// and are unchanged (3.9). For `portico ledger check`.
func Checks() []ledger.Rule { return []ledger.Rule{{Name: "ISSUE", Find: checkInvoices}} }

func checkInvoices(ctx context.Context, s *ent.Store, report func(ledger.Finding)) error {
	c := s.Read()
	var dated ledger.Dated
	return ledger.EachPage(ctx, func(after string) ([]*db.Invoice, error) {
		return c.Invoice.Query().Where(invoice.IDGT(after)).Order(db.Asc(invoice.FieldID)).Limit(ledger.PageSize).All(ctx)
	}, func(rows []*db.Invoice) error {
		history, err := param.HistoryOf(ctx, c.Override, ledger.IDs(rows, func(i *db.Invoice) string { return i.AccountID }))
		if err != nil {
			return err
		}
		p, err := readChecked(ctx, s, rows)
		if err != nil {
			return err
		}
		for _, row := range rows {
			if dated.Back(row.RequestedAt) {
				report(ledger.Finding{Rule: "DATED", AccountID: row.AccountID, Subject: row.ID, Problem: "an invoice is dated before an earlier invoice"})
			}
			find := func(rule, problem string) {
				report(ledger.Finding{Rule: rule, AccountID: row.AccountID, Subject: row.ID, Problem: problem, Currency: row.Currency})
			}
			good, err := inTime(history, row)
			if err != nil {
				return err
			}
			if row.Zone != nil && *row.Zone != param.ProviderZone().String() {
				find("ZONE", "the date of an invoice is in another zone than the provider's")
			}
			if !good {
				find("ISSUE", "the month of issue of an invoice does not follow from its approval")
			}
			if number, err := TaxNumber(s, row); err != nil {
				find("SEALED", "the tax number of an invoice was not written by the program")
			} else {
				p.check(row, number, report)
			}
			if _, err := DeliveryEmail(s, row); err != nil {
				find("SEALED", "the address of an invoice was not written by the program")
			}
		}
		return nil
	})
}

// inTime reports whether an invoice's months follow from the instants of its
// request and approval.
func inTime(h param.History, row *db.Invoice) (bool, error) {
	asked, err := h.At(row.AccountID, row.RequestedAt)
	if err != nil {
		return false, err
	}
	t := termOf(asked, row.RequestedAt)
	if !t.approveBy.Equal(row.ApproveBy) {
		return false, nil
	}
	if row.ApprovedAt != nil { // by the figures of that instant; only the cut-off day may have changed
		approved, err := h.At(row.AccountID, *row.ApprovedAt)
		if err != nil {
			return false, err
		}
		t = termAt(asked.Zone(), approved.Figure(clause.InvoiceCutoffDay).Int(), asked.Figure(clause.InvoiceCutoffIncluded).Bool(), *row.ApprovedAt)
	}
	return t.from.Equal(row.IssueFrom) && t.by.Equal(row.IssueBy), nil
}
