package transport

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"

	"portico/calendar"
)

// TestQueriesRunInOrder holds all places but one's, and lets ten queries come one after
// another: they run in that order.
func TestQueriesRunInOrder(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q := &queue{make(chan struct{}, 1)}
		leave := q.enter(t.Context())
		var ran []int
		for i := range 10 {
			go func() {
				defer q.enter(t.Context())()
				ran = append(ran, i)
			}()
			synctest.Wait()
		}
		if len(ran) > 0 {
			t.Fatalf("%v ran before there was a place", ran)
		}
		leave()
		synctest.Wait()
		if len(ran) != 10 || !slices.IsSorted(ran) {
			t.Errorf("ran in the order %v", ran)
		}
	})
}

// TestNoQueryWaitsLong has all places taken for good: a query runs after [patience] and
// gives no place back that it doesn't have; one whose client is gone runs at once.
func TestNoQueryWaitsLong(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q, clock := newQueue(), calendar.Real{}
		for range cap(q.places) {
			q.enter(t.Context())
		}
		began := clock.Now()
		q.enter(t.Context())()
		if waited := calendar.Elapsed(began, clock.Now()); waited != patience {
			t.Errorf("waited %v, want %v", waited, patience)
		}
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		began = clock.Now()
		q.enter(gone)()
		if waited := calendar.Elapsed(began, clock.Now()); waited != 0 {
			t.Errorf("a query whose client is gone waited %v", waited)
		}
		if len(q.places) != cap(q.places) {
			t.Errorf("%d of %d places are taken", len(q.places), cap(q.places))
		}
	})
}
