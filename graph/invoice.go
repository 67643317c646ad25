package graph

import (
	"portico/ent/db"
	"portico/ent/db/invoice"
	"portico/graph/page"
)

// invoiceKey returns the sort key of an invoice in lists.
func invoiceKey(i *db.Invoice) (any, string) { return i.RequestedAt, i.ID }

// accountInvoices is the list of the invoices of an account, newest first.
var accountInvoices = page.AccountList[*db.InvoiceQuery, db.Invoice]{
	List:    page.List[db.Invoice]{Name: "invoices", Column: invoice.FieldRequestedAt, Descending: true, Key: invoiceKey},
	Table:   invoice.Table,
	Account: func(i *db.Invoice) string { return i.AccountID },
	Query:   func(c *db.Client) *db.InvoiceQuery { return c.Invoice.Query() },
}

// invoiceQueue is the list of all invoices, oldest first.
var invoiceQueue = page.List[db.Invoice]{Name: "invoiceQueue", Column: invoice.FieldRequestedAt, Key: invoiceKey}
