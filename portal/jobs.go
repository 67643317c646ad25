package portal

import (
	"slices"
	"time"

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
	"portico/portal/usage"

	// Units without a job, whose refusals are declared wherever the portal is.
	_ "portico/portal/catalog"
	_ "portico/portal/compliance"
)

// jobs is what falls due. What is done in hours isn't looked for each second.
func jobs() []job.Job {
	return []job.Job{service.Expire(), payment.Expire(), payment.Match(), billing.Run(), billing.Remind(), billing.Digest(), closing.Run(),
		notice.Deliver(), job.Seldom(time.Minute, ledger.Chain()), job.Seldom(time.Minute, ledger.Seal()), job.Seldom(time.Minute, ledger.Reconcile(Rules()...)), job.Seldom(time.Minute, act.Purge()),
		job.Seldom(time.Minute, identity.Purge()), job.Seldom(time.Minute, outbox.Purge()), job.Seldom(time.Minute, usage.Purge())}
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
