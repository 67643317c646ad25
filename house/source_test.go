package house_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// source is one Go file of the tree.
type source struct {
	file      *ast.File
	path      string // from the root, with slashes
	dir       string
	test      bool
	generated bool
}

// tree is the project's source. Each rule adds what it finds.
type tree struct {
	root   string
	fset   *token.FileSet
	files  []source
	faults []string
}

// read parses every Go file below root, except in testdata and hidden folders.
func read(t *testing.T, root string) *tree {
	t.Helper()
	root, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	tr := &tree{root: root, fset: token.NewFileSet()}
	err = filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := d.Name()
		if d.IsDir() && p != root && (strings.HasPrefix(name, ".") || slices.Contains([]string{"testdata", "node_modules", "data", "bin", "tmp"}, name)) {
			return fs.SkipDir
		}
		if d.IsDir() || filepath.Ext(name) != ".go" {
			return nil
		}
		f, err := parser.ParseFile(tr.fset, p, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, p)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		tr.files = append(tr.files, source{f, rel, path.Dir(rel), strings.HasSuffix(name, "_test.go"), ast.IsGenerated(f)})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

func (tr *tree) fault(pos token.Pos, format string, args ...any) {
	p := tr.fset.Position(pos)
	rel, err := filepath.Rel(tr.root, p.Filename)
	if err != nil {
		rel = p.Filename
	}
	tr.faults = append(tr.faults, fmt.Sprintf("%s:%d: %s", filepath.ToSlash(rel), p.Line, fmt.Sprintf(format, args...)))
}

// within reports whether a path is one of the roots or below one.
func within(p string, roots ...string) bool {
	return slices.ContainsFunc(roots, func(r string) bool { return p == r || strings.HasPrefix(p, r+"/") })
}

func excused(p string, places []place) bool {
	return slices.ContainsFunc(places, func(x place) bool { return within(p, x.path) })
}

// imports checks the imports of each file against the tables of layers and
// units.
func (tr *tree) imports() {
	for _, s := range tr.files {
		for _, spec := range s.file.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil || imported == "C" {
				tr.fault(spec.Pos(), "an import that can't be read: %s", spec.Path.Value)
				continue
			}
			if why := mayImport(s, imported); why != "" {
				tr.fault(spec.Pos(), "%s may not import %s: %s", s.dir, imported, why)
			}
		}
	}
}

// engine is the part of portaltest that imports nothing of the project. Tests
// inside a package may use it too.
const engine = "portaltest/engine"

// mayImport returns why a file may not import a package; "" if it may.
func mayImport(s source, imported string) string {
	own, isProject := strings.CutPrefix(imported, module+"/")
	if s.test {
		if within(own, "portaltest") && !within(own, engine) && isProject && !strings.HasSuffix(s.file.Name.Name, "_test") && s.file.Name.Name != "main" && !within(s.dir, "portaltest") {
			return "portaltest is for package " + s.file.Name.Name + "_test"
		}
		return ""
	}
	l, ok := layerOf(s.dir)
	if !ok {
		return "its folder is in no layer of the house"
	}
	if !isProject {
		if l.outside != nil && strings.Contains(strings.SplitN(imported, "/", 2)[0], ".") && !within(imported, l.outside...) {
			return "its layer uses no such library"
		}
		return ""
	}
	if within(own, s.dir) || within(s.dir, own) && within(own, unitPath(s.dir)) {
		return ""
	}
	if within(own, "portaltest") && !within(s.dir, "portaltest", "server/servertest", "bench", "cmd/testdb") {
		return "portaltest is for tests"
	}
	if from := unitOf(s.dir); from != "" {
		return mayUse(from, own)
	}
	if !within(own, l.project...) {
		return "its layer lies below"
	}
	return ""
}

func layerOf(dir string) (best layer, found bool) {
	for _, l := range layers {
		if within(dir, l.path) && len(l.path) >= len(best.path) {
			best, found = l, true
		}
	}
	return best, found
}

