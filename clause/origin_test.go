package clause_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"portico/clause"
)

// TestOverridableFiguresAreReadForAnAccount proves 13.3: a signed agreement can
// override exactly the figures that some rule reads for one account.
func TestOverridableFiguresAreReadForAnAccount(t *testing.T) {
	read := readForAnAccount(t)
	for _, f := range clause.Figures {
		if f.Overridable() != slices.Contains(read, f.Name) {
			t.Errorf("%s can be overridden: %v; some rule reads it for an account: %v", f.Name, f.Overridable(), !f.Overridable())
		}
	}
}

func TestNoFigureOfSecurityIsOverridden(t *testing.T) {
	for _, f := range clause.Figures {
		for _, of := range []string{"code.", "refresh.", "password."} {
			if strings.HasPrefix(f.Name, of) && (f.Overridable() || f.Origin() != clause.Ours) {
				t.Errorf("%s: %v, %s", f.Name, f.Overridable(), f.Origin())
			}
		}
	}
	if clause.Standard(clause.ArrearsGraceDays).Origin() != clause.ByAgreement || clause.Standard(clause.BillCloseDelay).Origin() != clause.Ours {
		t.Error("the origins are mixed up")
	}
}

// readForAnAccount returns the figures that units read by package param: those
// that a file which imports param names, except in clause.Standard(…), and
// those that the limits of the demonstration catalogue name. Package param's own
// reads count, too.
func readForAnAccount(t *testing.T) []string {
	t.Helper()
	root := repository(t)
	values := constants(t, filepath.Join(root, "clause", "figures.go"))
	var read []string
	err := filepath.WalkDir(filepath.Join(root, "portal"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(f.Imports, func(i *ast.ImportSpec) bool { return i.Path.Value == `"portico/portal/kernel/param"` }) && filepath.Base(path) != "lead.go" && filepath.Base(filepath.Dir(path)) != "param" {
			return nil
		}
		ast.Inspect(f, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok && selected(call.Fun) == "Standard" {
				return false
			}
			if e, ok := n.(ast.Expr); ok {
				if v, is := values[selected(e)]; is {
					read = append(read, v)
				}
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return append(read, clause.DeveloperUsers) // a limit of the catalogue names it (2.3)
}

// selected returns X of clause.X, else "".
func selected(e ast.Expr) string {
	s, ok := e.(*ast.SelectorExpr)
	if !ok {
		return ""
	}
	if x, ok := s.X.(*ast.Ident); !ok || x.Name != "clause" {
		return ""
	}
	return s.Sel.Name
}

// constants returns the names of the figures by the names of their constants.
func constants(t *testing.T, path string) map[string]string {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	values := map[string]string{}
	for _, d := range f.Decls {
		g, ok := d.(*ast.GenDecl)
		if !ok || g.Tok != token.CONST {
			continue
		}
		for _, s := range g.Specs {
			v := s.(*ast.ValueSpec)
			values[v.Names[0].Name] = strings.Trim(v.Values[0].(*ast.BasicLit).Value, `"`)
		}
	}
	return values
}
