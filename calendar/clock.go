package calendar

import (
	"sync"
	"time"
)

// Clock tells the time of the portal. One is injected wherever time matters;
// nothing else asks the machine.
type Clock interface {
	// Now is an instant in UTC, truncated to the microsecond.
	Now() time.Time
}

// UTC is an instant as it is stored: in UTC and truncated to the microsecond,
// without a monotonic reading. Every instant that this package returns is one.
func UTC(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }

// Real is the machine's wall clock.
type Real struct{}

// Now is the wall time.
func (Real) Now() time.Time { return UTC(time.Now()) }

// Fixed is a clock that stands still.
type Fixed time.Time

// Now is always the same.
func (f Fixed) Now() time.Time { return UTC(time.Time(f)) }

// Manual is a clock that moves only when told to. It may be used by several
// goroutines at once.
type Manual struct {
	mu  sync.Mutex
	now time.Time
}

// NewManual is a manual clock that shows t.
func NewManual(t time.Time) *Manual { return &Manual{now: UTC(t)} }

// Now is the time last set.
func (m *Manual) Now() time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.now
}

// Set puts the clock to t, which may lie in the past.
func (m *Manual) Set(t time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.now = UTC(t)
}

// Advance moves the clock by d, and tells its new time.
func (m *Manual) Advance(d time.Duration) time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.now = UTC(m.now.Add(d))
	return m.now
}
