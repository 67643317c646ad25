package portal

import (
	"slices"
	"time"

	"portico/portal/access/audit"
	"portico/portal/access/factor"
	"portico/portal/access/identity"
	"portico/portal/correspondence/notice"
	"portico/portal/customer/account"
	"portico/portal/customer/agreement"
	"portico/portal/finance/billing"
	"portico/portal/finance/invoice"
	"portico/portal/finance/ledger"
	"portico/portal/finance/payment"
	"portico/portal/finance/usage"
	"portico/portal/kernel/approval"
	"portico/portal/kernel/command"
	"portico/portal/kernel/export"
	"portico/portal/kernel/job"
	"portico/portal/kernel/outbox"
	"portico/portal/kernel/standing"
	"portico/portal/lifecycle/closing"
	"portico/portal/trade/order"
	"portico/portal/trade/service"

	// Units without a job. They are imported so that their refusals are declared.
	_ "portico/portal/access/permission"
	_ "portico/portal/compliance/sealed"
	_ "portico/portal/offer/catalog"
)

// jobs returns the jobs of all units but the outbox's delivery. Those that are due after
// hours are looked at each minute, not each second.
func jobs() []job.Job {
	return []job.Job{service.Expire(), payment.Expire(), payment.Match(), billing.Run(), billing.Remind(), billing.Digest(), closing.Run(), approval.Run(), approval.Expire(),
		notice.Deliver(), job.Seldom(time.Minute, ledger.Chain()), job.Seldom(time.Minute, ledger.Seal()), job.Seldom(time.Minute, ledger.Reconcile(Rules()...)), job.Seldom(time.Minute, audit.Seal()), job.Seldom(time.Minute, command.Purge()),
		job.Seldom(time.Minute, identity.Purge()), job.Seldom(time.Minute, factor.Purge()), job.Seldom(time.Minute, outbox.Purge()), job.Seldom(time.Minute, export.Purge()), job.Seldom(time.Minute, usage.Purge())}
}

// Standing returns the derivations of the restrictions of each account from the units'
// own rows; see [standing.Check].
func Standing() []standing.Derivation {
	return append(billing.Stopped(), account.Unverified(), agreement.Unaccepted(), closing.Begun())
}

// Rules returns the units' rules about their rows of money, beyond the ledger's own
// rules; see [ledger.Check].
func Rules() []ledger.Rule {
	return slices.Concat(billing.Checks(), order.Checks(), payment.Checks(), invoice.Checks())
}
