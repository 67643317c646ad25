// Package order owns orders.
package order

import (
	_ "database/sql" // want database/sql outside ent/

	"portico/ent/db"
	_ "portico/graph"                  // want portal/trade/order may not import portico/graph: a unit uses the leaves, authz, ent and units
	_ "portico/portal/finance/billing" // want portal/trade/order may not import portico/portal/finance/billing: the table of units doesn't let order use billing
	_ "portico/portal/finance/ledger"
	_ "portico/portal/kernel/outbox"
	_ "portico/portal/notaunit" // want portal/trade/order may not import portico/portal/notaunit: the table of units doesn't let order use notaunit
	_ "portico/portaltest"      // want portal/trade/order may not import portico/portaltest: portaltest is for tests
)

// Place writes its own.
func Place(c *db.Client) { c.Order.Create() }
