package web

import (
	"net/http"
	"net/url"
	"strings"

	"portico/portal/customer/account"
	"portico/portal/finance/invoice"
	"portico/server/config"
	"portico/server/transport"
)

// origins holds the sites whose pages may call the API from a browser: the server's own,
// and those of --origins. `*` is not possible, so that only frontends that the operator
// has named may use a token.
type origins struct {
	listed map[string]bool
	own    string
	// protection refuses what pages of other sites send.
	protection *http.CrossOriginProtection
}

func newOrigins(c config.Config) origins {
	o := origins{listed: map[string]bool{}, protection: http.NewCrossOriginProtection()}
	for _, text := range c.Origins {
		if origin, ok := config.ParseOrigin(text); ok {
			o.listed[origin] = true
			o.trust(origin)
		}
	}
	if u, err := url.Parse(c.BaseURL); err == nil {
		if own, ok := config.ParseOrigin(u.Scheme + "://" + u.Host); ok {
			o.own = own
			o.trust(own) // its Host may be another one behind a proxy
		}
	}
	return o
}

func (o origins) trust(origin string) {
	if err := o.protection.AddTrustedOrigin(origin); err != nil {
		panic(err) // it is an origin
	}
}

// mayUseCookies reports whether a request may be authenticated by its cookies: no page of
// an origin that isn't listed has caused it. That holds for every method. A GET changes
// nothing in the database of its sender's account, but it opens websockets, it takes from
// the sender's budget, and what an operator reads is recorded.
func (o origins) mayUseCookies(r *http.Request) bool {
	return o.protection.Check(&http.Request{Method: http.MethodPost, Header: r.Header, Host: r.Host}) == nil
}

// crossOrigin refuses a request that brings cookies from a page of another site.
func crossOrigin(w http.ResponseWriter, r *http.Request) {
	turnAway(w, r, http.StatusForbidden, transport.CrossOrigin)
}

// admits reports whether a page may open a websocket.
func (o origins) admits(r *http.Request) bool {
	origin := r.Header.Get("Origin")
	if o.listed[origin] || origin == o.own {
		return true
	}
	u, err := url.Parse(origin)
	return err == nil && u.Host != "" && strings.EqualFold(u.Host, r.Host)
}

// The methods and headers that a page of a listed origin may send, and the headers that
// it may read, beyond those that browsers allow every page.
const (
	corsMethods = "GET, POST"
	corsHeaders = "Authorization, Content-Type, Accept, Accept-Language, X-Request-ID, GraphQL-Preflight, Apollo-Require-Preflight, X-Requested-With"
	corsExposed = "X-Request-ID, Retry-After, WWW-Authenticate, Content-Disposition"
	corsMaxAge  = "7200" // seconds, the maximum of Chromium
)

// shared allows pages of the listed origins to call the API and fetch files (CORS), with
// the cookies of a session.
func (o origins) shared(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		path := r.URL.Path
		if len(o.listed) == 0 || path != "/graphql" && !strings.HasPrefix(path, account.FilesPath) && !strings.HasPrefix(path, invoice.Path) {
			next.ServeHTTP(w, r)
			return
		}
		h := w.Header()
		h.Add("Vary", "Origin")
		origin := r.Header.Get("Origin")
		if !o.listed[origin] {
			next.ServeHTTP(w, r)
			return
		}
		h.Set("Access-Control-Allow-Origin", origin)
		h.Set("Access-Control-Allow-Credentials", "true")
		h.Set("Access-Control-Expose-Headers", corsExposed)
		if r.Method == http.MethodOptions && r.Header.Get("Access-Control-Request-Method") != "" {
			h.Set("Access-Control-Allow-Methods", corsMethods)
			h.Set("Access-Control-Allow-Headers", corsHeaders)
			h.Set("Access-Control-Max-Age", corsMaxAge)
			h.Set("Cache-Control", "no-store")
			w.WriteHeader(http.StatusNoContent)
			return
		}
		next.ServeHTTP(w, r)
	})
}
