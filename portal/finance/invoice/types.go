// Package invoice owns invoices (fapiao) for fees that were paid in cash (3.9).
package invoice

import (
	"portico/clause"
	"portico/ent/db"
	"portico/ent/db/invoice"
	"portico/money"
)

// RequestInvoiceInput: for requestInvoice.
type RequestInvoiceInput struct {
	// For which account.
	AccountID string `json:"accountId"`
	// General or special VAT.
	Kind invoice.Kind `json:"kind"`
	// On paper or not.
	Medium invoice.Medium `json:"medium"`
	// The account's legal entity.
	Title string `json:"title"`
	// The title's tax number.
	TaxNumber string `json:"taxNumber"`
	// Over how much of what is invoiceable.
	Amount money.Input `json:"amount"`
	// Where it is sent.
	DeliveryEmail string `json:"deliveryEmail"`
}

// RequestInvoicePayload is the answer of requestInvoice.
type RequestInvoicePayload struct {
	clause.Answer
	// The invoice.
	Invoice *db.Invoice `json:"invoice"`
}

// WithdrawInvoiceInput: for withdrawInvoice.
type WithdrawInvoiceInput struct {
	// Which.
	InvoiceID string `json:"invoiceId"`
}

// WithdrawInvoicePayload is the answer of withdrawInvoice.
type WithdrawInvoicePayload struct {
	clause.Answer
	// The invoice.
	Invoice *db.Invoice `json:"invoice"`
}

// ApproveInvoiceInput: for approveInvoice.
type ApproveInvoiceInput struct {
	// Which.
	InvoiceID string `json:"invoiceId"`
}

// ApproveInvoicePayload is the answer of approveInvoice.
type ApproveInvoicePayload struct {
	clause.Answer
	// The invoice.
	Invoice *db.Invoice `json:"invoice"`
}

// RejectInvoiceInput: for rejectInvoice.
type RejectInvoiceInput struct {
	// Which.
	InvoiceID string `json:"invoiceId"`
	// Shown to the customer.
	Reason string `json:"reason"`
}

// RejectInvoicePayload is the answer of rejectInvoice.
type RejectInvoicePayload struct {
	clause.Answer
	// The invoice.
	Invoice *db.Invoice `json:"invoice"`
}

// IssueInvoiceInput: for issueInvoice.
type IssueInvoiceInput struct {
	// Which.
	InvoiceID string `json:"invoiceId"`
}

// IssueInvoicePayload is the answer of issueInvoice.
type IssueInvoicePayload struct {
	clause.Answer
	// The invoice.
	Invoice *db.Invoice `json:"invoice"`
}
