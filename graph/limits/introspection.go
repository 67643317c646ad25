package limits

import (
	"github.com/vektah/gqlparser/v2/ast"
)

// valuesAPoint is the number of introspection values that cost one point. They are in
// memory and cost less than a field that is looked up.
const valuesAPoint = 10

// sizes holds the lengths of introspection's lists, by "Type.field". A list below a
// type has two lengths: the average over all types, rounded up, which is used below
// __Schema.types; and the longest one, which is used for one type requested by name.
type sizes struct{ average, longest map[string]int64 }

// sizesOf measures the lists of a schema.
func sizesOf(schema *ast.Schema) sizes {
	s := sizes{map[string]int64{}, map[string]int64{}}
	sum := map[string]int64{}
	count := func(list string, n int) {
		sum[list] += int64(n)
		s.longest[list] = max(s.longest[list], int64(n))
	}
	var fields, directives int64
	// below is the number of fields that the types of all fields have: the length of a
	// second list of fields, one level further down.
	var below int64
	for _, t := range schema.Types {
		list := "__Type.fields"
		if t.Kind == ast.InputObject {
			list = "__Type.inputFields"
		}
		count(list, len(t.Fields))
		count("__Type.enumValues", len(t.EnumValues))
		count("__Type.interfaces", len(t.Interfaces))
		count("__Type.possibleTypes", len(schema.PossibleTypes[t.Name]))
		for _, f := range t.Fields {
			count("__Field.args", len(f.Arguments))
			fields++
			if of := schema.Types[f.Type.Name()]; of != nil {
				below += int64(len(of.Fields))
			}
		}
	}
	for _, d := range schema.Directives {
		count("__Directive.args", len(d.Arguments))
		count("__Directive.locations", len(d.Locations))
		directives++
	}
	types := int64(len(schema.Types))
	for list, n := range sum {
		of := types
		switch list {
		case "__Field.args":
			of = fields
		case "__Directive.args", "__Directive.locations":
			of = directives
		}
		s.average[list] = ceil(n, of)
	}
	s.average["__Type.fields"] = max(s.average["__Type.fields"], ceil(below, fields))
	s.average["__Schema.types"], s.longest["__Schema.types"] = types, types
	s.average["__Schema.directives"], s.longest["__Schema.directives"] = directives, directives
	return s
}

func ceil(a, b int64) int64 {
	if b == 0 {
		return 0
	}
	return (a + b - 1) / b
}

// introspected returns the number of values that a field of introspection adds to the
// answer. The root field converts the sum to points.
func (w *walk) introspected(name string, parent *ast.Definition, below int64) int64 {
	list, of := parent.Name+"."+name, w.sizes.average
	if w.single {
		of = w.sizes.longest
	}
	n, isList := of[list]
	if !isList {
		return add(1, below)
	}
	return add(1, mul(max(1, n), below))
}

// introspects reports whether a type belongs to introspection.
func introspects(t *ast.Definition) bool {
	return t != nil && len(t.Name) > 2 && t.Name[:2] == "__"
}
