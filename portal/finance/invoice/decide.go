package invoice

import (
	"context"
	"strings"
	"unicode/utf8"

	"portico/authz"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/invoice"
	"portico/ent/db/invoiceitem"
	"portico/money"
	"portico/portal/customer/account"
	"portico/portal/finance/ledger"
	"portico/portal/kernel/command"
	"portico/portal/kernel/param"
)

// maxReason is the maximum length of a reason in characters.
const maxReason = 2000

// ApproveInvoice approves a requested invoice. The instant of the approval
// determines the month in which it is issued (3.9). For operators with
// invoice:review. Refusals: [WrongStatus].
func ApproveInvoice(ctx context.Context, s *ent.Store, in ApproveInvoiceInput) (*ApproveInvoicePayload, error) {
	return command.Do(ctx, s, command.Command{Name: "approveInvoice", Permission: authz.InvoiceReview,
		Object: in.InvoiceID, Field: "invoiceId", Input: in,
	}, func(tx *command.Tx) (*ApproveInvoicePayload, error) {
		a, err := param.Of(tx, tx.Override, found(tx).AccountID, tx.Now)
		if err != nil {
			return nil, err
		}
		t := termOf(a, tx.Now)
		row, err := move(tx.Tx, in.InvoiceID, tx.Invoice.Update().SetStatus(invoice.StatusAPPROVED).SetApprovedAt(tx.Now).
			SetApprovedBy(tx.Principal().ID).SetIssueFrom(t.from).SetIssueBy(t.by), invoice.StatusREQUESTED)
		if err != nil {
			return nil, err
		}
		return &ApproveInvoicePayload{Invoice: row}, nil
	})
}

// RejectInvoice rejects a requested invoice with a reason, which is shown to
// the customer. Its fees can be invoiced again (3.9). For operators with
// invoice:review. Refusals: REASON_REQUIRED, [WrongStatus].
func RejectInvoice(ctx context.Context, s *ent.Store, in RejectInvoiceInput) (*RejectInvoicePayload, error) {
	return command.Do(ctx, s, command.Command{Name: "rejectInvoice", Permission: authz.InvoiceReview,
		Object: in.InvoiceID, Field: "invoiceId", Input: in,
	}, func(tx *command.Tx) (*RejectInvoicePayload, error) {
		reason := strings.TrimSpace(in.Reason)
		if reason == "" || utf8.RuneCountInString(reason) > maxReason {
			return nil, account.ReasonRequired.By("3.9").At("reason")
		}
		found(tx)
		row, err := move(tx.Tx, in.InvoiceID, tx.Invoice.Update().SetStatus(invoice.StatusREJECTED).SetReason(reason).SetDecidedAt(tx.Now),
			invoice.StatusREQUESTED)
		if err != nil {
			return nil, err
		}
		if err := release(tx.Tx, row); err != nil {
			return nil, err
		}
		return &RejectInvoicePayload{Invoice: row}, nil
	})
}

// WithdrawInvoice withdraws a request that is not issued yet. Its fees can be
// invoiced again (3.9). For holders of invoice:request on the account.
// Refusals: [WrongStatus].
func WithdrawInvoice(ctx context.Context, s *ent.Store, in WithdrawInvoiceInput) (*WithdrawInvoicePayload, error) {
	return command.Do(ctx, s, command.Command{Name: "withdrawInvoice", Permission: authz.InvoiceRequest,
		Object: in.InvoiceID, Field: "invoiceId", Input: in,
	}, func(tx *command.Tx) (*WithdrawInvoicePayload, error) {
		found(tx)
		row, err := move(tx.Tx, in.InvoiceID, tx.Invoice.Update().SetStatus(invoice.StatusWITHDRAWN).SetDecidedAt(tx.Now),
			invoice.StatusREQUESTED, invoice.StatusAPPROVED)
		if err != nil {
			return nil, err
		}
		if err := release(tx.Tx, row); err != nil {
			return nil, err
		}
		return &WithdrawInvoicePayload{Invoice: row}, nil
	})
}

// found returns the invoice of a command. The command's instant is made no
// earlier than the invoice's last change, because the clocks of replicas
// differ.
func found(tx *command.Tx) *db.Invoice {
	row := tx.Found().(*db.Invoice)
	tx.NoEarlier(row.RequestedAt)
	if row.ApprovedAt != nil {
		tx.NoEarlier(*row.ApprovedAt)
	}
	return row
}

// move changes an invoice on condition of its status, so that one of two
// concurrent changes succeeds. It returns the changed row.
func move(tx *ent.Tx, id string, change *db.InvoiceUpdate, from ...invoice.Status) (*db.Invoice, error) {
	n, err := change.Where(invoice.ID(id), invoice.StatusIn(from...)).Save(tx)
	if err != nil {
		return nil, err
	}
	row, err := tx.Invoice.Get(tx, id)
	if err != nil {
		return nil, err
	}
	if n == 0 {
		for _, s := range from {
			if row.Status == s { // it was read from an older snapshot
				return nil, ent.ErrStale
			}
		}
		return nil, WrongStatus.At("invoiceId").With("status", row.Status.String()).With("invoiceId", id)
	}
	return row, nil
}

// release releases what an invoice claimed. It is called after a change of
// status, so it happens once.
func release(tx *ent.Tx, row *db.Invoice) error {
	items, err := tx.InvoiceItem.Query().Where(invoiceitem.InvoiceID(row.ID)).All(tx)
	if err != nil {
		return err
	}
	return ledger.Unclaim(tx, partsOf(items))
}

// partsOf returns the parts of fees that an invoice's items claim.
func partsOf(items []*db.InvoiceItem) []ledger.Part {
	parts := make([]ledger.Part, len(items))
	for i, item := range items {
		parts[i] = ledger.Part{FeeID: item.FeeID, SubjectID: item.SubjectID, Amount: money.New(item.AmountMinor, money.Currency(item.Currency))}
	}
	return parts
}
