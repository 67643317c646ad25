package portaltest

import (
	"context"
	sqldriver "database/sql/driver"
	"errors"
	"sync/atomic"

	"portico/portal"
	"portico/server"
)

// Counted counts the statements that a world's portal runs. Tests use it to prove that
// no query runs once for each row.
func Counted(n *atomic.Int64) Option {
	return func(c *portal.Config, _ *server.Config) {
		c.Wrap = func(inner sqldriver.Connector) sqldriver.Connector { return countingConnector{inner, n} }
	}
}

type countingConnector struct {
	sqldriver.Connector
	n *atomic.Int64
}

func (c countingConnector) Connect(ctx context.Context) (sqldriver.Conn, error) {
	conn, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return countingConn{conn, c.n}, nil
}

// countingConn is a connection of either engine's driver. Both implement the interfaces
// that are asserted here.
type countingConn struct {
	sqldriver.Conn
	n *atomic.Int64
}

func (c countingConn) PrepareContext(ctx context.Context, query string) (sqldriver.Stmt, error) {
	s, err := c.Conn.(sqldriver.ConnPrepareContext).PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	return countingStmt{s, c.n}, nil
}

func (c countingConn) BeginTx(ctx context.Context, o sqldriver.TxOptions) (sqldriver.Tx, error) {
	return c.Conn.(sqldriver.ConnBeginTx).BeginTx(ctx, o)
}

func (c countingConn) QueryContext(ctx context.Context, query string, args []sqldriver.NamedValue) (sqldriver.Rows, error) {
	rows, err := c.Conn.(sqldriver.QueryerContext).QueryContext(ctx, query, args)
	if !errors.Is(err, sqldriver.ErrSkip) { // else it is prepared and counted there
		c.n.Add(1)
	}
	return rows, err
}

func (c countingConn) ExecContext(ctx context.Context, query string, args []sqldriver.NamedValue) (sqldriver.Result, error) {
	result, err := c.Conn.(sqldriver.ExecerContext).ExecContext(ctx, query, args)
	if !errors.Is(err, sqldriver.ErrSkip) {
		c.n.Add(1)
	}
	return result, err
}

func (c countingConn) CheckNamedValue(v *sqldriver.NamedValue) error { return checked(c.Conn, v) }

type countingStmt struct {
	sqldriver.Stmt
	n *atomic.Int64
}

func (s countingStmt) QueryContext(ctx context.Context, args []sqldriver.NamedValue) (sqldriver.Rows, error) {
	s.n.Add(1)
	return s.Stmt.(sqldriver.StmtQueryContext).QueryContext(ctx, args)
}

func (s countingStmt) ExecContext(ctx context.Context, args []sqldriver.NamedValue) (sqldriver.Result, error) {
	s.n.Add(1)
	return s.Stmt.(sqldriver.StmtExecContext).ExecContext(ctx, args)
}

func (s countingStmt) CheckNamedValue(v *sqldriver.NamedValue) error { return checked(s.Stmt, v) }

func checked(of any, v *sqldriver.NamedValue) error {
	if c, ok := of.(sqldriver.NamedValueChecker); ok {
		return c.CheckNamedValue(v)
	}
	return sqldriver.ErrSkip
}
