package server

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"strings"

	"portico/authz"
	"portico/graph"
	"portico/portal/access/identity"
	"portico/portal/finance/invoice"
)

// warming holds the requests that a server sends to itself before it is ready. They
// prepare what the first requests would otherwise wait for: the schema as introspection
// shows it, frequent statements, connections, templates of pages.
var warming = []struct{ method, path, body, token string }{
	{http.MethodPost, "/graphql", `{"query":"{ __typename viewer { person { id } } products(first: 1) { nodes { id name plans { id } } } }"}`, ""},
	{http.MethodPost, "/graphql", `{"query":"{ __schema { types { name description fields { name description args { name description } } } } }"}`, ""},
	{http.MethodPost, "/graphql", `{"query":"{ __typename }"}`, "no-token-at-all"},
	{http.MethodGet, "/notices", "", ""},
	{http.MethodGet, "/readyz", "", ""},
}

// warmUp prepares what is otherwise made on first use, and serves the requests of
// [warming] without sending the answers. A failure is only logged.
func (s *side) warmUp() {
	authz.Law()
	graph.WarmUp()
	identity.WarmUp()
	BuiltFrom()
	if err := invoice.WarmUp(); err != nil {
		slog.Error("not warmed up", "error", err)
	}
	for _, w := range warming {
		r, err := http.NewRequestWithContext(context.Background(), w.method, w.path, strings.NewReader(w.body))
		if err != nil {
			slog.Error("not warmed up", "error", err)
			return
		}
		r.RemoteAddr = "127.0.0.1:0"
		r.Header.Set("Content-Type", "application/json")
		if w.token != "" {
			r.Header.Set("Authorization", "Bearer "+w.token)
		}
		s.ServeHTTP(nowhere{http.Header{}, io.Discard}, r)
	}
}

// nowhere is a [http.ResponseWriter] that discards the answer.
type nowhere struct {
	header http.Header
	io.Writer
}

// Header implements [http.ResponseWriter].
func (n nowhere) Header() http.Header { return n.header }

// WriteHeader implements [http.ResponseWriter].
func (nowhere) WriteHeader(int) {}
