// Package guard checks permissions at the schema's directives, and wraps operations
// and root fields.
package guard

import (
	"context"
	"reflect"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"portico/authz"
	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	"portico/graph/batch"
	"portico/graph/generated"
	"portico/portal/kernel/command"
	"portico/portal/kernel/lastuse"
)

// guard implements the directives that need the store.
type guard struct{ store *ent.Store }

// Directives returns the implementations of the schema's directives that act at run
// time.
func Directives(s *ent.Store) generated.DirectiveRoot {
	g := guard{s}
	return generated.DirectiveRoot{Can: g.can, Self: self, Opens: g.opens, Idempotent: idempotent, Becomes: becomes}
}

// can is @can. Below the root it checks the permission on the account that the parent,
// or else the result, belongs to. At the root it is an early check: it refuses a
// principal that holds the permission on no account, and the command decides again
// inside its transaction. With scoped, a field of an account is also open to a
// principal that holds the permission for some of its applications; the resolver then
// shows only those.
func (g guard) can(ctx context.Context, obj any, next graphql.Resolver, do authz.Permission, scoped bool) (any, error) {
	p := authz.From(ctx)
	if isNullInPayload(ctx, next) {
		return nil, nil
	}
	if !p.SignedIn() {
		return nil, clause.Unauthenticated
	}
	now := g.store.Now()
	parent, owned := owner(obj)
	if !lastuse.Allows(g.store, p, do, parent, now) && !(scoped && forSome(p, do, obj, now)) && (owned || !p.HoldsAnywhere(do, now)) {
		f := graphql.GetFieldContext(ctx)
		if !owned && f.Object == "Mutation" && p.Withholds(do) && !p.OperatorWithheld.Has(do) { // its command refuses it, with the clause
			return next(ctx)
		}
		if !owned && f.Object == "Mutation" { // its command, which would be audited, never runs
			return nil, command.TurnedAway(ctx, g.store, f.Field.Name, do)
		}
		return nil, authz.Forbid(p, do)
	}
	value, err := next(ctx)
	if err != nil || owned {
		return value, err
	}
	if result, ok := owner(value); ok && !lastuse.Allows(g.store, p, do, result, now) && !(scoped && forSome(p, do, value, now)) {
		return nil, authz.Forbid(p, do)
	}
	return value, nil
}

// forSome reports whether an object is an account, and the principal holds the
// permission for some of its applications.
func forSome(p *authz.Principal, do authz.Permission, obj any, now time.Time) bool {
	a, ok := obj.(*db.Account)
	if !ok || a == nil {
		return false
	}
	_, applications := p.Scope(do, a.ID, now)
	return len(applications) > 0
}

// owner returns the account that an object belongs to, and whether it belongs to one.
func owner(obj any) (authz.Object, bool) {
	n, ok := obj.(db.Node)
	if !ok || isNil(n) {
		return authz.Object{}, false
	}
	o := command.ObjectOf(n)
	return o, o.AccountID != ""
}

// isNullInPayload reports whether a field of a mutation's payload is null because the
// mutation was refused. Then there is nothing to hide, and userErrors gives the reason.
// A top-level error would make a client ignore userErrors, and try to refresh the
// session of a visitor, who has none.
func isNullInPayload(ctx context.Context, next graphql.Resolver) bool {
	fc := graphql.GetFieldContext(ctx)
	if fc == nil || fc.IsResolver || fc.Parent == nil || fc.Parent.Object != "Mutation" {
		return false
	}
	value, err := next(ctx)
	v := reflect.ValueOf(value)
	return err == nil && (!v.IsValid() || (v.Kind() == reflect.Pointer || v.Kind() == reflect.Slice) && v.IsNil())
}

// isNil reports whether a value is nil or holds a nil pointer.
func isNil(n any) bool {
	v := reflect.ValueOf(n)
	return !v.IsValid() || v.Kind() == reflect.Pointer && v.IsNil()
}

// self is @self. It allows a field of the signed-in person only. With proved it also
// allows a field of the person whose mailbox the operation has proved.
func self(ctx context.Context, obj any, next graphql.Resolver, proved bool) (any, error) {
	p := authz.From(ctx)
	person, isPerson := obj.(*db.Person)
	switch {
	case isNullInPayload(ctx, next):
		return nil, nil
	case proved && isPerson && isProved(ctx, person.ID):
	case !p.SignedIn():
		return nil, clause.Unauthenticated
	case p.Kind == authz.APIKey: // it acts for a person, and isn't one
		return nil, authz.APIKeyForbidden
	case isPerson && person.ID != p.ID:
		return nil, clause.OnlySelf
	}
	return next(ctx)
}

// opens is @opens. It records that an operator opens a customer's own data, once in an
// operation for all rows that were read together (6.2). What can't be recorded isn't
// shown.
func (g guard) opens(ctx context.Context, obj any, next graphql.Resolver) (any, error) {
	value, err := next(ctx)
	n, ok := obj.(db.Node)
	if err != nil || !ok || !authz.From(ctx).IsOperator() {
		return value, err
	}
	_, err = batch.Load(ctx, n, "opened", func(rows []db.Node) (bool, error) { return true, command.Opened(ctx, g.store, rows) })
	if err != nil {
		return nil, err
	}
	return value, nil
}

// idempotent is @idempotent. It puts the idempotency key into the context for package
// command. It refuses a malformed key, a visitor's key, and a key on an operation that
// takes or returns a secret. It does so before anything runs: after the operation, the
// time it took would show whether the secret was right.
func idempotent(ctx context.Context, _ any, next graphql.Resolver, key string) (any, error) {
	fc := graphql.GetFieldContext(ctx)
	if fc == nil || fc.Object != "Mutation" {
		return nil, clause.Malformed.With("detail", clause.Text{ZH: "@idempotent 只能用于变更操作的根字段。", EN: "@idempotent is valid only on a root field of a mutation"})
	}
	if err := command.CheckKey(ctx, key); err != nil {
		return nil, err
	}
	if keyless[fc.Field.Name] {
		return nil, clause.KeyRefused
	}
	return next(command.WithKey(ctx, key))
}

// becomes is @becomes. It runs the rest of the request as the principal in the payload
// of a mutation, if the payload holds one. The root fields of a mutation run in sequence,
// so nothing reads the principal while it changes.
func becomes(ctx context.Context, _ any, next graphql.Resolver) (any, error) {
	value, err := next(ctx)
	if p, ok := value.(interface{ Principal() *authz.Principal }); ok && !isNil(p) && p.Principal() != nil {
		*authz.From(ctx) = *p.Principal()
	}
	return value, err
}
