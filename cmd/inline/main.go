// Command inline rewrites the code that gqlgen generates, so that values in
// memory are written in sequence by package graph/inline, without a goroutine
// for each. It must run directly after gqlgen (make generate). It fails if it
// finds nothing to rewrite, because then the form of gqlgen's output has
// changed.
package main

import (
	"bytes"
	"cmp"
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"log"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// concurrent are the types whose resolvers each query the database; they keep
// their goroutines. Below these types, data is loaded once for all parents, and
// the rest is in memory.
var concurrent = []string{"Query", "Account", "Viewer"}

const folder = "graph/generated"

func main() {
	files, err := filepath.Glob(filepath.Join(folder, "*.generated.go"))
	if err != nil {
		log.Fatal(err)
	}
	total := map[string]int{}
	for _, path := range files {
		text, err := os.ReadFile(path)
		if err != nil {
			log.Fatal(err)
		}
		changed, did, err := rewrite(path, text)
		if err != nil {
			log.Fatalf("inline: %s: %v", path, err)
		}
		for what, n := range did {
			total[what] += n
		}
		if err := os.WriteFile(path, changed, 0o644); err != nil {
			log.Fatal(err)
		}
	}
	for _, what := range []string{value, resolved, slice, inTurn, object} {
		if total[what] == 0 {
			log.Fatalf("inline: found no %s to rewrite: the form of gqlgen's output has changed", what)
		}
	}
}

// The kinds of code that are rewritten.
const (
	value    = "field in memory"
	resolved = "field with a resolver"
	slice    = "list"
	inTurn   = "concurrent field"
	object   = "object"
)

type edit struct {
	from, to token.Pos
	text     string
}

type rewriting struct {
	fset  *token.FileSet
	text  []byte
	file  *ast.File
	funcs map[string]*ast.FuncDecl
	edits []edit
	did   map[string]int
}

// rewrite returns the rewritten file, and how often it made each kind of
// change.
func rewrite(path string, text []byte) ([]byte, map[string]int, error) {
	r := &rewriting{fset: token.NewFileSet(), text: text, funcs: map[string]*ast.FuncDecl{}, did: map[string]int{}}
	var err error
	if r.file, err = parser.ParseFile(r.fset, path, text, parser.ParseComments|parser.SkipObjectResolution); err != nil {
		return nil, nil, err
	}
	if bytes.Contains(text, []byte(`"portico/graph/inline"`)) {
		return nil, nil, fmt.Errorf("the file was already rewritten: run gqlgen first")
	}
	for _, d := range r.file.Decls {
		if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil {
			r.funcs[f.Name.Name] = f
		}
	}
	for _, f := range r.funcs {
		r.field(f)
		r.object(f)
		ast.Inspect(f.Body, r.list)
	}
	if len(r.edits) == 0 {
		return text, r.did, nil
	}
	r.replace(r.file.Name.End(), r.file.Name.End(), "\n\nimport \"portico/graph/inline\"\n")
	slices.SortFunc(r.edits, func(a, b edit) int { return cmp.Compare(b.from, a.from) })
	for _, e := range r.edits {
		r.text = slices.Concat(r.text[:r.offset(e.from)], []byte(e.text), r.text[r.offset(e.to):])
	}
	out, err := format.Source(r.text)
	return out, r.did, err
}

func (r *rewriting) offset(p token.Pos) int { return r.fset.Position(p).Offset }

func (r *rewriting) source(n ast.Node) string {
	return string(r.text[r.offset(n.Pos()):r.offset(n.End())])
}

func (r *rewriting) replace(from, to token.Pos, text string) {
	r.edits = append(r.edits, edit{from, to, text})
}

// list makes the code write a list in sequence.
func (r *rewriting) list(n ast.Node) bool {
	call, ok := n.(*ast.CallExpr)
	if ok && r.source(call.Fun) == "graphql.MarshalSliceConcurrently" && len(call.Args) == 5 {
		r.replace(call.Fun.Pos(), call.Args[1].End(), "inline.Slice(ctx, "+r.source(call.Args[1]))
		r.replace(call.Args[2].Pos(), call.Args[4].Pos(), "")
		r.did[slice]++
	}
	return true
}

// field adds a shortcut for a field that has no arguments and no directives in
// the schema. The shortcut is used if the query has no directive on the field
// either.
func (r *rewriting) field(f *ast.FuncDecl) {
	call := onlyReturn(f.Body)
	if call == nil || r.source(call.Fun) != "graphql.ResolveField" || len(call.Args) != 9 {
		return
	}
	at := r.funcs["fieldContext"+f.Name.Name]
	read, isRead := call.Args[4].(*ast.FuncLit)
	around, isAround := call.Args[5].(*ast.FuncLit)
	marshal, isMarshal := call.Args[6].(*ast.FuncLit)
	if at == nil || !isRead || !isAround || !isMarshal || strings.Contains(r.source(at.Body), "fc.Args") || len(read.Body.List) != 1 {
		return
	}
	if middleware := onlyReturn(around.Body); middleware == nil || r.source(middleware.Fun) != "_fieldMiddleware" {
		return
	}
	written := onlyReturn(marshal.Body)
	result, ok := read.Body.List[0].(*ast.ReturnStmt)
	if written == nil || !ok {
		return
	}
	write := r.source(written.Fun) + "(ctx, ec, field.Selections, v)"
	place := "fc, _ := " + at.Name.Name + "(ctx, ec, field)\nctx := graphql.WithFieldContext(ctx, fc)\n" +
		"defer inline.Recovered(ctx, ec.OperationContext, nil, &ret)\n"
	var body string
	leaf := strings.Contains(r.source(at.Body), "NewScalarFieldContext")
	nullable := !strings.HasPrefix(r.source(marshal.Type.Params.List[2].Type), "*") || strings.HasPrefix(r.source(written.Fun), "marshalO")
	switch {
	case len(result.Results) == 2 && leaf && nullable:
		v := r.source(result.Results[0])
		if strings.Contains(v, "(") {
			body = "defer inline.Recovered(ctx, ec.OperationContext, func(ctx context.Context) context.Context {\n" +
				"fc, _ := " + at.Name.Name + "(ctx, ec, field)\nreturn graphql.WithFieldContext(ctx, fc)\n}, &ret)\n"
		}
		body += "return " + strings.Replace(write, ", v)", ", "+v+")", 1)
		r.did[value]++
	case len(result.Results) == 2:
		body = place + "v := " + r.source(result.Results[0]) + "\nfc.Result = v\nreturn " + write
		r.did[value]++
	default:
		body = place + "v, err := " + r.source(result.Results[0]) + "\nif err != nil {\nreturn inline.Failed(ctx, ec.OperationContext, err)\n}\n" +
			"fc.Result = v\nreturn " + write
		r.did[resolved]++
	}
	r.replace(f.Body.Lbrace+1, f.Body.Lbrace+1, "\nif len(field.Directives) == 0 {\n"+body+"\n}")
}

// onlyReturn returns the call that a function's body returns, or nil if the
// body consists of more.
func onlyReturn(b *ast.BlockStmt) *ast.CallExpr {
	if len(b.List) != 1 {
		return nil
	}
	s, ok := b.List[0].(*ast.ReturnStmt)
	if !ok || len(s.Results) != 1 {
		return nil
	}
	call, _ := s.Results[0].(*ast.CallExpr)
	return call
}

// object makes the code resolve the fields of an object in sequence, prepare
// for @defer only if it is used, and write the object without a set of its
// aliases.
func (r *rewriting) object(f *ast.FuncDecl) {
	if !strings.Contains(r.source(f.Body), "out := graphql.NewFieldSet(fields)") {
		return
	}
	inSequence := !slices.Contains(concurrent, strings.TrimPrefix(f.Name.Name, "_"))
	ast.Inspect(f.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			switch r.source(n.Fun) {
			case "graphql.NewDeferredGroup":
				r.replace(n.Pos(), n.End(), "inline.Deferred(ctx, fields)")
			case "out.ResolveConcurrently":
				if inSequence {
					r.inTurn(n)
				}
			}
		case *ast.ReturnStmt:
			if len(n.Results) == 1 && r.source(n.Results[0]) == "out" {
				r.replace(n.Pos(), n.End(), "return &inline.Object{Fields: fields, Values: out.Values}")
				r.did[object]++
			}
		}
		return true
	})
}

// inTurn makes the code resolve a field immediately, unless it is deferred.
func (r *rewriting) inTurn(call *ast.CallExpr) {
	resolve, ok := call.Args[len(call.Args)-1].(*ast.FuncLit)
	if !ok || len(call.Args) != 6 || onlyReturn(resolve.Body) == nil {
		return
	}
	invalid := "graphql.RequiredNull"
	if r.source(call.Args[4]) == "true" {
		invalid = "graphql.Null"
	}
	r.replace(call.Pos(), call.Pos(), "if !field.IsDeferred() {\nif out.Values[i] = "+r.source(onlyReturn(resolve.Body))+
		"; out.Values[i] == "+invalid+" {\nout.Invalids++\n}\ncontinue\n}\nfield := field // what a goroutine needs of it, and nothing else, goes to the heap\n")
	r.did[inTurn]++
}
