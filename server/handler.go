// Package server assembles the portal's HTTP server, and starts and stops it.
package server

import (
	"net/http"
	"strings"

	"portico/portal"
	"portico/server/web"
)

// Handler returns the public handler of the server: the API at /graphql, pages, files,
// webhooks and health checks. An error names the setting that can't be used.
func Handler(p *portal.Portal, c Config) (http.Handler, error) {
	s, err := newSide(p, c)
	if err != nil {
		return nil, err
	}
	return s, nil
}

// side is the public handler of the server, with what stopping and metrics need.
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
