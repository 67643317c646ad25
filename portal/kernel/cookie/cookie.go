// Package cookie hands the tokens of a session to a browser in cookies, which no script
// of a page can read, and takes them back.
package cookie

import (
	"context"
	"time"

	"portico/clause"
)

// Unavailable: the answer of the request can't set cookies.
var Unavailable = clause.Declare(clause.Refusal{Code: "COOKIES_UNAVAILABLE", Class: clause.ByProgram, Text: clause.Text{
	ZH: "此请求的响应不能设置 Cookie：请不要经 WebSocket 或 SSE，而以单独的 HTTP 请求发送。",
	EN: "The answer of this request can't set cookies. Send it as an HTTP request of its own, not over a websocket or as server-sent events."}})

// Tokens are the tokens of a session, and how long a browser keeps each of them.
type Tokens struct {
	Access, Refresh       string
	AccessFor, RefreshFor time.Duration
}

// Jar holds the refresh token that a request brought in a cookie, and what its answer
// does with the cookies of the browser. The transport makes one for each request whose
// answer has headers that aren't sent yet, and sends what is in it before the body. Only
// the goroutine of the request uses it.
type Jar struct {
	// Refresh is the refresh token that the request brought; empty if it brought none.
	Refresh string
	// Refused is the reason for which the answer sets no cookies; nil if it may.
	Refused error

	tokens  *Tokens
	removed bool
}

type jarKey struct{}

// With returns the context of a request with its jar.
func With(ctx context.Context, j *Jar) context.Context { return context.WithValue(ctx, jarKey{}, j) }

// From returns the jar of a request whose answer may set cookies. Refusals:
// COOKIES_UNAVAILABLE, and the reason of the transport.
func From(ctx context.Context) (*Jar, error) {
	j, ok := ctx.Value(jarKey{}).(*Jar)
	if !ok {
		return nil, Unavailable
	}
	return j, j.Refused
}

// Put puts the tokens of a session into the cookies of the browser, in place of those
// that are there.
func (j *Jar) Put(t Tokens) { j.tokens = &t }

// Remove removes the cookies of the browser, unless tokens are put into them.
func (j *Jar) Remove() { j.removed = true }

// Answer returns the tokens that the answer puts into cookies; nil if it puts none. Then
// removed reports whether it removes the cookies.
func (j *Jar) Answer() (t *Tokens, removed bool) { return j.tokens, j.removed && j.tokens == nil }
