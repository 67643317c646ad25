package graph

import (
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"portico/graph/generated"
	"portico/graph/limits"
	"portico/graph/page"
)

// What a field costs, in points; one is about a tenth of a millisecond of one
// processor, or one statement. A plain field costs 1; what writes costs more, and
// what hashes a password costs so much that one request has few of them and an
// address some hundred a minute (5.4); a connection is multiplied by its page size.
const (
	costOfCommand = 60
	costOfPicture = 100
	costOfJobs    = 500
	costOfHashing = 2000
)

// dear are the mutations that do more than the others: by the statements that
// they need, the messages that they send, and what they reckon. A test counts
// these, and holds the prices to them. What takes a password hashes it, and is
// found by the schema.
var dear = map[string]int64{
	"createCaptcha": costOfPicture,
	"advanceClock":  costOfJobs,
}

// takesPassword reports whether a mutation's input has a password in it.
func takesPassword(schema *ast.Schema, f *ast.FieldDefinition) bool {
	for _, a := range f.Arguments {
		in := schema.Types[a.Type.Name()]
		if in == nil {
			continue
		}
		for _, given := range in.Fields {
			if strings.HasSuffix(strings.ToLower(given.Name), "password") {
				return true
			}
		}
	}
	return false
}

// Prices declares what each field costs that isn't plain: the table of the
// limits pass, derived from the schema.
func Prices() map[string]limits.Price {
	prices := map[string]limits.Price{}
	schema := generated.NewExecutableSchema(generated.Config{}).Schema()
	for _, d := range schema.Types {
		if d.Kind != ast.Object {
			continue
		}
		for _, f := range d.Fields {
			key := d.Name + "." + f.Name
			switch {
			case d.Name == "Mutation" && takesPassword(schema, f):
				prices[key] = limits.Price{Own: costOfHashing}
			case d.Name == "Mutation":
				prices[key] = limits.Price{Own: costOfCommand}
			case f.Arguments.ForName("first") != nil:
				prices[key] = limits.Price{Own: 1, Sizes: []string{"first", "last"}, Size: page.Default}
			}
		}
	}
	for name, cost := range dear {
		prices["Mutation."+name] = limits.Price{Own: cost}
	}
	prices["Query.invitationPreview"] = limits.Price{Own: costOfCommand} // it counts the try
	prices["Query.nodes"] = limits.Price{Own: 1, Sizes: []string{"ids"}, Size: page.Most}
	return prices
}
