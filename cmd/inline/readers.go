package main

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/99designs/gqlgen/codegen"
	"github.com/99designs/gqlgen/codegen/config"
	"github.com/99designs/gqlgen/codegen/templates"
	"github.com/vektah/gqlparser/v2/ast"
)

// readers is the plugin that generates a reader for each input object. A reader
// returns the input, or false if anything is wrong with it or has another form than it
// knows: then gqlgen's own code reads it again, and names the fault and its path. So a
// reader keeps no path, and copies nothing.
type readers struct {
	// entries are what enters the readers, as in [writers].
	entries map[string]string

	of  map[string]bool // the input objects with a reader
	out strings.Builder
}

// Name is the plugin's, for gqlgen.
func (r *readers) Name() string { return "inline readers" }

// GenerateCode writes the readers, and keeps the entries.
func (r *readers) GenerateCode(data *codegen.Data) error {
	r.entries, r.of = map[string]string{}, map[string]bool{}
	var objects []*codegen.Object
	for _, o := range data.Inputs {
		if readable(o) && !uploads(data.Schema, o.Definition, map[string]bool{}) {
			r.of[o.Name] = true
			objects = append(objects, o)
			r.entries["unmarshalInput"+o.Name] = "\tif it, ok := inline.Read(ctx, ec, obj, " + reader(o.Name) + "); ok {\n\t\treturn it, nil\n\t}\n"
		}
	}
	return templates.Render(templates.Options{
		PackageName: data.Config.Exec.Package, Filename: filepath.Join(data.Config.Exec.DirName, "readers.generated.go"),
		GeneratedHeader: true, Packages: data.Config.Packages,
		Template: "{{ range .Objects }}{{ $.Read . }}{{ end }}",
		Data:     &reading{r, objects},
	})
}

// readable reports whether gqlgen's code for an input does nothing but set its fields.
func readable(o *codegen.Object) bool {
	if o.HasUnmarshal() || o.PointersInUnmarshalInput || o.IsMap() || len(o.InputObjectDirectives()) > 0 {
		return false
	}
	for _, f := range o.Fields {
		if f.Default != nil || f.IsResolver || len(f.ImplDirectives()) > 0 {
			return false
		}
	}
	return true
}

// uploads reports whether an input holds a file, which can be read only once.
func uploads(schema *ast.Schema, d *ast.Definition, seen map[string]bool) bool {
	if d.Name == "Upload" {
		return true
	}
	if seen[d.Name] {
		return false
	}
	seen[d.Name] = true
	for _, f := range d.Fields {
		if of := schema.Types[f.Type.Name()]; of != nil && uploads(schema, of, seen) {
			return true
		}
	}
	return false
}

func reader(typ string) string { return "read" + typ }

// reading is what the template is executed with.
type reading struct {
	*readers
	Objects []*codegen.Object
}

func (r *reading) line(format string, args ...any) { fmt.Fprintf(&r.out, format+"\n", args...) }

// Read returns the reader of an input.
func (r *reading) Read(o *codegen.Object) string {
	for _, path := range []string{"context", "github.com/99designs/gqlgen/graphql", "portico/graph/inline"} {
		if _, err := templates.CurrentImports.Reserve(path); err != nil {
			panic(err)
		}
	}
	r.out.Reset()
	r.line("func %s(ctx context.Context, ec *executionContext, obj any) (it %s, ok bool) {", reader(o.Name), ref(o.Type))
	r.line("m, ok := obj.(map[string]any)\nif !ok {\nreturn it, false\n}")
	for _, f := range o.Fields {
		set := "it." + f.GoFieldName + " = data"
		if f.TypeReference.IsOmittable {
			set = "it." + f.GoFieldName + " = graphql.OmittableOf(data)"
		}
		r.line("if v, given := m[%q]; given {", f.Name)
		if read := r.read(f.TypeReference); read != "" {
			r.line("data, ok := %s\nif !ok {\nreturn it, false\n}\n%s\n}", read, set)
		} else {
			r.line("data, err := %s(ctx, ec, v)\nif err != nil {\nreturn it, false\n}\n%s\n}", f.TypeReference.UnmarshalFunc(), set)
		}
	}
	r.line("return it, true\n}\n")
	return r.out.String()
}

// read returns the expression that reads an input object, or a list of such, by its
// reader; empty for what gqlgen's function reads.
func (r *reading) read(t *config.TypeReference) string {
	if !r.of[t.Definition.Name] || t.IsTargetNilable() && !t.IsPtr() && !t.IsSlice() {
		return ""
	}
	name := reader(t.Definition.Name)
	switch {
	case t.IsSlice() && t.GQL.Elem != nil && t.Elem().GQL.Elem == nil && !t.Elem().IsPtr() && t.Elem().GQL.NonNull:
		return fmt.Sprintf("inline.ReadList(ctx, ec, v, %t, %s)", t.GQL.NonNull, name)
	case t.GQL.Elem != nil:
		return ""
	case t.IsPtr() && !t.IsPtrToPtr() && !t.GQL.NonNull:
		return fmt.Sprintf("inline.ReadPointer(ctx, ec, v, %s)", name)
	case !t.IsPtr() && t.GQL.NonNull:
		return name + "(ctx, ec, v)"
	}
	return ""
}
