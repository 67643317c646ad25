package page

import (
	"portico/ent/db"
	"portico/portal/access/audit"
)

// The connections of the API by their GraphQL names, by which gqlgen binds them.
type (
	AccessConnection        = Connection[db.AuditEvent]
	AccessEdge              = Edge[db.AuditEvent]
	AccountConnection       = Connection[db.Account]
	AccountEdge             = Edge[db.Account]
	AcceptanceConnection    = Connection[db.Acceptance]
	AcceptanceEdge          = Edge[db.Acceptance]
	ApprovalConnection      = Connection[db.Approval]
	ApprovalEdge            = Edge[db.Approval]
	AuditEventConnection    = Connection[audit.Event]
	AuditEventEdge          = Edge[audit.Event]
	AuditSealConnection     = Connection[db.AuditSeal]
	AuditSealEdge           = Edge[db.AuditSeal]
	ApplicationConnection   = Connection[db.Application]
	ApplicationEdge         = Edge[db.Application]
	BillConnection          = Connection[db.Bill]
	BillEdge                = Edge[db.Bill]
	DeviceSessionConnection = Connection[db.Session]
	DeviceSessionEdge       = Edge[db.Session]
	EmployeeConnection      = Connection[db.Employee]
	EmployeeEdge            = Edge[db.Employee]
	InvitationConnection    = Connection[db.Invitation]
	InvitationEdge          = Edge[db.Invitation]
	InvoiceConnection       = Connection[db.Invoice]
	UsagePeriodConnection   = Connection[db.UsagePeriod]
	InvoiceEdge             = Edge[db.Invoice]
	UsagePeriodEdge         = Edge[db.UsagePeriod]
	LedgerEntryConnection   = Connection[db.LedgerEntry]
	LedgerEntryEdge         = Edge[db.LedgerEntry]
	NoticeConnection        = Connection[db.Notice]
	NoticeEdge              = Edge[db.Notice]
	OrderConnection         = Connection[db.Order]
	OrderEdge               = Edge[db.Order]
	PayerConnection         = Connection[db.Payer]
	PayerEdge               = Edge[db.Payer]
	ProductConnection       = Connection[db.Product]
	ProductEdge             = Edge[db.Product]
	ServiceConnection       = Connection[db.Service]
	ServiceEdge             = Edge[db.Service]
	TopUpConnection         = Connection[db.TopUp]
	PaymentConnection       = Connection[db.Payment]
	PaymentEdge             = Edge[db.Payment]
	TopUpEdge               = Edge[db.TopUp]
	VerificationConnection  = Connection[db.Verification]
	VerificationEdge        = Edge[db.Verification]
	TermsConnection         = Connection[db.Terms]
	TermsEdge               = Edge[db.Terms]

	SandboxMessageConnection = Connection[db.Message]
	SandboxMessageEdge       = Edge[db.Message]
)
