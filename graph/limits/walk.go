package limits

import (
	"math"

	"github.com/vektah/gqlparser/v2/ast"
)

// Figures are the measurements of a document with its fragments expanded. Sums saturate
// at the largest int64.
type Figures struct {
	// Depth, RootFields and IntrospectionLists are the maximum over all operations.
	Depth, RootFields, IntrospectionLists int64
	// Fields, Aliases, Directives and Fragments are sums over all operations and
	// unused fragments.
	Fields, Aliases, Directives, Fragments int64
	// Introspects reports whether __schema or __type is selected.
	Introspects bool
	// Introspections is the number of uses of __schema and __type in all operations
	// and fragments.
	Introspections int64
	// Defers reports whether @defer is applied somewhere. Conditional reports whether it,
	// @skip or @include is: only then what is selected depends on variables.
	Defers, Conditional bool
	// Circular is the name of a fragment that spreads itself, if there is one. The
	// other figures leave out its repetitions.
	Circular string
}

// part holds the measurements of one selection set.
type part struct {
	depth, roots, lists                    int64
	fields, aliases, directives, fragments int64
	introspections                         int64
	// cost is counted once, perNode for each node of the connection that has this
	// selection.
	cost, perNode int64
}

func add(a, b int64) int64 {
	if a > math.MaxInt64-b {
		return math.MaxInt64
	}
	return a + b
}

func mul(a, b int64) int64 {
	if a != 0 && b > math.MaxInt64/a {
		return math.MaxInt64
	}
	return a * b
}

func (p *part) plus(q part) {
	p.depth, p.lists = max(p.depth, q.depth), max(p.lists, q.lists)
	p.roots = add(p.roots, q.roots)
	p.fields, p.aliases = add(p.fields, q.fields), add(p.aliases, q.aliases)
	p.directives, p.fragments = add(p.directives, q.directives), add(p.fragments, q.fragments)
	p.introspections = add(p.introspections, q.introspections)
	p.cost, p.perNode = add(p.cost, q.cost), add(p.perNode, q.perNode)
}

// walk measures the selection sets of one document, each fragment once.
type walk struct {
	schema *ast.Schema
	cfg    Config
	vars   map[string]any
	// byName holds the fragments by name. Done holds the measurements of fragments,
	// nil while one is being measured.
	byName map[string]*ast.FragmentDefinition
	done   map[*ast.FragmentDefinition]*part
	// op is the current operation, for the defaults of its variables.
	op *ast.OperationDefinition

	circular            string
	introspects, defers bool
	conditional         bool
	// sizes holds the lengths of introspection's lists. Single is set below __type,
	// which requests one type.
	sizes  sizes
	single bool
	// sized reports whether a cost depends on a variable.
	sized bool
}

func newWalk(schema *ast.Schema, cfg Config, doc *ast.QueryDocument) *walk {
	w := &walk{schema: schema, cfg: cfg, sizes: cfg.sizes,
		byName: make(map[string]*ast.FragmentDefinition, len(doc.Fragments)),
		done:   make(map[*ast.FragmentDefinition]*part, len(doc.Fragments))}
	for _, f := range doc.Fragments {
		if _, taken := w.byName[f.Name]; !taken {
			w.byName[f.Name] = f
		}
	}
	return w
}

// Measure walks a parsed document once, in time linear in its length. The document need
// not be valid.
func Measure(schema *ast.Schema, doc *ast.QueryDocument) Figures {
	cfg := Config{}.withDefaults()
	cfg.sizes = sizesOf(schema)
	f, _ := measure(schema, cfg, doc)
	return f
}

// measure is [Measure], and also returns the cost of each operation in the document's
// order, as calculated without variables.
func measure(schema *ast.Schema, cfg Config, doc *ast.QueryDocument) (Figures, []price) {
	w := newWalk(schema, cfg, doc)
	var f Figures
	sum := func(p part) {
		f.Depth, f.IntrospectionLists = max(f.Depth, p.depth), max(f.IntrospectionLists, p.lists)
		f.Fields, f.Aliases = add(f.Fields, p.fields), add(f.Aliases, p.aliases)
		f.Directives, f.Fragments = add(f.Directives, p.directives), add(f.Fragments, p.fragments)
		f.Introspections = add(f.Introspections, p.introspections)
	}
	prices := make([]price, len(doc.Operations))
	for i, op := range doc.Operations {
		p := w.operation(op)
		sum(p)
		f.RootFields = max(f.RootFields, p.roots)
		prices[i] = price{cost: add(p.cost, p.perNode)}
	}
	for i := range prices {
		prices[i].sized = w.sized
	}
	for _, fragment := range doc.Fragments {
		if _, used := w.done[fragment]; !used {
			sum(w.fragment(fragment))
		}
	}
	f.Circular, f.Introspects, f.Defers, f.Conditional = w.circular, w.introspects, w.defers, w.conditional
	return f, prices
}

