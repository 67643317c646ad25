// Package order owns orders.
package order

import (
	_ "database/sql" // want database/sql outside ent/

	"portico/ent/db"
	_ "portico/graph" // want portal/order may not import portico/graph: a unit uses the leaves, authz, ent and units
	_ "portico/portal/ledger"
	_ "portico/portal/notaunit"   // want portal/order may not import portico/portal/notaunit: the rank table doesn't let order use notaunit
	_ "portico/portal/portaltest" // want portal/order may not import portico/portal/portaltest: portaltest is for tests
)

// Place writes its own.
func Place(c *db.Client) { c.Order.Create() }
