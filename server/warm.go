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

// warming are the requests by which a server makes, before anybody waits for it,
// what its first requests would make: the schema as introspection shows it, the
// statements that most requests run, connections, templates of pages.
var warming = []struct{ method, path, body, token string }{
	{http.MethodPost, "/graphql", `{"query":"{ __typename viewer { person { id } } products(first: 1) { nodes { id name plans { id } } } }"}`, ""},
	{http.MethodPost, "/graphql", `{"query":"{ __schema { types { name description fields { name description args { name description } } } } }"}`, ""},
	{http.MethodPost, "/graphql", `{"query":"{ __typename }"}`, "no-token-at-all"},
	{http.MethodGet, "/notices", "", ""},
	{http.MethodGet, "/readyz", "", ""},
}

// warmUp makes what is made once and on demand, and serves the requests above to
// nobody. What fails says so by itself.
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

// nowhere is a writer of answers that nobody reads.
type nowhere struct {
	header http.Header
	io.Writer
}

// Header is http.ResponseWriter's.
func (n nowhere) Header() http.Header { return n.header }

// WriteHeader is http.ResponseWriter's.
func (nowhere) WriteHeader(int) {}
