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
	"portico/portal/kernel/export"
)

// budgets holds the points that each principal, and each address that isn't signed in,
// may still spend (5.4): a token bucket that fills at a constant rate up to one minute's
// points. Each replica has its own, on wall time. The buckets of senders that haven't
// sent anything for long are dropped.
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
	// mostBuckets is the maximum number of senders with a bucket.
	mostBuckets = 100_000
	// mostOfMinute is the part of a minute's points that the most expensive operation
	// needs.
	mostOfMinute = 0.9
)

const (
	// pointsOfProcessor is about the number of points that a processor handles in a
	// minute.
	pointsOfProcessor = 600_000
	// shareOfMachine is the divisor of the machine's points that gives the default
	// budget of one sender.
	shareOfMachine = 8
)

// StandardBudget returns the default budget of one sender, in points a minute: an eighth
// of the points that the processors of the process can handle.
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

// sender returns the name by which budgets and limits count the sender of a request: the
// principal, or the network of a visitor.
func sender(ctx context.Context) string {
	p := authz.From(ctx)
	if !p.SignedIn() {
		return "address " + p.Network()
	}
	return string(p.Kind) + p.ID
}

// charge takes the declared cost of an operation from its sender's budget, or refuses
// the operation with THROTTLED and the seconds to wait.
func (b *budgets) charge(ctx context.Context, _ *ast.OperationDefinition, cost int64) error {
	return b.take(ctx, cost)
}

// take takes points from the sender's budget. If there are too few, it takes none and
// refuses with THROTTLED and the seconds to wait.
func (b *budgets) take(ctx context.Context, cost int64) error {
	if b.minute == 0 {
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	k, minute := b.filled(ctx)
	// An operation that costs about a minute's points or more needs 90 % of them and
	// takes all that are left. Otherwise it could never run, because the request itself
	// costs points too.
	price := min(float64(cost), mostOfMinute*minute)
	if k.left < price {
		return clause.Throttled.With("retryAfter", max(1, int(math.Ceil((price-k.left)*60/minute))))
	}
	k.left = max(0, k.left-float64(cost))
	return nil
}

// spend takes points for work that is already done, down to zero.
func (b *budgets) spend(ctx context.Context, cost int64) {
	if b.minute == 0 {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	k, _ := b.filled(ctx)
	k.left = max(0, k.left-float64(cost))
}

// filled returns the sender's bucket as of now and its size. The bucket of a service
// credential is four times as large, as its other limits are. A clock that steps back
// adds and removes nothing; after that the bucket fills as before.
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

// The cost of a request in points, charged before anything of it is read. A point is
// about a tenth of a millisecond of one processor. The declared cost of operations of
// the API is charged in addition.
const (
	costOfRequest  = 1
	costOfKiB      = 1 // for each KiB of the announced body
	costOfPage     = 20
	costOfNotify   = 50
	costOfFile     = 50
	costOfExport   = 10_000 // up to 50,000 records are read
	costOfDocument = 2000   // an invoice is drawn when it is fetched
)

// pricedPaths holds the costs of the paths beside the API and of all paths below them.
// Other paths cost [costOfRequest].
var pricedPaths = []struct {
	path string
	cost int64
}{
	{"/payments/", costOfNotify},
	{"/sandbox/", costOfNotify},
	{"/notices", costOfPage},
	{account.FilesPath, costOfFile},
	{export.Path, costOfExport},
	{invoice.Path, costOfDocument},
}

// priceOf returns the cost of a request by its path and the announced length of its
// body. A body of unknown length costs as much as the longest one.
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

// charged takes the price of every request from its sender's budget before anything of
// it is read. If there are too few points, it answers THROTTLED, 429 with Retry-After
// (5.4).
func charged(b *budgets, longest int64, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := b.take(r.Context(), priceOf(r, longest)); err != nil {
			turnAway(w, r, http.StatusTooManyRequests, err)
			return
		}
		next.ServeHTTP(w, r)
	})
}
