package server_test

import (
	"context"
	sqldriver "database/sql/driver"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"portico/ent"
	"portico/portaltest"
	"portico/server"
	"portico/server/servertest"
)

// full is a database whose disk is full while it is set: reads succeed, and
// writes fail.
type full struct{ atomic.Bool }

var errFull = errors.New("database or disk is full")

func (f *full) wrap(inner sqldriver.Connector) sqldriver.Connector { return fullConnector{inner, f} }

func (f *full) refuses(query string) bool {
	return f.Load() && (strings.HasPrefix(query, "INSERT") || strings.HasPrefix(query, "UPDATE") || strings.HasPrefix(query, "DELETE"))
}

type fullConnector struct {
	sqldriver.Connector
	f *full
}

func (c fullConnector) Connect(ctx context.Context) (sqldriver.Conn, error) {
	conn, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return fullConn{conn, c.f}, nil
}

type fullConn struct {
	sqldriver.Conn
	f *full
}

func (c fullConn) PrepareContext(ctx context.Context, query string) (sqldriver.Stmt, error) {
	s, err := c.Conn.(sqldriver.ConnPrepareContext).PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	return fullStmt{s, query, c.f}, nil
}

func (c fullConn) BeginTx(ctx context.Context, o sqldriver.TxOptions) (sqldriver.Tx, error) {
	return c.Conn.(sqldriver.ConnBeginTx).BeginTx(ctx, o)
}

func (c fullConn) QueryContext(ctx context.Context, query string, args []sqldriver.NamedValue) (sqldriver.Rows, error) {
	if c.f.refuses(query) {
		return nil, errFull
	}
	return c.Conn.(sqldriver.QueryerContext).QueryContext(ctx, query, args)
}

func (c fullConn) ExecContext(ctx context.Context, query string, args []sqldriver.NamedValue) (sqldriver.Result, error) {
	if c.f.refuses(query) {
		return nil, errFull
	}
	return c.Conn.(sqldriver.ExecerContext).ExecContext(ctx, query, args)
}

func (c fullConn) CheckNamedValue(v *sqldriver.NamedValue) error { return valueOf(c.Conn, v) }

type fullStmt struct {
	sqldriver.Stmt
	query string
	f     *full
}

func (s fullStmt) QueryContext(ctx context.Context, args []sqldriver.NamedValue) (sqldriver.Rows, error) {
	if s.f.refuses(s.query) {
		return nil, errFull
	}
	return s.Stmt.(sqldriver.StmtQueryContext).QueryContext(ctx, args)
}

func (s fullStmt) ExecContext(ctx context.Context, args []sqldriver.NamedValue) (sqldriver.Result, error) {
	if s.f.refuses(s.query) {
		return nil, errFull
	}
	return s.Stmt.(sqldriver.StmtExecContext).ExecContext(ctx, args)
}

func (s fullStmt) CheckNamedValue(v *sqldriver.NamedValue) error { return valueOf(s.Stmt, v) }

func valueOf(of any, v *sqldriver.NamedValue) error {
	if c, ok := of.(sqldriver.NamedValueChecker); ok {
		return c.CheckNamedValue(v)
	}
	return sqldriver.ErrSkip
}

// readiness requests /readyz once the cached answer has expired.
func readiness(w *portaltest.World) (status int, failed string) {
	w.T.Helper()
	w.Wall.Advance(2 * time.Second)
	r := servertest.Request(w, http.MethodGet, "/readyz", "", nil, servertest.Nobody)
	var body struct{ Status, Failed string }
	if err := json.Unmarshal(r.Body.Bytes(), &body); err != nil {
		w.T.Fatalf("%s: %v", r.Body, err)
	}
	return r.Code, body.Failed
}

