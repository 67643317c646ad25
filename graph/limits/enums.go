package limits

import (
	"github.com/99designs/gqlgen/graphql/errcode"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// exactEnums refuses variables whose value isn't exactly one of their enum's. gqlparser
// also accepts a value in another letter case, which the program doesn't know.
func exactEnums(schema *ast.Schema, op *ast.OperationDefinition, variables map[string]any) *gqlerror.Error {
	for _, v := range op.VariableDefinitions {
		at := ast.Path{ast.PathName("variable"), ast.PathName(v.Variable)}
		if err := exactEnum(schema, v.Type, variables[v.Variable], at); err != nil {
			errcode.Set(err, errcode.ValidationFailed)
			return err
		}
	}
	return nil
}

// exactEnum is [exactEnums] for one value. gqlparser reports any other value that
// doesn't fit its type.
func exactEnum(schema *ast.Schema, t *ast.Type, value any, at ast.Path) *gqlerror.Error {
	if t.Elem != nil {
		list, ok := value.([]any)
		if !ok { // a single value is coerced to a list of one
			return exactEnum(schema, t.Elem, value, at)
		}
		for i, v := range list {
			if err := exactEnum(schema, t.Elem, v, append(at, ast.PathIndex(i))); err != nil {
				return err
			}
		}
		return nil
	}
	d := schema.Types[t.NamedType]
	switch {
	case d == nil:
	case d.Kind == ast.Enum:
		if s, ok := value.(string); ok && d.EnumValues.ForName(s) == nil {
			return gqlerror.ErrorPathf(at, "is not a valid %s", d.Name)
		}
	case d.Kind == ast.InputObject:
		in, _ := value.(map[string]any)
		for _, f := range d.Fields {
			if v, given := in[f.Name]; given {
				if err := exactEnum(schema, f.Type, v, append(at, ast.PathName(f.Name))); err != nil {
					return err
				}
			}
		}
	}
	return nil
}
