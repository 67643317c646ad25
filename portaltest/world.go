// Package portaltest gives tests a whole portal on each engine: a clock that the test
// moves, named actors, and the API as it is served. It is for packages <unit>_test and
// benchmarks only.
package portaltest

import (
	"bytes"
	"context"
	"crypto/sha256"
	sqldriver "database/sql/driver"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"sync"
	"testing"
	"time"

	"gocloud.dev/blob/memblob"

	"portico/authz"
	"portico/calendar"
	"portico/ent"
	"portico/portal"
	"portico/portal/access/identity"
	"portico/portal/customer/agreement"
	agreementdemo "portico/portal/customer/agreement/demo"
	"portico/portal/kernel/job"
	"portico/portal/offer/catalog"
	catalogdemo "portico/portal/offer/catalog/demo"
	"portico/portaltest/engine"
	"portico/server"
)

// Start is the first instant of a world's clock: Monday, 2 March 2026, 10:00 in
// Shanghai.
var Start = time.Date(2026, 3, 2, 2, 0, 0, 0, time.UTC)

// Engines are the database engines that tests run on.
var Engines = []string{"sqlite", "mariadb"}

var keyFile = sync.OnceValue(func() []byte {
	_, text, err := ent.NewKeys()
	if err != nil {
		panic(err)
	}
	return text
})

var keys = sync.OnceValue(func() *ent.Keys { return must(ent.ParseKeys(keyFile())) })

var rotatedFile = sync.OnceValue(func() []byte {
	text, _, err := ent.PrepareKey(keyFile())
	if err == nil {
		text, _, err = ent.PromoteKey(text)
	}
	return must(text, err)
})

// Rotated returns the keys of every world with a newer key added, which seals.
func Rotated() *ent.Keys { return must(ent.ParseKeys(rotatedFile())) }