// A database that refuses writes isn't ready, although it answers. A mutation
// that fails because of it is counted, and answered by 500 to clients that can
// interpret the status.
func TestADatabaseThatTakesNoWritesIsNotReady(t *testing.T) {
	t.Parallel()
	for _, engine := range portaltest.Engines {
		t.Run(engine, func(t *testing.T) {
			var disk full
			w := portaltest.New(t, engine, portaltest.Wrapped(disk.wrap))
			if status, failed := readiness(w); status != http.StatusOK {
				t.Fatalf("%d %s", status, failed)
			}
			disk.Store(true)
			if status, failed := readiness(w); status != http.StatusServiceUnavailable || failed != "database" {
				t.Errorf("on a full disk: %d %q", status, failed)
			}
			const mutation = `{"query":"mutation { createCaptcha(input: {purpose: REGISTER}) { captcha { id } userErrors { code } } }"}`
			const failed = `portico_graphql_failures_total{code="INTERNAL",operation="createCaptcha"}`
			before := servertest.Failures(w)[failed]
			for accept, want := range map[string]int{"application/graphql-response+json": http.StatusInternalServerError, "application/json": http.StatusOK} {
				r := servertest.Request(w, http.MethodPost, "/graphql", mutation, http.Header{"Accept": {accept}}, servertest.Nobody)
				if r.Code != want || !strings.Contains(r.Body.String(), `"INTERNAL"`) || strings.Contains(r.Body.String(), errFull.Error()) {
					t.Errorf("%s: %d %s", accept, r.Code, r.Body)
				}
			}
			if got := servertest.Failures(w)[failed] - before; got != 2 {
				t.Errorf("counted %v times", got)
			}
			if r := servertest.Request(w, http.MethodGet, "/healthz", "", nil, servertest.Nobody); r.Code != http.StatusOK || !strings.Contains(r.Body.String(), `"version":"`+server.BuiltFrom().Version+`"`) {
				t.Errorf("the process: %d", r.Code)
			}
			disk.Store(false)
			if status, failed := readiness(w); status != http.StatusOK {
				t.Errorf("with room again: %d %s", status, failed)
			}
			if r := servertest.Request(w, http.MethodPost, "/graphql", mutation, nil, servertest.Nobody); !strings.Contains(r.Body.String(), "capt_") {
				t.Errorf("%s", r.Body)
			}
		})
	}
}

// Readiness neither waits for an exhausted pool nor gives a wrong answer: it
// has its own connection. If SQLite's single writer is taken, it reports that
// nothing can be written.
func TestReadinessHasAConnectionOfItsOwn(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		if status, _ := readiness(w); status != http.StatusOK {
			t.Fatal("it isn't ready")
		}
		hold, held := make(chan struct{}), make(chan error)
		most := 0
		for name, p := range w.Portal.Store.Pools() {
			if name != "readers" {
				most = p.MaxOpenConnections
			}
		}
		begun := make(chan struct{})
		for range most {
			go func() {
				held <- w.Portal.Store.Write(w.System(), func(tx *ent.Tx) error {
					begun <- struct{}{}
					<-hold
					return nil
				})
			}()
			<-begun
		}
		status, failed := readiness(w)
		if w.Engine == "sqlite" && (status != http.StatusServiceUnavailable || failed != "database") || w.Engine != "sqlite" && status != http.StatusOK {
			t.Errorf("with every connection in use: %d %q", status, failed)
		}
		close(hold)
		for range most {
			if err := <-held; err != nil {
				t.Error(err)
			}
		}
		if !servertest.Awaited(t, func() bool { // the earlier requests are answered
			status, _ := readiness(w)
			return status == http.StatusOK
		}) {
			t.Error("once they are free it isn't ready")
		}
		rows, err := w.Portal.Store.Read().Lease.Query().Count(w.System())
		if err != nil || rows != 0 {
			t.Errorf("%d rows are left, %v", rows, err)
		}
	})
}

// Strangers can't make readiness expensive: regardless of requests and tokens,
// the database is queried once a second.
func TestReadinessAsksOnceASecond(t *testing.T) {
	var statements atomic.Int64
	w := portaltest.New(t, "sqlite", portaltest.Counted(&statements))
	readiness(w)
	before := statements.Load()
	for range 200 {
		servertest.Request(w, http.MethodGet, "/readyz", "", http.Header{"Authorization": {"Bearer somebody-else's-token"}}, servertest.Nobody)
		servertest.Request(w, http.MethodGet, "/healthz", "", http.Header{"Authorization": {"Bearer somebody-else's-token"}}, servertest.Nobody)
	}
	if n := statements.Load() - before; n != 0 {
		t.Errorf("5.4: %d statements within a second", n)
	}
	readiness(w)
	if n := statements.Load() - before; n == 0 || n > 8 {
		t.Errorf("5.4: %d statements a second later", n)
	}
}
