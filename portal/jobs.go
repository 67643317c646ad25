package portal

import (
	"portico/portal/job"
	"portico/portal/payment"
	"portico/portal/service"

	// Units whose refusals must be declared wherever the portal is.
	_ "portico/portal/account"
	_ "portico/portal/catalog"
	_ "portico/portal/order"
	_ "portico/portal/usage"
)

// jobs is what falls due.
func jobs() []job.Job {
	return []job.Job{payment.Expire(), payment.Match(), service.Expire()}
}
