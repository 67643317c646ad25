package ent

import (
	"context"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// Those who wait to write are served in the order in which they came, and whoever
// stops waiting takes no turn.
func TestTurnsAreTakenInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		now := time.Unix(0, 0)
		turns := newTurns(func() time.Time { return now })
		if err := turns.take(t.Context()); err != nil {
			t.Fatal(err)
		}
		var mu sync.Mutex
		var order, want []int
		var group sync.WaitGroup
		ended, cancel := context.WithCancel(t.Context())
		for i := range 20 {
			ctx := t.Context()
			if i%5 == 4 {
				ctx = ended
			} else {
				want = append(want, i)
			}
			group.Go(func() {
				if err := turns.take(ctx); err != nil {
					return
				}
				mu.Lock()
				order = append(order, i)
				mu.Unlock()
				turns.pass()
			})
			synctest.Wait() // it has joined the queue
		}
		cancel()
		synctest.Wait()
		now = now.Add(time.Second)
		turns.pass()
		group.Wait()
		if !slices.Equal(order, want) {
			t.Errorf("served in the order %v, not %v", order, want)
		}
		if n, waited := turns.waits.Load(), time.Duration(turns.waited.Load()); n != int64(len(want)) || waited != time.Duration(n)*time.Second {
			t.Errorf("%d waited %v", n, waited)
		}
		if err := turns.take(t.Context()); err != nil {
			t.Error(err)
		}
	})
}
