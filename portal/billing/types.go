// Package billing owns bills, what is owed of them, and the arrears that follow
// (3.4, 3.8, 5.10).
package billing

import (
	"time"

	"portico/ent/db/bill"
)

// Period is a time that is billed, in the zone of the agreement.
type Period struct {
	// From is its first instant, To the first after it.
	From, To time.Time
	// Unit is how long it is.
	Unit bill.Unit
}
