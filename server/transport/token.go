package transport

import (
	"context"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"portico/clause"
)

type refusedKey struct{}

// TokenRefused marks a request that bears a token which doesn't hold. It is
// answered UNAUTHENTICATED, whatever it asks for, so that a program learns at
// once that it is to refresh; only what anybody may send to sign in is taken:
// the mutations that are @public.
func TokenRefused(ctx context.Context) context.Context {
	return context.WithValue(ctx, refusedKey{}, true)
}

// admits refuses an operation that came with a token which doesn't hold.
func admits(ctx context.Context, op *graphql.OperationContext) error {
	if bad, _ := ctx.Value(refusedKey{}).(bool); !bad {
		return nil
	}
	if op.Operation.Operation == ast.Mutation && signsIn(op.Operation.SelectionSet) {
		return nil
	}
	return clause.Unauthenticated
}

// signsIn reports whether every field may be sent by who isn't signed in.
func signsIn(set ast.SelectionSet) bool {
	for _, selection := range set {
		switch s := selection.(type) {
		case *ast.Field:
			if s.Name != "__typename" && s.Definition.Directives.ForName("public") == nil {
				return false
			}
		case *ast.InlineFragment:
			if !signsIn(s.SelectionSet) {
				return false
			}
		case *ast.FragmentSpread:
			if !signsIn(s.Definition.SelectionSet) {
				return false
			}
		}
	}
	return true
}

// Bearer reads the value of an Authorization header or of its like. Sent
// reports whether it isn't empty; token is empty where it bears none.
func Bearer(value string) (token string, sent bool) {
	value = strings.TrimSpace(value)
	scheme, token, ok := strings.Cut(value, " ")
	if !ok || !strings.EqualFold(scheme, "Bearer") {
		return "", value != ""
	}
	return strings.TrimSpace(token), true
}
