package limits

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// Price is the cost of a field in points. One point is the cost of a plain field.
type Price struct {
	// Own is the field's own cost, without the selection below it.
	Own int64
	// Sizes names the arguments that give the number of objects in the field's
	// answer, in the order in which they are tried ("first", "last"). The selection
	// below is counted that many times; for a connection, only the selection below
	// edges and nodes.
	Sizes []string
	// Size is the number of objects if no such argument is given or named. Zero means
	// [Config.PageSize] with Sizes, and one object without.
	Size int64
}

var pageArguments = []string{"first", "last"}

// DefaultPrice returns 1 for each field and 0 for __typename. The nodes of a connection
// count as often as first or last requests.
func DefaultPrice(_ *ast.Definition, field *ast.FieldDefinition) Price {
	if field.Name == "__typename" {
		return Price{}
	}
	if strings.HasSuffix(field.Type.Name(), "Connection") {
		return Price{Own: 1, Sizes: pageArguments}
	}
	return Price{Own: 1}
}

// Table returns a Price function that looks up a table by "Type.field". A field that
// isn't in the table has its [DefaultPrice].
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

// price is the cost of an operation. If sized, it depends on variables and must be
// calculated again for each request.
type price struct {
	cost  int64
	sized bool
}

// price returns the cost of a field whose selection costs p: what it adds once, and
// what it adds for each node of its parent connection.
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

// size returns the number of objects that a field requests.
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
	return orDefault(price.Size, w.cfg.PageSize)
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

// literal reads a size from the document. It ignores a negative one, which the field
// itself refuses.
func literal(v *ast.Value) (int64, bool) {
	if v.Kind != ast.IntValue {
		return 0, false
	}
	n, err := strconv.ParseInt(v.Raw, 10, 64)
	return n, err == nil && n >= 0
}

// number reads a size from a variable of JSON or of a Go program.
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

// Cost returns the cost of one operation of a document with its variables, in points.
// The variables may be raw or coerced.
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

// indexOf returns the index of the operation that a request names, by the same rule as
// gqlgen.
func indexOf(doc *ast.QueryDocument, name string) int {
	return slices.Index(doc.Operations, doc.Operations.ForName(name))
}
