package limits

import (
	"slices"

	"github.com/99designs/gqlgen/graphql/errcode"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/validator/core"
)

// needed returns, for each operation of a valid document, the names of its nullable
// variables that are used where null isn't allowed. Validation lets them through if
// they have a default, because of which only an explicit null is a fault.
func needed(schema *ast.Schema, doc *ast.QueryDocument) map[*ast.OperationDefinition][]string {
	found := map[*ast.OperationDefinition][]string{}
	var events core.Events
	events.OnValue(func(w *core.Walker, v *ast.Value) {
		op := w.CurrentOperation
		if v.Kind != ast.Variable || op == nil || v.ExpectedType == nil || !v.ExpectedType.NonNull {
			return
		}
		if d := op.VariableDefinitions.ForName(v.Raw); d != nil && !d.Type.NonNull && !slices.Contains(found[op], v.Raw) {
			found[op] = append(found[op], v.Raw)
		}
	})
	core.Walk(schema, doc, &events)
	return found
}

// noNulls refuses a null for a variable that is used where null isn't allowed.
func noNulls(needed []string, variables map[string]any) *gqlerror.Error {
	for _, name := range needed {
		if v, given := variables[name]; given && v == nil {
			err := gqlerror.ErrorPathf(ast.Path{ast.PathName("variable"), ast.PathName(name)}, "must not be null where it is used")
			errcode.Set(err, errcode.ValidationFailed)
			return err
		}
	}
	return nil
}
