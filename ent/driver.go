package ent

import (
	"context"
	"database/sql"
	"errors"
	"strings"

	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"

	"portico/ent/checkpoint"
	"portico/ent/shape"
)

// This file passes statements from ent's client to database/sql. Outside a
// transaction a statement passes through driver, patient (which retries a read)
// and outside (which chooses the pool). In a transaction it passes through
// transaction and inside. Both check it with atDoor.

// driver is the driver of ent's client. It has a pool of readers and a writer,
// which are the same pool on MySQL.
type driver struct {
	entsql.Conn // runs statements with patient
	name        string
	read, write *sql.DB
	statements  *statements
	nodes       *nodes             // nil on SQLite
	idle        int                // number of idle connections to one of several nodes
	unwatch     func()             // stops watching the nodes; nil if another store watches them
	turns       *turns             // of the transactions; nil on MySQL
	log         *checkpoint.Copier // of SQLite's log; nil on MySQL, and for a probe
}

func newDriver(name string, read, write *sql.DB, s *statements) *driver {
	d := &driver{name: name, read: read, write: write, statements: s}
	d.ExecQuerier = patient{outside{read: read, write: write, sqlite: name == dialect.SQLite}, d}
	return d
}

// Dialect returns ent's name of the engine.
func (d *driver) Dialect() string { return d.name }

// Close closes both pools.
func (d *driver) Close() error {
	if d.unwatch != nil {
		d.unwatch()
	}
	var err error
	if d.log != nil {
		err = d.log.Close()
	}
	err = errors.Join(err, d.write.Close())
	if d.read != d.write {
		err = errors.Join(err, d.read.Close())
	}
	return err
}

// Tx opens a transaction on the writer. On SQLite it waits for its turn.
func (d *driver) Tx(ctx context.Context) (dialect.Tx, error) {
	wrote, _ := ctx.Value(writing{}).(*bool)
	if wrote == nil {
		wrote = new(bool)
	}
	if d.turns == nil {
		tx, err := d.write.BeginTx(ctx, nil)
		if err != nil {
			return nil, err
		}
		return &transaction{Conn: entsql.Conn{ExecQuerier: inside{tx: tx, wrote: wrote}}, tx: tx}, nil
	}
	if err := d.turns.take(ctx); err != nil {
		return nil, err
	}
	tx, err := d.write.BeginTx(ctx, nil)
	if err != nil {
		d.turns.pass()
		return nil, err
	}
	return &transaction{Conn: entsql.Conn{ExecQuerier: inside{tx: tx, wrote: wrote, sqlite: true}}, tx: tx, sqlite: d}, nil
}

// transaction is one transaction of the driver.
type transaction struct {
	entsql.Conn // runs statements with inside
	tx          *sql.Tx
	// sqlite is the driver on SQLite, until the transaction has ended and passed its
	// turn on; nil on MySQL.
	sqlite *driver
}

// Commit commits the transaction. If that fails, it rolls back. On SQLite a
// failed COMMIT (for instance because the disk is full) may leave the
// transaction open, and then the only writing connection could not write again.
func (t *transaction) Commit() error {
	err := t.tx.Commit()
	if d := t.sqlite; d != nil {
		if err != nil {
			// The pool has one connection, so this never affects another
			// transaction. If none is open, it returns an error that can be
			// ignored.
			_, _ = d.write.ExecContext(context.Background(), "ROLLBACK")
		}
		t.ended()
		if err == nil && d.log != nil {
			d.log.Committed()
		}
	}
	return err
}

// Rollback rolls the transaction back.
func (t *transaction) Rollback() error {
	defer t.ended()
	return t.tx.Rollback()
}

// ended passes the turn on, once.
func (t *transaction) ended() {
	if t.sqlite != nil {
		t.sqlite.turns.pass()
		t.sqlite = nil
	}
}

// outside runs statements outside transactions.
type outside struct {
	read, write *sql.DB
	sqlite      bool
}

// ExecContext runs a statement on the writer.
func (o outside) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	query, args, err := atDoor(query, args)
	if err != nil {
		return nil, err
	}
	return o.write.ExecContext(ctx, query, args...)
}

// QueryContext runs a query on the readers. A query that writes and returns
// rows runs on the writer.
func (o outside) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	query, args, err := atDoor(query, args)
	if err != nil {
		return nil, err
	}
	if o.sqlite && isBrief(ctx) { // it never waits
		if ctx, err = uninterrupted(ctx); err != nil {
			return nil, err
		}
	}
	if reads(query) {
		return o.read.QueryContext(ctx, query, args...)
	}
	return o.write.QueryContext(ctx, query, args...)
}

// reads reports whether a statement only reads. One with RETURNING also writes.
func reads(query string) bool {
	const kind = len("(select")
	start := strings.ToUpper(query[:min(kind, len(query))])
	return strings.HasPrefix(start, "SELECT") || strings.HasPrefix(start, "(SELECT") || strings.HasPrefix(start, "WITH")
}

// inside runs the statements of one transaction.
type inside struct {
	tx *sql.Tx
	// On SQLite a statement in a transaction never waits, so it is enough to
	// check the context between statements.
	sqlite bool
	// wrote is set once a row was written.
	wrote *bool
}

// ExecContext runs a statement in the transaction.
func (i inside) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	ctx, query, args, err := i.ready(ctx, query, args)
	if err != nil {
		return nil, err
	}
	r, err := i.tx.ExecContext(ctx, query, args...)
	if err == nil && !*i.wrote && !isControl(query) {
		n, e := r.RowsAffected()
		*i.wrote = n != 0 || e != nil
	}
	return r, err
}

// isControl reports whether a statement sets a savepoint or goes back to it.
// SQLite returns for it the number of rows that were written before.
func isControl(query string) bool {
	return strings.HasPrefix(query, "SAVEPOINT") || strings.HasPrefix(query, "ROLLBACK")
}

// QueryContext runs a query in the transaction.
func (i inside) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	ctx, query, args, err := i.ready(ctx, query, args)
	if err != nil {
		return nil, err
	}
	if !reads(query) {
		*i.wrote = true
	}
	return i.tx.QueryContext(ctx, query, args...)
}

// ready returns a statement in the form in which it is sent, and the context
// with which it is sent.
func (i inside) ready(ctx context.Context, query string, args []any) (context.Context, string, []any, error) {
	if i.sqlite {
		var err error
		if ctx, err = uninterrupted(ctx); err != nil {
			return nil, "", nil, err
		}
	}
	query, args, err := atDoor(query, args)
	return ctx, query, args, err
}

// atDoor prepares every statement before it is sent: it brings the statement
// into one of a few shapes, and checks its values against the alphabets of
// their columns.
func atDoor(query string, args []any) (string, []any, error) {
	query, args = shape.Of(query, args)
	args, err := fitted(query, args)
	return query, args, err
}

// uninterrupted returns the context for a statement that never waits. The
// statement starts only if the given context hasn't ended, and then runs to its
// end, so that database/sql needs no goroutine to watch the context.
func uninterrupted(ctx context.Context) (context.Context, error) {
	return context.WithoutCancel(ctx), ctx.Err()
}

type briefly struct{}

// Brief returns a context for a query that finds a few rows by a unique key.
// Such a query is so short that it isn't worth interrupting.
func Brief(ctx context.Context) context.Context { return context.WithValue(ctx, briefly{}, true) }

func isBrief(ctx context.Context) bool { return ctx.Value(briefly{}) != nil }
