package ledger

import "time"

// mostBackdated is how much earlier than a row that was written before it a row
// may be dated: clocks of replicas differ by less.
const mostBackdated = 24 * time.Hour

// Dated sees rows in the order in which they were written, which is that of their
// ids, and tells of one that is dated back: it would escape what is held of late
// rows alone.
type Dated struct{ latest time.Time }

// Back reports whether the next row is dated back.
func (d *Dated) Back(at time.Time) bool {
	if at.After(d.latest) {
		d.latest = at
	}
	return at.Before(d.latest.Add(-mostBackdated))
}
