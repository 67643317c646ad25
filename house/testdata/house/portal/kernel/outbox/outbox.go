// Package outbox is a unit of the kernel.
package outbox

import (
	_ "portico/clause"
	_ "portico/portal/finance/ledger" // want portal/kernel/outbox may not import portico/portal/finance/ledger: ledger stands below outbox in the table of units
	_ "portico/portal/kernel/naming"  // want portal/kernel/outbox may not import portico/portal/kernel/naming: the table of units doesn't let outbox use naming
)
