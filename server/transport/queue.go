package transport

import (
	"context"
	"runtime"
	"time"
)

// patience is how long a query waits for its turn at most. It then runs regardless, so
// that a few slow queries never hold up the others.
const patience = 25 * time.Millisecond

// queue lets queries run a few at a time, in the order in which they came. More of them
// at once would share the same processors: all would be slower, none of them sooner
// answered, and those that the scheduler serves last would wait several times as long as
// the others. It orders queries and refuses none; [Live] and the limits bound what runs.
type queue struct{ places chan struct{} }

// newQueue returns a queue with two places a processor: one query may wait for the
// database while another computes.
func newQueue() *queue {
	return &queue{make(chan struct{}, 2*runtime.GOMAXPROCS(0))}
}

// enter waits for a place, but no longer than [patience] and the context. The caller
// must call leave when it has ended.
func (q *queue) enter(ctx context.Context) (leave func()) {
	select {
	case q.places <- struct{}{}:
		return q.leave
	default:
	}
	late := time.NewTimer(patience)
	defer late.Stop()
	select {
	case q.places <- struct{}{}: // those that wait to send are served in order
		return q.leave
	case <-late.C:
	case <-ctx.Done():
	}
	return func() {}
}

func (q *queue) leave() { <-q.places }
