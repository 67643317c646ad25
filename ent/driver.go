package ent

import (
	"context"
	"database/sql"
	"strings"

	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"

	"portico/ent/shape"
)

// This file is the way of a statement from ent's client to database/sql. Outside
// of transactions it goes by driver, patient (which tries a read again) and
// outside (which chooses the pool); in one, by transaction and inside. Both pass
// it through the door.

// driver is what ent's client runs on: a pool of readers and a writer, which on
// MySQL are one.
type driver struct {
	entsql.Conn // runs statements, by patient
	name        string
	read, write *sql.DB
	statements  *statements
	nodes       *nodes // nil on SQLite
	idle        int    // connections that are kept to one of several nodes
	unwatch     func() // ends the watch over them; nil where it is another's
}

func newDriver(name string, read, write *sql.DB, s *statements) *driver {
	d := &driver{name: name, read: read, write: write, statements: s}
	d.ExecQuerier = patient{outside{read: read, write: write, sqlite: name == dialect.SQLite}, d}
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
	sqlite := d.name == dialect.SQLite
	t := &transaction{Conn: entsql.Conn{ExecQuerier: inside{tx: tx, sqlite: sqlite}}, tx: tx}
	if sqlite {
		t.unclean = d.write
	}
	return t, nil
}

// transaction is one transaction of the driver.
type transaction struct {
	entsql.Conn // runs statements, by inside
	tx          *sql.Tx
	// unclean is the pool whose one connection a failed commit leaves within the
	// transaction (SQLite's); nil where the server undoes it.
	unclean *sql.DB
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

// outside runs statements that are in no transaction.
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

// QueryContext runs a query on the readers, and what writes and returns rows on
// the writer.
func (o outside) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	query, args, err := atDoor(query, args)
	if err != nil {
		return nil, err
	}
	if o.sqlite && isBrief(ctx) { // it waits for nothing
		if ctx, err = uninterrupted(ctx); err != nil {
			return nil, err
		}
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

// inside runs the statements of one transaction.
type inside struct {
	tx *sql.Tx
	// On SQLite no statement of a transaction waits for anything, so it is soon
	// enough to look at the context between them.
	sqlite bool
}

// ExecContext runs a statement in the transaction.
func (i inside) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	ctx, query, args, err := i.ready(ctx, query, args)
	if err != nil {
		return nil, err
	}
	return i.tx.ExecContext(ctx, query, args...)
}

// QueryContext runs a query in the transaction.
func (i inside) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	ctx, query, args, err := i.ready(ctx, query, args)
	if err != nil {
		return nil, err
	}
	return i.tx.QueryContext(ctx, query, args...)
}

// ready is a statement as it is sent, and the context that it is sent with.
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

// atDoor is what every statement passes before it is sent: it is brought into
// one of few shapes, and its values are held to the alphabets of their columns.
func atDoor(query string, args []any) (string, []any, error) {
	query, args = shape.Of(query, args)
	args, err := fitted(query, args)
	return query, args, err
}

// uninterrupted is the context of a statement that waits for nothing: it begins
// only where the given one hasn't ended, and then runs to its end. So database/sql
// needs no goroutine to watch over it.
func uninterrupted(ctx context.Context) (context.Context, error) {
	return context.WithoutCancel(ctx), ctx.Err()
}

type briefly struct{}

// Brief is the context for a query that finds a few rows by a unique key, and so
// takes no longer than it takes to be interrupted.
func Brief(ctx context.Context) context.Context { return context.WithValue(ctx, briefly{}, true) }

func isBrief(ctx context.Context) bool { return ctx.Value(briefly{}) != nil }
