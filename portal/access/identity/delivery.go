package identity

import (
	"context"
	"errors"
	"time"

	"portico/calendar"
	"portico/clause"
	"portico/ent"
	"portico/portal/kernel/command"
	"portico/portal/kernel/cookie"
)

// SessionDelivery is how the tokens of a session get to the client (1.4).
type SessionDelivery string

// The ways of delivery.
const (
	// ByBearer: in the answer; requests then send the access token as a bearer token.
	ByBearer SessionDelivery = "BEARER"
	// ByCookie: in cookies, which no script can read.
	ByCookie SessionDelivery = "COOKIE"
)

// WebSession is a session whose tokens are in cookies.
type WebSession struct {
	// ExpiresAt is when the access token ends; wall time.
	ExpiresAt time.Time
}

// Delivered is embedded by the payload of a command that opens a session or renews its
// tokens: they are in one of two places. Such a command runs within [Deliver].
type Delivered struct {
	// Session holds the tokens, if they are delivered in the answer.
	Session *Session `json:"session"`
	// WebSession is the session, if its tokens are delivered in cookies.
	WebSession *WebSession `json:"webSession"`
}

// intoCookies moves the tokens of a session from the answer into cookies.
func (d *Delivered) intoCookies(j *cookie.Jar, wall time.Time) {
	if d.Session == nil {
		return
	}
	j.Put(cookie.Tokens{Access: d.Session.AccessToken, Refresh: d.Session.RefreshToken,
		AccessFor: calendar.Elapsed(wall, d.Session.ExpiresAt), RefreshFor: calendar.Elapsed(wall, d.Session.RefreshExpiresAt)})
	d.Session, d.WebSession = nil, &WebSession{ExpiresAt: d.Session.ExpiresAt}
}

// delivering is a payload that embeds [Delivered].
type delivering[P any] interface {
	*P
	intoCookies(*cookie.Jar, time.Time)
}

// Deliver runs a command that opens a session, and puts the tokens into the cookies of
// the browser if that is asked for; nil is BEARER. A request whose answer can't set
// cookies, or must not, is refused before the command runs (1.4). Refusals:
// COOKIES_UNAVAILABLE, CROSS_ORIGIN.
func Deliver[P any, D delivering[P]](ctx context.Context, s *ent.Store, by *SessionDelivery, run func() (*P, error)) (*P, error) {
	if by == nil || *by != ByCookie {
		return run()
	}
	jar, err := cookie.From(ctx)
	if err != nil {
		return nil, err
	}
	payload, err := run()
	if err == nil && payload != nil {
		D(payload).intoCookies(jar, s.Wall())
	}
	return payload, err
}

// refreshByCookie is [RefreshSession] without a token in the input: the token is in a
// cookie, and the next pair goes into cookies too, never to a script. A refused token is
// removed from the browser.
func refreshByCookie(ctx context.Context, s *ent.Store, by *SessionDelivery) (*RefreshSessionPayload, error) {
	jar, err := cookie.From(ctx)
	if err != nil {
		return nil, err
	}
	if by != nil && *by != ByCookie {
		return command.Do(ctx, s, command.Command{Name: "refreshSession", Secret: true}, func(*command.Tx) (*RefreshSessionPayload, error) {
			return nil, clause.InvalidField("delivery", "Cookie 中的令牌只能以 Cookie 交付。", "must be COOKIE, or left out, without a refreshToken: a token from a cookie is delivered in a cookie only.")
		})
	}
	always := ByCookie
	payload, err := Deliver(ctx, s, &always, func() (*RefreshSessionPayload, error) { return refresh(ctx, s, jar.Refresh) })
	if jar.Refresh != "" && (errors.Is(err, RefreshInvalid) || errors.Is(err, RefreshReused)) {
		jar.Remove()
	}
	return payload, err
}
