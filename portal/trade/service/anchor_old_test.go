package service

import (
	"testing"
	"time"

	"portico/calendar"
	"portico/ent/statement"
)

// TestTheDayOfOlderServices checks the day of services for which an older
// release stored none.
func TestTheDayOfOlderServices(t *testing.T) {
	z := calendar.Shanghai()
	day := func(year int, month time.Month, d int) time.Time {
		return time.Date(year, month, d, 0, 30, 0, 0, z.Location()).UTC()
	}
	for _, c := range []struct {
		what            string
		opened, expires time.Time
		want            int
	}{
		{"3.7: opened on the 31st, to the last of February", day(2027, 1, 31), day(2027, 2, 28), 31},
		{"3.7: opened on the 28th", day(2027, 1, 28), day(2027, 2, 28), 28},
		{"3.7: opened on the 29th, to a leap year's last of February", day(2028, 1, 29), day(2028, 2, 29), 29},
		{"3.7: renewed on the 20th of what ends on the 28th of a longer month", day(2027, 3, 20), day(2027, 4, 28), 28},
		{"3.7: opened on the 31st, to the 30th", day(2027, 3, 31), day(2027, 4, 30), 31},
	} {
		if got := anchorOf(&statement.Running{OpenedAt: c.opened, ExpiresAt: &c.expires}, z); got != c.want {
			t.Errorf("%s: %d, want %d", c.what, got, c.want)
		}
	}
}
