// Package invoice owns invoices (fapiao) for fees that were paid in cash (3.9).
package invoice

import (
	"portico/clause"
	"portico/ent/db"
	"portico/ent/db/invoice"
	"portico/money"
)

// RequestInvoiceInput is the input of requestInvoice.
type RequestInvoiceInput struct {
	// Account whose fees are invoiced.
	AccountID string `json:"accountId"`
	// General or special VAT invoice.
	Kind invoice.Kind `json:"kind"`
	// Electronic or paper invoice.
	Medium invoice.Medium `json:"medium"`
	// Name of the account's legal entity.
	Title string `json:"title"`
	// Tax number of the legal entity.
	TaxNumber string `json:"taxNumber"`
	// Amount, at most the invoiceable amount.
	Amount money.Input `json:"amount"`
	// E-mail address to which the invoice is sent.
	DeliveryEmail string `json:"deliveryEmail"`
}

// RequestInvoicePayload is the payload of requestInvoice.
type RequestInvoicePayload struct {
	clause.Answer
	// The invoice.
	Invoice *db.Invoice `json:"invoice"`
}

// WithdrawInvoiceInput is the input of withdrawInvoice.
type WithdrawInvoiceInput struct {
	// Invoice to withdraw.
	InvoiceID string `json:"invoiceId"`
}

// WithdrawInvoicePayload is the payload of withdrawInvoice.
type WithdrawInvoicePayload struct {
	clause.Answer
	// The invoice.
	Invoice *db.Invoice `json:"invoice"`
}

// ApproveInvoiceInput is the input of approveInvoice.
type ApproveInvoiceInput struct {
	// Invoice to approve.
	InvoiceID string `json:"invoiceId"`
}

// ApproveInvoicePayload is the payload of approveInvoice.
type ApproveInvoicePayload struct {
	clause.Answer
	// The invoice.
	Invoice *db.Invoice `json:"invoice"`
}

// RejectInvoiceInput is the input of rejectInvoice.
type RejectInvoiceInput struct {
	// Invoice to reject.
	InvoiceID string `json:"invoiceId"`
	// Reason, shown to the customer.
	Reason string `json:"reason"`
}

// RejectInvoicePayload is the payload of rejectInvoice.
type RejectInvoicePayload struct {
	clause.Answer
	// The invoice.
	Invoice *db.Invoice `json:"invoice"`
}

// IssueInvoiceInput is the input of issueInvoice.
type IssueInvoiceInput struct {
	// Invoice to issue.
	InvoiceID string `json:"invoiceId"`
}

// IssueInvoicePayload is the payload of issueInvoice.
type IssueInvoicePayload struct {
	clause.Answer
	// The invoice.
	Invoice *db.Invoice `json:"invoice"`
}
