package migrate_test

import (
	"context"
	"database/sql/driver"
	"errors"
	"sync"
)

// errCut is the error that a killed process gets.
var errCut = errors.New("the process was killed")

// cutter is a driver of one process. It calls at before and after each call on
// the database. When at returns true, the process is dead: its connections are
// closed, and none of its calls is executed any more.
type cutter struct {
	mu    sync.Mutex
	at    func(call string, args []driver.NamedValue, after bool) (cut bool)
	dead  bool
	conns []driver.Conn
	// stmts are prepared statements. SQLite keeps a transaction open as long as
	// its connection has any.
	stmts map[driver.Stmt]bool
}

func (c *cutter) wrap(inner driver.Connector) driver.Connector { return cutConnector{inner, c} }

// show calls at, and kills the process.
func (c *cutter) show(call string, args []driver.NamedValue, after bool) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.dead && c.at != nil && c.at(call, args, after) {
		c.dead = true
		for s := range c.stmts {
			_ = s.Close()
		}
		for _, conn := range c.conns {
			_ = conn.Close()
		}
	}
	if c.dead {
		return errCut
	}
	return nil
}

func (c *cutter) gone() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.dead
}

func cutAt[T any](c *cutter, call string, args []driver.NamedValue, do func() (T, error)) (T, error) {
	var none T
	if err := c.show(call, args, false); err != nil {
		return none, err
	}
	v, err := do()
	if err != nil {
		return none, err
	}
	return v, c.show(call, args, true)
}

type cutConnector struct {
	driver.Connector
	c *cutter
}

func (k cutConnector) Connect(ctx context.Context) (driver.Conn, error) {
	if err := k.c.show("CONNECT", nil, false); err != nil {
		return nil, err
	}
	conn, err := k.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	k.c.mu.Lock()
	defer k.c.mu.Unlock()
	k.c.conns = append(k.c.conns, conn)
	return &cutConn{conn, k.c}, nil
}

type cutConn struct {
	driver.Conn
	c *cutter
}

func (k *cutConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	return cutAt(k.c, query, args, func() (driver.Result, error) { return k.Conn.(driver.ExecerContext).ExecContext(ctx, query, args) })
}

func (k *cutConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	if err := k.c.show(query, args, false); err != nil {
		return nil, err
	}
	// Dying after a read equals dying before the next call.
	return k.Conn.(driver.QueryerContext).QueryContext(ctx, query, args)
}

func (k *cutConn) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	s, err := k.Conn.(driver.ConnPrepareContext).PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	k.c.mu.Lock()
	defer k.c.mu.Unlock()
	if k.c.stmts == nil {
		k.c.stmts = map[driver.Stmt]bool{}
	}
	k.c.stmts[s] = true
	return &cutStmt{s, query, k.c}, nil
}

func (k *cutConn) BeginTx(ctx context.Context, o driver.TxOptions) (driver.Tx, error) {
	tx, err := cutAt(k.c, "BEGIN", nil, func() (driver.Tx, error) { return k.Conn.(driver.ConnBeginTx).BeginTx(ctx, o) })
	if err != nil {
		return nil, err
	}
	return cutTx{tx, k.c}, nil
}

// Close closes the connection unless the kill has closed it.
func (k *cutConn) Close() error {
	if k.c.gone() {
		return nil
	}
	return k.Conn.Close()
}

func (k *cutConn) CheckNamedValue(v *driver.NamedValue) error { return checked(k.Conn, v) }

func checked(of any, v *driver.NamedValue) error {
	if c, ok := of.(driver.NamedValueChecker); ok {
		return c.CheckNamedValue(v)
	}
	return driver.ErrSkip
}

type cutStmt struct {
	driver.Stmt
	query string
	c     *cutter
}

func (k *cutStmt) ExecContext(ctx context.Context, args []driver.NamedValue) (driver.Result, error) {
	return cutAt(k.c, k.query, args, func() (driver.Result, error) { return k.Stmt.(driver.StmtExecContext).ExecContext(ctx, args) })
}

func (k *cutStmt) QueryContext(ctx context.Context, args []driver.NamedValue) (driver.Rows, error) {
	if err := k.c.show(k.query, args, false); err != nil {
		return nil, err
	}
	return k.Stmt.(driver.StmtQueryContext).QueryContext(ctx, args)
}

// Close closes the statement unless the kill has closed it.
func (k *cutStmt) Close() error {
	k.c.mu.Lock()
	defer k.c.mu.Unlock()
	if k.c.dead {
		return nil
	}
	delete(k.c.stmts, k.Stmt)
	return k.Stmt.Close()
}

func (k *cutStmt) CheckNamedValue(v *driver.NamedValue) error { return checked(k.Stmt, v) }

type cutTx struct {
	driver.Tx
	c *cutter
}

func (k cutTx) Commit() error {
	_, err := cutAt(k.c, "COMMIT", nil, func() (struct{}, error) { return struct{}{}, k.Tx.Commit() })
	return err
}

// Rollback does nothing for a dead process: its transactions are rolled back
// with its connections.
func (k cutTx) Rollback() error {
	if k.c.gone() {
		return errCut
	}
	return k.Tx.Rollback()
}
