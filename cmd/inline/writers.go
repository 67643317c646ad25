package main

import (
	"fmt"
	"go/types"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/99designs/gqlgen/codegen"
	"github.com/99designs/gqlgen/codegen/config"
	"github.com/99designs/gqlgen/codegen/templates"
	"github.com/vektah/gqlparser/v2/ast"
)

// concurrent are the types whose resolvers each ask the database; they stay
// gqlgen's, with a goroutine for each resolver (those of Mutation run in sequence). Below them, what is loaded is loaded once
// for all parents, and the rest is in memory.
var concurrent = []string{"Query", "Mutation", "Subscription", "Account", "Viewer"}

// writers is the plugin that generates a writer for each object type.
type writers struct {
	// entries are what enters the writers, by the function of gqlgen's code that it
	// begins.
	entries map[string]string

	written map[string]bool // the types with a writer
	out     strings.Builder
}

// Name is the plugin's, for gqlgen.
func (w *writers) Name() string { return "inline" }

// GenerateCode writes the writers, and keeps the entries.
func (w *writers) GenerateCode(data *codegen.Data) error {
	w.entries, w.written = map[string]string{}, map[string]bool{}
	var objects []*codegen.Object
	for _, o := range data.Objects {
		if !o.Root && !o.Stream && !slices.Contains(concurrent, o.Name) && !strings.HasPrefix(o.Name, "__") {
			w.written[o.Name] = true
			objects = append(objects, o)
		}
	}
	return templates.Render(templates.Options{
		PackageName: data.Config.Exec.Package, Filename: filepath.Join(data.Config.Exec.DirName, "writers.generated.go"),
		GeneratedHeader: true, Packages: data.Config.Packages,
		Template: "{{ $.Resolvers }}{{ range .Objects }}{{ $.Write . }}{{ end }}{{ $.Enter }}",
		Data:     &rendering{w, data, objects},
	})
}

// rendering is what the template is executed with: types can be named only then.
type rendering struct {
	*writers
	data    *codegen.Data
	Objects []*codegen.Object
}

func ref(t types.Type) string { return templates.CurrentImports.LookupType(t) }

// Resolvers returns a resolver root that asks another one for each resolver once.
func (r *rendering) Resolvers() string {
	r.out.Reset()
	r.line("// Once returns the resolvers of a root, which it asks for each of them once. Asked for\n// each field of each row, a root makes a new one every time.")
	r.line("func Once(root ResolverRoot) ResolverRoot {\nreturn &onceResolvers{")
	var fields, methods strings.Builder
	for _, o := range r.data.Objects {
		if o.HasResolvers() {
			name := templates.UcFirst(o.Name)
			r.line("a%s: root.%s(),", name, name)
			fmt.Fprintf(&fields, "a%s %sResolver\n", name, name)
			fmt.Fprintf(&methods, "func (o *onceResolvers) %s() %sResolver { return o.a%s }\n", name, name, name)
		}
	}
	r.line("}\n}\n\ntype onceResolvers struct {\n%s}\n\n%s", fields.String(), methods.String())
	return r.out.String()
}

// Write returns the writers of a type and of its fields.
func (r *rendering) Write(o *codegen.Object) string {
	for _, path := range []string{"context", "strconv", "github.com/99designs/gqlgen/graphql", "portico/graph/inline", "portico/graph/scalar"} {
		if _, err := templates.CurrentImports.Reserve(path); err != nil {
			panic(err)
		}
	}
	r.out.Reset()
	r.object(o)
	return r.out.String()
}

// Enter keeps the entries of all types and lists.
func (r *rendering) Enter() string {
	for _, o := range r.Objects {
		r.entries["_"+o.Name] = begin(writer(o.Name) + "(ctx, ec, b, " + selected(o.Name) + ", obj)")
	}
	for _, t := range r.data.ReferencedTypes {
		if name := t.MarshalFunc(); name != "" && t.IsSlice() && r.isObject(t.Elem()) {
			head := ""
			if !t.GQL.NonNull {
				head = "if v == nil {\nreturn graphql.Null\n}\n"
			}
			r.entries[name] = head + begin(r.list(t, "ctx", selected(t.Elem().Definition.Name), "v"))
		}
	}
	return ""
}

func begin(write string) string {
	return "\tif b := inline.Begin(ctx); b != nil {\n\t\treturn b.End(" + write + ")\n\t}\n"
}

func writer(typ string) string { return "write" + typ }

// selected returns the Go expression for the fields that an entry selects of an object.
func selected(typ string) string {
	return "inline.Collect(ec.OperationContext, sel, " + templates.LcFirst(typ) + "Implementors)"
}

