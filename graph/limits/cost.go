package limits

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// Price is what a field costs, in points. One point is one plain field.
type Price struct {
	// Own is the field's own cost, without what is selected below it.
	Own int64
	// Sizes names the arguments that say how many objects the field answers
	// with, in the order in which they are looked for ("first", "last"). The
	// selection below is then counted that many times; of a connection, only
	// the selection below edges and nodes.
	Sizes []string
	// Size is how many objects there are if no such argument is given, or none is
	// named; zero is [Config.PageSize] with Sizes, and one object without.
	Size int64
}

var pageArguments = []string{"first", "last"}

// DefaultPrice is 1 for each field, 0 for __typename; a connection's nodes
// count as often as first or last says.
func DefaultPrice(_ *ast.Definition, field *ast.FieldDefinition) Price {
	if field.Name == "__typename" {
		return Price{}
	}
	if strings.HasSuffix(field.Type.Name(), "Connection") {
		return Price{Own: 1, Sizes: pageArguments}
	}
	return Price{Own: 1}
}

// Table makes a Price function of a table keyed "Type.field". A field that
// isn't in it has its [DefaultPrice].
func Table(prices map[string]Price) func(*ast.Definition, *ast.FieldDefinition) Price {
	return func(parent *ast.Definition, field *ast.FieldDefinition) Price {
		if parent != nil {
			if p, ok := prices[parent.Name+"."+field.Name]; ok {
				return p
			}
		}
		return DefaultPrice(parent, field)
	}
}

// price is what an operation costs. If sized, it must be reckoned anew with
// the variables of each request.
type price struct {
	cost  int64
	sized bool
}

// price turns a field's selection, whose cost is in p, into the field's cost:
// what it adds once, and what it adds for each node of its parent connection.
func (w *walk) price(f *ast.Field, def *ast.FieldDefinition, parent *ast.Definition, p part) (once, perNode int64) {
	price := Price{Own: 1}
	if def != nil {
		price = w.cfg.Price(parent, def)
	}
	total := add(price.Own, p.cost)
	if len(price.Sizes) == 0 && price.Size == 0 {
		total = add(total, p.perNode)
	} else {
		n := w.size(f, def, price)
		if strings.HasSuffix(def.Type.Name(), "Connection") {
			total = add(total, mul(n, p.perNode))
		} else {
			total = add(price.Own, mul(n, add(p.cost, p.perNode)))
		}
	}
	if parent != nil && (f.Name == "edges" || f.Name == "nodes") && strings.HasSuffix(parent.Name, "Connection") {
		return 0, total
	}
	return total, 0
}

// size is how many objects a field is asked for.
func (w *walk) size(f *ast.Field, def *ast.FieldDefinition, price Price) int64 {
	for _, name := range price.Sizes {
		if a := f.Arguments.ForName(name); a != nil {
			if n, ok := w.number(a.Value); ok {
				return n
			}
			continue
		}
		if d := def.Arguments.ForName(name); d != nil && d.DefaultValue != nil {
			if n, ok := literal(d.DefaultValue); ok {
				return n
			}
		}
	}
	return or(price.Size, w.cfg.PageSize)
}

func (w *walk) number(v *ast.Value) (int64, bool) {
	if v == nil {
		return 0, false
	}
	if v.Kind != ast.Variable {
		return literal(v)
	}
	w.sized = true
	if given, ok := w.vars[v.Raw]; ok {
		return number(given)
	}
	if w.op != nil {
		if d := w.op.VariableDefinitions.ForName(v.Raw); d != nil && d.DefaultValue != nil {
			return literal(d.DefaultValue)
		}
	}
	return 0, false
}

// literal reads a size from the document. One that is below zero is taken as
// none: the field itself will refuse it.
func literal(v *ast.Value) (int64, bool) {
	if v.Kind != ast.IntValue {
		return 0, false
	}
	n, err := strconv.ParseInt(v.Raw, 10, 64)
	return n, err == nil && n >= 0
}

// number reads a size from a variable, as JSON or a Go program gave it.
func number(v any) (int64, bool) {
	var n int64
	switch v := v.(type) {
	case json.Number:
		i, err := v.Int64()
		if err != nil {
			return 0, false
		}
		n = i
	case int:
		n = int64(v)
	case int32:
		n = int64(v)
	case int64:
		n = v
	case float64:
		n = int64(v)
	default:
		return 0, false
	}
	return n, n >= 0
}

// Cost is what one operation of a document costs with the variables given,
// which may be raw or coerced.
func Cost(schema *ast.Schema, cfg Config, doc *ast.QueryDocument, op *ast.OperationDefinition, vars map[string]any) int64 {
	cfg = cfg.withDefaults()
	cfg.sizes = sizesOf(schema)
	return cost(schema, cfg, doc, op, vars)
}

func cost(schema *ast.Schema, cfg Config, doc *ast.QueryDocument, op *ast.OperationDefinition, vars map[string]any) int64 {
	w := newWalk(schema, cfg, doc)
	w.vars = vars
	p := w.operation(op)
	return add(p.cost, p.perNode)
}

// indexOf finds the operation that a request names, as gqlgen will.
func indexOf(doc *ast.QueryDocument, name string) int {
	return slices.Index(doc.Operations, doc.Operations.ForName(name))
}