func (w *walk) operation(op *ast.OperationDefinition) part {
	w.op = op
	p := w.set(op.SelectionSet, w.root(op.Operation))
	p.directives = add(p.directives, int64(len(op.Directives)))
	for _, v := range op.VariableDefinitions {
		p.directives = add(p.directives, int64(len(v.Directives)))
	}
	return p
}

func (w *walk) root(kind ast.Operation) *ast.Definition {
	switch kind {
	case ast.Mutation:
		return w.schema.Mutation
	case ast.Subscription:
		return w.schema.Subscription
	default:
		return w.schema.Query
	}
}

// set measures a selection set on a type. Parent is nil if the document names a type
// that doesn't exist.
func (w *walk) set(set ast.SelectionSet, parent *ast.Definition) part {
	var sum part
	for _, selection := range set {
		switch s := selection.(type) {
		case *ast.Field:
			sum.plus(w.field(s, parent))
		case *ast.InlineFragment:
			on := parent
			if s.TypeCondition != "" {
				on = w.schema.Types[s.TypeCondition]
			}
			p := w.set(s.SelectionSet, on)
			p.fragments = add(p.fragments, 1)
			w.directives(&p, s.Directives)
			sum.plus(p)
		case *ast.FragmentSpread:
			var p part
			if f := w.byName[s.Name]; f != nil {
				p = w.fragment(f)
			}
			p.fragments = add(p.fragments, 1)
			w.directives(&p, s.Directives)
			sum.plus(p)
		}
	}
	return sum
}

func (w *walk) fragment(f *ast.FragmentDefinition) part {
	if p, seen := w.done[f]; seen {
		if p == nil {
			w.circular = f.Name
			return part{}
		}
		return *p
	}
	w.done[f] = nil
	p := w.set(f.SelectionSet, w.schema.Types[f.TypeCondition])
	w.directives(&p, f.Directives)
	w.done[f] = &p
	return p
}

func (w *walk) directives(p *part, list ast.DirectiveList) {
	p.directives = add(p.directives, int64(len(list)))
	for _, d := range list {
		switch d.Name {
		case "defer":
			w.defers, w.conditional = true, true
		case "skip", "include":
			w.conditional = true
		}
	}
}

func (w *walk) field(f *ast.Field, parent *ast.Definition) part {
	def := w.definition(f.Name, parent)
	var of *ast.Definition
	if def != nil {
		of = w.schema.Types[def.Type.Name()]
	}
	if def == typeField {
		w.single = true // fragments measured below it keep this price elsewhere
	}
	p := w.set(f.SelectionSet, of)
	p.depth, p.fields, p.roots = add(p.depth, 1), add(p.fields, 1), 1
	if f.Alias != f.Name {
		p.aliases = add(p.aliases, 1)
	}
	if isIntrospectionList(f.Name, parent) {
		p.lists++
	}
	w.directives(&p, f.Directives)
	switch {
	case def == schemaField || def == typeField:
		p.introspections = add(p.introspections, 1)
		p.cost, p.perNode = add(1, ceil(add(p.cost, p.perNode), valuesAPoint)), 0
	case introspects(parent):
		p.cost, p.perNode = w.introspected(f.Name, parent, p.cost), 0
	default:
		p.cost, p.perNode = w.price(f, def, parent, p)
	}
	return p
}

// The fields that every schema has without declaring them.
var (
	schemaField   = &ast.FieldDefinition{Name: "__schema", Type: ast.NonNullNamedType("__Schema", nil)}
	typeField     = &ast.FieldDefinition{Name: "__type", Type: ast.NamedType("__Type", nil)}
	typenameField = &ast.FieldDefinition{Name: "__typename", Type: ast.NonNullNamedType("String", nil)}
)

func (w *walk) definition(name string, parent *ast.Definition) *ast.FieldDefinition {
	switch name {
	case "__schema":
		w.introspects = true
		return schemaField
	case "__type":
		w.introspects = true
		return typeField
	case "__typename":
		return typenameField
	}
	if parent == nil {
		return nil
	}
	return parent.Fields.ForName(name)
}

func isIntrospectionList(name string, parent *ast.Definition) bool {
	if parent == nil || parent.Name != "__Type" {
		return false
	}
	switch name {
	case "fields", "interfaces", "possibleTypes", "inputFields":
		return true
	}
	return false
}
