package transport

import (
	"context"
	"time"
)

type boundKey struct{}

// Bound gives what is done in a context a time; then the context ends, by the
// cause context.DeadlineExceeded. A stream that has begun in it isn't bound any
// more. The caller calls done.
func Bound(ctx context.Context, limit time.Duration) (bound context.Context, done context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	t := time.AfterFunc(limit, func() { cancel(context.DeadlineExceeded) })
	return context.WithValue(ctx, boundKey{}, t), func() {
		t.Stop()
		cancel(context.Canceled)
	}
}

// lasts lifts the bound of a context: what has begun in it is a stream.
func lasts(ctx context.Context) {
	if t, ok := ctx.Value(boundKey{}).(*time.Timer); ok {
		t.Stop()
	}
}
