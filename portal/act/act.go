// Package act is the frame of every command: one transaction, one decision,
// one audit event, and answers that are the same when a request is sent twice.
package act

import (
	"context"
	"errors"
	"strings"
	"time"

	"portico/authz"
	"portico/clause"
	"portico/ent"
	"portico/portal/standing"

	"portico/ent/db"
)

// Command says what is done, so that it can be decided and recorded.
type Command struct {
	// Name is the root field of the API, or the name of a job or command line.
	Name string
	// Permission is asked on Object; None leaves the decision to the command
	// (an operation that is public, or about the person itself).
	Permission authz.Permission
	// SignedIn asks for a principal that is somebody.
	SignedIn bool
	// Object is the id that the command acts on: of an account, or of a row that
	// belongs to one. Field is the input field that gave it; it says of which
	// type the object is, "topUpId" that of a TopUp.
	Object, Field string
	// Global marks a command of the provider's that acts on no account.
	Global bool
	// Input is hashed for the idempotency key.
	Input any
	// Secret marks an answer that holds secrets: it is never stored.
	Secret bool
}

type keyContext struct{}

// WithKey puts an idempotency key into the context; @idempotent does.
func WithKey(ctx context.Context, key string) context.Context {
	return context.WithValue(ctx, keyContext{}, key)
}

// HasKey reports whether an idempotency key came with the operation.
func HasKey(ctx context.Context) bool { return keyOf(ctx) != "" }

func keyOf(ctx context.Context) string {
	k, _ := ctx.Value(keyContext{}).(string)
	return k
}

// kept is a refusal whose writes stay.
type kept struct{ clause.Refusal }

// Keep returns a refusal that is told, though what the command wrote stays:
// wrong tries of a code, failed sign-ins, the reuse of a refresh token.
func Keep(r clause.Refusal) error { return kept{r} }

func (k kept) Unwrap() error { return k.Refusal }

// outcome is how a run of a command ended.
type outcome struct{ refusal *clause.Refusal }

// Do runs a command as the context's principal. The function joins the
// transaction; it may be run again from its start after a conflict. A refusal
// that it returns undoes what it wrote (unless kept) and is audited; any other
// error undoes everything and is audited as failed.
//
// With an idempotency key the first answer, refusals included, is stored and
// given again to the same principal for the same input; another input is
// IDEMPOTENCY_CONFLICT.
func Do[T any](ctx context.Context, s *ent.Store, c Command, f func(tx *ent.Tx) (T, error)) (T, error) {
	var answer, none T
	p := authz.From(ctx)
	if p == nil {
		return none, errors.New("act: no principal")
	}
	key := keyOf(ctx)
	if key != "" && (c.Secret || !p.SignedIn()) {
		return none, clause.KeyRefused
	}
	var idem *idempotency
	if key != "" {
		var err error
		if idem, err = newIdempotency(p, c, key); err != nil {
			return none, err
		}
	}
	var out outcome
	for {
		err := s.Write(ctx, func(tx *ent.Tx) error {
			out, answer = outcome{}, none
			return run(tx, c, idem, &out, func(tx *ent.Tx) (any, error) {
				var err error
				answer, err = f(tx)
				return answer, err
			})
		})
		switch {
		case errors.Is(err, errTaken):
			again, err := replay[T](ctx, s, idem)
			if errors.Is(err, errGone) { // the twin was rolled back: our turn
				continue
			}
			return again, err
		case err != nil:
			failed(ctx, s, c, err)
			return none, err
		case out.refusal != nil:
			return none, *out.refusal
		}
		return answer, nil
	}
}

func run(tx *ent.Tx, c Command, idem *idempotency, out *outcome, f func(tx *ent.Tx) (any, error)) error {
	if idem != nil {
		if err := idem.claim(tx); err != nil {
			return err
		}
	}
	if err := tx.Savepoint(); err != nil {
		return err
	}
	object, inner, err := decide(tx, c)
	var answer any
	if err == nil {
		if object.AccountID != "" {
			tx.On(object.AccountID, c.Object)
		} else if c.Object != "" {
			tx.On("", c.Object)
		}
		answer, err = f(inner)
	}
	refusal := asRefusal(err)
	if err != nil && refusal == nil {
		return err
	}
	var k kept
	undone := refusal != nil && !errors.As(err, &k)
	if undone {
		if err := tx.Back(); err != nil {
			return err
		}
	}
	out.refusal = refusal
	if err := record(inner, c, object, refusal, undone); err != nil {
		return err
	}
	if idem != nil {
		return idem.store(tx, answer, refusal)
	}
	return nil
}

func asRefusal(err error) *clause.Refusal {
	var r clause.Refusal
	if errors.As(err, &r) && r.Class != clause.Internal {
		return &r
	}
	return nil
}

