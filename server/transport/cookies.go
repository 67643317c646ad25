package transport

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"portico/authz"
	"portico/portal/kernel/cookie"
)

// The cookies of a session. A browser accepts the prefix __Host- only from this host
// itself, over HTTPS and for all its paths, so that no neighbour can plant them.
const (
	AccessCookie  = "__Host-portico-access"
	RefreshCookie = "__Host-portico-refresh"
)

// Cookies holds the tokens that a request brought in cookies.
type Cookies struct{ Access, Refresh string }

// ReadCookies returns the tokens in the cookies of a request, and whether it brings any
// of the two cookies. A token is empty, and so invalid, if its cookie came several times:
// a browser keeps one.
func ReadCookies(r *http.Request) (c Cookies, brought bool) {
	for _, one := range []struct {
		name string
		into *string
	}{{AccessCookie, &c.Access}, {RefreshCookie, &c.Refresh}} {
		found := r.CookiesNamed(one.name)
		if len(found) == 1 {
			*one.into = found[0].Value
		}
		brought = brought || len(found) > 0
	}
	return c, brought
}

type cookiesKey struct{}

// WithCookies puts the tokens that a request brought in cookies into its context. The
// caller has checked that the request comes from a page that may use them.
func WithCookies(ctx context.Context, c Cookies) context.Context {
	return context.WithValue(ctx, cookiesKey{}, c)
}

func cookiesOf(ctx context.Context) (c Cookies, brought bool) {
	c, brought = ctx.Value(cookiesKey{}).(Cookies)
	return c, brought
}

// openJar returns the context in which a mutation runs that is open to visitors, as all
// are that open a session, or that came with cookies. Its command can put tokens into
// cookies, unless the request comes from another site: its browser would drop them, and
// what it sends could sign a person in as somebody else.
func (x *exchange) openJar(ctx context.Context, op *graphql.OperationContext) context.Context {
	c, brought := cookiesOf(ctx)
	if !brought && noRoot(op, "public") {
		return ctx
	}
	x.jar = &cookie.Jar{Refresh: c.Refresh}
	if x.r.Header.Get("Sec-Fetch-Site") == "cross-site" || x.h.cfg.Origins.Check(x.r) != nil {
		x.jar.Refused = CrossOrigin
	}
	if brought {
		p := authz.From(ctx)
		x.before = &authz.Principal{Kind: p.Kind, ID: p.ID, SessionID: p.SessionID}
	}
	return cookie.With(ctx, x.jar)
}

// setCookies sets the cookies of the answer to a mutation. Those of a session that the
// mutation has ended are removed.
func (x *exchange) setCookies(op *graphql.OperationContext) {
	if x.jar == nil {
		return
	}
	tokens, removed := x.jar.Answer()
	switch {
	case tokens != nil:
		setCookie(x.w, AccessCookie, tokens.Access, tokens.AccessFor)
		setCookie(x.w, RefreshCookie, tokens.Refresh, tokens.RefreshFor)
	case removed || x.signedOut(op):
		setCookie(x.w, AccessCookie, "", 0)
		setCookie(x.w, RefreshCookie, "", 0)
	}
}

// signedOut reports whether the session of the request's cookies has ended, after a
// mutation that can end one.
func (x *exchange) signedOut(op *graphql.OperationContext) bool {
	if x.before == nil || x.before.SessionID == "" || x.h.cfg.SessionEnded == nil || noRoot(op, "ends") {
		return false
	}
	ended, err := x.h.cfg.SessionEnded(x.r.Context(), x.before)
	if err != nil { // the cookies stay, and the next request is refused
		slog.WarnContext(x.r.Context(), "session not read after its mutation", "error", err)
	}
	return ended && err == nil
}

// noRoot reports whether no root field of an operation has a directive.
func noRoot(op *graphql.OperationContext, directive string) bool {
	return allRoots(op.Operation.SelectionSet, func(f *ast.Field) bool { return f.Definition.Directives.ForName(directive) == nil })
}

// setCookie sets a cookie of a session for a time; an empty value removes it.
func setCookie(w http.ResponseWriter, name, value string, life time.Duration) {
	c := http.Cookie{Name: name, Value: value, Path: "/", MaxAge: -1, Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode}
	if value != "" {
		c.MaxAge = max(1, int(life/time.Second))
	}
	http.SetCookie(w, &c)
}
