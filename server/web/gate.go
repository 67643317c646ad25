// Package web checks requests before they are served: it authenticates the sender, and
// limits the time and the resources that a request may take.
package web

import (
	"net/http"

	"portico/portal"
	"portico/server/config"
	"portico/server/metrics"
	"portico/server/transport"
)

// Gate holds the checks of requests before they are served, and the counts of their
// limits. Create it with [NewGate].
type Gate struct {
	portal  *portal.Portal
	config  config.Config
	origins origins
	budgets *budgets
	places  *places
	live    *transport.Live
}

// NewGate returns the gate of a portal with checked settings.
func NewGate(p *portal.Portal, c config.Config) *Gate {
	if c.Budget == -1 {
		c.Budget = StandardBudget()
	}
	from, budgets := newOrigins(c), newBudgets(c.Budget, p.Store.Wall)
	return &Gate{portal: p, config: c, origins: from, budgets: budgets, places: newPlaces(c.OpenRequests, c.OpenTotal), live: streams(p, c, from, budgets)}
}

// longestBody is the length, in bytes, that is charged for a body of unknown length: the
// length of the largest upload.
const longestBody = 32 << 20

// Guard wraps the handler of all requests behind the gate: it limits a request's time,
// authenticates its sender, counts it among the concurrent requests, and charges it
// (5.4). A refused request is answered with an error in the API's format.
func (g *Gate) Guard(next http.Handler) http.Handler {
	served := func(h http.Handler) http.Handler { return seated(g.places, charged(g.budgets, longestBody, h)) }
	return g.origins.shared(timed(g.config.RequestTimeout, identified(g.portal.Store, g.config.Proxies(), g.origins, served(next), served(http.HandlerFunc(crossOrigin)))))
}

// Live returns the streams of the API.
func (g *Gate) Live() *transport.Live { return g.live }

// State returns the state of the gate and its portal for metrics.
func (g *Gate) State() *metrics.State {
	return &metrics.State{Store: g.portal.Store, UnderWay: g.places.open, Streams: g.live.Open}
}
