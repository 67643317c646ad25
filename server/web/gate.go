// Package web lets requests in: it finds out who sends one, and bounds how long it
// may take and how much it may use.
package web

import (
	"net/http"

	"portico/portal"
	"portico/server/config"
	"portico/server/metrics"
	"portico/server/transport"
)

// Gate is what a request passes before it is served, with the counts of its limits.
// Make it by [NewGate].
type Gate struct {
	portal  *portal.Portal
	config  config.Config
	origins origins
	budgets *budgets
	places  *places
	live    *transport.Live
}

// NewGate makes the gate of a portal, by settings that have been checked.
func NewGate(p *portal.Portal, c config.Config) *Gate {
	if c.Budget == -1 {
		c.Budget = StandardBudget()
	}
	from, budgets := newOrigins(c), newBudgets(c.Budget, p.Store.Wall)
	return &Gate{portal: p, config: c, origins: from, budgets: budgets, places: newPlaces(c.OpenRequests, c.OpenTotal), live: streams(p, c, from, budgets)}
}

// longestBody is what a body that doesn't announce its length is charged as, in
// bytes: the longest upload.
const longestBody = 32 << 20

// Guard wraps what stands behind the gate: it bounds a request's time, finds its
// sender, gives it a place among the requests under way, and charges it (5.4). A
// request that is turned away is answered by an error in the API's form.
func (g *Gate) Guard(next http.Handler) http.Handler {
	served := seated(g.places, charged(g.budgets, longestBody, next))
	return g.origins.shared(timed(g.config.RequestTimeout, identified(g.portal.Store, g.config.Proxies(), served)))
}

// Live are the streams of the API.
func (g *Gate) Live() *transport.Live { return g.live }

// State is what the gate and the portal behind it hold, to be measured.
func (g *Gate) State() *metrics.State {
	return &metrics.State{Store: g.portal.Store, UnderWay: g.places.open, Streams: g.live.Open}
}
