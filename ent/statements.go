package ent

import (
	"container/list"
	"context"
	sqldriver "database/sql/driver"
	"errors"
	"sync/atomic"

	"github.com/go-sql-driver/mysql"

	"portico/ent/shape"
)

// statements is what the connections of a pool have in common: how many
// statements each keeps prepared, and what became of them.
type statements struct {
	// each is how many one connection keeps prepared; 0 is none.
	each int
	// sight is at which sight of a statement a connection prepares it: what is
	// sent once isn't worth it where preparing is a round trip of its own.
	sight int

	open, evicted, refused atomic.Int64
}

// restAfterRefusal is how many statements a connection runs as text after the
// server has refused to prepare one, before it asks again.
const restAfterRefusal = 200

// preparing is a connector whose connections keep the statements prepared that
// they used last. A statement that isn't prepared is sent as text, with its
// values put in by the driver.
type preparing struct {
	sqldriver.Connector
	all *statements
}

// Connect opens a connection.
func (p preparing) Connect(ctx context.Context) (sqldriver.Conn, error) {
	c, err := p.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return &preparedConn{Conn: c, all: p.all, known: map[string]*list.Element{}}, nil
}

// preparedConn is a connection of either engine's driver, or of what a test wraps
// it in. database/sql lets one
// goroutine at a time use it, and nothing of ours asks a second thing of it while
// it reads the rows of a first.
type preparedConn struct {
	sqldriver.Conn
	all   *statements
	known map[string]*list.Element // by text
	order list.List                // of *seen, the one used last in front
	rest  int
}

// seen is a statement that a connection was sent; stmt is nil while it isn't
// prepared.
type seen struct {
	query string
	times int
	stmt  sqldriver.Stmt
}

// statement returns a query's prepared statement, nil if it is to run as text.
func (c *preparedConn) statement(ctx context.Context, query string) (sqldriver.Stmt, error) {
	var s *seen
	if e := c.known[query]; e != nil {
		c.order.MoveToFront(e)
		if s = e.Value.(*seen); s.stmt != nil {
			return s.stmt, nil
		}
	} else {
		if c.all.each == 0 || !shape.WorthKeeping(query) {
			return nil, nil
		}
		s = &seen{query: query}
		c.known[query] = c.order.PushFront(s)
		if err := c.evict(); err != nil {
			return nil, err
		}
	}
	if s.times++; s.times < c.all.sight {
		return nil, nil
	}
	if c.rest > 0 {
		c.rest--
		return nil, nil
	}
	stmt, err := c.PrepareContext(ctx, query)
	if isUnpreparable(err) {
		c.rest = restAfterRefusal
		c.all.refused.Add(1)
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	s.stmt = stmt
	c.all.open.Add(1)
	return stmt, nil
}

// evict closes what was used longest ago, beyond what a connection keeps.
func (c *preparedConn) evict() (err error) {
	for c.order.Len() > c.all.each {
		last := c.order.Back()
		s := c.order.Remove(last).(*seen)
		delete(c.known, s.query)
		if s.stmt != nil {
			c.all.open.Add(-1)
			c.all.evicted.Add(1)
			err = errors.Join(err, s.stmt.Close())
		}
	}
	return err
}

// isUnpreparable reports whether the server takes the statement, but not
// prepared: it has as many as it keeps (1461), or this one has too many values
// (1390) or is of a kind that it doesn't prepare (1295).
func isUnpreparable(err error) bool {
	var m *mysql.MySQLError
	return errors.As(err, &m) && (m.Number == 1461 || m.Number == 1390 || m.Number == 1295)
}

// QueryContext runs a query.
func (c *preparedConn) QueryContext(ctx context.Context, query string, args []sqldriver.NamedValue) (sqldriver.Rows, error) {
	s, err := c.statement(ctx, query)
	if err != nil {
		return nil, err
	}
	if s == nil {
		if q, ok := c.Conn.(sqldriver.QueryerContext); ok {
			return q.QueryContext(ctx, query, args)
		}
		return nil, sqldriver.ErrSkip
	}
	return s.(sqldriver.StmtQueryContext).QueryContext(ctx, args)
}

// ExecContext runs a statement.
func (c *preparedConn) ExecContext(ctx context.Context, query string, args []sqldriver.NamedValue) (sqldriver.Result, error) {
	s, err := c.statement(ctx, query)
	if err != nil {
		return nil, err
	}
	if s == nil {
		if e, ok := c.Conn.(sqldriver.ExecerContext); ok {
			return e.ExecContext(ctx, query, args)
		}
		return nil, sqldriver.ErrSkip
	}
	return s.(sqldriver.StmtExecContext).ExecContext(ctx, args)
}

// PrepareContext prepares a statement that isn't kept.
func (c *preparedConn) PrepareContext(ctx context.Context, query string) (sqldriver.Stmt, error) {
	if p, ok := c.Conn.(sqldriver.ConnPrepareContext); ok {
		return p.PrepareContext(ctx, query)
	}
	return c.Conn.Prepare(query)
}

// BeginTx begins a transaction.
func (c *preparedConn) BeginTx(ctx context.Context, o sqldriver.TxOptions) (sqldriver.Tx, error) {
	return c.Conn.(sqldriver.ConnBeginTx).BeginTx(ctx, o)
}

// Ping asks whether the server answers.
func (c *preparedConn) Ping(ctx context.Context) error {
	if p, ok := c.Conn.(sqldriver.Pinger); ok {
		return p.Ping(ctx)
	}
	return nil
}

// ResetSession is asked before the connection is used again.
func (c *preparedConn) ResetSession(ctx context.Context) error {
	if r, ok := c.Conn.(sqldriver.SessionResetter); ok {
		return r.ResetSession(ctx)
	}
	return nil
}

// IsValid reports whether the connection may be used again.
func (c *preparedConn) IsValid() bool {
	v, ok := c.Conn.(sqldriver.Validator)
	return !ok || v.IsValid()
}

// CheckNamedValue makes a value what the driver takes.
func (c *preparedConn) CheckNamedValue(v *sqldriver.NamedValue) error {
	if n, ok := c.Conn.(sqldriver.NamedValueChecker); ok {
		return n.CheckNamedValue(v)
	}
	return sqldriver.ErrSkip
}

// Close closes the connection, and with it what it prepared.
func (c *preparedConn) Close() error {
	var err error
	for e := c.order.Front(); e != nil; e = e.Next() {
		if s := e.Value.(*seen); s.stmt != nil {
			c.all.open.Add(-1)
			if c.all.sight == 1 { // on SQLite; a server forgets them by itself
				err = errors.Join(err, s.stmt.Close())
			}
		}
	}
	c.order.Init()
	clear(c.known)
	return errors.Join(err, c.Conn.Close())
}
