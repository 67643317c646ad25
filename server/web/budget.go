package web

import (
	"context"
	"math"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"portico/authz"
	"portico/calendar"
	"portico/clause"
	"portico/portal/customer/account"
	"portico/portal/finance/invoice"
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

const (
	mostBuckets  = 100_000
	mostOfMinute = 0.9
)

// pointsOfProcessor is about how many points a processor does in a minute, and
// shareOfMachine the part of the machine that one sender may have where the
// settings don't say.
const (
	pointsOfProcessor = 600_000
	shareOfMachine    = 8
)

// StandardBudget is what one sender may spend a minute where the settings don't
// say: an eighth of what the processors do that the process has.
func StandardBudget() int64 {
	return pointsOfProcessor / shareOfMachine * int64(runtime.GOMAXPROCS(0))
}

func newBudgets(perMinute int64, now func() time.Time) *budgets {
	cache, err := lru.New[string, *bucket](mostBuckets)
	if err != nil {
		panic(err) // the size is positive
	}
	return &budgets{buckets: cache, minute: float64(perMinute), now: now}
}

// sender is whose budget and places a request uses: the principal's, or, where
// nobody is signed in, the network's.
func sender(ctx context.Context) string {
	p := authz.From(ctx)
	if !p.SignedIn() {
		return "address " + p.Network()
	}
	return string(p.Kind) + p.ID
}

// charge takes the declared cost of an operation from its sender's budget, or
// refuses it as THROTTLED with the seconds to wait.
func (b *budgets) charge(ctx context.Context, _ *ast.OperationDefinition, cost int64) error {
	return b.take(ctx, cost)
}

// take takes points from the sender's budget, or refuses as THROTTLED with the
// seconds to wait, and takes nothing.
func (b *budgets) take(ctx context.Context, cost int64) error {
	if b.minute == 0 {
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	k, minute := b.filled(ctx)
	// What costs about a minute's worth, or more, needs most of it and takes what
	// there is: else it could never be had, since a request has costs of its own.
	price := min(float64(cost), mostOfMinute*minute)
	if k.left < price {
		return clause.Throttled.With("retryAfter", max(1, int(math.Ceil((price-k.left)*60/minute))))
	}
	k.left = max(0, k.left-float64(cost))
	return nil
}

// spend takes points for what is done already, as far as there are any left.
func (b *budgets) spend(ctx context.Context, cost int64) {
	if b.minute == 0 {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	k, _ := b.filled(ctx)
	k.left = max(0, k.left-float64(cost))
}

// filled is the sender's bucket as of now, and what it fills up to: a service
// credential has four times as much as others, as it has of all bounds. A clock that steps back fills nothing
// and takes nothing; from there on the bucket fills as ever.
func (b *budgets) filled(ctx context.Context) (k *bucket, minute float64) {
	who, minute, now := sender(ctx), b.minute, b.now()
	if authz.From(ctx).Kind == authz.Key {
		minute *= keysShare
	}
	k, ok := b.buckets.Get(who)
	if !ok {
		k = &bucket{left: minute, at: now}
		b.buckets.Add(who, k)
	}
	k.left = min(minute, k.left+calendar.Elapsed(k.at, now).Seconds()*minute/60)
	k.at = now
	return k, minute
}

// What a request costs before anything of it is read, in points; a point is
// about a tenth of a millisecond of one processor. Operations of the API are
// charged their declared cost beside this.
const (
	costOfRequest  = 1
	costOfKiB      = 1 // of the body that is announced
	costOfPage     = 20
	costOfNotify   = 50
	costOfFile     = 50
	costOfDocument = 2000 // an invoice is drawn when it is fetched
)

// pricedPaths are what stands beside the API, each with all below it. What isn't
// here costs a request.
var pricedPaths = []struct {
	path string
	cost int64
}{
	{"/payments/", costOfNotify},
	{"/sandbox/", costOfNotify},
	{"/notices", costOfPage},
	{account.FilesPath, costOfFile},
	{invoice.Path, costOfDocument},
}

// priceOf is what a request costs by its path and by the body that it announces;
// one that doesn't announce its length is taken to be as long as it may be.
func priceOf(r *http.Request, longest int64) int64 {
	cost := int64(costOfRequest)
	for _, p := range pricedPaths {
		if strings.HasPrefix(r.URL.Path, p.path) {
			cost = p.cost
			break
		}
	}
	length := r.ContentLength
	if length < 0 {
		length = longest
	}
	return cost + length>>10*costOfKiB
}

// charged takes the price of every request from its sender's budget before
// anything of it is read; THROTTLED is 429 with Retry-After (5.4).
func charged(b *budgets, longest int64, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := b.take(r.Context(), priceOf(r, longest)); err != nil {
			turnAway(w, r, http.StatusTooManyRequests, err)
			return
		}
		next.ServeHTTP(w, r)
	})
}
