package clause

import "slices"

// Origin says who named a figure.
type Origin string

// The origins.
const (
	// ByAgreement: the text of the agreement names the figure.
	ByAgreement Origin = "AGREEMENT"
	// Ours: the text is silent, and the software needs one.
	Ours Origin = "OURS"
)

// named are the figures that the text of the agreement names. Every other one
// is ours.
var named = []string{DeveloperUsers, MessagesDay, OverseasMessagesDay, BillDisputeMonths, BillAdjustmentMonths, ArrearsGraceDays,
	InvoiceCutoffDay, SDKLeadMonths, MaintenanceLead, MigrationLead, EmailAnnounceDays, EmailEffectiveDays,
	ServedExpressCity, ServedExpressMainland, ServedExpressHMT, ServedExpressElsewhere}

// overridable are the figures that a rule reads for one account, and that a
// signed agreement can therefore set for it (13.3). No figure of security is
// among them, and none that no rule reads: a test compares the list with the
// program.
var overridable = []string{AgreementZone, DeveloperUsers, BillCloseDelay, BillDisputeMonths, BillDisputeToMonthEnd, TopUpOnlineLifetime, TopUpTransferLifetime,
	ArrearsGraceDays, InvoiceCutoffDay, InvoiceCutoffIncluded, SDKLeadMonths, MaintenanceLead, MigrationLead, ServedElectronicDelay}

// Origin is who named the figure: the agreement, or the software.
func (f Figure) Origin() Origin {
	if slices.Contains(named, f.Name) {
		return ByAgreement
	}
	return Ours
}

// Overridable reports whether a signed agreement can set the figure for one
// account (13.3).
func (f Figure) Overridable() bool { return slices.Contains(overridable, f.Name) }
