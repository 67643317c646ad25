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

	store        *Store
	found        db.Node
	unrestricted string
	must         func(*Tx, authz.Permission, authz.Object) error
	note         *Note
}

// Note is what a command adds to its audit event.
type Note struct {
	// Account and Object replace what the command named beforehand.
	Account, Object string
	// Details tells what changed, old values included.
	Details map[string]any
	// Used are the accounts whose services were used, with the latest instant of it.
	Used map[string]time.Time
	// Actor is who a secret proved in the course of the command, nil if the
	// command is its sender's.
	Actor *authz.Principal

	latest time.Time // that a part of the transaction was moved on to
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
	if tx.note.latest.Before(tx.Now) {
		tx.note.latest = tx.Now
	}
}

// Principal is whoever acts in the transaction.
func (tx *Tx) Principal() *authz.Principal { return authz.From(tx.Context) }

// Must asks for a permission that is known only now (on a rated total, say):
// the same decision as the command's own. It returns the refusal.
func (tx *Tx) Must(p authz.Permission, o authz.Object) error {
	if tx.must == nil {
		return errors.New("ent: Must outside a command")
	}
	return tx.must(tx, p, o)
}

// Decide sets the decision that Must asks; package command does.
func (tx *Tx) Decide(f func(*Tx, authz.Permission, authz.Object) error) { tx.must = f }

// Found is the row that the command acts on, as it was read in this transaction
// when the command was decided; nil for a command that acts on none.
func (tx *Tx) Found() db.Node { return tx.found }

// Find keeps the row that the command acts on; package command does.
func (tx *Tx) Find(n db.Node) { tx.found = n }

// Unrestricted reports whether the transaction has found, when its command was decided,
// that nothing restricts an account.
func (tx *Tx) Unrestricted(accountID string) bool {
	return tx.unrestricted == accountID && accountID != ""
}

// SetUnrestricted keeps that nothing restricts an account; package command does.
func (tx *Tx) SetUnrestricted(accountID string) { tx.unrestricted = accountID }

// AuditObject names the object that the command acts on, and its account, for the audit.
func (tx *Tx) AuditObject(accountID, objectID string) {
	tx.note.Account, tx.note.Object = accountID, objectID
}

// AuditDetail adds to the audit event what changed.
func (tx *Tx) AuditDetail(name string, value any) {
	if tx.note.Details == nil {
		tx.note.Details = map[string]any{}
	}
	tx.note.Details[name] = value
}

// Uses notes that an account's services were used at an instant: what a command
// for several accounts tells of each (0).
func (tx *Tx) Uses(accountID string, at time.Time) {
	if tx.note.Used == nil {
		tx.note.Used = map[string]time.Time{}
	}
	if at.After(tx.note.Used[accountID]) {
		tx.note.Used[accountID] = at
	}
}

// Noted returns the note for the audit event.
func (tx *Tx) Noted() *Note { return tx.note }

// Within confines the transaction to one account.
func (tx *Tx) Within(accountID string) *Tx {
	t := *tx
	t.Context = authz.Narrow(tx.Context, accountID)
	return &t
}

// As lets another principal act in the transaction, in the audit too (1.2): the
// person that has just registered, or proved itself by a secret.
func (tx *Tx) As(p *authz.Principal) *Tx {
	t := *tx
	t.Context = authz.With(tx.Context, p)
	t.note.Actor = p
	return &t
}

type inTx struct{}

// InTransaction reports whether the context is that of a transaction.
func InTransaction(ctx context.Context) bool { return ctx.Value(inTx{}) != nil }

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
	raw, err := s.client.Tx(ctx)
	if err != nil {
		return err
	}
	tx := &Tx{Context: context.WithValue(ctx, inTx{}, true), Tx: raw, Now: s.Now(), Wall: s.Wall(), store: s, note: &Note{}}
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
	if tx.note.latest.After(began) {
		*from = tx.note.latest
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
