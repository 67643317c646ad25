package guard

import (
	"context"
	"sync/atomic"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"portico/ent"
	"portico/graph/batch"
	"portico/portal/kernel/live"
)

// AroundOperation gives each operation, and each event of a subscription, its
// memory: of the rows that it reads together, and of who was proved. Set it with
// the executor's AroundOperations.
func AroundOperation(ctx context.Context, next graphql.OperationHandler) graphql.ResponseHandler {
	if graphql.GetOperationContext(ctx).Operation.Operation != ast.Subscription {
		return next(begin(ctx))
	}
	event := next(ctx)
	return func(ctx context.Context) *graphql.Response { return event(begin(ctx)) }
}

// ending are the mutations that are marked @ends.
var ending = mutations(func(_ *ast.Schema, f *ast.FieldDefinition) bool { return f.Directives.ForName("ends") != nil })

// AroundRootField has the open streams of this process checked again right after a
// mutation that is marked @ends. Set it with the executor's AroundRootFields.
func AroundRootField(s *ent.Store) graphql.RootFieldMiddleware {
	return func(ctx context.Context, next graphql.RootResolver) graphql.Marshaler {
		if ending[graphql.GetRootFieldContext(ctx).Field.Name] {
			defer live.HoldersOf(s).Recheck()
		}
		return next(ctx)
	}
}

// proved is the person whose mailbox an operation has proved.
type proved struct{ person atomic.Pointer[string] }

type provedKey struct{}

func begin(ctx context.Context) context.Context {
	return context.WithValue(batch.Begin(ctx), provedKey{}, &proved{})
}

// Prove notes that the operation has proved to come from the holder of a person's
// mailbox: what is marked @self(proved: true) is open to it from here on.
func Prove(ctx context.Context, personID string) {
	if p, ok := ctx.Value(provedKey{}).(*proved); ok {
		p.person.Store(&personID)
	}
}

func isProved(ctx context.Context, personID string) bool {
	p, ok := ctx.Value(provedKey{}).(*proved)
	if !ok {
		return false
	}
	id := p.person.Load()
	return id != nil && *id == personID
}
