package server

import (
	"context"
	"math"
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"portico/authz"
	"portico/clause"
)

// budgets holds what each principal, and each address that isn't signed in, may
// still spend (5.4): a bucket that fills evenly up to one minute's worth. It
// is this replica's alone, on wall time, and forgets whom it hasn't seen long.
type budgets struct {
	mu      sync.Mutex
	buckets *lru.Cache[string, *bucket]
	minute  float64
	now     func() time.Time
}

type bucket struct {
	left float64
	at   time.Time
}

const mostBuckets = 100_000

func newBudgets(perMinute int64, now func() time.Time) *budgets {
	cache, err := lru.New[string, *bucket](mostBuckets)
	if err != nil {
		panic(err) // the size is positive
	}
	return &budgets{buckets: cache, minute: float64(perMinute), now: now}
}

// charge takes the declared cost of an operation from its sender's budget, or
// refuses it as THROTTLED with the seconds to wait.
func (b *budgets) charge(ctx context.Context, _ *ast.OperationDefinition, cost int64) error {
	if b.minute == 0 {
		return nil
	}
	p := authz.From(ctx)
	who := string(p.Kind) + p.ID
	if !p.SignedIn() {
		who = "address " + p.Network()
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.now()
	k, ok := b.buckets.Get(who)
	if !ok {
		k = &bucket{left: b.minute, at: now}
		b.buckets.Add(who, k)
	}
	k.left = min(b.minute, k.left+now.Sub(k.at).Seconds()*b.minute/60)
	k.at = now
	price := min(float64(cost), b.minute) // what costs more than a minute's worth takes all of it
	if k.left < price {
		return clause.Throttled.With("retryAfter", max(1, int(math.Ceil((price-k.left)*60/b.minute))))
	}
	k.left -= price
	return nil
}
