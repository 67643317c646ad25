package account_test

import (
	"context"
	"database/sql/driver"
	"sync/atomic"
	"testing"

	"portico/portaltest"
)

// counter counts the statements that reach the database.
type counter struct{ n atomic.Int64 }

func (c *counter) wrap(inner driver.Connector) driver.Connector { return counting{inner, c} }

type counting struct {
	driver.Connector
	c *counter
}

func (c counting) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return countingConn{conn, c.c}, nil
}

// countingConn passes all calls on. The connections of both engines implement
// all of these interfaces.
type countingConn struct {
	driver.Conn
	c *counter
}

func (c countingConn) BeginTx(ctx context.Context, o driver.TxOptions) (driver.Tx, error) {
	return c.Conn.(driver.ConnBeginTx).BeginTx(ctx, o)
}

func (c countingConn) PrepareContext(ctx context.Context, q string) (driver.Stmt, error) {
	s, err := c.Conn.(driver.ConnPrepareContext).PrepareContext(ctx, q)
	if err != nil {
		return nil, err
	}
	return countingStmt{s, c.c}, nil
}

func (c countingConn) QueryContext(ctx context.Context, q string, args []driver.NamedValue) (driver.Rows, error) {
	c.c.n.Add(1)
	return c.Conn.(driver.QueryerContext).QueryContext(ctx, q, args)
}

func (c countingConn) ExecContext(ctx context.Context, q string, args []driver.NamedValue) (driver.Result, error) {
	c.c.n.Add(1)
	return c.Conn.(driver.ExecerContext).ExecContext(ctx, q, args)
}

type countingStmt struct {
	driver.Stmt
	c *counter
}

func (s countingStmt) QueryContext(ctx context.Context, args []driver.NamedValue) (driver.Rows, error) {
	s.c.n.Add(1)
	return s.Stmt.(driver.StmtQueryContext).QueryContext(ctx, args)
}

func (s countingStmt) ExecContext(ctx context.Context, args []driver.NamedValue) (driver.Result, error) {
	s.c.n.Add(1)
	return s.Stmt.(driver.StmtExecContext).ExecContext(ctx, args)
}

// below selects everything that account, agreement and staff show below one
// account.
const below = `status viewerPermissions standing { restrictions { code remedy { input } } } legalEntity { registrationNumber }
	verification { id registrationNumber account { id } documents { id downloadUrl } }
	owner { id person { id name } roles { id } } roles { id name }
	employees(first: 5) { nodes { id person { id name } roles { id name permissions } } }
	acceptances(first: 5) { nodes { id terms { id title } person { id name } } } termsDue { id title } overrides { id value }`

func TestNoStatementARow(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		var c counter
		w = portaltest.Open(t, w.Engine, w.Database, portaltest.Wrapped(c.wrap))
		owner := w.Owner("Acme")
		submitted(w, owner, portaltest.CreditCode(7700))
		statements := func(query string, accounts int) int64 {
			t.Helper()
			w.Must(owner, query, nil) // uses the session and prepares the statements
			before := c.n.Load()
			d := w.Must(owner, query, nil)
			if list, _ := portaltest.At(d, "viewer", "accounts", "nodes").([]any); len(list) != accounts ||
				portaltest.String(list[accounts-1], "verification", "id") == "" || portaltest.String(list[0], "owner", "person", "name") != "Acme" {
				t.Fatalf("%v", d)
			}
			return c.n.Load() - before
		}
		more := func(n, number int) {
			for i := range n {
				id := another(w, owner)
				submitted(w, owner, portaltest.CreditCode(number+i), map[string]any{"accountId": id})
			}
		}
		query := `{ viewer { accounts(first: 50) { nodes { id ` + below + ` } } } }`
		more(1, 7800)
		few := statements(query, 2)
		more(6, 7810)
		if many := statements(query, 8); many != few || few == 0 {
			t.Fatalf("%d statements for two accounts, %d for eight", few, many)
		}
	})
}
