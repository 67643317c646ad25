package calendar_test

import (
	"testing"
	"time"

	"portico/calendar"
)

func TestSpansBetweenReadingsOfAClockThatMayGoBack(t *testing.T) {
	now := time.Date(2026, 3, 2, 2, 0, 0, 0, time.UTC)
	const span, far = time.Minute, 40 * 24 * time.Hour
	for _, c := range []struct {
		ago                  time.Duration // before now; below zero is after it
		elapsed, left, ahead time.Duration
	}{
		{0, 0, span, 0},
		{time.Second, time.Second, span - time.Second, 0},
		{span - 1, span - 1, 1, 0},
		{span, span, 0, 0},
		{far, far, 0, 0},
		{-1, 0, span, 1},
		{-span + 1, 0, span, span - 1},
		{-span, 0, 0, span},
		{-span - 1, 0, 0, 0},
		{-far, 0, 0, 0},
	} {
		at := now.Add(-c.ago)
		if got := calendar.Elapsed(at, now); got != c.elapsed {
			t.Errorf("elapsed since %s ago: %s, want %s", c.ago, got, c.elapsed)
		}
		if got := calendar.Left(at, span, now); got != c.left {
			t.Errorf("left of a minute that began %s ago: %s, want %s", c.ago, got, c.left)
		}
		if got := calendar.Ahead(at, span, now); got != c.ahead {
			t.Errorf("ahead, where it was %s ago: %s, want %s", c.ago, got, c.ahead)
		}
	}
}
