package proof_test

import (
	"fmt"
	"strings"
	"sync"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/lexer"
	"github.com/vektah/gqlparser/v2/parser"

	"portico/graph"
)

var published = sync.OnceValue(func() *ast.Schema { return graph.Published(true) })

// shape limits a document that selects everything.
type shape struct {
	// first is the size of each page.
	first int
	// depth is how many objects may be nested below the root field.
	depth int
	// after, if set, is the path of a connection below the root ("orders" or
	// "orders.nodes.…"). This connection gets the variable $after as its
	// cursor.
	after string
	// remedies also selects the inputs of remedies.
	remedies bool
	// among is true within a fragment on one of several types.
	among bool
	// lean selects of each list below the root its nodes alone.
	lean bool
}

// among in a path marks that the type is one of several.
const among = "..."

// mostTokens and mostFields keep a document below the server's limits.
const (
	mostTokens = 750
	mostFields = 400
)

// document returns an operation with one root field that selects everything
// below it, as deep as the server allows, and no type twice on a path. Its
// arguments are variables.
func document(field string, args map[string]any, s shape) string {
	if field == "nodes" {
		s.depth = min(s.depth, 1) // node has a fragment for every type
	}
	for ; ; s.depth-- {
		doc := documentOf(field, args, s)
		if tokens(doc) <= mostTokens && selected(doc) <= mostFields {
			return doc
		}
		if s.depth <= 1 {
			s.lean = true
			return documentOf(field, args, s)
		}
	}
}

// selected returns how many fields a document selects.
func selected(doc string) (n int) {
	d, err := parser.ParseQuery(&ast.Source{Input: doc})
	if err != nil {
		panic(err)
	}
	var count func(ast.SelectionSet)
	count = func(set ast.SelectionSet) {
		for _, s := range set {
			switch s := s.(type) {
			case *ast.Field:
				n++
				count(s.SelectionSet)
			case *ast.InlineFragment:
				count(s.SelectionSet)
			}
		}
	}
	for _, o := range d.Operations {
		count(o.SelectionSet)
	}
	return n
}

func tokens(doc string) (n int) {
	for l := lexer.New(&ast.Source{Input: doc}); ; n++ {
		if t, err := l.ReadToken(); err != nil || t.Kind == lexer.EOF {
			return n
		}
	}
}

func documentOf(field string, args map[string]any, s shape) string {
	kind, root := "query", published().Query.Fields.ForName(field)
	if root == nil {
		kind, root = "mutation", published().Mutation.Fields.ForName(field)
	}
	if root == nil {
		panic("no operation " + field)
	}
	var variables, given []string
	for _, a := range root.Arguments {
		if _, ok := args[a.Name]; ok {
			variables = append(variables, fmt.Sprintf("$%s: %s", a.Name, a.Type))
			given = append(given, fmt.Sprintf("%s: $%s", a.Name, a.Name))
		} else if a.Name == "first" {
			given = append(given, fmt.Sprintf("first: %d", s.first))
		}
	}
	if s.after != "" {
		variables = append(variables, "$cursor: String!")
		if s.after == field {
			given = append(given, "after: $cursor")
		}
	}
	return fmt.Sprintf("%s%s { %s%s%s }", kind, list(variables), field, list(given),
		s.selection(root.Type.Name(), "", map[string]bool{}, s.depth))
}

func list(l []string) string {
	if len(l) == 0 {
		return ""
	}
	return "(" + strings.Join(l, ", ") + ")"
}

// selection returns the selection of all fields of a type; "" for a leaf.
func (s shape) selection(name, at string, above map[string]bool, depth int) string {
	s.among = above[among]
	d := published().Types[name]
	switch d.Kind {
	case ast.Scalar, ast.Enum:
		return ""
	case ast.Interface, ast.Union:
		b := " { __typename"
		if d.Fields.ForName("id") != nil {
			b += " id"
		}
		for _, p := range published().GetPossibleTypes(d) {
			if depth > 1 && !above[p.Name] {
				b += fmt.Sprintf(" ... on %s%s", p.Name, s.selection(p.Name, at, map[string]bool{among: true}, 0))
			}
		}
		return b + " }"
	}
	within := map[string]bool{name: true}
	for t := range above {
		within[t] = t != among
	}
	b := " { __typename"
	for _, f := range fields(d) {
		b += s.field(name, f, at, within, depth)
	}
	return b + " }"
}

// asked are the arguments of fields that require some.
var asked = map[string]string{"Terms.clause": `(number: "3.8")`}

// field returns the selection of a field; "" if it is too deep or leads back to
// a type above it.
func (s shape) field(of string, f *ast.FieldDefinition, at string, within map[string]bool, depth int) string {
	name := f.Type.Name()
	path := strings.TrimPrefix(at+"."+f.Name, ".")
	nested := published().Types[name].IsCompositeType()
	switch {
	case of == "Remedy" && f.Name == "input" && !s.remedies:
	case nested && (within[name] || within[wrapped(published(), name)]):
		return ""
	case strings.HasSuffix(of, "Connection") && s.lean && at != "" && f.Name != "nodes":
		return ""
	case strings.HasSuffix(of, "Connection") && f.Name == "edges":
		return " edges { cursor }"
	case strings.HasSuffix(of, "Connection") && f.Name == "pageInfo" && at != "":
		return " pageInfo { endCursor }" // the rest of it is selected at the root
	case nested && depth <= 0 && !valueTypes[name] && !isWrapper(of):
		return ""
	}
	arguments := asked[of+"."+f.Name]
	if f.Arguments.ForName("first") != nil {
		arguments = fmt.Sprintf("(first: %d)", s.first)
		if s.after == path {
			arguments = fmt.Sprintf("(first: %d, after: $cursor)", s.first)
		}
	}
	below := depth
	if nested && !isWrapper(of) && !valueTypes[name] {
		below--
	}
	alias := ""
	if s.among && conflicting()[of+"."+f.Name] {
		alias = of + "_" + f.Name + ": "
	}
	return " " + alias + f.Name + arguments + s.selection(name, path, within, below)
}

// valueTypes are small; they don't count as nested.
var valueTypes = map[string]bool{"Money": true, "Remedy": true, "UserError": true, "Term": true, "PageInfo": true, "Standing": true, "StandingRestriction": true}

// conflicting are the fields of Node types that have another type in another
// Node type. In one document they need aliases.
var conflicting = sync.OnceValue(func() map[string]bool {
	types := map[string]map[string]bool{}
	nodes := published().GetPossibleTypes(published().Types["Node"])
	for _, d := range nodes {
		for _, f := range fields(d) {
			if types[f.Name] == nil {
				types[f.Name] = map[string]bool{}
			}
			types[f.Name][f.Type.String()] = true
		}
	}
	conflicts := map[string]bool{}
	for _, d := range nodes {
		for _, f := range fields(d) {
			conflicts[d.Name+"."+f.Name] = len(types[f.Name]) > 1
		}
	}
	return conflicts
})
