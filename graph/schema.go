package graph

import (
	"bytes"
	"maps"
	"slices"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/formatter"

	"portico/authz"
	"portico/graph/generated"
	"portico/graph/guard"
	"portico/portal"
)

// readPermission is the permission to read an object of an account-owned type by its
// id, by GraphQL type: `@owned(read:)` of the schema's nodes.
var readPermission = func() map[string]authz.Permission {
	m := map[string]authz.Permission{}
	for name, d := range generated.NewExecutableSchema(generated.Config{}).Schema().Types {
		if owned := d.Directives.ForName("owned"); owned != nil && slices.Contains(d.Interfaces, "Node") {
			p, ok := authz.ParsePermission(owned.Arguments.ForName("read").Value.Raw)
			if !ok {
				panic("graph: @owned of " + name + " names an unknown permission")
			}
			m[name] = p
		}
	}
	return m
}()

// opensByField holds the types that have a field marked @opens.
var opensByField = func() map[string]bool {
	types := map[string]bool{}
	for name, d := range generated.NewExecutableSchema(generated.Config{}).Schema().Types {
		for _, f := range d.Fields {
			types[name] = types[name] || f.Directives.ForName("opens") != nil
		}
	}
	return types
}()

// New returns the executable schema of a portal. Outside the sandbox it is a copy
// without the parts that are marked @sandbox.
func New(p *portal.Portal) graphql.ExecutableSchema {
	return generated.NewExecutableSchema(generated.Config{
		Resolvers: generated.Once(&Resolver{Portal: p}), Directives: guard.Directives(p.Store), Schema: Published(p.Sandbox),
	})
}

// Published returns a copy of the schema as it is published. Without sandbox it leaves
// out the types, fields and values that are marked @sandbox. It always leaves out
// @defer, which gqlgen adds and no transport serves.
func Published(sandbox bool) *ast.Schema {
	full := generated.NewExecutableSchema(generated.Config{}).Schema()
	s := *full
	s.Directives = maps.Clone(full.Directives)
	delete(s.Directives, "defer")
	if sandbox {
		return &s
	}
	delete(s.Directives, "sandbox")
	s.Types = map[string]*ast.Definition{}
	s.PossibleTypes = map[string][]*ast.Definition{}
	for name, d := range full.Types {
		if d.Directives.ForName("sandbox") != nil {
			continue
		}
		c := *d
		c.Fields, c.EnumValues = nil, nil
		for _, f := range d.Fields {
			if f.Directives.ForName("sandbox") == nil {
				c.Fields = append(c.Fields, f)
			}
		}
		for _, v := range d.EnumValues {
			if v.Directives.ForName("sandbox") == nil {
				c.EnumValues = append(c.EnumValues, v)
			}
		}
		s.Types[name] = &c
	}
	for name, all := range full.PossibleTypes {
		for _, d := range all {
			if kept := s.Types[d.Name]; kept != nil && s.Types[name] != nil {
				s.PossibleTypes[name] = append(s.PossibleTypes[name], kept)
			}
		}
	}
	s.Query, s.Mutation = s.Types["Query"], s.Types["Mutation"]
	return &s
}

// Print returns a schema as SDL, with the portal's directives and without gqlgen's own.
func Print(s *ast.Schema) string {
	var b bytes.Buffer
	c := *s
	c.Directives = map[string]*ast.DirectiveDefinition{}
	for name, d := range s.Directives {
		if !strings.HasPrefix(name, "go") {
			c.Directives[name] = d
		}
	}
	formatter.NewFormatter(&b, formatter.WithIndent("  ")).FormatSchema(&c)
	return b.String()
}
