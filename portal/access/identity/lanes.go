package identity

import (
	"context"
	"runtime"
	"sync"

	"portico/authz"
	"portico/clause"
	"portico/ent"
)

// Visitors can make the server compute: hashes, strength estimates, pictures.
// All of this runs in as many lanes as there are processors, behind a limited
// queue. If the queue is full, the caller is refused at once, and one network
// fills no more than its share (5.4).
const (
	queuedPerLane   = 31
	shareOfNetwork  = 12
	retryAfterQueue = 2 // seconds; a full queue is processed in less
)

type lanes struct {
	slots chan struct{}
	cost  *Cost // of a hash

	mu     sync.Mutex
	inside int
	most   int
	of     map[string]int // by network
}

func newLanes(n int, cost *Cost) *lanes {
	return &lanes{cost: cost, slots: make(chan struct{}, n), most: n * (1 + queuedPerLane), of: map[string]int{}}
}

// The lanes of a store. Hashing takes 19 MiB and tens of milliseconds, drawing
// a millisecond, so they have separate lanes and don't wait for each other.
var hashers, drawers = ent.Keep(processors), ent.Keep(processors)

// processors returns as many lanes as there are processors.
func processors(s *ent.Store) *lanes { return newLanes(runtime.GOMAXPROCS(0), cost.Of(s)) }

// Place is a place in a queue; the caller must leave it.
type Place struct {
	lanes   *lanes
	network string
	once    sync.Once
}

// Queue takes a place in the hashing queue, before a secret is tried. A caller
// who gets none is refused with THROTTLED, and has tried nothing. The length of
// the queue limits the wait for a lane.
func Queue(ctx context.Context, s *ent.Store) (*Place, error) {
	return hashers.Of(s).enter(authz.From(ctx).Network())
}

func (l *lanes) enter(network string) (*Place, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.inside >= l.most || l.of[network] >= shareOfNetwork {
		return nil, clause.Throttled.With("retryAfter", retryAfterQueue)
	}
	l.inside++
	l.of[network]++
	return &Place{lanes: l, network: network}, nil
}

// Leave frees the place; it may be called again.
func (p *Place) Leave() {
	p.once.Do(func() {
		l := p.lanes
		l.mu.Lock()
		defer l.mu.Unlock()
		l.inside--
		if l.of[p.network]--; l.of[p.network] == 0 {
			delete(l.of, p.network)
		}
	})
}

// run computes in a lane, once one is free.
func (p *Place) run(ctx context.Context, compute func() error) error {
	select {
	case p.lanes.slots <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-p.lanes.slots }()
	if err := ctx.Err(); err != nil {
		return err
	}
	return compute()
}
