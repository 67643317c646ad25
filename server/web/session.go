package web

import (
	"context"
	"fmt"
	"net/http"
	"net/netip"
	"strings"

	"portico/authz"
	"portico/ent"
	"portico/portal/access/apikey"
	"portico/portal/access/identity"
	"portico/server/transport"
)

// identified authenticates the sender of a request by its bearer token or key, or else by
// the cookie of its session, in one indexed read. Without a token the sender is a visitor.
// With an invalid token the sender is a visitor too, and the request is marked by
// [transport.TokenRefused] or [transport.CookieRefused]. What brings cookies from a page
// of another site goes to foreign, as a visitor's.
func identified(s *ent.Store, proxies []netip.Prefix, from origins, next, foreign http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		to := next
		ctx, address, agent := r.Context(), address(r, proxies), shortened(r.UserAgent())
		p, refused := authz.Nobody(address, agent), transport.TokenRefused
		token, sent := bearer(r)
		if !sent {
			switch cookies, brought := cookies(r); {
			case brought && !from.mayUseCookies(r):
				to = foreign
			case brought:
				ctx, token, sent = transport.WithCookies(ctx, cookies), cookies.Access, true
				refused = transport.CookieRefused
			}
		}
		if sent {
			var found *authz.Principal
			var err error
			if plausible(token) {
				found, err = authenticate(ctx, s, token, address, agent)
			}
			switch {
			case err != nil:
				broke(w, r, err)
				return
			case found == nil:
				ctx = refused(ctx)
			default:
				p = found
			}
		}
		p.Correlation = transport.Correlation(ctx)
		to.ServeHTTP(w, r.WithContext(authz.With(ctx, p)))
	})
}

// authenticate is [identity.Authenticate], but notes that an API key was used, and returns
// a panic as an error.
func authenticate(ctx context.Context, s *ent.Store, token, address, agent string) (p *authz.Principal, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = transport.Recover(ctx, v)
		}
	}()
	if p, err = identity.Authenticate(ctx, s, token, address, agent, transport.Correlation(ctx)); p != nil && err == nil {
		apikey.Used(ctx, s, p)
	}
	return p, err
}

// broke answers a request whose sender can't be authenticated because of an internal
// error: INTERNAL or TIMEOUT with the correlation id, as the API does.
func broke(w http.ResponseWriter, r *http.Request, err error) {
	turnAway(w, r, http.StatusServiceUnavailable, fmt.Errorf("session not read: %w", err))
}

// bearer returns the token of a request, and whether it sends any credential. The token
// is empty, and so invalid, if the scheme isn't Bearer or there are several headers.
func bearer(r *http.Request) (token string, sent bool) {
	lines := r.Header.Values("Authorization")
	if len(lines) > 1 {
		return "", true
	}
	return transport.Bearer(strings.Join(lines, ""))
}

// cookies returns the tokens of a session that a request brings in cookies, and whether
// it brings any. They count for the API alone: a page or a file needs none. An access
// cookie that isn't there, while the refresh cookie is, is a token that has expired.
func cookies(r *http.Request) (c transport.Cookies, brought bool) {
	if len(r.Header["Cookie"]) == 0 || r.URL.Path != "/graphql" {
		return c, false
	}
	if c, brought = transport.ReadCookies(r); !strings.HasPrefix(c.Access, identity.AccessPrefix) { // a key isn't kept in a browser
		c.Access = ""
	}
	return c, brought
}

// plausible reports whether a token has a possible length.
func plausible(token string) bool { return len(token) > 8 && len(token) < 200 }

const longestAgent = 300

func shortened(s string) string {
	s = strings.ToValidUTF8(s, "?")
	if len(s) > longestAgent {
		return strings.ToValidUTF8(s[:longestAgent], "")
	}
	return s
}
