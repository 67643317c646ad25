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

// failures counts internal errors and timeouts by operation: a root field of the schema,
// or "none" if there was no operation yet.
var failures = prometheus.NewCounterVec(prometheus.CounterOpts{
	Name: "portico_graphql_failures_total", Help: "Errors INTERNAL and TIMEOUT of the API, by operation (a root field of the schema) and code.",
}, []string{"operation", "code"})

// counted holds the codes that [failures] counts.
var counted = []string{clause.Broken.Code, clause.Timeout.Code}

// operations holds the names of the operations that failures are counted for.
var operations sync.Map

func init() {
	registry.MustRegister(failures)
	for _, code := range counted {
		failures.WithLabelValues(noOperation, code)
	}
}

const noOperation = "none"

// Operations sets the counters of every operation of a schema to 0, so that the first
// failure shows as an increase. Failures of other names are counted as "none".
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

// Shown counts an error that is shown with a code, if the code is INTERNAL or TIMEOUT,
// by the operation of the context.
func Shown(ctx context.Context, code string) {
	if slices.Contains(counted, code) {
		failures.WithLabelValues(operationOf(ctx), code).Inc()
	}
}

// operationOf returns the root field of an error's context, or "none".
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
