package transport

import (
	"context"
	"net/http"
)

// Streams reports whether the endpoint answers a request by a stream, a
// websocket or server-sent events, which has bounds of its own, and not by one
// answer.
func Streams(r *http.Request) bool {
	return upgrades(r) || accepting(r.Header.Values("Accept")).events()
}

type seatKey struct{}

// Seat puts into a request's context how it gives up its place among those under
// way. A request for a stream keeps it until the stream has one of its own: while
// its body is read, or until a websocket has said who it is.
func Seat(ctx context.Context, leave func()) context.Context {
	return context.WithValue(ctx, seatKey{}, leave)
}

// seated gives up the place of a request whose stream has one of its own now.
func seated(ctx context.Context) {
	if leave, ok := ctx.Value(seatKey{}).(func()); ok {
		leave()
	}
}
