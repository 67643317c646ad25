package graph

import (
	"strconv"

	"github.com/vektah/gqlparser/v2/ast"

	"portico/graph/generated"
	"portico/graph/limits"
	"portico/graph/page"
)

// costOfMutation is what a mutation costs where @cost doesn't say otherwise.
const costOfMutation = 60

// Prices declares what each field costs that isn't plain: the table of the limits
// pass, derived from the schema. One point is about a tenth of a millisecond of one
// processor, or one statement. A plain field costs 1; what writes costs more, and
// what hashes a password costs so much that one request has few of them and an
// address some hundred a minute (5.4); a connection is multiplied by its page size.
// What differs is marked @cost; a test counts the work of each mutation, and holds
// its price to it.
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

// number is an argument of a directive; zero if it isn't given.
func number(d *ast.Directive, argument string) int64 {
	a := d.Arguments.ForName(argument)
	if a == nil {
		return 0
	}
	n, err := strconv.ParseInt(a.Value.Raw, 10, 64)
	if err != nil {
		panic("graph: @" + d.Name + " has " + a.Value.Raw)
	}
	return n
}
