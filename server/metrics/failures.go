package metrics

import (
	"context"
	"slices"
	"strings"
	"sync"

	"github.com/99designs/gqlgen/graphql"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/vektah/gqlparser/v2/ast"

	"portico/clause"
)

// failures counts what broke, or ran out of time, by the operation that it was:
// a field of the schema's root, or "none" where there was no operation yet.
var failures = prometheus.NewCounterVec(prometheus.CounterOpts{
	Name: "portico_graphql_failures_total", Help: "Errors INTERNAL and TIMEOUT of the API, by operation (a root field of the schema) and code.",
}, []string{"operation", "code"})

// counted are the codes that failures counts.
var counted = []string{clause.Broken.Code, clause.Timeout.Code}

// operations are the names that failures are counted by.
var operations sync.Map

func init() {
	registry.MustRegister(failures)
	for _, code := range counted {
		failures.WithLabelValues(noOperation, code)
	}
}

const noOperation = "none"

// Operations begins the count of every operation of a schema at 0, so that the
// first failure is seen as a rise. What isn't a field of the schema is counted as
// "none".
func Operations(schema *ast.Schema) {
	for _, root := range []*ast.Definition{schema.Query, schema.Mutation, schema.Subscription} {
		if root == nil {
			continue
		}
		for _, f := range root.Fields {
			if strings.HasPrefix(f.Name, "__") {
				continue
			}
			operations.Store(f.Name, true)
			for _, code := range counted {
				failures.WithLabelValues(f.Name, code)
			}
		}
	}
}

// Shown counts an error that is shown with a code, by the operation of its
// context, where the code says that something broke or ran out of time.
func Shown(ctx context.Context, code string) {
	if slices.Contains(counted, code) {
		failures.WithLabelValues(operationOf(ctx), code).Inc()
	}
}

// operationOf is the root field of an error's context.
func operationOf(ctx context.Context) string {
	name := ""
	if root := graphql.GetRootFieldContext(ctx); root != nil && root.Field.Field != nil {
		name = root.Field.Name
	} else if graphql.HasOperationContext(ctx) {
		if op := graphql.GetOperationContext(ctx).Operation; op != nil && len(op.SelectionSet) == 1 {
			if f, ok := op.SelectionSet[0].(*ast.Field); ok {
				name = f.Name
			}
		}
	}
	if _, ok := operations.Load(name); ok {
		return name
	}
	return noOperation
}
