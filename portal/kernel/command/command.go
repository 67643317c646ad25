// Package command is the frame of every command: one transaction, one decision,
// one audit event, and the same answer if a request is sent twice.
package command

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"portico/authz"
	"portico/clause"
	"portico/ent"
)

// Command describes what is done, so that it can be decided and recorded.
type Command struct {
	// Name is the root field of the API, or the name of a job or of a
	// command-line command.
	Name string
	// Permission is asked on Object. None leaves the decision to the command (an
	// operation that is public, or about the person itself).
	Permission authz.Permission
	// SignedIn requires a principal that is signed in when the transaction reads
	// it: a session that has ended meanwhile does nothing.
	SignedIn bool
	// Object is the id that the command acts on: of an account, or of a row that
	// belongs to one. Field is the input field that held it; its name gives the
	// object's type, "topUpId" that of a TopUp.
	Object, Field string
	// Global marks a command of the provider that acts on no account.
	Global bool
	// ContinuedUse marks a command whose success shows that the account goes on
	// using the services: an order, a renewal, a new application or service,
	// usage reported for a running service (0). No other command does.
	ContinuedUse bool
	// Input is hashed for the idempotency key.
	Input any
	// Secret marks a command that tries a secret, or whose answer holds one. It
	// takes no key and its answer is never stored. Once started, it runs to its
	// end and is recorded even if its request ends.
	Secret bool
	// Stranger marks a command that the system runs at the request of an
	// unauthenticated person: its refusals are counted in the audit instead of
	// listed, like a visitor's.
	Stranger bool

	// event is the id of its audit event, the same at each run.
	event string
}

type keyContext struct{}

// WithKey puts an idempotency key into the context, for @idempotent.
func WithKey(ctx context.Context, key string) context.Context {
	return context.WithValue(ctx, keyContext{}, key)
}

func keyOf(ctx context.Context) string {
	k, _ := ctx.Value(keyContext{}).(string)
	return k
}

// CheckKey refuses a malformed idempotency key, and any key of a visitor,
// before anything is done under it.
func CheckKey(ctx context.Context, key string) error {
	if key == "" || len(key) > maxKey || strings.TrimSpace(key) != key || strings.ContainsFunc(key, func(r rune) bool { return r < ' ' || r > '~' }) {
		return clause.Malformed.With("detail", clause.Text{
			ZH: fmt.Sprintf("幂等键须有 1 至 %d 个 ASCII 字符，首尾不得为空格。", maxKey),
			EN: fmt.Sprintf("an idempotency key has 1 to %d ASCII characters and no space at its start or end.", maxKey)})
	}
	if !authz.From(ctx).SignedIn() {
		return clause.KeyRefused
	}
	return nil
}

// ownBound is how long a command that tries a secret may take once it has
// started.
const ownBound = 20 * time.Second

type ownContext struct{}

// ToItsEnd returns a context for a try of a secret. It doesn't end with the
// request, so that every counted try is also answered, but has its own time
// limit; a nested call keeps the first limit. If the request has already ended,
// it returns that error and nothing is tried. The caller calls done.
func ToItsEnd(ctx context.Context) (own context.Context, done context.CancelFunc, err error) {
	if err := ctx.Err(); err != nil {
		return nil, nil, err
	}
	if ctx.Value(ownContext{}) != nil {
		return ctx, func() {}, nil
	}
	own, done = context.WithTimeout(context.WithValue(context.WithoutCancel(ctx), ownContext{}, true), ownBound)
	return own, done, nil
}

// kept is a refusal whose writes stay.
type kept struct{ clause.Refusal }

// CommitRefusal returns a refusal after which the command's writes stay: wrong
// tries of a code, failed sign-ins, the reuse of a refresh token.
func CommitRefusal(r clause.Refusal) error { return kept{r} }

func (k kept) Unwrap() error { return k.Refusal }

// outcome is how a run of a command ended: done, or refused.
type outcome struct{ refused clause.Refusals }

