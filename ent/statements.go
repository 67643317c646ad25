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

// statements is shared by the connections of a pool: the limit of prepared
// statements for each connection, and figures about them.
type statements struct {
	// each is the maximum number of prepared statements of one connection; 0
	// means none.
	each int
	// sight is the number of times that a connection must have seen a statement
	// before it prepares it. If preparing takes a round trip, it isn't
	// worthwhile for a statement that is sent once.
	sight int

	open, evicted, refused atomic.Int64
}

// restAfterRefusal is the number of statements that a connection runs as text
// after the server refused to prepare one, before it tries to prepare again.
const restAfterRefusal = 200

// preparing is a connector whose connections keep the statements prepared that
// they used most recently. A statement that isn't prepared is sent as text,
// into which the driver inserts its values.
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

// preparedConn is a connection of either engine's driver, or of a wrapper that
// a test puts around it. database/sql lets only one goroutine use it at a time,
// and Portico never runs a statement on it while it reads the rows of another.
type preparedConn struct {
	sqldriver.Conn
	all   *statements
	known map[string]*list.Element // by text
	order list.List                // of *seen, most recently used first
	rest  int
}

// seen is a statement that a connection has sent. stmt is nil if it isn't
// prepared.
type seen struct {
	query string
	times int
	stmt  sqldriver.Stmt
}

// statement returns a query's prepared statement, or nil if the query should
// run as text.
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

// evict closes the least recently used statements beyond the connection's
// limit.
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

// isUnpreparable reports whether the server accepts the statement as text only:
// it has reached its maximum of prepared statements (1461), or this one has too
// many values (1390) or is of a kind that can't be prepared (1295).
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

// Ping checks whether the server answers.
func (c *preparedConn) Ping(ctx context.Context) error {
	if p, ok := c.Conn.(sqldriver.Pinger); ok {
		return p.Ping(ctx)
	}
	return nil
}

// ResetSession is called before the connection is used again.
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

// CheckNamedValue converts a value to one that the driver accepts.
func (c *preparedConn) CheckNamedValue(v *sqldriver.NamedValue) error {
	if n, ok := c.Conn.(sqldriver.NamedValueChecker); ok {
		return n.CheckNamedValue(v)
	}
	return sqldriver.ErrSkip
}

// Close closes the connection and its prepared statements.
func (c *preparedConn) Close() error {
	var err error
	for e := c.order.Front(); e != nil; e = e.Next() {
		if s := e.Value.(*seen); s.stmt != nil {
			c.all.open.Add(-1)
			if c.all.sight == 1 { // on SQLite; a server releases them itself
				err = errors.Join(err, s.stmt.Close())
			}
		}
	}
	c.order.Init()
	clear(c.known)
	return errors.Join(err, c.Conn.Close())
}