// collected returns the Go expression for the fields that a field selects of the objects
// below it.
func collected(typ string) string {
	return "b.Collected(ec.OperationContext, field, " + templates.LcFirst(typ) + "Implementors)"
}

func (r *rendering) line(format string, args ...any) { fmt.Fprintf(&r.out, format+"\n", args...) }

func (r *rendering) object(o *codegen.Object) {
	r.line("func %s(ctx context.Context, ec *executionContext, b *inline.Buffer, fields []graphql.CollectedField, obj %s) bool {", writer(o.Name), ref(o.Reference()))
	r.line("from, valid := b.Open(), true")
	r.line("for i := range fields {")
	r.line("field := &fields[i]")
	r.line("twice := b.Key(fields, i)")
	r.line("switch field.Name {")
	r.line("case \"__typename\":\nb.String(%q)", o.Name)
	var own []*codegen.Field
	for _, f := range o.Fields {
		r.line("case %q:", f.Name)
		write := ""
		if plain(f) && f.IsVariable() && !f.IsResolver {
			write = leaf(f.TypeReference, f.GoReceiverName+"."+f.GoFieldName)
		}
		switch {
		case write != "":
			r.line("if len(field.Directives) == 0 {\n%s\n} else if !%s {\nvalid = false\n}", write, r.gqlgens(f, "*field"))
		case r.writable(f):
			own = append(own, f)
			r.line("if !%s_%s(ctx, ec, b, field, obj) {\nvalid = false\n}", writer(o.Name), f.Name)
		default:
			r.line("if !%s {\nvalid = false\n}", r.gqlgens(f, "*field"))
		}
	}
	r.line("default:\npanic(\"unknown field \" + strconv.Quote(field.Name))\n}")
	r.line("b.Cut(twice)\n}\nreturn b.Close(from, valid)\n}\n")
	for _, f := range own {
		r.field(o, f)
	}
}

// gqlgens writes a field by gqlgen's own code.
func (r *rendering) gqlgens(f *codegen.Field, field string) string {
	return fmt.Sprintf("b.Value(_%s_%s(ctx, ec, %s, obj), %t)", f.Object.Name, f.Name, field, f.TypeReference.GQL.NonNull)
}

// plain reports whether a field is nothing but a value: without arguments, and
// without directives that do something.
func plain(f *codegen.Field) bool {
	return len(f.Args) == 0 && !f.HasDirectives() && !f.Stream && !f.IsBatch() && !f.IsMap() && !f.HasHaser && !f.VOkFunc
}

// writable reports whether a field has a writer of its own.
func (r *rendering) writable(f *codegen.Field) bool {
	return plain(f) && r.value(f.TypeReference, "v") != ""
}

// field writes the writer of a field that may fail, or whose value is an object or
// a list.
func (r *rendering) field(o *codegen.Object, f *codegen.Field) {
	nonNull := f.TypeReference.GQL.NonNull
	r.line("func %s_%s(ctx context.Context, ec *executionContext, b *inline.Buffer, field *graphql.CollectedField, obj %s) (valid bool) {", writer(o.Name), f.Name, ref(o.Reference()))
	r.line("if len(field.Directives) > 0 {\nreturn %s\n}", r.gqlgens(f, "*field"))
	read, fails := f.GoReceiverName+"."+f.GoFieldName, false
	switch {
	case f.IsResolver:
		read, fails = "ec.Resolvers."+strings.Replace(f.ShortInvocation(), "(ctx", "(at", 1), true
	case f.IsMethod():
		read, fails = read+"("+strings.Replace(f.CallArgs(), "ctx", "at", 1)+")", !f.NoErr
	}
	write, from := r.value(f.TypeReference, "v"), fmt.Sprintf("ec.OperationContext, b, len(b.Text), %t, &valid)", nonNull)
	if fails || strings.Contains(read+write, "(at") {
		r.line("at := inline.At(ctx, ec, b, field, %s)\ndefer inline.Recover(at, %s", f.FieldContextFunc(), from)
	} else { // only a panic asks for its place
		r.line("defer inline.RecoverAt(ctx, ec, field, %s, %s", f.FieldContextFunc(), from)
	}
	if fails {
		r.line("v, err := %s\nif err != nil {\nreturn inline.Fail(at, ec.OperationContext, b, err, %t)\n}", read, nonNull)
	} else {
		r.line("v := %s", read)
	}
	r.line("%s\n}\n", write)
}

