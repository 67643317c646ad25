package calendar

import (
	"sync"
	"time"
)

// Clock provides the time of the portal. It is injected wherever the time
// matters; no other code reads the machine's clock.
type Clock interface {
	// Now returns an instant in UTC, truncated to the microsecond.
	Now() time.Time
}

// UTC converts an instant to the form in which it is stored: in UTC, truncated
// to the microsecond, without a monotonic reading. All instants that this
// package returns have this form.
func UTC(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }

// Real is the machine's wall clock.
type Real struct{}

// Now returns the wall time.
func (Real) Now() time.Time { return UTC(time.Now()) }

// Fixed is a clock that stands still.
type Fixed time.Time

// Now always returns the same instant.
func (f Fixed) Now() time.Time { return UTC(time.Time(f)) }

// Manual is a clock that moves only by [Manual.Set] and [Manual.Advance]. It is
// safe for concurrent use.
type Manual struct {
	mu  sync.Mutex
	now time.Time
}

// NewManual returns a manual clock that shows t.
func NewManual(t time.Time) *Manual { return &Manual{now: UTC(t)} }

// Now returns the time that was last set.
func (m *Manual) Now() time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.now
}

// Set sets the clock to t, which may be in the past.
func (m *Manual) Set(t time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.now = UTC(t)
}

// Advance moves the clock by d and returns its new time.
func (m *Manual) Advance(d time.Duration) time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.now = UTC(m.now.Add(d))
	return m.now
}
