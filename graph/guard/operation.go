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

// AroundOperation prepares the context of each operation, and of each event of a
// subscription: it records the rows that are read together, and the person who was
// proved. Set it with the executor's AroundOperations.
func AroundOperation(ctx context.Context, next graphql.OperationHandler) graphql.ResponseHandler {
	if graphql.GetOperationContext(ctx).Operation.Operation != ast.Subscription {
		return next(begin(ctx))
	}
	event := next(ctx)
	return func(ctx context.Context) *graphql.Response { return event(begin(ctx)) }
}

// endsSession holds the names of the mutations that are marked @ends.
var endsSession = mutations(func(_ *ast.Schema, f *ast.FieldDefinition) bool { return f.Directives.ForName("ends") != nil })

// AroundRootField checks the open streams of this process again right after a mutation
// that is marked @ends. Set it with the executor's AroundRootFields.
func AroundRootField(s *ent.Store) graphql.RootFieldMiddleware {
	return func(ctx context.Context, next graphql.RootResolver) graphql.Marshaler {
		if endsSession[graphql.GetRootFieldContext(ctx).Field.Name] {
			defer live.HoldersOf(s).Recheck()
		}
		return next(ctx)
	}
}

// proved holds the person whose mailbox an operation has proved.
type proved struct{ person atomic.Pointer[string] }

type provedKey struct{}

func begin(ctx context.Context) context.Context {
	return context.WithValue(batch.Begin(ctx), provedKey{}, &proved{})
}

// Prove records that the operation comes from the holder of a person's mailbox. From
// then on the operation may read that person's fields marked @self(proved: true).
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
