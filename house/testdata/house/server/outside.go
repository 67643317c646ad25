package server

import (
	"context"
	"net"
	"net/http"
	"time"
)

type mailer struct{}

func (mailer) DialAndSend() {}

func outside(ctx context.Context, at time.Time, now func() time.Time) time.Duration {
	_, _ = http.Get("http://example.com") // want http.Get has no end of its own: take what has a context
	_ = http.Client{}                     // want an http.Client without a Timeout waits for ever
	_ = &http.Client{Timeout: time.Second}
	_, _ = net.Dial("tcp", "example.com:25")   // want net.Dial has no end of its own: take what has a context
	_, _ = (&net.Dialer{}).Dial("tcp", "x:25") // want Dial has no end of its own: take what has a context
	_, _ = (&net.Dialer{}).DialContext(ctx, "tcp", "x:25")
	mailer{}.DialAndSend()  // want DialAndSend has no end of its own: take what has a context
	_ = at.Sub(time.Time{}) // between two instants that are kept
	return now().Sub(at)    // want a span up to or from a clock's reading: calendar.Elapsed, Left or Ahead bound it
}
