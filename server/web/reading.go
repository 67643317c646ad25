package web

import (
	"net/http"
	"time"

	"portico/calendar"
)

// How long a peer may take to read an answer: a time, and more for a long one.
// What isn't read by then is cut.
const (
	readTime  = 10 * time.Second
	readSpeed = 32 << 10 // bytes a second
)

// limitReading bounds how long the peer may take to read an answer of so many
// bytes that begins now. Streams bound each of their writes instead.
func limitReading(w http.ResponseWriter, bytes int64) {
	last := calendar.Real{}.Now().Add(readTime + time.Duration(max(0, bytes))*time.Second/readSpeed)
	_ = http.NewResponseController(w).SetWriteDeadline(last) // a recorder of tests has none
}
