package graph_test

import (
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"

	"portico/graph"
	"portico/graph/limits"
	"portico/graph/page"
)

// costOfHashing is the least cost of a mutation that hashes passwords (5.4).
const costOfHashing = 2000

func TestWhatTakesAPasswordCostsItsHash(t *testing.T) {
	schema, prices, n := graph.Published(true), graph.Prices(), 0
	for _, f := range schema.Mutation.Fields {
		takes := false
		for _, a := range f.Arguments {
			for _, given := range schema.Types[a.Type.Name()].Fields {
				takes = takes || strings.HasSuffix(strings.ToLower(given.Name), "password")
			}
		}
		if own := prices["Mutation."+f.Name].Own; takes != (own >= costOfHashing) {
			t.Errorf("5.4: %s takes a password: %v, and costs %d points", f.Name, takes, own)
		}
		if takes {
			n++
		}
	}
	if n < 5 {
		t.Errorf("only %d take a password", n)
	}
}

func TestPricesFollowTheSchema(t *testing.T) {
	prices := graph.Prices()
	for key, want := range map[string]limits.Price{
		"Mutation.placeOrder":     {Own: 60},
		"Mutation.createCaptcha":  {Own: 100},
		"Mutation.advanceClock":   {Own: 500},
		"Query.invitationPreview": {Own: 60}, // it counts a try
		"Query.nodes":             {Own: 1, Size: page.Most},
		"Account.orders":          {Own: 1, Sizes: []string{"first", "last"}, Size: page.Default},
		"Account.invoices":        {Own: 1, Sizes: []string{"first", "last"}, Size: page.Default},
	} {
		got := prices[key]
		if got.Own != want.Own || got.Size != want.Size || strings.Join(got.Sizes, " ") != strings.Join(want.Sizes, " ") {
			t.Errorf("%s costs %+v, not %+v", key, got, want)
		}
	}
	for _, d := range graph.Published(true).Types {
		for _, f := range d.Fields {
			if cost := f.Directives.ForName("cost"); cost != nil && (d.Kind != ast.Object || f.Arguments.ForName("first") != nil) {
				t.Errorf("%s.%s is marked @cost: a connection costs its page", d.Name, f.Name)
			}
		}
	}
}
