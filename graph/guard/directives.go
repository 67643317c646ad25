// Package guard decides, at the schema's directives and at the root of an operation,
// who may see or do what.
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
)

// guard is what the directives ask.
type guard struct{ store *ent.Store }

// Directives are the schema's directives at which something happens.
func Directives(s *ent.Store) generated.DirectiveRoot {
	g := guard{s}
	return generated.DirectiveRoot{Can: g.can, Self: self, Opens: g.opens, Idempotent: idempotent, Becomes: becomes}
}

// can is @can. Below the root it asks for the permission on the account that
// the parent, else the result, belongs to; at the root it is a sign on the
// door: who holds the permission nowhere is told so at once, and the command
// decides again inside its transaction. With scoped, a field of an account is
// open to who holds the permission for some of its applications; its resolver
// shows what is theirs.
func (g guard) can(ctx context.Context, obj any, next graphql.Resolver, do authz.Permission, scoped bool) (any, error) {
	p := authz.From(ctx)
	if gaveNothing(ctx, next) {
		return nil, nil
	}
	if !p.SignedIn() {
		return nil, clause.Unauthenticated
	}
	now := g.store.Now()
	parent, owned := owner(obj)
	if !p.Allows(do, parent, now) && !(scoped && forSome(p, do, obj, now)) && (owned || !p.HoldsAnywhere(do, now)) {
		if f := graphql.GetFieldContext(ctx); !owned && f.Object == "Mutation" { // its command never runs
			return nil, command.TurnedAway(ctx, g.store, f.Field.Name, do)
		}
		return nil, authz.Forbid(p, do)
	}
	value, err := next(ctx)
	if err != nil || owned {
		return value, err
	}
	if result, ok := owner(value); ok && !p.Allows(do, result, now) && !(scoped && forSome(p, do, value, now)) {
		return nil, authz.Forbid(p, do)
	}
	return value, nil
}

// forSome reports whether a permission is held for some applications of an
// object that is an account.
func forSome(p *authz.Principal, do authz.Permission, obj any, now time.Time) bool {
	a, ok := obj.(*db.Account)
	if !ok || a == nil {
		return false
	}
	_, applications := p.Scope(do, a.ID, now)
	return len(applications) > 0
}

// owner returns the account that an object belongs to, and whether it has one.
func owner(obj any) (authz.Object, bool) {
	n, ok := obj.(db.Node)
	if !ok || isNil(n) {
		return authz.Object{}, false
	}
	o := command.ObjectOf(n)
	return o, o.AccountID != ""
}

// gaveNothing reports whether a field is one of a mutation's payload that the
// mutation, being refused, left null: there is nothing to hide, and userErrors
// tells why. An error beside it would make a client drop those, and refresh the
// session of a visitor, who has none.
func gaveNothing(ctx context.Context, next graphql.Resolver) bool {
	fc := graphql.GetFieldContext(ctx)
	if fc == nil || fc.IsResolver || fc.Parent == nil || fc.Parent.Object != "Mutation" {
		return false
	}
	value, err := next(ctx)
	v := reflect.ValueOf(value)
	return err == nil && (!v.IsValid() || (v.Kind() == reflect.Pointer || v.Kind() == reflect.Slice) && v.IsNil())
}

// isNil sees through an interface that holds a nil pointer.
func isNil(n any) bool {
	v := reflect.ValueOf(n)
	return !v.IsValid() || v.Kind() == reflect.Pointer && v.IsNil()
}

// self is @self: the field is of the signed-in person; with proved also of a person
// whose mailbox the request has proved.
func self(ctx context.Context, obj any, next graphql.Resolver, proved bool) (any, error) {
	p := authz.From(ctx)
	person, isPerson := obj.(*db.Person)
	switch {
	case gaveNothing(ctx, next):
		return nil, nil
	case proved && isPerson && isProved(ctx, person.ID):
	case !p.SignedIn():
		return nil, clause.Unauthenticated
	case isPerson && person.ID != p.ID:
		return nil, clause.OnlySelf
	}
	return next(ctx)
}

// opens is @opens: what an operator is about to be shown of a customer's own is
// recorded, once a request for all that were read together (6.2). If it can't be
// recorded, it isn't shown.
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

// idempotent is @idempotent: it puts the key where command finds it. A key that is
// none, a visitor's, and one on an operation that takes or gives a secret are
// refused here, before anything runs: what ran and was refused afterwards would
// tell by its time what the secret was worth.
func idempotent(ctx context.Context, _ any, next graphql.Resolver, key string) (any, error) {
	fc := graphql.GetFieldContext(ctx)
	if fc == nil || fc.Object != "Mutation" {
		return nil, clause.Malformed.With("detail", clause.Text{ZH: "@idempotent 只能用于变更操作的根字段。", EN: "@idempotent belongs on a root field of a mutation"})
	}
	if err := command.CheckKey(ctx, key); err != nil {
		return nil, err
	}
	if keyless[fc.Field.Name] {
		return nil, clause.KeyRefused
	}
	return next(command.WithKey(ctx, key))
}

// becomes is @becomes: the rest of the request acts as the principal that the
// command of a mutation returned in its payload, if it returned one. The root
// fields of a mutation run one after the other, so nothing reads the principal
// while it changes.
func becomes(ctx context.Context, _ any, next graphql.Resolver) (any, error) {
	value, err := next(ctx)
	if p, ok := value.(interface{ Principal() *authz.Principal }); ok && !isNil(p) && p.Principal() != nil {
		*authz.From(ctx) = *p.Principal()
	}
	return value, err
}
