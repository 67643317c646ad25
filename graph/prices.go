package graph

import (
	"github.com/vektah/gqlparser/v2/ast"

	"portico/graph/generated"
	"portico/graph/limits"
	"portico/graph/page"
)

// What a field costs, in points. A plain field costs 1; what writes costs more,
// and what hashes a password costs so much that one request has few of them and
// an address some hundred a minute (5.4); a connection is multiplied by its page size.
const (
	costOfCommand = 10
	costOfHashing = 2000
)

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
			case d.Name == "Mutation":
				prices[key] = limits.Price{Own: costOfCommand}
			case f.Arguments.ForName("first") != nil:
				prices[key] = limits.Price{Own: 1, Sizes: []string{"first", "last"}, Size: page.Default}
			}
		}
	}
	for _, f := range []string{"register", "signIn", "resetPassword", "changePassword", "registerByInvitation"} {
		prices["Mutation."+f] = limits.Price{Own: costOfHashing}
	}
	prices["Query.invitationPreview"] = limits.Price{Own: costOfCommand} // it counts the try
	prices["Query.nodes"] = limits.Price{Own: 1, Sizes: []string{"ids"}, Size: page.Most}
	return prices
}
