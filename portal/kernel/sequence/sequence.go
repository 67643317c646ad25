// Package sequence gives numbers without gaps, for the invoices of a series and
// for notices.
package sequence

import (
	"crypto/rand"
	"time"

	"portico/calendar"
	"portico/ent"
	"portico/ent/db/sequence"
)

// Next takes the next number of a sequence in the caller's transaction; the
// first is 1. The next caller waits until that transaction ends, and gets the
// same number if it is rolled back: numbers have no gaps and are committed in
// order. For units only, late in a transaction.
func Next(tx *ent.Tx, code string) (int64, error) {
	n, err := tx.Sequence.Update().Where(sequence.Code(code)).AddLast(1).Save(tx)
	if err != nil {
		return 0, err
	}
	if n == 0 {
		err := tx.Sequence.Create().SetCode(code).SetLast(1).Exec(tx)
		if ent.IsDuplicate(err) { // a concurrent transaction began it
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

// letters are the characters of a quoted number: none that is mistaken for
// another when read aloud.
const letters = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// Quoted returns a random number that people can quote: the day in the
// agreement's zone and eight characters. The caller's unique key catches the
// rare duplicate.
func Quoted(now time.Time, zone calendar.Zone) string {
	tail := make([]byte, 8)
	_, _ = rand.Read(tail) // never fails
	for i, b := range tail {
		tail[i] = letters[int(b)%len(letters)]
	}
	return now.In(zone.Location()).Format("20060102") + "-" + string(tail)
}
