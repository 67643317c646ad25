package ent

import (
	"context"
	"database/sql"
	"strings"
	"sync"
	"sync/atomic"

	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"
)

// maxStatements bounds the prepared statements of one pool; what comes beyond
// runs unprepared.
const maxStatements = 1000

// pool is a connection pool that prepares each statement once.
type pool struct {
	*sql.DB
	statements sync.Map // query -> *sql.Stmt
	count      atomic.Int64
}

func preparable(query string) bool {
	return strings.HasPrefix(query, "SELECT") || strings.HasPrefix(query, "INSERT") ||
		strings.HasPrefix(query, "UPDATE") || strings.HasPrefix(query, "DELETE")
}

// prepared returns the statement of a query, or nil if it is to run as text.
func (p *pool) prepared(ctx context.Context, query string) (*sql.Stmt, error) {
	if s, ok := p.statements.Load(query); ok {
		return s.(*sql.Stmt), nil
	}
	if !preparable(query) || p.count.Load() >= maxStatements {
		return nil, nil
	}
	s, err := p.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	if old, loaded := p.statements.LoadOrStore(query, s); loaded {
		_ = s.Close()
		return old.(*sql.Stmt), nil
	}
	p.count.Add(1)
	return s, nil
}

// outside runs statements that are in no transaction: reads on the readers,
// the rest on the writer.
type outside struct{ read, write *pool }

func (o outside) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	args, err := fitted(query, args)
	if err != nil {
		return nil, err
	}
	s, err := o.write.prepared(ctx, query)
	if err != nil {
		return nil, err
	}
	if s == nil {
		return o.write.DB.ExecContext(ctx, query, args...)
	}
	return s.ExecContext(ctx, args...)
}

func (o outside) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	args, err := fitted(query, args)
	if err != nil {
		return nil, err
	}
	p := o.write
	if strings.HasPrefix(query, "SELECT") || strings.HasPrefix(query, "(SELECT") || strings.HasPrefix(query, "WITH") {
		p = o.read
	}
	s, err := p.prepared(ctx, query)
	if err != nil {
		return nil, err
	}
	if s == nil {
		return p.DB.QueryContext(ctx, query, args...)
	}
	return s.QueryContext(ctx, args...)
}

// inside runs the statements of one transaction, on the writer.
type inside struct {
	tx   *sql.Tx
	pool *pool
	// whole is set where a statement isn't interrupted midway: on SQLite none of a
	// transaction waits for anything, so that it is soon enough to look at the
	// context between them, and no goroutine need watch over each.
	whole bool
}

func (i inside) within(ctx context.Context) (context.Context, error) {
	if !i.whole {
		return ctx, nil
	}
	return context.WithoutCancel(ctx), ctx.Err()
}

func (i inside) statement(query string) *sql.Stmt {
	// Preparing anew here would ask the pool for a second connection while this
	// transaction holds one; so only what is prepared already is reused, and the
	// rest is prepared after the first use by the caller outside.
	if s, ok := i.pool.statements.Load(query); ok {
		return s.(*sql.Stmt)
	}
	return nil
}

func (i inside) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	ctx, err := i.within(ctx)
	if err != nil {
		return nil, err
	}
	if args, err = fitted(query, args); err != nil {
		return nil, err
	}
	if s := i.statement(query); s != nil {
		return i.tx.StmtContext(ctx, s).ExecContext(ctx, args...)
	}
	return i.tx.ExecContext(ctx, query, args...)
}

func (i inside) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	ctx, err := i.within(ctx)
	if err != nil {
		return nil, err
	}
	if args, err = fitted(query, args); err != nil {
		return nil, err
	}
	if s := i.statement(query); s != nil {
		return i.tx.StmtContext(ctx, s).QueryContext(ctx, args...)
	}
	return i.tx.QueryContext(ctx, query, args...)
}

// driver is ent's driver over a pool of readers and a writer (the same pool on
// MySQL).
type driver struct {
	entsql.Conn
	name        string
	read, write *pool
	seen        sync.Map // queries met inside transactions, to be prepared between them
	nodes       *nodes   // nil on SQLite
	idle        int      // connections that are kept to one of several nodes
}

func newDriver(name string, read, write *sql.DB) *driver {
	w := &pool{DB: write}
	r := w
	if read != write {
		r = &pool{DB: read}
	}
	d := &driver{name: name, read: r, write: w}
	d.ExecQuerier = patient{outside{r, w}, d}
	return d
}

// Dialect is ent's name of the engine.
func (d *driver) Dialect() string { return d.name }

// Close closes both pools.
func (d *driver) Close() error {
	err := d.write.Close()
	if d.read != d.write {
		if e := d.read.Close(); err == nil {
			err = e
		}
	}
	return err
}

// Tx opens a transaction on the writer.
func (d *driver) Tx(ctx context.Context) (dialect.Tx, error) {
	d.prepareSeen(ctx)
	tx, err := d.write.BeginTx(ctx, nil)
	if err != nil {
		return nil, err
	}
	t := &transaction{Conn: entsql.Conn{ExecQuerier: remembering{inside{tx, d.write, d.name == dialect.SQLite}, d}}, tx: tx}
	if d.name == dialect.SQLite {
		t.unclean = d.write
	}
	return t, nil
}

// prepareSeen prepares what transactions before this one ran as text.
func (d *driver) prepareSeen(ctx context.Context) {
	d.seen.Range(func(q, _ any) bool {
		d.seen.Delete(q)
		_, err := d.write.prepared(ctx, q.(string))
		return err == nil
	})
}

// remembering notes the queries of a transaction that weren't prepared.
type remembering struct {
	inside
	d *driver
}

func (r remembering) note(query string) {
	if preparable(query) && r.pool.count.Load() < maxStatements {
		if _, ok := r.pool.statements.Load(query); !ok {
			r.d.seen.Store(query, struct{}{})
		}
	}
}

func (r remembering) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	r.note(query)
	return r.inside.ExecContext(ctx, query, args...)
}

func (r remembering) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	r.note(query)
	return r.inside.QueryContext(ctx, query, args...)
}

type transaction struct {
	entsql.Conn
	tx *sql.Tx
	// unclean is the pool whose one connection a failed commit leaves within the
	// transaction (SQLite's); nil where the server undoes it.
	unclean *pool
}

// Commit commits. If that fails the transaction is undone: on SQLite, whose
// COMMIT may fail and leave it open (a full disk), nothing could be written any
// more on the one connection that writes.
func (t *transaction) Commit() error {
	err := t.tx.Commit()
	if err != nil && t.unclean != nil {
		// The pool has one connection, so this never meets another's transaction;
		// where none is open it is an error that says nothing.
		_, _ = t.unclean.DB.ExecContext(context.Background(), "ROLLBACK")
	}
	return err
}

// Rollback rolls back.
func (t *transaction) Rollback() error { return t.tx.Rollback() }

// QueryContext runs a query outside transactions (ent's execquery feature).
func (d *driver) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	return d.Conn.ExecQuerier.(patient).QueryContext(ctx, query, args...)
}

// ExecContext runs a statement outside transactions (ent's execquery feature).
func (d *driver) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	return d.Conn.ExecQuerier.(patient).ExecContext(ctx, query, args...)
}

// QueryContext runs a query in the transaction (ent's execquery feature).
func (t *transaction) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	return t.Conn.ExecQuerier.(remembering).QueryContext(ctx, query, args...)
}

// ExecContext runs a statement in the transaction (ent's execquery feature).
func (t *transaction) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	return t.Conn.ExecQuerier.(remembering).ExecContext(ctx, query, args...)
}
