package limits

import (
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator/core"
)

// singleRoot is the specification's rule "Single root field" of subscriptions: one
// response name, also through fragments; no introspection; and no @skip or @include,
// which could leave no field. gqlparser's own rule only counts the names of fields.
func singleRoot(observers *core.Events, addError core.AddErrFunc) {
	observers.OnOperation(func(_ *core.Walker, op *ast.OperationDefinition) {
		if op.Operation != ast.Subscription {
			return
		}
		names, seen := map[string]bool{}, map[*ast.FragmentDefinition]bool{}
		var walk func(ast.SelectionSet)
		conditional := func(list ast.DirectiveList) {
			for _, d := range list {
				if d.Name == "skip" || d.Name == "include" {
					addError(core.Message("A subscription must not apply @%s at its root.", d.Name), core.At(d.Position))
				}
			}
		}
		walk = func(set ast.SelectionSet) {
			for _, selection := range set {
				switch s := selection.(type) {
				case *ast.Field:
					conditional(s.Directives)
					if strings.HasPrefix(s.Name, "__") {
						addError(core.Message("A subscription must not select %s at its root.", s.Name), core.At(s.Position))
					}
					if names[s.Alias] = true; len(names) == 2 {
						addError(core.Message("A subscription must select only one field at its root."), core.At(s.Position))
					}
				case *ast.InlineFragment:
					conditional(s.Directives)
					walk(s.SelectionSet)
				case *ast.FragmentSpread:
					conditional(s.Directives)
					if s.Definition != nil && !seen[s.Definition] {
						seen[s.Definition] = true
						walk(s.Definition.SelectionSet)
					}
				}
			}
		}
		walk(op.SelectionSet)
	})
}
