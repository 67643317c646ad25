package invoice

import (
	"context"
	"errors"

	"portico/authz"
	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/invoice"
	"portico/portal/finance/ledger"
	"portico/portal/kernel/command"
	"portico/portal/kernel/param"
)

// itemPage is the number of items that are written at once.
const itemPage = 500

// RequestInvoice requests an invoice for fees that were paid in cash and are
// not invoiced yet (3.9, 5.10), the oldest first. For holders of
// invoice:request on the account, after its legal entity is approved
// (VERIFICATION_REQUIRED, 5.2). Refusals: INVALID_INPUT at the amount or the
// address, [TitleMismatch], [TaxNumberInvalid], [TaxNumberMismatch],
// [SpecialRefused], [CharacterMissing], ledger.NotInvoiceable with the amount
// that can be invoiced. The payload states by when the invoice must be approved
// to be issued in its month.
func RequestInvoice(ctx context.Context, s *ent.Store, p *Printer, in RequestInvoiceInput) (*RequestInvoicePayload, error) {
	return command.Do(ctx, s, command.Command{Name: "requestInvoice", Permission: authz.InvoiceRequest,
		Object: in.AccountID, Field: "accountId", Input: in,
	}, func(tx *command.Tx) (*RequestInvoicePayload, error) {
		w, err := checked(tx.Tx, in)
		if err != nil {
			return nil, err
		}
		if err := printable(p, "title", w.title); err != nil {
			return nil, err
		}
		if err := printable(p, "taxNumber", w.taxNumber); err != nil {
			return nil, err
		}
		parts, err := ledger.Claim(tx.Tx, in.AccountID, w.amount)
		if r := (clause.Refusal{}); errors.As(err, &r) {
			return nil, r.At("amount")
		}
		if err != nil {
			return nil, err
		}
		lines, err := linesOf(tx, tx.Client(), parts)
		if err != nil {
			return nil, err
		}
		if err := printable(p, "", texts(lines)...); err != nil {
			return nil, err
		}
		row, items, err := keep(tx.Tx, in, w, parts, lines)
		if err != nil {
			return nil, err
		}
		tx.AuditObject(in.AccountID, row.ID)
		tx.AuditDetail("amount", w.amount.String())
		tx.AuditDetail("kind", row.Kind)
		tx.AuditDetail("medium", row.Medium)
		tx.AuditDetail("items", itemsDigest(items))
		return &RequestInvoicePayload{Invoice: row}, nil
	})
}

// keep writes the request and its claims, with the lines as they are printed.
func keep(tx *ent.Tx, in RequestInvoiceInput, w wanted, parts []ledger.Part, lines []line) (*db.Invoice, []*db.InvoiceItem, error) {
	a, err := param.Of(tx, tx.Override, in.AccountID, tx.Now)
	if err != nil {
		return nil, nil, err
	}
	t := termOf(a, tx.Now)
	email, err := tx.Store().Seal(emailColumn, w.email)
	if err != nil {
		return nil, nil, err
	}
	taxNumber, err := tx.Store().Seal(numberColumn, w.taxNumber)
	if err != nil {
		return nil, nil, err
	}
	row, err := tx.Invoice.Create().SetAccountID(in.AccountID).SetKind(in.Kind).SetMedium(in.Medium).SetTitle(w.title).
		SetTaxNumber(taxNumber).SetAmountMinor(w.amount.Minor()).SetCurrency(w.amount.Currency().String()).SetDeliveryEmail(email).
		SetStatus(invoice.StatusREQUESTED).SetRequestedBy(tx.Principal().ID).SetRequestedAt(tx.Now).
		SetApproveBy(t.approveBy).SetIssueFrom(t.from).SetIssueBy(t.by).Save(tx)
	if err != nil {
		return nil, nil, err
	}
	var all []*db.InvoiceItem
	for from := 0; from < len(parts); from += itemPage {
		chunk := parts[from:min(from+itemPage, len(parts))]
		items := make([]*db.InvoiceItemCreate, len(chunk))
		for i, p := range chunk {
			items[i] = tx.InvoiceItem.Create().SetAccountID(in.AccountID).SetInvoiceID(row.ID).SetFeeID(p.FeeID).
				SetSubjectID(p.SubjectID).SetNumber(lines[from+i].number).SetDescription(lines[from+i].description).SetAmountMinor(p.Amount.Minor()).SetCurrency(p.Amount.Currency().String())
		}
		kept, err := tx.InvoiceItem.CreateBulk(items...).Save(tx)
		if err != nil {
			return nil, nil, err
		}
		all = append(all, kept...)
	}
	return row, all, nil
}

// DeliveryEmail returns the address to which an invoice is sent. For readers of
// the invoice.
func DeliveryEmail(s *ent.Store, i *db.Invoice) (string, error) {
	return s.Unseal(emailColumn, i.DeliveryEmail)
}

// TaxNumber returns the tax number of an invoice's title. For readers of the
// invoice.
func TaxNumber(s *ent.Store, i *db.Invoice) (string, error) {
	return s.Unseal(numberColumn, i.TaxNumber)
}
