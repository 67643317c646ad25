package ledger

import "time"

// mostBackdated is how much earlier than a row that was written before it a row
// may be dated: clocks of replicas differ by less.
const mostBackdated = 24 * time.Hour

// Dated detects backdated rows, which would escape the rules for recent rows. It
// reads rows in the order of their ids, which is the order of writing.
type Dated struct{ latest time.Time }

// Back reports whether the next row is backdated.
func (d *Dated) Back(at time.Time) bool {
	if at.After(d.latest) {
		d.latest = at
	}
	return at.Before(d.latest.Add(-mostBackdated))
}
