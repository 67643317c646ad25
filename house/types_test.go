package house_test

import (
	"go/ast"
	"go/token"
	"go/types"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/tools/go/packages"
)

const (
	generatedDB = module + "/ent/db"
	entSQL      = "entgo.io/ent/dialect/sql"
)

// rawSQL are the functions of ent's SQL builder that take SQL as text, or build
// a statement that the tenancy interceptor doesn't see.
var rawSQL = []string{"Raw", "Expr", "ExprP", "ExprFunc", "Dialect", "Select", "SelectExpr", "Insert", "Update", "Delete", "Open", "OpenDB"}

// runs are the methods that execute SQL given as text.
var runs = []string{"Exec", "ExecContext", "Query", "QueryContext", "QueryRow", "QueryRowContext", "Prepare", "PrepareContext"}

// execQuery are the ones that ent adds to its clients on request.
var execQuery = []string{"ExecContext", "QueryContext"}

// writes are the methods of an entity's client that begin a mutation.
var writes = []string{"Create", "CreateBulk", "MapCreateBulk", "Update", "UpdateOne", "UpdateOneID", "Delete", "DeleteOne", "DeleteOneID"}

// edge matches the name of a predicate over an edge, which may read rows of
// another account.
var edge = regexp.MustCompile(`^Has[A-Z]\w*With$`)

// owners returns the entities of ent/schema, each with the unit that it names
// as its owner.
func (tr *tree) owners() map[string]string {
	owner := map[string]string{}
	for _, s := range tr.files {
		if s.dir != "ent/schema" || s.test {
			continue
		}
		for _, d := range s.file.Decls {
			switch d := d.(type) {
			case *ast.GenDecl:
				for _, spec := range d.Specs {
					if ts, ok := spec.(*ast.TypeSpec); ok && isEntity(ts) && owner[ts.Name.Name] == "" {
						owner[ts.Name.Name] = ""
					}
				}
			case *ast.FuncDecl:
				if unit := ownerIn(d); unit != "" {
					owner[receiver(d)] = unit
				}
			}
		}
	}
	return owner
}

// isEntity reports whether a type embeds ent.Schema.
func isEntity(ts *ast.TypeSpec) bool {
	st, ok := ts.Type.(*ast.StructType)
	if !ok {
		return false
	}
	return slices.ContainsFunc(st.Fields.List, func(f *ast.Field) bool {
		sel, ok := f.Type.(*ast.SelectorExpr)
		if !ok || len(f.Names) > 0 || sel.Sel.Name != "Schema" {
			return false
		}
		x, ok := sel.X.(*ast.Ident)
		return ok && x.Name == "ent"
	})
}

func receiver(f *ast.FuncDecl) string {
	if f.Recv == nil || len(f.Recv.List) != 1 {
		return ""
	}
	t := f.Recv.List[0].Type
	if star, ok := t.(*ast.StarExpr); ok {
		t = star.X
	}
	if id, ok := t.(*ast.Ident); ok {
		return id.Name
	}
	return ""
}

// ownerIn returns the unit in the call Owner("unit") of a method Annotations.
func ownerIn(f *ast.FuncDecl) (unit string) {
	if f.Name.Name != "Annotations" || f.Body == nil {
		return ""
	}
	ast.Inspect(f.Body, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || len(call.Args) != 1 {
			return true
		}
		fun, ok := call.Fun.(*ast.Ident)
		lit, isLit := call.Args[0].(*ast.BasicLit)
		if ok && isLit && fun.Name == "Owner" && lit.Kind == token.STRING {
			unit, _ = strconv.Unquote(lit.Value)
		}
		return true
	})
	return unit
}

