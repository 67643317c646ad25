package main_test

import (
	"context"
	"database/sql/driver"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"

	"portico/authz"
	"portico/ent/db"
	"portico/portal"
	"portico/portal/kernel/command"
	"portico/portaltest"
	"portico/server"
)

// log records the statements that reach an engine.
type log struct {
	mu         sync.Mutex
	statements []string
}

func (l *log) note(statement string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.statements = append(l.statements, statement)
}

func (l *log) take() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := l.statements
	l.statements = nil
	return all
}

func (l *log) wrap(c driver.Connector) driver.Connector { return connector{c, l} }

type connector struct {
	driver.Connector
	log *log
}

func (c connector) Connect(ctx context.Context) (driver.Conn, error) {
	inner, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return conn{inner, c.log}, nil
}

type conn struct {
	driver.Conn
	log *log
}

func (c conn) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	s, err := c.Conn.(driver.ConnPrepareContext).PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	return stmt{s, query, c.log}, nil
}

func (c conn) BeginTx(ctx context.Context, o driver.TxOptions) (driver.Tx, error) {
	t, err := c.Conn.(driver.ConnBeginTx).BeginTx(ctx, o)
	return tx{t, c.log}, err
}

func (c conn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	r, err := c.Conn.(driver.ExecerContext).ExecContext(ctx, query, args)
	if !errors.Is(err, driver.ErrSkip) { // it is then prepared, and recorded there
		c.log.note(query)
	}
	return r, err
}

func (c conn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	r, err := c.Conn.(driver.QueryerContext).QueryContext(ctx, query, args)
	if !errors.Is(err, driver.ErrSkip) {
		c.log.note(query)
	}
	return r, err
}

func (c conn) CheckNamedValue(v *driver.NamedValue) error {
	if checker, ok := c.Conn.(driver.NamedValueChecker); ok {
		return checker.CheckNamedValue(v)
	}
	return driver.ErrSkip
}

type stmt struct {
	driver.Stmt
	query string
	log   *log
}

func (s stmt) ExecContext(ctx context.Context, args []driver.NamedValue) (driver.Result, error) {
	s.log.note(s.query)
	return s.Stmt.(driver.StmtExecContext).ExecContext(ctx, args)
}

func (s stmt) QueryContext(ctx context.Context, args []driver.NamedValue) (driver.Rows, error) {
	s.log.note(s.query)
	return s.Stmt.(driver.StmtQueryContext).QueryContext(ctx, args)
}

type tx struct {
	driver.Tx
	log *log
}

func (t tx) Commit() error {
	t.log.note("COMMIT")
	return t.Tx.Commit()
}

// worlds gives each engine a world whose statements are recorded.
func worlds(t *testing.T, f func(t *testing.T, w *portaltest.World, l *log)) {
	for _, engine := range portaltest.Engines {
		t.Run(engine, func(t *testing.T) {
			l := &log{}
			f(t, portaltest.New(t, engine, func(p *portal.Config, _ *server.Config) { p.Wrap = l.wrap }), l)
		})
	}
}

// heads shortens statements to the part that identifies them.
func heads(statements []string) []string {
	short := slices.Clone(statements)
	for i, s := range short {
		if _, from, ok := strings.Cut(s, " FROM "); ok && strings.HasPrefix(s, "SELECT") {
			s = "SELECT FROM " + from
		}
		short[i] = s[:min(len(s), 110)]
	}
	return short
}

func TestStatementsOfAnOrder(t *testing.T) {
	worlds(t, func(t *testing.T, w *portaltest.World, l *log) {
		a := w.Funded("Statement", "5000.00")
		in := map[string]any{"accountId": a.AccountID, "planId": w.PlanID("im-flagship"), "applicationId": w.Application(a, "MAINLAND"),
			"term": map[string]any{"unit": "MONTH", "count": 1}, "expectedTotal": map[string]any{"amount": "1500.00", "currency": "CNY"}}
		const place = `mutation($i: PlaceOrderInput!, $k: String!) { placeOrder(input: $i) @idempotent(key: $k) { order { id number } userErrors { code } } }`
		w.Done(a, place, map[string]any{"i": in, "k": "warm"}) // with a renewal, which takes more statements
		l.take()
		w.Done(a, place, map[string]any{"i": in, "k": "measured"})
		got := l.take()
		if len(got) > mostForAnOrder {
			t.Errorf("%d statements, at most %d are expected:\n%s", len(got), mostForAnOrder, strings.Join(heads(got), "\n"))
		}
	})
}

// A command that does nothing takes its frame: what it is decided on, its audit event
// and its key.
func TestStatementsOfACommand(t *testing.T) {
	worlds(t, func(t *testing.T, w *portaltest.World, l *log) {
		a := w.Verified("Frame")
		for _, c := range []struct {
			ctx  context.Context
			most int // with COMMIT
		}{{w.As(a), 4}, {command.WithKey(w.As(a), "measured"), 5}} {
			l.take()
			what := command.Command{Name: "nothing", Permission: authz.AccountRead, Object: a.AccountID, Field: "accountId"}
			_, err := command.Do(c.ctx, w.Portal.Store, what, func(tx *command.Tx) (*payload, error) {
				return &payload{Account: tx.Found().(*db.Account)}, nil
			})
			if err != nil {
				t.Fatal(err)
			}
			if got := l.take(); len(got) > c.most {
				t.Errorf("%d statements, at most %d are expected:\n%s", len(got), c.most, strings.Join(heads(got), "\n"))
			}
		}
	})
}

// mostForAnOrder is the number of statements of a renewing order, including the
// session's read and COMMIT. Give a reason when you raise it.
const mostForAnOrder = 16
