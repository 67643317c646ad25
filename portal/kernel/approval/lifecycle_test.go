package approval

import (
	"context"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"

	"portico/authz"
	"portico/ent"
	"portico/ent/db/approval"
)

// TestTheLifeCycleIsWhatIsWritten compares the table of transitions with the calls
// of move, and holds that nothing else sets a status but the creation.
func TestTheLifeCycleIsWhatIsWritten(t *testing.T) {
	written, sets := writes(t)
	if sets != 2 {
		t.Errorf("%d places set a status, not move and the creation alone", sets)
	}
	declared := map[string]bool{}
	for from, all := range transitions {
		for _, to := range all {
			declared[string(from)+" "+string(to)] = true
			if approval.StatusValidator(from) != nil || approval.StatusValidator(to) != nil {
				t.Errorf("%s %s", from, to)
			}
		}
	}
	for step := range declared {
		if !written[step] {
			t.Errorf("nothing writes %s", step)
		}
	}
	for step := range written {
		if !declared[step] {
			t.Errorf("the table lacks %s", step)
		}
	}
}

// writes reads from the source which transitions are written, and how many places
// set a status.
func writes(t *testing.T) (written map[string]bool, sets int) {
	t.Helper()
	written = map[string]bool{}
	paths, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	name := func(e ast.Expr) string {
		if s, ok := e.(*ast.SelectorExpr); ok {
			return strings.TrimPrefix(s.Sel.Name, "Status")
		}
		return ""
	}
	var moves [][2]string
	var ends []string // what end moves an approval to, from REQUESTED
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			switch f := call.Fun.(type) {
			case *ast.Ident:
				if f.Name == "move" {
					moves = append(moves, [2]string{name(call.Args[2]), name(call.Args[3])})
				} else if f.Name == "end" {
					ends = append(ends, name(call.Args[2]))
				}
			case *ast.SelectorExpr:
				if f.Sel.Name == "SetStatus" {
					sets++
				}
			}
			return true
		})
	}
	for _, m := range moves {
		if m[1] != "" {
			written[m[0]+" "+m[1]] = true
			continue
		}
		for _, to := range ends {
			written[m[0]+" "+to] = true
		}
	}
	return written, sets
}

func TestWhatCannotWaitIsNotRegistered(t *testing.T) {
	type nested struct {
		Next  *nested
		Files map[string][]*graphql.Upload
	}
	type plain struct{ Text string }
	type answer struct{}
	refused := func(register func()) (panics bool) {
		defer func() { panics = recover() != nil }()
		register()
		return false
	}
	f := func(context.Context, *ent.Store, plain) (*answer, error) { return nil, nil }
	if refused(func() { Register("lifecycleProbe", authz.OrderPlace, f) }) {
		t.Error("a plain command can't be registered")
	}
	if !refused(func() { Register("lifecycleProbe", authz.OrderPlace, f) }) {
		t.Error("a name can be registered twice")
	}
	if !refused(func() {
		Register("uploadProbe", authz.OrderPlace, func(context.Context, *ent.Store, nested) (*answer, error) { return nil, nil })
	}) {
		t.Error("an upload can wait")
	}
	if !refused(func() {
		Register("answerProbe", authz.OrderPlace, func(context.Context, *ent.Store, plain) (bool, error) { return false, nil })
	}) {
		t.Error("an answer that is no payload can be kept")
	}
}
