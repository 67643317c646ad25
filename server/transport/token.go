package transport

import (
	"context"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"portico/clause"
)

type refusedKey struct{}

// TokenRefused marks a request with an invalid token. It is answered UNAUTHENTICATED
// regardless of its operation, so that a program knows at once that it must refresh its
// session. Only mutations that are @public are accepted, because clients sign in by them.
func TokenRefused(ctx context.Context) context.Context {
	return context.WithValue(ctx, refusedKey{}, true)
}

// checkToken refuses an operation that came with an invalid token.
func checkToken(ctx context.Context, op *graphql.OperationContext) error {
	if bad, _ := ctx.Value(refusedKey{}).(bool); !bad {
		return nil
	}
	if op.Operation.Operation == ast.Mutation && allPublic(op.Operation.SelectionSet) {
		return nil
	}
	return clause.Unauthenticated
}

// allPublic reports whether visitors may send every field.
func allPublic(set ast.SelectionSet) bool {
	for _, selection := range set {
		switch s := selection.(type) {
		case *ast.Field:
			if s.Name != "__typename" && s.Definition.Directives.ForName("public") == nil {
				return false
			}
		case *ast.InlineFragment:
			if !allPublic(s.SelectionSet) {
				return false
			}
		case *ast.FragmentSpread:
			if !allPublic(s.Definition.SelectionSet) {
				return false
			}
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
