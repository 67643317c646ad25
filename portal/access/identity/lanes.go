package identity

import (
	"context"
	"runtime"
	"sync"

	"portico/authz"
	"portico/clause"
	"portico/ent"
)

// Who isn't signed in can make us reckon: hashes, estimates, pictures. All of
// it is done in a few lanes, as many as there are processors, behind a queue
// that ends: whoever comes when it is full is told so at once, and one network
// fills no more of it than its share (5.4).
const (
	queuedPerLane   = 31
	shareOfNetwork  = 12
	retryAfterQueue = 2 // seconds; a full queue is worked off in less
)

type lanes struct {
	slots chan struct{}

	mu     sync.Mutex
	inside int
	most   int
	of     map[string]int // by network
}

func newLanes(n int) *lanes {
	return &lanes{slots: make(chan struct{}, n), most: n * (1 + queuedPerLane), of: map[string]int{}}
}

// The lanes of a store: hashing takes 19 MiB and tens of milliseconds, drawing
// a millisecond, so that neither waits for the other.
var hashers, drawers = ent.Keep(processors), ent.Keep(processors)

// processors are as many lanes as there are processors.
func processors(*ent.Store) *lanes { return newLanes(runtime.GOMAXPROCS(0)) }

// Place is a place in a queue, to be left.
type Place struct {
	lanes   *lanes
	network string
	once    sync.Once
}

// Queue takes a place among those who hash, before a secret is tried: who gets
// none is refused with THROTTLED, and has tried nothing. Who has one waits for
// a lane no longer than the queue is long.
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

// Leave gives the place back; it may be called again.
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

// run reckons in a lane, once one is free.
func (p *Place) run(ctx context.Context, reckon func() error) error {
	select {
	case p.lanes.slots <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-p.lanes.slots }()
	if err := ctx.Err(); err != nil {
		return err
	}
	return reckon()
}
