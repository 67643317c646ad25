// Package server puts the portal on the wire: HTTP, sessions, webhooks, health
// and metrics. It holds no rules.
package server

import (
	"net/http"
	"strings"

	"portico/authz"
	"portico/graph"
	"portico/graph/guard"
	"portico/graph/limits"
	"portico/portal"
	"portico/portal/act"
	"portico/server/graphiql"
	"portico/server/transport"
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
	portal *portal.Portal
	live   *transport.Live
	ready  *readiness
	places *places
}

func newSide(p *portal.Portal, c Config) (*side, error) {
	from := newOrigins(c)
	if c.Budget == -1 {
		c.Budget = StandardBudget()
	}
	budgets := newBudgets(c.Budget, p.Store.Wall)
	s := &side{portal: p, live: streams(p, c, from, budgets), ready: newReadiness(p), places: newPlaces(c.OpenRequests, c.OpenTotal)}
	act.AllowVisits(p.Store, c.VisitorCommands)
	api, err := endpoint(p, c, s.live, from, budgets)
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("/graphql", api)
	if c.Sandbox || c.Graphiql {
		mux.Handle("/graphiql/", graphiql.New("/graphiql/", "/graphql"))
		mux.Handle("GET /{$}", http.RedirectHandler("/graphiql/", http.StatusFound))
	}
	more(mux, p, c)
	served := timed(c.RequestTimeout, identified(p.Store, c.proxies, seated(s.places, charged(budgets, longestBody, mux))))
	secure := strings.HasPrefix(c.BaseURL, "https://")
	s.Handler = correlated(observed(s.shedding(safeHeaders(secure, probed(s.ready, from.shared(served))))))
	return s, nil
}

// longestBody is what a body that doesn't announce its length is charged as, in
// bytes: the longest upload.
const longestBody = 32 << 20

// endpoint is /graphql.
func endpoint(p *portal.Portal, c Config, live *transport.Live, from origins, b *budgets) (http.Handler, error) {
	es := graph.New(p)
	exec := limits.Wrap(es, limits.Config{
		Price:           limits.Table(graph.Prices()),
		Charge:          b.charge,
		ChargeReading:   b.take,
		Spend:           b.spend,
		HideSchema:      !c.Introspection,
		HideSuggestions: !c.Introspection,
	})
	exec.AroundOperations(guard.AroundOperation)
	exec.AroundRootFields(guard.AroundRootField(p.Store))
	exec.SetErrorPresenter(presented)
	watchOperations(es.Schema())
	exec.SetRecoverFunc(transport.Recover)
	trust, err := transport.ParseTrust(c.Trust)
	if err != nil {
		return nil, wrong("trust", err.Error())
	}
	var documents *transport.Documents
	if trust != transport.Off {
		if documents, err = transport.LoadDocuments(es.Schema(), c.Documents...); err != nil {
			return nil, wrong("documents", err.Error())
		}
	}
	protection, err := from.protection()
	if err != nil {
		return nil, wrong("origins", err.Error())
	}
	return transport.New(exec, transport.Config{
		Origins:   protection,
		Documents: documents, Trust: trust, Uploads: &transport.Uploads{}, Live: live, Timeout: c.RequestTimeout,
		BodyLimit: func(r *http.Request) int64 {
			if authz.From(r.Context()).Kind == authz.Key {
				return 4 * c.BodyLimit
			}
			return c.BodyLimit
		},
	}), nil
}

// oneYear is how long a browser that saw HTTPS once asks for nothing else, in
// seconds.
const oneYear = "31536000"

// safeHeaders sets what every answer carries; secure says that the outside
// reaches this server by HTTPS.
func safeHeaders(secure bool, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Cache-Control", "no-store")
		if secure {
			h.Set("Strict-Transport-Security", "max-age="+oneYear)
		}
		next.ServeHTTP(w, r)
	})
}
