package graph

import (
	"context"

	"github.com/99designs/gqlgen/graphql"

	"portico/authz"
	"portico/portal"
	"portico/portal/agreement"
)

// noConduct are the mutations that don't show that an owner goes on using the
// services: accepting itself, and what every visitor may do (0).
var noConduct = map[string]bool{"acceptTerms": true, "signOut": true, "signIn": true, "register": true, "refreshSession": true,
	"createCaptcha": true, "requestPhoneCode": true, "verifyEmail": true, "resetPassword": true}

// AroundOperation gives each operation its memory of who was read together. Set
// it with the executor's AroundOperations.
func AroundOperation(ctx context.Context, next graphql.OperationHandler) graphql.ResponseHandler {
	return next(withFamily(ctx))
}

// AroundRootField records an owner's conduct before its mutation (0). Set it
// with the executor's AroundRootFields.
func AroundRootField(p *portal.Portal) graphql.RootFieldMiddleware {
	return func(ctx context.Context, next graphql.RootResolver) graphql.Marshaler {
		f := graphql.GetRootFieldContext(ctx)
		if f.Field.ObjectDefinition.Name == "Mutation" && !noConduct[f.Field.Name] {
			if err := conduct(ctx, p); err != nil {
				graphql.AddError(ctx, err)
				return graphql.Null
			}
		}
		return next(ctx)
	}
}

func conduct(ctx context.Context, p *portal.Portal) error {
	principal := authz.From(ctx)
	for _, id := range principal.Accounts() {
		if !principal.Owns(id) {
			continue
		}
		if err := agreement.RecordConduct(ctx, p.Store, id); err != nil {
			return err
		}
	}
	return nil
}
