package graph

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"portico/authz"
	"portico/portal"
	"portico/portal/agreement"
	"portico/portal/identity"
)

// noConduct are the mutations that don't show that an owner goes on using the
// services: accepting itself, and what every visitor may do (0).
var noConduct = map[string]bool{"acceptTerms": true, "signOut": true, "signIn": true, "register": true, "refreshSession": true,
	"createCaptcha": true, "requestPhoneCode": true, "verifyEmail": true, "resetPassword": true}

// ending are the mutations by which somebody may lose what it was let in by.
var ending = map[string]bool{"signOut": true, "resetPassword": true, "refreshSession": true, "offboardEmployee": true,
	"setEmployeeRoles": true, "updateRole": true, "deleteRole": true, "revokeSession": true, "changePassword": true}

// AroundOperation gives each operation, and each event of a subscription, its
// memory of who was read together. Set it with the executor's AroundOperations.
func AroundOperation(ctx context.Context, next graphql.OperationHandler) graphql.ResponseHandler {
	if graphql.GetOperationContext(ctx).Operation.Operation != ast.Subscription {
		return next(withFamily(ctx))
	}
	event := next(ctx)
	return func(ctx context.Context) *graphql.Response { return event(withFamily(ctx)) }
}

// AroundRootField records an owner's conduct before its mutation (0), and has open
// streams looked at after one that may end them. Set it
// with the executor's AroundRootFields.
func AroundRootField(p *portal.Portal) graphql.RootFieldMiddleware {
	return func(ctx context.Context, next graphql.RootResolver) graphql.Marshaler {
		f := graphql.GetRootFieldContext(ctx)
		if ending[f.Field.Name] { // streams of this process end at once
			defer identity.Recheck(p.Store)
		}
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
