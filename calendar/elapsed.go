package calendar

import "time"

// A clock may be put back between two of its readings, by a second or by
// weeks. What subtracts two of them asks one of these, so that nothing is ever
// negative, and nothing lasts longer than it was meant to.

// Elapsed is how long it is since an instant; nought if the clock was put back
// since.
func Elapsed(since, now time.Time) time.Duration { return max(0, now.Sub(since)) }

// Left is what is left of a span that began at an instant: between nought and
// all of it. A span that began ahead of now, since the clock was put back, is all
// left; one that began further ahead than it is long was written by a clock
// that was wrong, and is over.
func Left(began time.Time, span time.Duration, now time.Time) time.Duration {
	switch since := now.Sub(began); {
	case since >= 0:
		return max(0, span-since)
	case -since < span:
		return span
	}
	return 0
}

// Ahead is how long it is until an instant that never lies further ahead than
// so long; nought once it has come, and where it lies further, since the clock
// was wrong that wrote it.
func Ahead(at time.Time, most time.Duration, now time.Time) time.Duration {
	if wait := at.Sub(now); wait > 0 && wait <= most {
		return wait
	}
	return 0
}
