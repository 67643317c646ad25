package guard

import (
	"github.com/vektah/gqlparser/v2/ast"

	"portico/graph/generated"
)

// keyless are the mutations that take no idempotency key, since they take or give a
// secret: an argument, a field of an input, or a field of the payload or of an
// object in it is marked @secret.
var keyless = mutations(func(s *ast.Schema, f *ast.FieldDefinition) bool {
	return TakesSecret(s, f) || gives(s, s.Types[f.Type.Name()], 1)
})

// mutations are the names of those of which something is so by the schema.
func mutations(is func(*ast.Schema, *ast.FieldDefinition) bool) map[string]bool {
	s, all := generated.NewExecutableSchema(generated.Config{}).Schema(), map[string]bool{}
	for _, f := range s.Mutation.Fields {
		if is(s, f) {
			all[f.Name] = true
		}
	}
	return all
}

// TakesSecret reports whether a field has an argument that is marked @secret, or
// an input with a field that is.
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

// gives reports whether an object has a field that is marked, or holds, so many
// steps down, one that does.
func gives(s *ast.Schema, d *ast.Definition, steps int) bool {
	if d == nil || d.Kind != ast.Object {
		return false
	}
	for _, f := range d.Fields {
		if f.Directives.ForName("secret") != nil || steps > 0 && gives(s, s.Types[f.Type.Name()], steps-1) {
			return true
		}
	}
	return false
}