// Do runs a command as the context's principal. The function runs in the
// transaction, and may run again from the beginning after a conflict. A refusal
// that it returns undoes what it wrote (unless returned by [CommitRefusal]) and
// is audited; any other error undoes everything and is audited as failed.
//
// With an idempotency key the first answer, refusals included, is stored and
// returned again to the same principal for the same input; another input is
// IDEMPOTENCY_CONFLICT.
func Do[T any](ctx context.Context, s *ent.Store, c Command, f func(tx *Tx) (T, error)) (T, error) {
	var answer, none T
	p := authz.From(ctx)
	if p == nil {
		return none, errors.New("command: no principal")
	}
	if keyOf(ctx) != "" && (c.Secret || !p.SignedIn()) {
		return none, clause.KeyRefused
	}
	if c.Secret {
		own, done, err := ToItsEnd(ctx)
		if err != nil {
			return none, err
		}
		defer done()
		ctx = own
	}
	idem, err := newIdempotency(ctx, p, c)
	if err != nil {
		return none, err
	}
	approval, err := approvalOf(ctx, c)
	if err != nil {
		return none, err
	}
	request := requestOf(ctx, c)
	v := visit(s, p, c)
	if err := v.admit(ctx, s); err != nil {
		return none, err
	}
	var out outcome
	keep := func() func() {
		o, a := out, answer
		return func() { out, answer = o, a }
	}
	c.event = ent.NewID("audt")
	for {
		err := settled(ctx, s, c, keep, func(tx *ent.Tx, marked bool) error {
			out, answer = outcome{}, none
			return run(begin(tx, c, approval, request, marked), idem, v, &out, func(tx *Tx) (any, error) {
				var err error
				answer, err = f(tx)
				return answer, err
			})
		})
		first, is, stored := beforehand[T](ctx, s, idem, err)
		switch {
		case is:
			return first, stored
		case errors.Is(err, errTaken): // the concurrent duplicate was rolled back: run it here
			continue
		case err != nil:
			failed(ctx, s, c, v, err)
			return none, err
		case len(out.refused) > 0:
			return none, out.refused.Err()
		}
		return answer, nil
	}
}

func run(tx *Tx, idem *idempotency, v *visiting, out *outcome, f func(tx *Tx) (any, error)) error {
	approval := tx.state.approval
	if err := approval.claim(tx); err != nil {
		return err
	}
	if tx.state.marked {
		if err := tx.Savepoint(); err != nil {
			return err
		}
	}
	object, inner, err := decide(tx, idem)
	var answer any
	if err == nil {
		tx.AuditObject(object.AccountID, tx.Command().Object)
		if answer, err = f(inner); err == nil {
			err = tx.state.request.unneeded()
		}
		if err == nil {
			err = continued(inner, object)
		}
	}
	refused := Refusals(err)
	if err != nil && len(refused) == 0 {
		return err
	}
	var k kept
	undone := len(refused) > 0 && !errors.As(err, &k)
	if undone {
		switch {
		case tx.state.marked:
			if err := tx.Back(); err != nil {
				return err
			}
			tx.ForgetChanges()
		case tx.Wrote():
			return errUnmarked
		}
		var i instead
		if errors.As(err, &i) {
			if err := i.write(inner); err != nil {
				return err
			}
		}
	}
	out.refused = Shown(inner, object, inner.Now, refused)
	if err := record(inner, object, refused, undone); err != nil {
		return err
	}
	if err := v.count(tx.Tx); err != nil {
		return err
	}
	if err := approval.settle(inner, answer, refused); err != nil {
		return err
	}
	if idem != nil {
		return idem.store(tx.Tx, answer, out.refused)
	}
	return nil
}

// Refusals returns the refusals of an error that a command returned; none if it is
// an internal error.
func Refusals(err error) clause.Refusals {
	refused := clause.Refused(err)
	if slices.ContainsFunc(refused, func(r clause.Refusal) bool { return r.Class == clause.Internal }) {
		return nil
	}
	return refused
}

// Shown reveals, in refusals on an object, the figures that the context's
// principal may read there. [Do] calls it for commands; a read that returns
// refusals calls it itself.
func Shown(ctx context.Context, o authz.Object, now time.Time, refused clause.Refusals) clause.Refusals {
	p := authz.From(ctx)
	shown := make(clause.Refusals, len(refused))
	for i, r := range refused {
		shown[i] = r.Reveal(func(permission string) bool {
			perm, ok := authz.ParsePermission(permission)
			return ok && (o.AccountID != "" || p.ReachesAll()) && p.Allows(perm, o, now)
		})
	}
	return shown
}
