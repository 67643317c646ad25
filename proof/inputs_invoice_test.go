package proof_test

import "portico/portaltest"

// invoiceWrongs are the wrong inputs about invoices.
var invoiceWrongs = []wrong{
	{"invoice: another title", "requestInvoice", "INVOICE_TITLE_MISMATCH", "3.9", set("title", "Somebody Ltd"), nil},
	{"invoice: no title", "requestInvoice", "INVOICE_TITLE_MISMATCH", "3.9", set("title", "\u200b"), nil},
	{"invoice: a wrong check digit", "requestInvoice", "INVOICE_TAX_NUMBER_INVALID", "3.9", set("taxNumber", "911101080900000159"), nil},
	{"invoice: no tax number", "requestInvoice", "INVOICE_TAX_NUMBER_INVALID", "3.9", set("taxNumber", ""), nil},
	{"invoice: another company's number", "requestInvoice", "INVOICE_TAX_NUMBER_MISMATCH", "3.9", set("taxNumber", portaltest.CreditCode(424242)), nil},
	{"invoice: over nothing", "requestInvoice", "INVALID_INPUT", "", set("amount", yuan("0.00")), nil},
	{"invoice: over less than nothing", "requestInvoice", "INVALID_INPUT", "", set("amount", yuan("-0.01")), nil},
	{"invoice: over a tenth of a fen", "requestInvoice", "INVALID_INPUT", "", set("amount", yuan("0.001")), nil},
	{"invoice: in another currency", "requestInvoice", "INVALID_INPUT", "", set("amount", input{"amount": "0.01", "currency": "USD"}), nil},
	{"invoice: to no address", "requestInvoice", "INVALID_INPUT", "", set("deliveryEmail", "nowhere"), nil},
	{"invoice: over more than was paid", "requestInvoice", "NOT_INVOICEABLE", "3.9", set("amount", yuan("1500.01")), nil},
	{"invoice: for an account that isn't verified", "requestInvoice", "VERIFICATION_REQUIRED", "5.2", func(*stage, input) {}, unapproved},
	{"invoice: no such kind", "requestInvoice", "GRAPHQL_VALIDATION_FAILED", "", set("kind", "RECEIPT"), nil},
	{"invoice: for a foreign account", "requestInvoice", "NOT_FOUND", "", func(s *stage, in input) { in["accountId"] = s.b.account }, nil},
	{"invoice: a foreign one withdrawn", "withdrawInvoice", "NOT_FOUND", "", func(s *stage, in input) { in["invoiceId"] = s.b.invoice() }, nil},
	{"invoice: withdrawing an unknown one", "withdrawInvoice", "NOT_FOUND", "", func(_ *stage, in input) { in["invoiceId"] = unknownID("invc") }, nil},
	{"invoice: an order withdrawn as one", "withdrawInvoice", "NOT_FOUND", "", func(s *stage, in input) { in["invoiceId"] = s.a.fee() }, nil},
	{"invoice: approved twice", "approveInvoice", "INVOICE_STATUS_CONFLICT", "3.9", func(s *stage, in input) { in["invoiceId"] = s.a.approved() }, nil},
	{"invoice: approving an unknown one", "approveInvoice", "NOT_FOUND", "", func(_ *stage, in input) { in["invoiceId"] = unknownID("invc") }, nil},
	{"invoice: rejected without a reason", "rejectInvoice", "REASON_REQUIRED", "3.9", set("reason", " "), nil},
	{"invoice: rejected once it is approved", "rejectInvoice", "INVOICE_STATUS_CONFLICT", "3.9", func(s *stage, in input) { in["invoiceId"] = s.a.approved() }, nil},
	{"invoice: issued before it is approved", "issueInvoice", "INVOICE_STATUS_CONFLICT", "3.9", func(s *stage, in input) { in["invoiceId"] = s.a.invoice() }, nil},
	{"invoice: issuing an unknown one", "issueInvoice", "NOT_FOUND", "", func(_ *stage, in input) { in["invoiceId"] = unknownID("invc") }, nil},
}
