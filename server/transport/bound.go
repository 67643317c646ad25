package transport

import (
	"context"
	"time"
)

type boundKey struct{}

// Bound returns a context that ends after a time, with the cause
// [context.DeadlineExceeded]. The limit is lifted when a stream has begun in the
// context. The caller must call done.
func Bound(ctx context.Context, limit time.Duration) (bound context.Context, done context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	t := time.AfterFunc(limit, func() { cancel(context.DeadlineExceeded) })
	return context.WithValue(ctx, boundKey{}, t), func() {
		t.Stop()
		cancel(context.Canceled)
	}
}

// liftBound lifts the time limit of a context, because a stream has begun in it.
func liftBound(ctx context.Context) {
	if t, ok := ctx.Value(boundKey{}).(*time.Timer); ok {
		t.Stop()
	}
}
