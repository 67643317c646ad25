package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"

	"portico/ent/db/plan"
	"portico/portaltest"
)

// requests is a portal with one old customer, whose requests are served in process.
type requests struct {
	w     *portaltest.World
	token string
	c     Customer
}

func newRequests(t testing.TB, engine string) *requests {
	w := portaltest.New(t, engine)
	a := w.Funded("Requests", "1000.00")
	r := &requests{w: w, token: w.Token(a), c: Customer{AccountID: a.AccountID}}
	pl, err := w.Portal.Store.Read().Plan.Query().Where(plan.Code(planCode)).Only(w.System())
	if err != nil {
		t.Fatal(err)
	}
	if err := r.c.fill(w.System(), w.Portal.Store, pl); err != nil {
		t.Fatal(err)
	}
	return r
}

// send serves an operation once.
func (r *requests) send(t testing.TB, body []byte) *httptest.ResponseRecorder {
	req := httptest.NewRequest(http.MethodPost, "/graphql", bytes.NewReader(body))
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/graphql-response+json")
	req.Header.Set("Authorization", "Bearer "+r.token)
	rec := httptest.NewRecorder()
	r.w.Handler().ServeHTTP(rec, req)
	if rec.Code != http.StatusOK {
		t.Fatalf("%d: %s", rec.Code, rec.Body)
	}
	return rec
}

func (r *requests) body(query, id string) []byte {
	b, err := json.Marshal(map[string]any{"query": query, "variables": map[string]any{"id": id}})
	if err != nil {
		panic(err)
	}
	return b
}

// requestsMeasured are the reads that `make bench` measures.
var requestsMeasured = []struct {
	name, query string
	id          func(r *requests) string
	// allocations is the bound of a request: what it takes, and a tenth.
	allocations float64
}{
	{"point", pointQuery, func(r *requests) string { return r.c.Orders[0] }, 400},
	{"list", listQuery, func(r *requests) string { return r.c.AccountID }, 5225},
}

// A request allocates no more than it did when it was last measured. The figures
// count the handler, the engine and the recorder of the test.
func TestAllocationsOfARequest(t *testing.T) {
	for _, c := range requestsMeasured {
		r := newRequests(t, "sqlite")
		body := r.body(c.query, c.id(r))
		r.send(t, body)
		if n := testing.AllocsPerRun(50, func() { r.send(t, body) }); n > c.allocations {
			t.Errorf("%s: %.0f allocations, more than %.0f", c.name, n, c.allocations)
		}
	}
}

// BenchmarkRequest serves what `make bench` measures, in process: its allocations
// are those of the handler and the engine.
func BenchmarkRequest(b *testing.B) {
	for _, c := range requestsMeasured {
		b.Run(c.name, func(b *testing.B) {
			r := newRequests(b, "sqlite")
			body := r.body(c.query, c.id(r))
			r.send(b, body)
			b.ReportAllocs()
			for b.Loop() {
				r.send(b, body)
			}
		})
	}
}
