package transport

import "net/http"

// Streams reports whether the endpoint answers a request by a stream, a
// websocket or server-sent events, which has bounds of its own, and not by one
// answer.
func Streams(r *http.Request) bool {
	return upgrades(r) || accepting(r.Header.Values("Accept")).events()
}
