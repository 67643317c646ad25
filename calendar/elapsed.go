package calendar

import "time"

// A clock may be put back between two readings, by a second or by weeks. Code
// that subtracts two readings uses the functions below, so that no duration is
// negative and no period lasts longer than intended.

// Elapsed returns the time since an instant. It is zero if the clock was put
// back since.
func Elapsed(since, now time.Time) time.Duration { return max(0, now.Sub(since)) }

// Left returns the remaining part of a span that began at an instant. It is
// between zero and the whole span. If the span began after now, because the
// clock was put back, the whole span is left. If it began further in the future
// than its own length, the clock that wrote it was wrong, and the span is over.
func Left(began time.Time, span time.Duration, now time.Time) time.Duration {
	switch since := now.Sub(began); {
	case since >= 0:
		return max(0, span-since)
	case -since < span:
		return span
	}
	return 0
}

// Ahead returns the time until an instant that is never further in the future
// than most. It is zero once the instant has come. It is also zero if the
// instant is further away than most, because then the clock that wrote it was
// wrong.
func Ahead(at time.Time, most time.Duration, now time.Time) time.Duration {
	if wait := at.Sub(now); wait > 0 && wait <= most {
		return wait
	}
	return 0
}
