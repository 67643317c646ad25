package graph

import (
	"strconv"

	"github.com/vektah/gqlparser/v2/ast"

	"portico/graph/generated"
	"portico/graph/limits"
	"portico/graph/page"
)

// costOfMutation is the cost of a mutation without @cost, in points.
const costOfMutation = 60

// Prices returns the price of each field that doesn't cost 1, as the schema declares
// it; [limits] measures documents by it. One point is about a tenth of a millisecond
// of one processor, or one statement. A mutation costs more than a field. One that
// hashes a password costs so much that a request can hold few of them, and an address
// can send some hundred a minute (5.4). A connection is multiplied by its page size.
// A field with another cost is marked @cost. A test counts the work of each mutation
// and compares it with the price.
func Prices() map[string]limits.Price {
	prices := map[string]limits.Price{}
	for _, d := range generated.NewExecutableSchema(generated.Config{}).Schema().Types {
		if d.Kind != ast.Object {
			continue
		}
		for _, f := range d.Fields {
			key, cost := d.Name+"."+f.Name, f.Directives.ForName("cost")
			switch {
			case cost != nil:
				prices[key] = limits.Price{Own: number(cost, "points"), Size: number(cost, "items")}
			case d.Name == "Mutation":
				prices[key] = limits.Price{Own: costOfMutation}
			case f.Arguments.ForName("first") != nil:
				prices[key] = limits.Price{Own: 1, Sizes: []string{"first", "last"}, Size: page.Default}
			}
		}
	}
	return prices
}

// number returns an argument of a directive; zero if it isn't given.
func number(d *ast.Directive, argument string) int64 {
	a := d.Arguments.ForName(argument)
	if a == nil {
		return 0
	}
	n, err := strconv.ParseInt(a.Value.Raw, 10, 64)
	if err != nil {
		panic("graph: @" + d.Name + " has a malformed number: " + a.Value.Raw)
	}
	return n
}
