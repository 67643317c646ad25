package calendar_test

import (
	"testing"

	"portico/calendar"
)

func TestALongerRule(t *testing.T) {
	for r, want := range map[calendar.Rule]calendar.Rule{calendar.Days(7): calendar.Days(10), calendar.MonthEnd(1): calendar.MonthEnd(4), "days": "", "days-after:07": "", "": ""} {
		if got, err := r.Longer(3); got != want || (err != nil) != (want == "") {
			t.Errorf("%q: %q, %v", r, got, err)
		}
	}
}
