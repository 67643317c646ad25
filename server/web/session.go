package web

import (
	"context"
	"fmt"
	"net/http"
	"net/netip"
	"strings"

	"portico/authz"
	"portico/ent"
	"portico/portal/access/identity"
	"portico/server/transport"
)

// identified finds out who sends a request, by its bearer token or service key,
// in one indexed read; without one it is a visitor's. With one that doesn't hold
// the request is a visitor's, and marked by [transport.TokenRefused].
func identified(s *ent.Store, proxies []netip.Prefix, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, address, agent := r.Context(), address(r, proxies), shortened(r.UserAgent())
		p := authz.Nobody(address, agent)
		if token, sent := bearer(r); sent {
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
				ctx = transport.TokenRefused(ctx)
			default:
				p = found
			}
		}
		p.Correlation = transport.Correlation(ctx)
		next.ServeHTTP(w, r.WithContext(authz.With(ctx, p)))
	})
}

// authenticate is identity's; a panic comes out as an error.
func authenticate(ctx context.Context, s *ent.Store, token, address, agent string) (p *authz.Principal, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = transport.Recover(ctx, v)
		}
	}()
	return identity.Authenticate(ctx, s, token, address, agent, transport.Correlation(ctx))
}

// broke answers a request whose sender can't be found out now, as the API
// answers what broke: INTERNAL or TIMEOUT, and the number to quote.
func broke(w http.ResponseWriter, r *http.Request, err error) {
	turnAway(w, r, http.StatusServiceUnavailable, fmt.Errorf("session not read: %w", err))
}

// bearer is the token that a request bears, and whether it sends one at all:
// one of another scheme, or two, is none that could hold.
func bearer(r *http.Request) (token string, sent bool) {
	lines := r.Header.Values("Authorization")
	if len(lines) > 1 {
		return "", true
	}
	return transport.Bearer(strings.Join(lines, ""))
}

// plausible reports whether a token may be one of ours.
func plausible(token string) bool { return len(token) > 8 && len(token) < 200 }

const longestAgent = 300

func shortened(s string) string {
	s = strings.ToValidUTF8(s, "?")
	if len(s) > longestAgent {
		return strings.ToValidUTF8(s[:longestAgent], "")
	}
	return s
}
