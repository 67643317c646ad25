package guard

import (
	"github.com/vektah/gqlparser/v2/ast"

	"portico/graph/generated"
)

// keyless holds the names of the mutations that take no idempotency key, because they
// take or return a secret: @secret marks an argument, a field of an input, or a field
// of the payload or of an object in it.
var keyless = mutations(func(s *ast.Schema, f *ast.FieldDefinition) bool {
	return TakesSecret(s, f) || returnsSecret(s, s.Types[f.Type.Name()], 1)
})

// mutations returns the names of the mutations for which a condition on the schema
// holds.
func mutations(is func(*ast.Schema, *ast.FieldDefinition) bool) map[string]bool {
	s, all := generated.NewExecutableSchema(generated.Config{}).Schema(), map[string]bool{}
	for _, f := range s.Mutation.Fields {
		if is(s, f) {
			all[f.Name] = true
		}
	}
	return all
}

// TakesSecret reports whether @secret marks an argument of a field, or a field of one
// of its inputs.
func TakesSecret(s *ast.Schema, f *ast.FieldDefinition) bool {
	seen := map[string]bool{}
	var within func(d *ast.Definition) bool
	within = func(d *ast.Definition) bool {
		if d == nil || d.Kind != ast.InputObject || seen[d.Name] {
			return false
		}
		seen[d.Name] = true
		for _, f := range d.Fields {
			if f.Directives.ForName("secret") != nil || within(s.Types[f.Type.Name()]) {
				return true
			}
		}
		return false
	}
	for _, a := range f.Arguments {
		if a.Directives.ForName("secret") != nil || within(s.Types[a.Type.Name()]) {
			return true
		}
	}
	return false
}

// returnsSecret reports whether @secret marks a field of an object, or a field of an
// object in it, down to a number of levels.
func returnsSecret(s *ast.Schema, d *ast.Definition, levels int) bool {
	if d == nil || d.Kind != ast.Object {
		return false
	}
	for _, f := range d.Fields {
		if f.Directives.ForName("secret") != nil || levels > 0 && returnsSecret(s, s.Types[f.Type.Name()], levels-1) {
			return true
		}
	}
	return false
}
