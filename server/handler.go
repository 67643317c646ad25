// Package server assembles a server of the portal, and starts and stops it.
package server

import (
	"net/http"
	"strings"

	"portico/portal"
	"portico/server/web"
)

// Handler is the public side of the server: the API at /graphql, and what
// stands beside it.
func Handler(p *portal.Portal, c Config) (http.Handler, error) {
	s, err := newSide(p, c)
	if err != nil {
		return nil, err
	}
	return s, nil
}

// side is the public side of the server, with what its stop and its metrics need.
type side struct {
	http.Handler
	gate  *web.Gate
	ready *readiness
}

func newSide(p *portal.Portal, c Config) (*side, error) {
	s := &side{gate: web.NewGate(p, c), ready: newReadiness(p)}
	api, err := s.gate.Endpoint()
	if err != nil {
		return nil, err
	}
	https := strings.HasPrefix(c.BaseURL, "https://")
	s.Handler = web.Observed(https, s.shedding(probed(s.ready, s.gate.Guard(routes(p, c, api)))))
	return s, nil
}
