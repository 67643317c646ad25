package order_test

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"

	"portico/portaltest"
)

// line is a connection to the database that counts statements and breaks one.
type line struct{ n, breaks atomic.Int64 }

var errBroken = errors.New("the line broke")

// next counts a statement and breaks it if it is the chosen one.
func (l *line) next() error {
	if l.n.Add(1) == l.breaks.Load() {
		return errBroken
	}
	return nil
}

// breakAt breaks the nth statement from now on; 0 breaks none.
func (l *line) breakAt(n int64) { l.n.Store(0); l.breaks.Store(n) }

func (l *line) wrap(inner driver.Connector) driver.Connector { return connector{inner, l} }

type connector struct {
	driver.Connector
	l *line
}

func (c connector) Connect(ctx context.Context) (driver.Conn, error) {
	inner, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return conn{inner, c.l}, nil
}

type conn struct {
	driver.Conn
	l *line
}

func (c conn) BeginTx(ctx context.Context, o driver.TxOptions) (driver.Tx, error) {
	if err := c.l.next(); err != nil {
		return nil, err
	}
	inner, err := c.Conn.(driver.ConnBeginTx).BeginTx(ctx, o)
	return commit{inner, c.l}, err
}

func (c conn) PrepareContext(ctx context.Context, q string) (driver.Stmt, error) {
	inner, err := c.Conn.(driver.ConnPrepareContext).PrepareContext(ctx, q)
	return statement{inner, c.l}, err
}

func (c conn) QueryContext(ctx context.Context, q string, args []driver.NamedValue) (driver.Rows, error) {
	if err := c.l.next(); err != nil {
		return nil, err
	}
	return c.Conn.(driver.QueryerContext).QueryContext(ctx, q, args)
}

func (c conn) ExecContext(ctx context.Context, q string, args []driver.NamedValue) (driver.Result, error) {
	if err := c.l.next(); err != nil {
		return nil, err
	}
	return c.Conn.(driver.ExecerContext).ExecContext(ctx, q, args)
}

type statement struct {
	driver.Stmt
	l *line
}

func (s statement) QueryContext(ctx context.Context, args []driver.NamedValue) (driver.Rows, error) {
	if err := s.l.next(); err != nil {
		return nil, err
	}
	return s.Stmt.(driver.StmtQueryContext).QueryContext(ctx, args)
}

func (s statement) ExecContext(ctx context.Context, args []driver.NamedValue) (driver.Result, error) {
	if err := s.l.next(); err != nil {
		return nil, err
	}
	return s.Stmt.(driver.StmtExecContext).ExecContext(ctx, args)
}

// commit breaks before a commit.
type commit struct {
	driver.Tx
	l *line
}

func (c commit) Commit() error {
	if err := c.l.next(); err != nil {
		return errors.Join(err, c.Tx.Rollback())
	}
	return c.Tx.Commit()
}

func TestNothingHalf(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		var l line
		w = portaltest.Open(t, w.Engine, w.Database, portaltest.Wrapped(l.wrap))
		a := w.Funded("Half", "1500.00")
		in := order(w, a, w.Application(a, "MAINLAND"), "im-flagship", "1500.00", "MONTH", 1)
		whole := func() (orders, services any, cash string) {
			d := account(w, a)
			return portaltest.At(d, "orders", "totalCount"), len(portaltest.At(d, "services", "nodes").([]any)), portaltest.String(d, "balance", "cash", "amount")
		}
		t.Run("3.3: broken at any statement, an order leaves nothing, and placed again by its key it is one", func(t *testing.T) {
			for n := int64(2); ; n++ { // the first reads the session
				l.breakAt(n)
				r := w.Send(a, keyed, input{"i": in, "key": "half"})
				fired := l.n.Load() >= n
				l.breakAt(0)
				orders, services, cash := whole()
				if portaltest.String(r.Data, "placeOrder", "order", "id") != "" {
					if orders != float64(1) || services != 1 || cash != "0.00" || n < 10 {
						t.Fatalf("placed, there are %v orders, %v services and %s; it took %d statements", orders, services, cash, n)
					}
					return
				}
				if !fired || len(r.Errors) == 0 || r.Errors[0].Code() != "INTERNAL" || orders != float64(0) || services != 0 || cash != "1500.00" {
					t.Fatalf("broken at %d: %s; %v orders, %v services, %s", n, r.Raw, orders, services, cash)
				}
			}
		})
	})
}

func TestNoStatementARow(t *testing.T) {
	const all = `query($id: ID!) { account(id: $id) {
		orders(first: 50) { totalCount nodes { id total { amount } plan { code product { code } prices { unitPrice } } application { status } service { status plan { code } } placedBy { id name } lines { description amount { amount } } } }
		services(first: 50) { nodes { status plan { code product { name plans { code } } } application { name status } } }
		applications(first: 50) { nodes { id status } } } }`
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		var l line
		w = portaltest.Open(t, w.Engine, w.Database, portaltest.Wrapped(l.wrap))
		a := w.Verified("List")
		add := func(n int) {
			for range n {
				w.Done(a, place, input{"i": order(w, a, w.Application(a, "MAINLAND"), "im-developer", "0.00")})
			}
		}
		statements := func(query string, variables input) int64 {
			w.Must(a, query, variables) // the statement is prepared now
			l.breakAt(0)
			w.Must(a, query, variables)
			return l.n.Load()
		}
		add(2)
		few := statements(all, input{"id": a.AccountID})
		add(7)
		if many := statements(all, input{"id": a.AccountID}); many != few || few == 0 {
			t.Errorf("%d statements for two orders, %d for nine", few, many)
		}
		one := statements(`{ products(first: 1) { nodes { plans { limits { metric } prices { unitPrice } product { code } } } } }`, nil)
		if every := statements(`{ products(first: 50) { nodes { plans { limits { metric } prices { unitPrice } product { code } } } } }`, nil); every != one {
			t.Errorf("%d statements for one product, %d for all", one, every)
		}
		plain := statements(`query($id: ID!) { account(id: $id) { orders { nodes { id } } } }`, input{"id": a.AccountID})
		if counted := statements(`query($id: ID!) { account(id: $id) { orders { totalCount nodes { id } } } }`, input{"id": a.AccountID}); counted != plain+1 {
			t.Errorf("%d statements with the count, %d without", counted, plain)
		}
		t.Log(fmt.Sprint(few, " statements show it all"))
	})
}
