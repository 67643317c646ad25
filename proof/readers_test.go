package proof_test

import (
	"context"
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/executor"
	"github.com/vektah/gqlparser/v2/ast"

	"portico/graph"
	"portico/graph/inline"
	"portico/portaltest"
)

// Inputs are read by the readers of graph/inline exactly as by gqlgen's own code: the
// same values, or the same errors at their paths, whichever value of an input is wrong.
func TestTheReadersReadAsGqlgenDoes(t *testing.T) {
	t.Parallel()
	w := portaltest.New(t, "sqlite")
	r := &reading{exec: executor.New(graph.New(w.Portal)), schema: published()}
	r.exec.AroundFields(r.noted)
	for _, k := range []struct {
		kind string
		of   *ast.Definition
	}{{"query", r.schema.Query}, {"mutation", r.schema.Mutation}} {
		for _, f := range fields(k.of) {
			if len(f.Arguments) > 0 {
				r.field(t, k.kind, f)
			}
		}
	}
	t.Logf("%d inputs were read, %d refused", r.read, r.refused)
	if r.read < 1000 || r.refused < 1000 {
		t.Error("these are too few")
	}
}

// reading reads the arguments of one field at a time.
type reading struct {
	exec   *executor.Executor
	schema *ast.Schema
	args   map[string]any // as they were read; nil if they were refused

	read, refused int
}

// noted notes the arguments instead of resolving the field.
func (r *reading) noted(ctx context.Context, _ graphql.Resolver) (any, error) {
	r.args = graphql.GetFieldContext(ctx).Args
	return nil, nil
}

func (r *reading) field(t *testing.T, kind string, f *ast.FieldDefinition) {
	declared, passed, below := "", "", ""
	given := map[string]any{}
	for _, a := range f.Arguments {
		declared += "$" + a.Name + ": " + a.Type.String() + " "
		passed += a.Name + ": $" + a.Name + " "
		given[a.Name] = r.value(a.Type, 0)
	}
	if r.schema.Types[f.Type.Name()].IsCompositeType() {
		below = " { __typename }"
	}
	query := kind + "(" + declared + ") { " + f.Name + "(" + passed + ")" + below + " }"
	if read := r.same(t, query, given); !read && !r.uploads(f.Arguments) {
		t.Errorf("%s: %v isn't read", query, given)
	}
	r.walk(given, func() { r.same(t, query, given) })
}

// uploads reports whether an argument holds a file, which is sent in another way.
func (r *reading) uploads(arguments ast.ArgumentDefinitionList) bool {
	for _, a := range arguments {
		for _, f := range r.schema.Types[a.Type.Name()].Fields {
			if f.Type.Name() == "Upload" {
				return true
			}
		}
	}
	return false
}

// wrongValues are values that are wrong in most places.
var wrongValues = []any{nil, "", "x", "1", "-1.5", true, json.Number("1"), json.Number("1.5"), json.Number("99999999999999999999"), []any{}, []any{nil},
	[]any{"x"}, map[string]any{}, "2026-01-31T16:00:00Z", "2026-01-31", "2026-13-01T00:00:00Z", "9999999999999999999999.5"}

// walk changes one value at a time, and calls check after each change.
func (r *reading) walk(v any, check func()) {
	each := func(old any, set func(any)) {
		for _, f := range wrongValues {
			set(f)
			check()
		}
		set(old)
		r.walk(old, check)
	}
	switch v := v.(type) {
	case map[string]any:
		for name, old := range v {
			delete(v, name)
			check()
			each(old, func(f any) { v[name] = f })
		}
	case []any:
		for i, old := range v {
			each(old, func(f any) { v[i] = f })
		}
	}
}

// same sends variables both ways, and reports whether the input was read.
func (r *reading) same(t *testing.T, query string, given map[string]any) bool {
	send := func(ctx context.Context) (args map[string]any, text string) {
		sent, err := json.Marshal(given)
		if err != nil {
			t.Fatal(err)
		}
		var variables map[string]any
		d := json.NewDecoder(strings.NewReader(string(sent)))
		d.UseNumber()
		if err := d.Decode(&variables); err != nil {
			t.Fatal(err)
		}
		r.args = nil
		op, errs := r.exec.CreateOperationContext(graphql.StartOperationTrace(ctx), &graphql.RawParams{Query: query, Variables: variables})
		if errs == nil {
			next, ctx := r.exec.DispatchOperation(ctx, op)
			errs = next(ctx).Errors
		}
		b, err := json.Marshal(errs)
		if err != nil {
			t.Fatal(err)
		}
		return r.args, string(b)
	}
	want, wantText := send(inline.Original(context.Background()))
	got, text := send(context.Background())
	if text != wantText || !reflect.DeepEqual(got, want) {
		t.Fatalf("%s with %v: %#v %s, not %#v %s", query, given, got, text, want, wantText)
	}
	if got == nil {
		r.refused++
		return false
	}
	r.read++
	return true
}

// wellFormed are values of scalars.
var wellFormed = map[string]any{"Int": json.Number("7"), "Boolean": true, "Decimal": "1.5", "Time": "2026-01-31T16:00:00Z", "Date": "2026-01-31", "CurrencyCode": "CNY"}

// value is a well-formed value of a type, with all its fields down to some levels.
func (r *reading) value(t *ast.Type, level int) any {
	if t.Elem != nil {
		return []any{r.value(t.Elem, level), r.value(t.Elem, level)}
	}
	d := r.schema.Types[t.NamedType]
	switch d.Kind {
	case ast.Enum:
		return d.EnumValues[0].Name
	case ast.InputObject:
		object := map[string]any{}
		for _, f := range d.Fields {
			if level < 4 || f.Type.NonNull {
				object[f.Name] = r.value(f.Type, level+1)
			}
		}
		return object
	}
	if v, is := wellFormed[d.Name]; is {
		return v
	}
	return "x"
}
