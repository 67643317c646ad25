// Package server puts the portal on the wire: HTTP, sessions, webhooks, health
// and metrics. It holds no rules.
package server

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"portico/authz"
	"portico/graph"
	"portico/graph/limits"
	"portico/portal"
	"portico/portal/act"
	"portico/server/graphiql"
	"portico/server/transport"
)

// Handler is the public side of the server: the API at /graphql, and what
// stands beside it.
func Handler(p *portal.Portal, c Config) (http.Handler, error) {
	h, _, err := handler(p, c)
	return h, err
}

// handler is [Handler], with the streams that are to be closed before a stop.
func handler(p *portal.Portal, c Config) (http.Handler, *transport.Live, error) {
	from := newOrigins(c)
	budgets := newBudgets(c.Budget, p.Store.Wall)
	live := streams(p, c, from, budgets)
	act.AllowVisits(p.Store, c.VisitorCommands)
	api, err := endpoint(p, c, live, from, budgets)
	if err != nil {
		return nil, nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("/graphql", api)
	if c.Sandbox || c.Graphiql {
		mux.Handle("/graphiql/", graphiql.New("/graphiql/", "/graphql"))
		mux.Handle("GET /{$}", http.RedirectHandler("/graphiql/", http.StatusFound))
	}
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { said(w, http.StatusOK, "ok") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) { ready(w, r, p) })
	more(mux, p, c)
	bounded := seated(newPlaces(c.OpenRequests, c.OpenTotal), charged(budgets, longestBody, bounded(c.RequestTimeout, mux)))
	identified := identified(p.Store, c.proxies, bounded)
	return correlated(observed(safeHeaders(strings.HasPrefix(c.BaseURL, "https://"), from.shared(identified)))), live, nil
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
	exec.AroundOperations(graph.AroundOperation)
	exec.AroundRootFields(graph.AroundRootField(p))
	exec.SetErrorPresenter(transport.Presenter(correlationOf))
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

func said(w http.ResponseWriter, status int, state string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	if err := json.NewEncoder(w).Encode(map[string]string{"status": state}); err != nil {
		slog.Debug("answer not written", "error", err)
	}
}

// ready tells whether requests can be served now: the database answers and has
// every migration, and the clock agrees with the database's.
func ready(w http.ResponseWriter, r *http.Request, p *portal.Portal) {
	ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
	defer cancel()
	pending, err := p.Store.Pending(ctx)
	switch {
	case err != nil:
		slog.ErrorContext(ctx, "not ready", "correlation_id", correlationOf(ctx), "error", err)
		said(w, http.StatusServiceUnavailable, "the database doesn't answer")
	case len(pending) > 0:
		said(w, http.StatusServiceUnavailable, "the database awaits migrations")
	case clockOff(p):
		said(w, http.StatusServiceUnavailable, "the clock is off")
	default:
		said(w, http.StatusOK, "ready")
	}
}

// bounded ends a request's context after a time. The API does that itself, since
// it knows what is a stream.
func bounded(limit time.Duration, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/graphql" {
			next.ServeHTTP(w, r)
			return
		}
		ctx, cancel := context.WithTimeout(r.Context(), limit)
		defer cancel()
		next.ServeHTTP(w, r.WithContext(ctx))
	})
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
