package web

import (
	"net/http"
	"time"

	"portico/calendar"
)

// The maximum time in which a peer must read an answer is readTime, and additional time
// for a long answer. Then the connection is cut.
const (
	readTime  = 10 * time.Second
	readSpeed = 32 << 10 // bytes a second
)

// limitReading sets the deadline by which the peer must have read an answer of a number
// of bytes that begins now. Streams set a deadline for each write instead.
func limitReading(w http.ResponseWriter, bytes int64) {
	last := calendar.Real{}.Now().Add(readTime + time.Duration(max(0, bytes))*time.Second/readSpeed)
	_ = http.NewResponseController(w).SetWriteDeadline(last) // the recorder of tests has no deadline
}
