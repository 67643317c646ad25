package transport

import (
	"context"
	"net/http"
)

// Streams reports whether the endpoint answers a request with a stream (a websocket or
// server-sent events), which has its own limits, and not with one answer.
func Streams(r *http.Request) bool {
	return upgrades(r) || accepting(r.Header.Values("Accept")).events()
}

type seatKey struct{}

// Seat stores in a request's context the function that removes the request from the
// count of concurrent requests. A request for a stream is counted until the stream is
// counted for its principal: while its body is read, or until the client of a websocket
// is authenticated.
func Seat(ctx context.Context, leave func()) context.Context {
	return context.WithValue(ctx, seatKey{}, leave)
}

// leaveSeat removes a request from the count, because its stream is counted now.
func leaveSeat(ctx context.Context) {
	if leave, ok := ctx.Value(seatKey{}).(func()); ok {
		leave()
	}
}
