// Package outbox is a unit of rank 0.
package outbox

import (
	_ "portico/clause"
	_ "portico/portal/ledger" // want portal/outbox may not import portico/portal/ledger: rank 1 isn't below 0
)
