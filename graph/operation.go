package graph

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"portico/portal"
	"portico/portal/kernel/live"
)

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

// AroundRootField has open streams looked at after a mutation that may end them.
// Set it with the executor's AroundRootFields.
func AroundRootField(p *portal.Portal) graphql.RootFieldMiddleware {
	return func(ctx context.Context, next graphql.RootResolver) graphql.Marshaler {
		if ending[graphql.GetRootFieldContext(ctx).Field.Name] { // streams of this process end at once
			defer live.HoldersOf(p.Store).Recheck()
		}
		return next(ctx)
	}
}
