package ent

import (
	"context"
	"database/sql"
	"strings"

	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"

	"portico/ent/shape"
)

// atDoor is what every statement passes before it is sent: it is brought into
// one of few shapes, and its values are held to the alphabets of their columns.
func atDoor(query string, args []any) (string, []any, error) {
	query, args = shape.Of(query, args)
	args, err := fitted(query, args)
	return query, args, err
}

// pool is a connection pool.
type pool struct{ *sql.DB }

// outside runs statements that are in no transaction: reads on the readers,
// the rest on the writer.
type outside struct {
	read, write *pool
	// whole is set where a brief statement isn't interrupted midway: on SQLite it
	// waits for nothing, so that no goroutine need watch over it.
	whole bool
}

type briefly struct{}

// Brief is the context for a query that finds a few rows by a unique key, and so
// takes no longer than it takes to be interrupted.
func Brief(ctx context.Context) context.Context { return context.WithValue(ctx, briefly{}, true) }

func (o outside) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	query, args, err := atDoor(query, args)
	if err != nil {
		return nil, err
	}
	return o.write.ExecContext(ctx, query, args...)
}

func (o outside) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	query, args, err := atDoor(query, args)
	if err != nil {
		return nil, err
	}
	if ctx, err = uninterrupted(ctx, o.whole && ctx.Value(briefly{}) != nil); err != nil {
		return nil, err
	}
	if reads(query) {
		return o.read.QueryContext(ctx, query, args...)
	}
	return o.write.QueryContext(ctx, query, args...)
}

// reads reports whether a statement is a query; one with RETURNING is none.
func reads(query string) bool {
	const kind = len("(select")
	start := strings.ToUpper(query[:min(kind, len(query))])
	return strings.HasPrefix(start, "SELECT") || strings.HasPrefix(start, "(SELECT") || strings.HasPrefix(start, "WITH")
}

// inside runs the statements of one transaction, on the writer.
type inside struct {
	tx *sql.Tx
	// whole is set where a statement isn't interrupted midway: on SQLite none of a
	// transaction waits for anything, so that it is soon enough to look at the
	// context between them, and no goroutine need watch over each.
	whole bool
}

// uninterrupted is a statement's context: where the statement is whole, it begins
// only in a context that hasn't ended, and then runs to its end.
func uninterrupted(ctx context.Context, whole bool) (context.Context, error) {
	if !whole {
		return ctx, nil
	}
	return context.WithoutCancel(ctx), ctx.Err()
}

func (i inside) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	ctx, err := uninterrupted(ctx, i.whole)
	if err != nil {
		return nil, err
	}
	if query, args, err = atDoor(query, args); err != nil {
		return nil, err
	}
	return i.tx.ExecContext(ctx, query, args...)
}

func (i inside) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	ctx, err := uninterrupted(ctx, i.whole)
	if err != nil {
		return nil, err
	}
	if query, args, err = atDoor(query, args); err != nil {
		return nil, err
	}
	return i.tx.QueryContext(ctx, query, args...)
}

// driver is ent's driver over a pool of readers and a writer (the same pool on
// MySQL).
type driver struct {
	entsql.Conn
	name        string
	read, write *pool
	statements  *statements
	nodes       *nodes // nil on SQLite
	idle        int    // connections that are kept to one of several nodes
	unwatch     func() // ends the watch over them; nil where it is another's
}

func newDriver(name string, read, write *sql.DB, s *statements) *driver {
	w := &pool{write}
	r := w
	if read != write {
		r = &pool{read}
	}
	d := &driver{name: name, read: r, write: w, statements: s}
	d.ExecQuerier = patient{outside{r, w, name == dialect.SQLite}, d}
	return d
}

// Dialect is ent's name of the engine.
func (d *driver) Dialect() string { return d.name }

// Close closes both pools.
func (d *driver) Close() error {
	if d.unwatch != nil {
		d.unwatch()
	}
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
	tx, err := d.write.BeginTx(ctx, nil)
	if err != nil {
		return nil, err
	}
	t := &transaction{Conn: entsql.Conn{ExecQuerier: inside{tx, d.name == dialect.SQLite}}, tx: tx}
	if d.name == dialect.SQLite {
		t.unclean = d.write
	}
	return t, nil
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
		_, _ = t.unclean.ExecContext(context.Background(), "ROLLBACK")
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
	return t.Conn.ExecQuerier.(inside).QueryContext(ctx, query, args...)
}

// ExecContext runs a statement in the transaction (ent's execquery feature).
func (t *transaction) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	return t.Conn.ExecQuerier.(inside).ExecContext(ctx, query, args...)
}
