package portal

import (
	"slices"

	"portico/portal/account"
	"portico/portal/act"
	"portico/portal/agreement"
	"portico/portal/billing"
	"portico/portal/closing"
	"portico/portal/identity"
	"portico/portal/invoice"
	"portico/portal/job"
	"portico/portal/ledger"
	"portico/portal/notice"
	"portico/portal/order"
	"portico/portal/outbox"
	"portico/portal/payment"
	"portico/portal/service"
	"portico/portal/standing"

	// Units without a job, whose refusals are declared wherever the portal is.
	_ "portico/portal/catalog"
	_ "portico/portal/compliance"
	_ "portico/portal/usage"
)

// jobs is what falls due.
func jobs() []job.Job {
	return []job.Job{service.Expire(), payment.Expire(), payment.Match(), billing.Run(), billing.Remind(), billing.Digest(), closing.Run(),
		ledger.Chain(), ledger.Seal(), ledger.Reconcile(Rules()...), act.Purge(), identity.Purge(), outbox.Purge(), notice.Deliver()}
}

// Standing derives anew what restricts each account; see [standing.Check].
func Standing() []standing.Derivation {
	return append(billing.Stopped(), account.Unverified(), agreement.Unaccepted(), closing.Begun())
}

// Rules are what the units hold of their rows about money beyond the ledger's own
// rules; see [ledger.Check].
func Rules() []ledger.Rule {
	return slices.Concat(billing.Checks(), order.Checks(), payment.Checks(), invoice.Checks())
}