// Foreign returns keys that no world uses.
func Foreign() *ent.Keys {
	k, _, err := ent.NewKeys()
	return must(k, err)
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// pool makes databases with the schema, the roles, the demonstration terms and
// the demonstration catalogue.
var pool = engine.NewPool(engine.Schema{
	Version: version(),
	MySQL:   prepare,
	SQLite:  func(ctx context.Context, path string) error { return prepare(ctx, "sqlite:"+path) },
})

func prepare(ctx context.Context, database string) error {
	p, err := portal.Open(ctx, portal.Config{Database: database, Keys: keys(), Wall: calendar.Fixed(Start.Add(-time.Hour)), Sandbox: true})
	if err != nil {
		return err
	}
	defer p.Close()
	if _, err := p.Store.Migrate(ctx); err != nil {
		return err
	}
	if err := p.Start(ctx); err != nil {
		return err
	}
	system := authz.With(ctx, authz.AsSystem("test"))
	if _, err := agreement.Load(system, p.Store, agreementdemo.Documents()); err != nil {
		return err
	}
	return catalog.Load(system, p.Store, catalogdemo.Catalogue())
}

// version identifies the program, so that databases of another one aren't reused.
func version() string {
	h := sha256.New()
	if exe, err := os.Executable(); err == nil {
		fmt.Fprint(h, exe)
		if info, err := os.Stat(exe); err == nil {
			fmt.Fprint(h, info.Size(), info.ModTime())
		}
	}
	return hex.EncodeToString(h.Sum(nil))[:20]
}

// World is a portal in a sandbox, on one engine, with its own database.
type World struct {
	T      testing.TB
	Portal *portal.Portal
	// Wall is wall time, by which sessions expire. [World.AdvanceTo] moves the
	// portal's own time.
	Wall *calendar.Manual
	// Engine is "sqlite" or "mariadb".
	Engine string
	// URL is the public URL of the server.
	URL string
	// Database is the setting by which the same database can be opened again.
	Database string

	handler  http.Handler
	mu       sync.Mutex
	serial   int
	platform *Actor
}

// Option changes how a world is opened.
type Option func(*portal.Config, *server.Config)

// Wrapped wraps the database's connector, to inject faults or count statements.
func Wrapped(wrap func(sqldriver.Connector) sqldriver.Connector) Option {
	return func(c *portal.Config, _ *server.Config) { c.Wrap = wrap }
}

// NoSandbox opens the portal as it runs for real customers.
func NoSandbox(c *portal.Config, s *server.Config) { c.Sandbox, s.Sandbox = false, false }

// Each runs a test on each engine, in parallel.
func Each(t *testing.T, f func(t *testing.T, w *World), options ...Option) {
	t.Helper()
	t.Parallel()
	for _, e := range Engines {
		t.Run(e, func(t *testing.T) {
			t.Parallel()
			f(t, New(t, e, options...))
		})
	}
}

// New opens a world on an engine. It is closed at the end of the test.
func New(t testing.TB, engineName string, options ...Option) *World {
	t.Helper()
	database := ""
	if engineName == "sqlite" {
		database = "sqlite:" + pool.SQLite(t)
	} else {
		database = pool.MariaDB(t)
	}
	return Open(t, engineName, database, options...)
}

// OnServer opens a world with a new database on a server that only this test uses.
func OnServer(t testing.TB, s *engine.Server, options ...Option) *World {
	t.Helper()
	database := s.Create(t, "portico")
	if err := prepare(t.Context(), database); err != nil {
		t.Fatal(err)
	}
	return Open(t, "mariadb", database, options...)
}

// Pooled sets the limits of the connections to the database.
func Pooled(p ent.Pool) Option { return func(c *portal.Config, _ *server.Config) { c.Pool = p } }

// Open opens a world with an existing database.
func Open(t testing.TB, engineName, database string, options ...Option) *World {
	t.Helper()
	w := &World{T: t, Wall: calendar.NewManual(Start), Engine: engineName, Database: database}
	bucket := memblob.OpenBucket(nil)
	pc := portal.Config{Database: database, Keys: keys(), Wall: w.Wall, Sandbox: true, Files: bucket, PublicURL: "http://portico.test", Hashing: identity.Slight}
	sc := server.Config{Sandbox: true, Listen: "127.0.0.1:0", Trust: "off", BodyLimit: 1 << 20, RequestTimeout: time.Minute, Introspection: true, BaseURL: "http://portico.test"}
	for _, o := range options {
		o(&pc, &sc)
	}
	sc.Bound(&pc)
	w.URL = pc.PublicURL
	p, err := portal.Open(context.Background(), pc)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	w.Portal = p
	if w.handler, err = server.Handler(p, sc); err != nil {
		t.Fatal(err)
	}
	if err := p.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	return w
}

// Handler returns the public handler of the server.
func (w *World) Handler() http.Handler { return w.handler }

// System returns a context in which the system acts, for reading the database.
func (w *World) System() context.Context {
	return authz.With(context.Background(), authz.AsSystem("test"))
}

// Response is an answer of the API.
type Response struct {
	Status int
	Data   map[string]any
	Errors []Error
	Raw    []byte
}

// Error is a top-level error.
type Error struct {
	Message    string
	Path       []any
	Extensions map[string]any
}

// Code returns the error's code.
func (e Error) Code() string { c, _ := e.Extensions["code"].(string); return c }

// Send posts an operation as an actor (nil is a visitor) and returns the answer.
func (w *World) Send(a *Actor, query string, variables map[string]any) Response {
	w.T.Helper()
	token := ""
	if a != nil {
		token = a.token(w)
	}
	return w.SendToken(token, query, variables)
}

// SendToken is [World.Send] with a token, or "" for a visitor.
func (w *World) SendToken(token, query string, variables map[string]any) Response {
	w.T.Helper()
	body, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	if err != nil {
		w.T.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, "/graphql", bytes.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "application/graphql-response+json")
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	return w.serve(r)
}

func (w *World) serve(r *http.Request) Response {
	w.T.Helper()
	rec := httptest.NewRecorder()
	w.handler.ServeHTTP(rec, r)
	out := Response{Status: rec.Code, Raw: rec.Body.Bytes()}
	if err := json.Unmarshal(out.Raw, &out); err != nil {
		w.T.Fatalf("%d: no JSON: %s", rec.Code, out.Raw)
	}
	return out
}

// Must sends an operation that must have no top-level error, and returns its data.
func (w *World) Must(a *Actor, query string, variables map[string]any) map[string]any {
	w.T.Helper()
	r := w.Send(a, query, variables)
	if len(r.Errors) > 0 {
		w.T.Fatalf("errors: %s", r.Raw)
	}
	return r.Data
}

// Refusal is a user error.
type Refusal struct {
	Code, Message, Clause string
	Field                 []string
	Remedy                *struct {
		Description, Operation string
		Input                  map[string]any
	}
}

// Refused sends a mutation that must have exactly one user error, and returns it.
func (w *World) Refused(a *Actor, query string, variables map[string]any) Refusal {
	w.T.Helper()
	r := w.Send(a, query, variables)
	list := r.Refusals(w.T)
	if len(list) != 1 {
		w.T.Fatalf("want one refusal: %s", r.Raw)
	}
	return list[0]
}

// Done sends a mutation that must not be refused, and returns its payload.
func (w *World) Done(a *Actor, query string, variables map[string]any) map[string]any {
	w.T.Helper()
	r := w.Send(a, query, variables)
	if len(r.Errors) > 0 || len(r.Refusals(w.T)) > 0 {
		w.T.Fatalf("refused: %s", r.Raw)
	}
	for _, v := range r.Data {
		return v.(map[string]any)
	}
	w.T.Fatalf("no payload: %s", r.Raw)
	return nil
}

// Refusals returns the user errors of the answer's payloads.
func (r Response) Refusals(t testing.TB) []Refusal {
	t.Helper()
	var all []Refusal
	for _, v := range r.Data {
		payload, ok := v.(map[string]any)
		if !ok {
			continue
		}
		raw, err := json.Marshal(payload["userErrors"])
		if err != nil {
			t.Fatal(err)
		}
		var some []Refusal
		if err := json.Unmarshal(raw, &some); err != nil {
			t.Fatal(err)
		}
		all = append(all, some...)
	}
	return all
}

// At returns a nested value of an answer, such as
// At(data, "account", "orders", "nodes", 0, "id"); nil if there is none.
func At(v any, path ...any) any {
	for _, step := range path {
		switch s := step.(type) {
		case string:
			m, ok := v.(map[string]any)
			if !ok {
				return nil
			}
			v = m[s]
		case int:
			l, ok := v.([]any)
			if !ok || s >= len(l) {
				return nil
			}
			v = l[s]
		}
	}
	return v
}

// String is [At] for a string; "" if there is none.
func String(v any, path ...any) string { s, _ := At(v, path...).(string); return s }

// RunJobs runs all jobs that are due now, until none is due.
func (w *World) RunJobs() {
	w.T.Helper()
	runner := job.Runner{Store: w.Portal.Store, Holder: ent.NewID("hold")}
	for range 1000 {
		did := 0
		for _, j := range w.Portal.Jobs {
			n, err := runner.Once(context.Background(), j)
			if err != nil {
				w.T.Fatal(err)
			}
			did += n
		}
		if did == 0 {
			return
		}
	}
	w.T.Fatal("jobs don't come to an end")
}

// AdvanceTo moves the portal's clock to an instant, as an operator does, and runs the
// jobs that fall due on the way.
func (w *World) AdvanceTo(to time.Time) {
	w.T.Helper()
	w.Done(w.Platform(), `mutation($i: AdvanceClockInput!) { advanceClock(input: $i) { now jobsRun userErrors { code } } }`,
		map[string]any{"i": map[string]any{"to": to.UTC().Format(time.RFC3339Nano)}})
}