// decide finds the object among the principal's accounts, confines the
// transaction to its account, and asks for the command's permission: of the
// principal as this transaction reads it, whatever it was when the request
// began.
func decide(tx *ent.Tx, c Command) (authz.Object, *ent.Tx, error) {
	tx.Decide(must)
	if (c.SignedIn || c.Permission != authz.None) && !tx.Principal().SignedIn() {
		return authz.Object{}, tx, clause.Unauthenticated
	}
	if c.Permission == authz.None {
		return authz.Object{}, tx, nil
	}
	inner, err := tx.Afresh()
	if err != nil {
		return authz.Object{}, tx, err
	}
	if c.Global {
		if !inner.Principal().Allows(c.Permission, authz.Object{}, tx.Now) {
			return authz.Object{}, inner, forbidden(c.Permission)
		}
		return authz.Object{}, inner, nil
	}
	if !c.names(c.Object) {
		return authz.Object{}, inner, clause.NotFound.At(c.Field)
	}
	row, o, err := Find(inner, inner.Client(), c.Object)
	if err != nil {
		if errors.Is(err, clause.NotFound) {
			err = clause.NotFound.At(c.Field)
		}
		return authz.Object{}, inner, err
	}
	inner.Find(row)
	inner = inner.Within(o.AccountID)
	return o, inner, must(inner, c.Permission, o)
}

// names reports whether an id is of the type that the command's field asks for:
// an order's id is no service's, whoever it belongs to.
func (c Command) names(id string) bool {
	typ, ok := strings.CutSuffix(c.Field, "Id")
	if !ok || typ == "" { // the field names no type
		return true
	}
	return strings.ToUpper(typ[:1])+typ[1:] == ent.TypeOf(id)
}

// must is the one decision: by grants and roles, by step-up, then by what
// standing denies.
func must(tx *ent.Tx, perm authz.Permission, o authz.Object) error {
	due, err := may(tx, tx.Client(), perm, o, tx.Now, tx.Wall)
	if err == nil && due == 0 {
		tx.SetFree(o.AccountID)
	}
	return err
}

// May is the decision of a command, for reads that say beforehand what a
// command would say. It returns the refusal.
func May(ctx context.Context, c *db.Client, perm authz.Permission, o authz.Object, now, wall time.Time) error {
	_, err := may(ctx, c, perm, o, now, wall)
	return err
}

// unasked: it was not looked at what restricts the account.
const unasked = -1

// may is [May] that tells how many restrictions of the account are due.
func may(ctx context.Context, c *db.Client, perm authz.Permission, o authz.Object, now, wall time.Time) (int, error) {
	p := authz.From(ctx)
	if !p.Allows(perm, o, now) {
		return unasked, forbidden(perm)
	}
	if p.Kind == authz.System || p.Operator.Has(perm) {
		return unasked, nil
	}
	if err := stepUp(p, perm, o, now, wall); err != nil {
		return unasked, err
	}
	return denied(ctx, c, perm, o, now)
}

// Denied is what standing alone denies on an object, whoever asks: whether a
// service runs, for one. It returns the refusal.
func Denied(ctx context.Context, c *db.Client, perm authz.Permission, o authz.Object, now time.Time) error {
	_, err := denied(ctx, c, perm, o, now)
	return err
}

func denied(ctx context.Context, c *db.Client, perm authz.Permission, o authz.Object, now time.Time) (int, error) {
	due, err := standing.Due(ctx, c.Restriction, o.AccountID, now)
	if err != nil {
		return unasked, err
	}
	if r, denied := standing.Denial(due, perm, o); denied {
		return len(due), r.With("accountId", o.AccountID)
	}
	return len(due), nil
}

// stepUp holds a grant's demand for a fresh second factor, if every grant that
// gives the permission makes it.
func stepUp(p *authz.Principal, perm authz.Permission, o authz.Object, now, wall time.Time) error {
	if len(p.Usable(perm, o, now, wall)) > 0 {
		return nil
	}
	return StepUpRequired
}

func forbidden(p authz.Permission) clause.Refusal {
	return clause.Forbidden.With("permission", p.Enum())
}

// Locate finds the object of a permission by an id: an account, or a row that
// belongs to one. What isn't the principal's is NOT_FOUND, like what doesn't
// exist.
func Locate(ctx context.Context, c *db.Client, id string) (authz.Object, error) {
	_, o, err := Find(ctx, c, id)
	return o, err
}

// Find is [Locate] that returns the row too.
func Find(ctx context.Context, c *db.Client, id string) (db.Node, authz.Object, error) {
	typ := ent.TypeOf(id)
	if typ == "Account" && !authz.From(ctx).Reaches(id) || typ != "Account" && typ != "Role" && !db.Tenanted[typ] {
		return nil, authz.Object{}, clause.NotFound
	}
	n, err := db.Loaders[typ](ctx, c, []string{id})
	if err != nil {
		return nil, authz.Object{}, err
	}
	if r, ok := n[id].(*db.Role); ok && !authz.From(ctx).Reaches(r.AccountID) { // tenancy doesn't narrow roles: the built-in ones are everyone's
		n[id] = nil
	}
	if n[id] == nil {
		return nil, authz.Object{}, clause.NotFound
	}
	return n[id], ObjectOf(n[id]), nil
}

// ObjectOf tells what a permission on a row is asked on.
func ObjectOf(n db.Node) authz.Object {
	switch row := n.(type) {
	case *db.Account:
		return authz.On(row.ID)
	case *db.Application:
		return authz.Object{AccountID: row.AccountID, ApplicationID: row.ID}
	case *db.Service:
		return authz.Object{AccountID: row.AccountID, ApplicationID: row.ApplicationID, ServiceID: row.ID, Class: string(row.Class)}
	case *db.Order:
		return authz.Object{AccountID: row.AccountID, ApplicationID: row.ApplicationID, ServiceID: row.ServiceID}
	case *db.Role: // a custom one; a built-in one belongs to no account
		return authz.On(row.AccountID)
	case db.Tenant:
		return authz.On(row.TenantID())
	}
	return authz.Object{}
}
