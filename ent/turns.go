package ent

import (
	"context"
	"sync/atomic"
	"time"

	"portico/calendar"
)

// turns lets one transaction after another write, in the order in which they
// came. A pool of one connection would pick any of those that wait, so that some
// would wait for very long.
type turns struct {
	taken chan struct{} // holds a value while somebody has the turn
	wall  func() time.Time
	// waits is the number of those that had to wait, waited the time that they
	// waited in all, in ns.
	waits, waited atomic.Int64
}

func newTurns(wall func() time.Time) *turns {
	return &turns{taken: make(chan struct{}, 1), wall: wall}
}

// take waits for the turn, no longer than the context.
func (t *turns) take(ctx context.Context) error {
	select {
	case t.taken <- struct{}{}:
		return nil
	default:
	}
	began := t.wall()
	select {
	case t.taken <- struct{}{}: // those that wait to send are served in order
	case <-ctx.Done():
		return ctx.Err()
	}
	t.waits.Add(1)
	t.waited.Add(int64(calendar.Elapsed(began, t.wall())))
	return nil
}

// pass passes the turn on.
func (t *turns) pass() { <-t.taken }

// hold takes the turn, and returns the function that passes it on.
func (t *turns) hold(ctx context.Context) (release func(), err error) {
	if err := t.take(ctx); err != nil {
		return nil, err
	}
	return t.pass, nil
}
