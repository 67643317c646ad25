// Package sequence counts without gaps: invoices of a series, notices.
package sequence

import (
	"crypto/rand"
	"time"

	"portico/calendar"
	"portico/ent"
	"portico/ent/db/sequence"
)

// Next takes the next number of a sequence in the caller's transaction; the
// first is 1. Whoever takes the one after waits until that transaction ends,
// and gets this number if it is rolled back: numbers have no gaps, and are
// committed in their order. For units only, late in a transaction.
func Next(tx *ent.Tx, code string) (int64, error) {
	n, err := tx.Sequence.Update().Where(sequence.Code(code)).AddLast(1).Save(tx)
	if err != nil {
		return 0, err
	}
	if n == 0 {
		err := tx.Sequence.Create().SetCode(code).SetLast(1).Exec(tx)
		if ent.IsDuplicate(err) { // a twin began it
			return 0, ent.ErrStale
		}
		return 1, err
	}
	row, err := tx.Sequence.Query().Where(sequence.Code(code)).Only(tx)
	if err != nil {
		return 0, err
	}
	return row.Last, nil
}

// letters of a quoted number: none that is taken for another when read out.
const letters = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// Quoted draws a number that people quote: the day in the agreement's zone, and
// eight letters. It is unique but for a chance that the caller's unique key
// meets.
func Quoted(now time.Time, zone calendar.Zone) string {
	tail := make([]byte, 8)
	_, _ = rand.Read(tail) // never fails
	for i, b := range tail {
		tail[i] = letters[int(b)%len(letters)]
	}
	return now.In(zone.Location()).Format("20060102") + "-" + string(tail)
}