// unitOf returns the name of the unit of portal/ that a folder belongs to; ""
// outside portal/. For a folder that belongs to no unit it returns the folder's
// own name, which isn't in the table.
func unitOf(dir string) string {
	rest, ok := strings.CutPrefix(dir, "portal/")
	if !ok {
		return ""
	}
	for _, u := range unitsByName {
		if within(dir, u.path()) {
			return u.name
		}
	}
	return rest
}

func unitPath(dir string) string {
	if u, known := unitsByName[unitOf(dir)]; known {
		return u.path()
	}
	return dir
}

// mayUse returns why a unit may not import a package of the project.
func mayUse(name, own string) string {
	u, known := unitsByName[name]
	if !known {
		return name + " is no unit of the table"
	}
	to := unitOf(own)
	if within(own, "authz", "ent") && !within(own, "ent/schema", "ent/migrate") || within(own, leaves...) {
		return ""
	}
	if to == "" {
		return "a unit uses the leaves, authz, ent and units"
	}
	other, known := unitsByName[to]
	switch {
	case known && (to == name || u.may(other)):
		return ""
	case known && other.at > u.at:
		return to + " stands below " + name + " in the table of units"
	}
	return "the table of units doesn't let " + name + " use " + to
}

// names refuses packages whose names don't state a purpose.
func (tr *tree) names() {
	for _, s := range tr.files {
		for _, element := range append(strings.Split(s.dir, "/"), strings.TrimSuffix(s.file.Name.Name, "_test")) {
			if slices.Contains(vague, element) {
				tr.fault(s.file.Name.Pos(), "a package called %s says nothing of what it is for", element)
				break
			}
		}
	}
}

// calls refuses the wall clock outside its places, sleeping, and skipped tests.
func (tr *tree) calls() {
	for _, s := range tr.files {
		clock := importName(s.file, "time")
		ast.Inspect(s.file, func(n ast.Node) bool {
			sel, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			x, isName := sel.X.(*ast.Ident)
			switch name := sel.Sel.Name; {
			case isName && clock != "" && x.Name == clock && slices.Contains([]string{"Now", "Since", "Until"}, name) && !excused(s.path, clocks):
				tr.fault(sel.Pos(), "time.%s outside the clocks: take a calendar.Clock", name)
			case isName && clock != "" && x.Name == clock && name == "Sleep" && !excused(s.path, clocks):
				tr.fault(sel.Pos(), "time.Sleep: wait for what is awaited, or use testing/synctest")
			case s.test && isName && slices.Contains([]string{"t", "b", "tb", "f"}, x.Name) && slices.Contains([]string{"Skip", "Skipf", "SkipNow"}, name):
				tr.fault(sel.Pos(), "a test that is skipped proves nothing")
			}
			return true
		})
	}
}

// importName returns the name by which a file refers to a package, or "".
func importName(f *ast.File, imported string) string {
	for _, spec := range f.Imports {
		if spec.Path.Value == strconv.Quote(imported) {
			if spec.Name != nil {
				return spec.Name.Name
			}
			return path.Base(imported)
		}
	}
	return ""
}

// sizes refuses files and functions that are too long.
func (tr *tree) sizes() {
	for _, s := range tr.files {
		if s.generated || excused(s.path, large) {
			continue
		}
		bound := maxFile
		if s.test {
			bound = maxTestFile
		}
		if n := tr.fset.File(s.file.FileStart).LineCount(); n > bound {
			tr.fault(s.file.Name.Pos(), "%d lines, more than %d", n, bound)
		}
		for _, d := range s.file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok {
				continue
			}
			if n := tr.fset.Position(f.End()).Line - tr.fset.Position(f.Pos()).Line + 1; n > maxFunction {
				tr.fault(f.Pos(), "%s has %d lines, more than %d", f.Name.Name, n, maxFunction)
			}
		}
	}
}