// load type-checks the packages below root that aren't generated.
func load(t *testing.T, root string) []*packages.Package {
	t.Helper()
	all, err := packages.Load(&packages.Config{Dir: root, Mode: packages.NeedName}, "./...")
	if err != nil {
		t.Fatal(err)
	}
	var paths []string
	for _, p := range all {
		if !within(p.PkgPath, generatedDB, module+"/graph/generated") {
			paths = append(paths, p.PkgPath)
		}
	}
	const mode = packages.NeedName | packages.NeedFiles | packages.NeedCompiledGoFiles | packages.NeedImports |
		packages.NeedExportFile | packages.NeedTypes | packages.NeedTypesInfo | packages.NeedSyntax
	loaded, err := packages.Load(&packages.Config{Dir: root, Mode: mode}, paths...)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range loaded {
		for _, e := range p.Errors {
			if len(p.GoFiles) > 0 {
				t.Errorf("%s can't be checked: %v", p.PkgPath, e)
			}
		}
	}
	return loaded
}

// uses checks who writes entities. It refuses raw SQL, second clients and
// predicates over edges outside their places.
func (tr *tree) uses(loaded []*packages.Package, owner map[string]string) {
	for _, p := range loaded {
		tr.fset = p.Fset
		dir := strings.TrimPrefix(p.PkgPath, module+"/")
		if !excused(dir, sqlPlaces) {
			for _, f := range p.Syntax {
				for _, spec := range f.Imports {
					if spec.Path.Value == strconv.Quote("database/sql") {
						tr.fault(spec.Pos(), "database/sql outside ent/")
					}
				}
			}
		}
		for id, obj := range p.TypesInfo.Uses {
			if f, ok := obj.(*types.Func); ok && f.Pkg() != nil {
				tr.use(dir, id.Pos(), f, owner)
			}
		}
		tr.inserts(p, dir, owner)
	}
}

// inserts checks who inserts entities by fixed statements.
func (tr *tree) inserts(p *packages.Package, dir string, owner map[string]string) {
	if excused(dir, writers) {
		return
	}
	for id, of := range p.TypesInfo.Instances {
		f, ok := p.TypesInfo.Uses[id].(*types.Func)
		if !ok || f.Pkg().Path() != module+"/ent" || f.Name() != "Insert" {
			continue
		}
		entity := "a type without a name"
		if named, ok := of.TypeArgs.At(0).(*types.Named); ok {
			entity = named.Obj().Name()
		}
		if unit, known := owner[entity]; !known || !within(dir, unitsByName[unit].path()) {
			tr.fault(id.Pos(), "%s is written by %s alone (ent.Insert)", entity, unit)
		}
	}
}

// use checks one use of a function or method.
func (tr *tree) use(dir string, pos token.Pos, f *types.Func, owner map[string]string) {
	from, name, of := f.Pkg().Path(), f.Name(), receiverOf(f)
	file := dir + "/" + filepath.Base(tr.fset.Position(pos).Filename)
	if !excused(file, sqlPlaces) {
		switch {
		case from == generatedDB && slices.Contains(execQuery, name),
			slices.Contains(runs, name) && of != "" && within(from, "database/sql", "entgo.io/ent/dialect"):
			tr.fault(pos, "%s.%s runs raw SQL outside ent/", of, name)
		case from == entSQL && of == "" && slices.Contains(rawSQL, name):
			tr.fault(pos, "sql.%s outside ent/", name)
		case from == generatedDB && of == "" && slices.Contains([]string{"Open", "NewClient"}, name):
			tr.fault(pos, "a second client outside ent/: it has no tenancy")
		case within(from, generatedDB) && edge.MatchString(name):
			tr.fault(pos, "%s looks over an edge into other accounts' rows", name)
		}
	}
	if from != generatedDB || excused(dir, writers) {
		return
	}
	entity, isClient := strings.CutSuffix(of, "Client")
	unit, known := owner[entity]
	switch {
	case !known, isClient && !slices.Contains(writes, name), !isClient && name != "Update":
		return
	case !within(dir, unitsByName[unit].path()):
		tr.fault(pos, "%s is written by %s alone (%s.%s)", entity, unit, of, name)
	}
}

// receiverOf returns the name of a method's type, or "".
func receiverOf(f *types.Func) string {
	recv := f.Signature().Recv()
	if recv == nil {
		return ""
	}
	t := recv.Type()
	if ptr, ok := t.(*types.Pointer); ok {
		t = ptr.Elem()
	}
	if named, ok := t.(*types.Named); ok {
		return named.Obj().Name()
	}
	return ""
}
