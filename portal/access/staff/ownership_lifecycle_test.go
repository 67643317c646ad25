package staff

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"slices"
	"strings"
	"testing"

	"portico/ent/db/ownershipoffer"
)

// TestTheLifeCycleOfAnOfferIsWhatIsWritten compares the table of transitions with the
// statuses that the source ends offers with, and holds that nothing else sets a status but
// the creation.
func TestTheLifeCycleOfAnOfferIsWhatIsWritten(t *testing.T) {
	named, sets := map[string]bool{}, 0
	for _, path := range []string{"ownership.go", "ownership_offer.go"} {
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		table := false // the table itself names all of them
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.ValueSpec:
				table = n.Names[0].Name == "offerTransitions"
				return !table
			case *ast.SelectorExpr:
				if n.Sel.Name == "SetStatus" {
					sets++
				}
				if x, is := n.X.(*ast.Ident); is && x.Name == "ownershipoffer" && strings.HasPrefix(n.Sel.Name, "Status") && len(n.Sel.Name) > len("StatusEQ") {
					named[strings.TrimPrefix(n.Sel.Name, "Status")] = true
				}
			}
			return true
		})
	}
	want := map[string]bool{}
	for from, all := range offerTransitions {
		for _, status := range append(all, from) {
			want[string(status)] = true
			if ownershipoffer.StatusValidator(status) != nil {
				t.Errorf("there is no %s", status)
			}
		}
	}
	if sets != 2 || !maps.Equal(named, want) {
		t.Errorf("%d places set a status; written are %v, declared %v", sets, slices.Sorted(maps.Keys(named)), slices.Sorted(maps.Keys(want)))
	}
}
