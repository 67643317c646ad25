package transport

import (
	"context"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"portico/clause"
)

type refusedKey struct{}

// refused is which credential of a request is invalid.
type refused int

const (
	refusedToken refused = iota + 1
	refusedCookie
)

// TokenRefused marks a request with an invalid token. It is answered UNAUTHENTICATED
// regardless of its operation, so that a program knows at once that it must refresh its
// session. Only mutations that are @public are accepted, because clients sign in by them.
func TokenRefused(ctx context.Context) context.Context {
	return context.WithValue(ctx, refusedKey{}, refusedToken)
}

// CookieRefused marks a request whose cookies hold no valid access token. It is answered
// UNAUTHENTICATED if its operation needs a session, so that the page refreshes it. What
// is open to everyone is answered: no script can leave such a cookie out, and a page that
// knows nothing of sessions must work.
func CookieRefused(ctx context.Context) context.Context {
	return context.WithValue(ctx, refusedKey{}, refusedCookie)
}

// tokenAccepted removes the mark of a request's credential, because another one counts.
func tokenAccepted(ctx context.Context) context.Context {
	if ctx.Value(refusedKey{}) == nil {
		return ctx
	}
	return context.WithValue(ctx, refusedKey{}, refused(0))
}

// checkToken refuses an operation that came with an invalid token.
func checkToken(ctx context.Context, op *graphql.OperationContext) error {
	bad, _ := ctx.Value(refusedKey{}).(refused)
	set := op.Operation.SelectionSet
	switch {
	case bad == 0, op.Operation.Operation == ast.Mutation && allPublic(set):
		return nil
	case bad == refusedCookie && op.Operation.Operation == ast.Query && allPublic(set) && allOpen(set, map[*ast.FragmentDefinition]bool{}):
		return nil
	}
	return clause.Unauthenticated
}

// allPublic reports whether visitors may send every field at the root.
func allPublic(set ast.SelectionSet) bool {
	return allRoots(set, func(f *ast.Field) bool {
		return strings.HasPrefix(f.Name, "__") || f.Definition.Directives.ForName("public") != nil
	})
}

// allRoots reports whether a condition holds for every field at the root.
func allRoots(set ast.SelectionSet, holds func(*ast.Field) bool) bool {
	for _, selection := range set {
		within := ast.SelectionSet(nil)
		switch s := selection.(type) {
		case *ast.Field:
			if !holds(s) {
				return false
			}
		case *ast.InlineFragment:
			within = s.SelectionSet
		case *ast.FragmentSpread:
			within = s.Definition.SelectionSet
		}
		if !allRoots(within, holds) {
			return false
		}
	}
	return true
}

// allOpen reports whether no field, at any depth, depends on who asks: none is guarded,
// and none is of an object that belongs to an account, or may belong to one. Seen holds
// the fragments that were visited.
func allOpen(set ast.SelectionSet, seen map[*ast.FragmentDefinition]bool) bool {
	for _, selection := range set {
		within := ast.SelectionSet(nil)
		switch s := selection.(type) {
		case *ast.Field:
			on, f := s.ObjectDefinition, s.Definition
			if on != nil && (on.IsAbstractType() || on.Directives.ForName("owned") != nil) ||
				f != nil && (f.Directives.ForName("can") != nil || f.Directives.ForName("self") != nil) {
				return false
			}
			within = s.SelectionSet
		case *ast.InlineFragment:
			within = s.SelectionSet
		case *ast.FragmentSpread:
			if !seen[s.Definition] {
				seen[s.Definition] = true
				within = s.Definition.SelectionSet
			}
		}
		if !allOpen(within, seen) {
			return false
		}
	}
	return true
}

// Bearer returns the token in the value of an Authorization header, or of a similar
// member; the token is empty if the scheme isn't Bearer. Sent reports whether the value
// isn't empty.
func Bearer(value string) (token string, sent bool) {
	value = strings.TrimSpace(value)
	scheme, token, ok := strings.Cut(value, " ")
	if !ok || !strings.EqualFold(scheme, "Bearer") {
		return "", value != ""
	}
	return strings.TrimSpace(token), true
}