// value is what writes a value and returns whether the field is valid, or "" if
// only gqlgen's code can.
func (r *rendering) value(t *config.TypeReference, v string) string {
	nilable, nonNull, declared := t.IsNilable(), t.GQL.NonNull, strconv.Quote(t.GQL.String())
	missing := fmt.Sprintf("if %s == nil {\nreturn b.Missing(at, %s, %t)\n}\n", v, declared, nonNull)
	returned := func(write string) string {
		if nonNull {
			return "return " + write
		}
		return write + "\nreturn true"
	}
	switch {
	case r.isObject(t):
		if t.IsPtr() {
			return missing + returned(writer(t.Definition.Name)+"(at, ec, b, "+collected(t.Definition.Name)+", "+v+")")
		}
		return returned(writer(t.Definition.Name) + "(at, ec, b, " + collected(t.Definition.Name) + ", &" + v + ")")
	case t.IsSlice() && r.isObject(t.Elem()):
		if nonNull {
			missing = ""
		}
		return missing + returned(r.list(t, "at", collected(t.Elem().Definition.Name), v))
	case t.IsSlice():
		write := leaf(t.Elem(), "e")
		if write == "" || t.Elem().IsNilable() {
			return ""
		}
		if nonNull {
			missing = ""
		}
		return missing + "b.Text = append(b.Text, '[')\nfor i, e := range " + v + " {\nif i > 0 {\nb.Text = append(b.Text, ',')\n}\n" + write + "\n}\nb.Text = append(b.Text, ']')\nreturn true"
	case nilable && nonNull:
		elem := pointed(t)
		if elem == nil || leaf(elem, "*"+v) == "" {
			return ""
		}
		return missing + leaf(elem, "*"+v) + "\nreturn true"
	}
	if write := leaf(t, v); write != "" {
		return write + "\nreturn true"
	}
	return ""
}

func (r *rendering) list(t *config.TypeReference, ctx, fields, v string) string {
	e := t.Elem()
	args := ctx + ", ec, b, " + fields + ", " + v + ", "
	if e.IsPtr() {
		return fmt.Sprintf("inline.List(%s%q, %t, %s)", args, e.GQL.String(), e.GQL.NonNull, writer(e.Definition.Name))
	}
	return fmt.Sprintf("inline.Values(%s%t, %s)", args, e.GQL.NonNull, writer(e.Definition.Name))
}

// isObject reports whether a value is an object with a writer, or a pointer to one.
func (r *rendering) isObject(t *config.TypeReference) bool {
	if t == nil || t.GQL.Elem != nil || t.Definition.Kind != ast.Object || !r.written[t.Definition.Name] || t.IsMarshaler || t.Marshaler != nil {
		return false
	}
	of := t.GO
	if p, is := of.(*types.Pointer); is {
		of = p.Elem()
	}
	_, is := of.Underlying().(*types.Struct)
	return is
}

// pointed is the type that a pointer to a value points to, or nil.
func pointed(t *config.TypeReference) *config.TypeReference {
	if !t.IsPtr() || t.IsTargetNilable() || t.GQL.Elem != nil {
		return nil
	}
	return t.Elem()
}

// leaf is the statement that writes a scalar or an enum, or "" if only gqlgen's
// code can. A pointer that is nil is null.
func leaf(t *config.TypeReference, v string) string {
	if t == nil || t.GQL.Elem != nil || !t.Definition.IsLeafType() || t.HasEnumValues() || t.IsContext {
		return ""
	}
	if elem := pointed(t); elem != nil && !t.GQL.NonNull {
		write := leaf(elem, "*"+v)
		if write == "" {
			return ""
		}
		return "if " + v + " == nil {\nb.Null()\n} else {\n" + write + "\n}"
	}
	if t.IsNilable() {
		return ""
	}
	if t.IsMarshaler {
		if strings.HasPrefix(v, "*") {
			v = "(" + v + ")"
		}
		return v + ".MarshalGQL(b)"
	}
	if t.Marshaler == nil {
		return ""
	}
	cast := func(to string) string { return to + "(" + v + ")" }
	switch name := t.Marshaler.Name(); name {
	case "MarshalString", "MarshalID":
		return "b.String(" + cast("string") + ")"
	case "MarshalBoolean":
		return "b.Bool(" + cast("bool") + ")"
	case "MarshalInt", "MarshalInt64":
		return "b.Int(" + cast("int64") + ")"
	case "MarshalTime", "MarshalDate", "MarshalDecimal":
		return "b.Text = scalar.Append" + strings.TrimPrefix(name, "Marshal") + "(b.Text, " + v + ")"
	}
	return ""
}
