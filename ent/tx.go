package ent

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"time"

	"entgo.io/ent/dialect"
	"github.com/go-sql-driver/mysql"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"portico/authz"
	"portico/ent/db"
)

// Tx is one transaction: the entities to work on, its one instant, and the
// context of its own statements (pass it where a context is asked for).
type Tx struct {
	context.Context
	*db.Tx
	// Now is the portal's time, one for the whole transaction.
	Now time.Time
	// Wall is wall time, for sessions, codes and throttles.
	Wall time.Time

	store *Store
	// latest is the instant that a part of the transaction was moved on to, and wrote
	// whether a row was written; all copies of the transaction share them.
	latest *time.Time
	wrote  *bool
	// changes are the values that it changed.
	changes *changes
}

// Store returns the store, for sealing and indexing.
func (tx *Tx) Store() *Store { return tx.store }

// NoEarlier moves the transaction's time on to an instant, if that is later: what
// builds on something happens no earlier than it, though a replica whose clock is
// ahead, within what clocks may differ, wrote it. The transaction is then done
// anew as a whole at that instant, so that all it writes has one.
func (tx *Tx) NoEarlier(than time.Time) {
	if tx.Now.Before(than) {
		tx.Now = than.UTC()
	}
	if tx.latest.Before(tx.Now) {
		*tx.latest = tx.Now
	}
}

// Principal is whoever acts in the transaction.
func (tx *Tx) Principal() *authz.Principal { return authz.From(tx.Context) }

// Within confines the transaction to one account.
func (tx *Tx) Within(accountID string) *Tx { return tx.With(authz.Narrow(tx.Context, accountID)) }

// With returns the same transaction with another context, of another principal
// for example. The context must be derived from the transaction's own.
func (tx *Tx) With(ctx context.Context) *Tx {
	t := *tx
	t.Context = ctx
	return &t
}

type inTx struct{}

// writing is the key under which the context that opens a transaction holds where to
// note that it wrote.
type writing struct{}

// InTransaction reports whether the context is that of a transaction.
func InTransaction(ctx context.Context) bool { return ctx.Value(inTx{}) != nil }

// changesOf returns the changes of the context's transaction if they are recorded;
// nil if they aren't.
func changesOf(ctx context.Context) *changes {
	if c, _ := ctx.Value(inTx{}).(*changes); c != nil && c.recorded {
		return c
	}
	return nil
}

// Write runs steps in one transaction, with one instant, and reruns all of
// them after a conflict with another transaction, and while the database isn't
// to be had: within the context's time, and no longer than a cluster takes to go
// on without one of its nodes. Steps must have no effect outside the database.
// Where the commit wasn't answered it isn't rerun, see [ErrUnknown]. A
// transaction within a transaction is an error of the program.
func (s *Store) Write(ctx context.Context, steps func(tx *Tx) error) error {
	if InTransaction(ctx) {
		return errors.New("ent: a transaction within a transaction")
	}
	var from time.Time
	for p := new(patience); ; {
		again, err := p.again(ctx, s.driver, s.once(ctx, &from, steps))
		if !again {
			return err
		}
	}
}

// once runs steps, no earlier than from, which is moved on where they were moved on
// themselves: then they are to be run again.
func (s *Store) once(ctx context.Context, from *time.Time, steps func(tx *Tx) error) (err error) {
	wrote := new(bool)
	raw, err := s.client.Tx(context.WithValue(ctx, writing{}, wrote))
	if err != nil {
		return err
	}
	changed := &changes{store: s}
	tx := &Tx{Context: context.WithValue(ctx, inTx{}, changed), Tx: raw, Now: s.Now(), Wall: s.Wall(), store: s, latest: new(time.Time), wrote: wrote, changes: changed}
	if tx.Now.Before(*from) {
		tx.Now = *from
	}
	began := tx.Now
	done := false
	defer func() {
		if !done { // an error, or a panic on its way up
			_ = raw.Rollback()
		}
	}()
	if err := steps(tx); err != nil {
		return err
	}
	if tx.latest.After(began) {
		*from = *tx.latest
		return ErrStale
	}
	done = true
	if err = raw.Commit(); away(err) {
		err = fmt.Errorf("%w: %w", ErrUnknown, err)
	}
	if s.Dialect() == dialect.SQLite {
		// Whoever waits for the one writer goes first: the answer that this request
		// has yet to make needs no lock.
		runtime.Gosched()
	}
	return err
}

// IsDuplicate reports whether an error is a unique key's refusal.
func IsDuplicate(err error) bool {
	var m *mysql.MySQLError
	if errors.As(err, &m) {
		return m.Number == 1062
	}
	var l *sqlite.Error
	if errors.As(err, &l) {
		return l.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE || l.Code() == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY
	}
	return false
}

// Wrote reports whether the transaction has written a row since it began.
func (tx *Tx) Wrote() bool { return *tx.wrote }

// Savepoint marks a point that [Tx.Back] returns to.
func (tx *Tx) Savepoint() error {
	_, err := tx.ExecContext(tx, "SAVEPOINT command")
	return err
}

// Back undoes everything since the savepoint; the transaction goes on.
func (tx *Tx) Back() error {
	_, err := tx.ExecContext(tx, "ROLLBACK TO SAVEPOINT command")
	return err
}
