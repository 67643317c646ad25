package command

import (
	"reflect"
	"time"

	"portico/authz"
	"portico/ent"
	"portico/ent/db"
	"portico/portal/kernel/lastuse"
)

// Tx is the transaction of a command: the transaction itself, what the command
// was decided on, and what its audit event will state. Copies made by [Tx.Within]
// and [Tx.As] share that state.
type Tx struct {
	*ent.Tx
	state *state
}

// state is what a run of a command collects beside its rows.
type state struct {
	// command is what runs, and approval what it runs under, nil if nothing.
	command  Command
	approval *Approval
	// request is what asks for an approval of the command, nil if it is to be done.
	request *Request
	// account and object are what the audit event names.
	account, object string
	// details are what changed, with the values before.
	details map[string]any
	// used is the latest instant at which an account's services were used.
	used map[string]time.Time
	// actor is the person that a secret proved in the course of the command; nil
	// if the sender acts.
	actor *authz.Principal
	// found is the row that the command acts on, nil if it acts on none.
	found db.Node
	// unrestricted is the account that was found to be free of restrictions.
	unrestricted string
	// marked is true if the transaction has a savepoint to return to, before what the
	// command itself writes.
	marked bool
}

// begin begins a run of a command. What an approval claims is written before the
// command, and what a request asks for is always undone, so that both are marked.
func begin(tx *ent.Tx, c Command, a *Approval, r *Request, marked bool) *Tx {
	tx.RecordChanges()
	return &Tx{Tx: tx, state: &state{command: c, approval: a, request: r, marked: marked || a != nil || r != nil}}
}

// Command returns the command that runs in the transaction.
func (tx *Tx) Command() Command { return tx.state.command }

// Approved returns the approval that the command runs under, nil if there is none.
func (tx *Tx) Approved() *Approval { return tx.state.approval }

// Requested returns what asks for an approval of the command, nil if the command is
// to be done.
func (tx *Tx) Requested() *Request { return tx.state.request }

// Must asks for a permission on an object that is known only now: for a spending
// limit on a rated total, for example. It is the same decision as the command's
// own, and it returns the refusal.
func (tx *Tx) Must(p authz.Permission, o authz.Object) error {
	return tx.must(p, o, unasked)
}

// must is [Tx.Must] for an account of which it is known how many rows restrict it,
// or lift a restriction, unless that is unasked.
func (tx *Tx) must(p authz.Permission, o authz.Object, known int) error {
	due, err := may(tx, tx.Client(), p, o, tx.Now, tx.Wall, known)
	if err == nil {
		lastuse.Allows(tx.Store(), tx.Principal(), p, o, tx.Now)
	}
	if err == nil && due == 0 {
		tx.state.unrestricted = o.AccountID
	}
	return err
}

// Fresh refuses to the principal what policy.csv lets nobody do without a fresh second
// factor: what a command that asks for the permission itself is refused. Refusals:
// STEP_UP_REQUIRED, SECOND_FACTOR_REQUIRED.
func (tx *Tx) Fresh(p authz.Permission) error { return fresh(tx.Principal(), p, tx.Wall) }

// Found returns the row that the command acts on, as this transaction read it to
// decide the command. It is nil for a command that acts on no row.
func (tx *Tx) Found() db.Node { return tx.state.found }

// Again reads the row that the command acts on once more, into the one that [Tx.Found]
// returned. A command that waits for a lock calls it then: where each statement sees what
// was committed before it, the row may have changed while it waited. The refusal is
// NOT_FOUND, if the row is gone.
func (tx *Tx) Again() error {
	if tx.state == nil || tx.state.found == nil { // a step outside of a command acts on no row
		return nil
	}
	on, err := find(tx, tx.Command())
	if err == nil {
		reflect.ValueOf(tx.state.found).Elem().Set(reflect.ValueOf(on.row).Elem())
	}
	return err
}

// Unrestricted reports whether the decision of the command found no restriction
// on an account.
func (tx *Tx) Unrestricted(accountID string) bool {
	return tx.state.unrestricted == accountID && accountID != ""
}

// AuditObject sets the object that the audit event names, and its account, in
// place of those that the command named beforehand.
func (tx *Tx) AuditObject(accountID, objectID string) {
	tx.state.account, tx.state.object = accountID, objectID
}

// AuditDetail adds a changed value to the audit event.
func (tx *Tx) AuditDetail(name string, value any) {
	if tx.state.details == nil {
		tx.state.details = map[string]any{}
	}
	tx.state.details[name] = value
}

// Uses records that an account's services were used at an instant. A command for
// several accounts calls it for each of them (0).
func (tx *Tx) Uses(accountID string, at time.Time) {
	if tx.state.used == nil {
		tx.state.used = map[string]time.Time{}
	}
	if at.After(tx.state.used[accountID]) {
		tx.state.used[accountID] = at
	}
}

// Within confines the transaction to one account.
func (tx *Tx) Within(accountID string) *Tx {
	return &Tx{Tx: tx.Tx.Within(accountID), state: tx.state}
}

// As lets another principal act in the rest of the transaction, and names it in
// the audit event (1.2): the person that has just registered, or was proved by a
// secret.
func (tx *Tx) As(p *authz.Principal) *Tx {
	tx.state.actor = p
	return &Tx{Tx: tx.Tx.With(authz.With(tx.Context, p)), state: tx.state}
}
