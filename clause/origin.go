package clause

import "slices"

// Origin is the source of a figure.
type Origin string

// The sources.
const (
	// ByAgreement means that the text of the agreement sets the figure.
	ByAgreement Origin = "AGREEMENT"
	// Ours means that the agreement is silent and the software needs the
	// figure.
	Ours Origin = "OURS"
)

// named lists the figures that the text of the agreement sets. All others are
// ours.
var named = []string{DeveloperUsers, MessagesDay, OverseasMessagesDay, BillDisputeMonths, BillAdjustmentMonths, ArrearsGraceDays,
	InvoiceCutoffDay, SDKLeadMonths, MaintenanceLead, MigrationLead, EmailAnnounceDays, EmailEffectiveDays,
	ServedExpressCity, ServedExpressMainland, ServedExpressHMT, ServedExpressElsewhere}

// overridable lists the figures that a signed agreement can set for one
// account, because a rule reads them for one account (13.3). It contains no
// figure of security and no figure that no rule reads. A test compares the list
// with the program.
var overridable = []string{AgreementZone, DeveloperUsers, BillCloseDelay, BillDisputeMonths, BillDisputeToMonthEnd, TopUpOnlineLifetime, TopUpTransferLifetime,
	ArrearsGraceDays, InvoiceCutoffDay, InvoiceCutoffIncluded, SDKLeadMonths, MaintenanceLead, MigrationLead, ServedElectronicDelay}

// Origin returns the source of the figure.
func (f Figure) Origin() Origin {
	if slices.Contains(named, f.Name) {
		return ByAgreement
	}
	return Ours
}

// Overridable reports whether a signed agreement can set the figure for one
// account (13.3).
func (f Figure) Overridable() bool { return slices.Contains(overridable, f.Name) }
