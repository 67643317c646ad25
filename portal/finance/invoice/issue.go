package invoice

import (
	"context"
	"fmt"
	"strconv"

	"portico/authz"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/employee"
	"portico/ent/db/invoice"
	"portico/ent/db/message"
	"portico/ent/db/ownership"
	"portico/money"
	"portico/portal/kernel/address"
	"portico/portal/kernel/command"
	"portico/portal/kernel/outbox"
	"portico/portal/kernel/param"
	"portico/portal/kernel/sequence"
)

// kindLetters are the letters that follow the year in the name of a series.
var kindLetters = map[invoice.Kind]string{invoice.KindGENERAL_VAT: "G", invoice.KindSPECIAL_VAT: "S"}

// IssueInvoice issues an approved invoice under the next number of its series,
// which has no gaps, and mails a notification to the requested address (3.9).
// An invoice is issued in the month that its approval determined, or later. For
// operators with invoice:review. Refusals: [WrongStatus], [NotDue] with the
// instant, [SellerUnset], [CharacterMissing].
func IssueInvoice(ctx context.Context, s *ent.Store, p *Printer, in IssueInvoiceInput) (*IssueInvoicePayload, error) {
	return command.Do(ctx, s, command.Command{Name: "issueInvoice", Permission: authz.InvoiceReview,
		Object: in.InvoiceID, Field: "invoiceId", Input: in,
	}, func(tx *command.Tx) (*IssueInvoicePayload, error) {
		if err := due(tx.Tx, found(tx)); err != nil {
			return nil, err
		}
		if p.seller.Name == "" || p.seller.Number == "" {
			return nil, SellerUnset
		}
		row, err := move(tx.Tx, in.InvoiceID, tx.Invoice.Update().Where(invoice.IssueFromLTE(tx.Now)).SetStatus(invoice.StatusISSUED).
			SetIssuedAt(tx.Now).SetIssuedBy(tx.Principal().ID).SetSellerName(p.seller.Name).SetSellerNumber(p.seller.Number).SetZone(param.ProviderZone().String()), invoice.StatusAPPROVED)
		if err != nil {
			return nil, err
		}
		content, err := contentOf(tx, tx.Store(), tx.Client(), row)
		if err != nil {
			return nil, err
		}
		if err := printable(p, "", content.texts()...); err != nil {
			return nil, err
		}
		if row, err = numbered(tx.Tx, row); err != nil {
			return nil, err
		}
		tx.AuditDetail("number", *row.Number)
		tx.AuditDetail("seller", p.seller.Name)
		tx.AuditDetail("sellerNumber", p.seller.Number)
		return &IssueInvoicePayload{Invoice: row}, announce(tx.Tx, row)
	})
}

// due refuses to issue an approved invoice before its month.
func due(tx *ent.Tx, row *db.Invoice) error {
	if row.Status != invoice.StatusAPPROVED || !tx.Now.Before(row.IssueFrom) {
		return nil
	}
	a, err := param.Of(tx, tx.Override, row.AccountID, tx.Now)
	if err != nil {
		return err
	}
	return NotDue.At("invoiceId").With("invoiceId", row.ID).With("issueFrom", row.IssueFrom.In(a.Zone().Location()))
}

// numbered gives an invoice the next number of its series. It is called late in
// the transaction, because whoever issues the next invoice waits for the end of
// this one.
func numbered(tx *ent.Tx, row *db.Invoice) (*db.Invoice, error) {
	series := strconv.Itoa(param.ProviderZone().Day(tx.Now).Year) + kindLetters[row.Kind]
	n, err := sequence.Next(tx, "invoice."+series)
	if err != nil {
		return nil, err
	}
	number := fmt.Sprintf("%s%08d", series, n)
	return move(tx, row.ID, tx.Invoice.Update().SetSeries(series).SetNumber(number), invoice.StatusISSUED)
}

// announce mails that an invoice can be downloaded: to the requested address if
// an employee of the account has verified it, otherwise to the owner's.
func announce(tx *ent.Tx, row *db.Invoice) error {
	person, to, err := recipient(tx, row)
	if err != nil || to == "" {
		return err
	}
	amount := money.New(row.AmountMinor, money.Currency(row.Currency))
	return outbox.Send(tx, outbox.Message{Channel: message.ChannelEMAIL, Person: person, To: to,
		Subject: "发票已开具 Invoice issued " + *row.Number,
		Body: fmt.Sprintf("发票已开具。\n发票号码：%[1]s\n抬头：%[2]s\n金额（含税）：%[3]s %[4]s\n请登录控制台，在“发票”中下载。\n\n"+
			"The invoice has been issued.\nNumber: %[1]s\nTitle: %[2]s\nAmount, tax included: %[3]s %[4]s\nSign in to the console and download it under Invoices.\n",
			*row.Number, row.Title, amount, row.Currency)})
}

// recipient returns the person and the verified address to which an invoice is
// mailed; empty if there is none.
func recipient(tx *ent.Tx, row *db.Invoice) (personID, to string, err error) {
	if to, err = DeliveryEmail(tx.Store(), row); err != nil {
		return "", "", err
	}
	if personID, err = address.Holder(tx, to); err != nil {
		return "", "", err
	}
	if personID != "" {
		works, err := tx.Employee.Query().Where(employee.AccountID(row.AccountID), employee.PersonID(personID),
			employee.StatusEQ(employee.StatusACTIVE)).Exist(tx)
		if err != nil || works {
			return personID, to, err
		}
	}
	open, err := tx.Ownership.Query().Where(ownership.OpenKey(row.AccountID)).Only(tx)
	if err != nil {
		return "", "", err
	}
	e, err := tx.Employee.Get(tx, open.EmployeeID)
	if err != nil {
		return "", "", err
	}
	owner, err := tx.Person.Get(tx, e.PersonID)
	if err != nil {
		return "", "", err
	}
	to, err = address.Mailbox(tx.Store(), owner)
	return owner.ID, to, err
}
