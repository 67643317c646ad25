package proof_test

import (
	"context"
	"database/sql/driver"
	"errors"
	"sync"
)

// errSQL is the error of a broken database. No part of it may reach a caller.
var errSQL = errors.New("error 1064 (42000): You have an error in your SQL syntax near 'SELECT password_hash FROM persons' at line 1 of /var/lib/mysql/portico.ibd")

// meter stands between the portal and its database. It counts the statements
// and can make one call fail.
type meter struct {
	mu sync.Mutex
	// statements is the number of executions and queries.
	statements int
	texts      []string
	values     [][]driver.NamedValue // of each text
	// left is how many calls of the kind succeed before one fails; if negative,
	// none fails.
	left  int
	kind  string // "call" is any, "statement" any but a preparation, "commit" a commit
	err   error
	after bool // fail after it was done
	// then is called instead of the failure; the call continues
	then  func()
	fired bool
	// embedded is true for SQLite.
	embedded bool
}

// arm makes the nth call of a kind fail, counted from 1.
func (m *meter) arm(n int, kind string, err error, after bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.left, m.kind, m.err, m.after, m.fired = n-1, kind, err, after, false
}

// disarm makes all calls succeed again and reports whether one has failed.
func (m *meter) disarm() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.left = -1
	return m.fired
}

// counted returns how many statements a function executes.
func (m *meter) counted(f func()) (int, []string) {
	m.mu.Lock()
	m.statements, m.texts, m.values = 0, nil, nil
	m.mu.Unlock()
	f()
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.statements, m.texts
}

// falls reports whether this call is the one that fails.
func (m *meter) falls(kind string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.left < 0 || m.kind != "call" && m.kind != kind && (m.kind != "statement" || kind == "prepare") {
		return false
	}
	m.left--
	if m.left >= 0 {
		return false
	}
	m.fired = true
	return true
}

func (m *meter) statement(text string, values []driver.NamedValue) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.statements++
	m.texts, m.values = append(m.texts, text), append(m.values, values)
}

// through does one call, or makes it fail before or after it is done.
func through[T any](m *meter, kind string, call func() (T, error)) (T, error) {
	var none T
	if !m.falls(kind) {
		return call()
	}
	if m.then != nil {
		m.then()
		return call()
	}
	if m.after {
		if v, err := call(); err != nil {
			return v, err
		}
	}
	return none, m.err
}

func (m *meter) wrap(c driver.Connector) driver.Connector { return metered{c, m} }

func newMeter() *meter { return &meter{left: -1} }

type metered struct {
	driver.Connector
	m *meter
}

func (c metered) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return &meteredConn{conn, c.m}, nil
}

type meteredConn struct {
	driver.Conn
	m *meter
}

func (c *meteredConn) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	return through(c.m, "prepare", func() (driver.Stmt, error) {
		s, err := c.Conn.(driver.ConnPrepareContext).PrepareContext(ctx, query)
		if err != nil {
			return nil, err
		}
		return &meteredStmt{s, query, c.m}, nil
	})
}

func (c *meteredConn) BeginTx(ctx context.Context, o driver.TxOptions) (driver.Tx, error) {
	return through(c.m, "begin", func() (driver.Tx, error) {
		tx, err := c.Conn.(driver.ConnBeginTx).BeginTx(ctx, o)
		if err != nil {
			return nil, err
		}
		return meteredTx{tx, c.m}, nil
	})
}

func (c *meteredConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	return through(c.m, "exec", func() (driver.Result, error) {
		r, err := c.Conn.(driver.ExecerContext).ExecContext(ctx, query, args)
		if !errors.Is(err, driver.ErrSkip) {
			c.m.statement(query, args)
		}
		return r, err
	})
}

func (c *meteredConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	return through(c.m, "query", func() (driver.Rows, error) {
		r, err := c.Conn.(driver.QueryerContext).QueryContext(ctx, query, args)
		if !errors.Is(err, driver.ErrSkip) {
			c.m.statement(query, args)
		}
		return r, err
	})
}

func (c *meteredConn) Ping(ctx context.Context) error {
	if p, ok := c.Conn.(driver.Pinger); ok {
		return p.Ping(ctx)
	}
	return nil
}

func (c *meteredConn) ResetSession(ctx context.Context) error {
	if r, ok := c.Conn.(driver.SessionResetter); ok {
		return r.ResetSession(ctx)
	}
	return nil
}

func (c *meteredConn) IsValid() bool {
	v, ok := c.Conn.(driver.Validator)
	return !ok || v.IsValid()
}

func (c *meteredConn) CheckNamedValue(v *driver.NamedValue) error { return check(c.Conn, v) }

func check(of any, v *driver.NamedValue) error {
	if c, ok := of.(driver.NamedValueChecker); ok {
		return c.CheckNamedValue(v)
	}
	return driver.ErrSkip
}

type meteredStmt struct {
	driver.Stmt
	query string
	m     *meter
}

func (s *meteredStmt) ExecContext(ctx context.Context, args []driver.NamedValue) (driver.Result, error) {
	return through(s.m, "exec", func() (driver.Result, error) {
		s.m.statement(s.query, args)
		return s.Stmt.(driver.StmtExecContext).ExecContext(ctx, args)
	})
}

func (s *meteredStmt) QueryContext(ctx context.Context, args []driver.NamedValue) (driver.Rows, error) {
	return through(s.m, "query", func() (driver.Rows, error) {
		s.m.statement(s.query, args)
		return s.Stmt.(driver.StmtQueryContext).QueryContext(ctx, args)
	})
}

func (s *meteredStmt) CheckNamedValue(v *driver.NamedValue) error { return check(s.Stmt, v) }

type meteredTx struct {
	driver.Tx
	m *meter
}

// Commit may fail. A server that refuses a commit has rolled back the
// transaction; SQLite leaves it open.
func (t meteredTx) Commit() error {
	asked := false
	_, err := through(t.m, "commit", func() (struct{}, error) { asked = true; return struct{}{}, t.Tx.Commit() })
	if !asked && !t.m.embedded {
		_ = t.Tx.Rollback()
	}
	return err
}
