package limits

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator"
	"pgregory.net/rapid"
)

// published is the portal's schema.
func published(t testing.TB) *ast.Schema {
	text, err := os.ReadFile("../../schema.graphql")
	if err != nil {
		t.Fatal(err)
	}
	schema, gerr := gqlparser.LoadSchema(&ast.Source{Name: "schema.graphql", Input: string(text)})
	if gerr != nil {
		t.Fatal(gerr)
	}
	return schema
}

// operations returns an operation for each root field with arguments, in which every
// argument is a variable; and one for each type of an input, for variables that no
// field takes alone.
func operations(t testing.TB, schema *ast.Schema) map[string]*accepted {
	all, prepared := map[string]*accepted{}, formsOf(schema)
	add := func(name, text string) {
		doc, errs := gqlparser.LoadQueryWithRules(schema, text, nil)
		if errs != nil {
			t.Fatalf("%s: %v", text, errs)
		}
		known := &accepted{doc: doc, needed: needed(schema, doc)}
		known.variables = prepared.variables(doc, known.needed)
		all[name] = known
	}
	for kind, root := range map[string]*ast.Definition{"query": schema.Query, "mutation": schema.Mutation, "subscription": schema.Subscription} {
		for _, f := range root.Fields {
			if len(f.Arguments) == 0 || strings.HasPrefix(f.Name, "__") {
				continue
			}
			below := ""
			if d := schema.Types[f.Type.Name()]; d.IsCompositeType() {
				below = "{ __typename }"
			}
			declared, passed := "", ""
			for _, a := range f.Arguments {
				typ := a.Type.String()
				if a.DefaultValue != nil { // a nullable variable may be used there
					typ = strings.TrimSuffix(typ, "!")
				}
				declared += "$" + a.Name + ": " + typ + " "
				passed += a.Name + ": $" + a.Name + " "
			}
			add(f.Name, kind+"("+declared+") { "+f.Name+"("+passed+")"+below+" }")
		}
	}
	for name, d := range schema.Types {
		if d.IsInputType() && !strings.HasPrefix(name, "__") {
			for i, of := range []string{"%s", "%s!", "[%s]", "[%s!]!", "[[%s!]]"} {
				typ := fmt.Sprintf(of, name)
				op := &ast.OperationDefinition{Operation: ast.Query, VariableDefinitions: ast.VariableDefinitionList{{Variable: "v", Type: typeOf(t, typ), Definition: d}}}
				doc := &ast.QueryDocument{Operations: ast.OperationList{op}}
				all[fmt.Sprint(name, i)] = &accepted{doc: doc, variables: prepared.variables(doc, nil)}
			}
		}
	}
	return all
}

func typeOf(t testing.TB, text string) *ast.Type {
	if of, is := strings.CutSuffix(text, "!"); is {
		typ := typeOf(t, of)
		typ.NonNull = true
		return typ
	}
	if strings.HasPrefix(text, "[") {
		return ast.ListType(typeOf(t, text[1:len(text)-1]), nil)
	}
	return ast.NamedType(text, nil)
}

// sender draws variables. Of its values one of `rare` is wrong in some way; none is if
// it is zero.
type sender struct {
	*rapid.T
	schema *ast.Schema
	rare   int
	level  int
}

func (s *sender) wrong() bool {
	return s.rare > 0 && rapid.IntRange(0, s.rare).Draw(s.T, "wrong") == s.rare
}

func (s *sender) some(values ...any) any { return rapid.SampledFrom(values).Draw(s.T, "value") }

func (s *sender) value(t *ast.Type) any {
	if s.wrong() {
		return s.some(nil, "", "0", "1.5", "x", "TRUE", true, json.Number("1"), json.Number("-7"), json.Number("1.5"), json.Number("1e3"), json.Number("99999999999999999999"), json.Number("1e999"),
			[]any{}, []any{nil}, []any{"x"}, []any{json.Number("1"), true}, []any{[]any{"x"}}, map[string]any{}, map[string]any{"x": nil}, map[string]any{"__typename": "x"})
	}
	if !t.NonNull && rapid.IntRange(0, 3).Draw(s.T, "null") == 0 {
		return nil
	}
	if t.Elem != nil {
		list := make([]any, rapid.IntRange(0, 3).Draw(s.T, "length"))
		for i := range list {
			list[i] = s.value(t.Elem)
		}
		return list
	}
	d := s.schema.Types[t.NamedType]
	switch d.Kind {
	case ast.Enum:
		name := d.EnumValues[rapid.IntRange(0, len(d.EnumValues)-1).Draw(s.T, "enum")].Name
		if s.wrong() {
			return strings.ToLower(name)
		}
		return name
	case ast.InputObject:
		return s.object(d)
	}
	switch d.Name {
	case "Int":
		return s.some(json.Number("0"), json.Number("-12"), json.Number("2147483648"))
	case "Float":
		return s.some(json.Number("0"), json.Number("-1.5e3"))
	case "Boolean":
		return s.some(true, false)
	case "String", "ID":
		return s.some("", "x", "字")
	}
	return s.some("x", json.Number("1.5"), true, []any{"x", nil}, map[string]any{"x": nil})
}

func (s *sender) object(d *ast.Definition) any {
	object := map[string]any{}
	s.level++
	for _, f := range d.Fields {
		optional := !f.Type.NonNull || f.DefaultValue != nil
		if optional && (s.level > 4 || rapid.Bool().Draw(s.T, "left out")) || s.wrong() {
			continue
		}
		object[f.Name] = s.value(f.Type)
	}
	s.level--
	if s.wrong() {
		object[s.some("unknown", "__typename", "").(string)] = s.some(nil, "x")
	}
	return object
}

func copied(v any) any {
	switch v := v.(type) {
	case map[string]any:
		c := make(map[string]any, len(v))
		for name, e := range v {
			c[name] = copied(e)
		}
		return c
	case []any:
		c := make([]any, len(v))
		for i, e := range v {
			c[i] = copied(e)
		}
		return c
	}
	return v
}

// usual coerces variables in the usual way.
func usual(schema *ast.Schema, known *accepted, given map[string]any) (map[string]any, error) {
	op := known.doc.Operations[0]
	if err := exactEnums(schema, op, given); err != nil {
		return nil, err
	}
	if err := noNulls(known.needed[op], given); err != nil {
		return nil, err
	}
	return validator.VariableValues(schema, op, given)
}

// What the pass accepts, the usual way accepts and leaves as it is. What has no fault
// and needs no change, the pass accepts.
func TestVariablesAreCoercedAsUsual(t *testing.T) {
	schema := published(t)
	all := operations(t, schema)
	names := slices.Sorted(maps.Keys(all))
	inputs := map[string]bool{}
	for _, name := range names {
		known := all[name]
		op := known.doc.Operations[0]
		for _, v := range op.VariableDefinitions {
			inputs[v.Type.Name()] = true
		}
	}
	for name, d := range schema.Types {
		if d.Kind == ast.InputObject && !inputs[name] {
			t.Errorf("%s isn't tried", name)
		}
	}
	for _, rare := range []int{0, 2, 20, 100} {
		tried, passed := 0, 0
		rapid.Check(t, func(t *rapid.T) {
			name := rapid.SampledFrom(names).Draw(t, "operation")
			known := all[name]
			op := known.doc.Operations[0]
			s := &sender{T: t, schema: schema, rare: rare}
			given := map[string]any{}
			for _, v := range op.VariableDefinitions {
				if (v.Type.NonNull || slices.Contains(known.needed[op], v.Variable) || rapid.Bool().Draw(t, "given")) && !s.wrong() {
					typ := *v.Type
					typ.NonNull = typ.NonNull || slices.Contains(known.needed[op], v.Variable)
					given[v.Variable] = s.value(&typ)
				}
			}
			if s.wrong() {
				given["unknown"] = "x"
			}
			before := copied(given)
			got, ok := coerced(known.variables[op], given)
			if !reflect.DeepEqual(any(given), before) {
				t.Fatalf("%s: the variables were changed: %v", name, given)
			}
			want, err := usual(schema, known, copied(given).(map[string]any))
			if ok && (err != nil || !reflect.DeepEqual(got, want)) {
				t.Fatalf("%s: %#v for %#v, not %#v, %v", name, got, given, want, err)
			}
			if rare == 0 && !ok {
				t.Fatalf("%s: %#v isn't accepted: %v", name, given, err)
			}
			if tried++; ok {
				passed++
			}
		})
		if rare > 0 && (passed == 0 || passed == tried) {
			t.Errorf("one of %d is wrong: %d of %d are accepted", rare, passed, tried)
		}
	}
}

// TestEachInputIsTriedWithEachFault changes one value of a valid input at a time.
func TestEachInputIsTriedWithEachFault(t *testing.T) {
	schema := published(t)
	faults := []any{nil, "", "x", "1", true, json.Number("1"), json.Number("1.5"), json.Number("99999999999999999999"), []any{}, []any{nil}, []any{"x"}, map[string]any{}, map[string]any{"x": "x"}}
	for name, known := range operations(t, schema) {
		op := known.doc.Operations[0]
		given := map[string]any{}
		for _, v := range op.VariableDefinitions {
			given[v.Variable] = full(schema, v.Type, 0)
		}
		check := func() {
			got, ok := coerced(known.variables[op], given)
			want, err := usual(schema, known, copied(given).(map[string]any))
			if ok && (err != nil || !reflect.DeepEqual(got, want)) {
				t.Errorf("%s: %#v for %#v, not %#v, %v", name, got, given, want, err)
			}
		}
		if _, ok := coerced(known.variables[op], given); !ok {
			t.Errorf("%s: %#v isn't accepted", name, given)
		}
		check()
		var walk func(v any)
		walk = func(v any) {
			switch v := v.(type) {
			case map[string]any:
				for field, old := range v {
					for _, f := range faults {
						v[field] = f
						check()
					}
					delete(v, field)
					check()
					v[field] = old
					walk(old)
				}
				v["unknown"] = "x"
				check()
				delete(v, "unknown")
			case []any:
				for i, old := range v {
					for _, f := range faults {
						v[i] = f
						check()
					}
					v[i] = old
					walk(old)
				}
			}
		}
		walk(given)
	}
}

// full is a value of a type with all its fields, down to some levels.
func full(schema *ast.Schema, t *ast.Type, level int) any {
	if t.Elem != nil {
		return []any{full(schema, t.Elem, level)}
	}
	switch d := schema.Types[t.NamedType]; {
	case d.Kind == ast.Enum:
		return d.EnumValues[0].Name
	case d.Kind == ast.InputObject:
		object := map[string]any{}
		for _, f := range d.Fields {
			if level < 4 || f.Type.NonNull && f.DefaultValue == nil {
				object[f.Name] = full(schema, f.Type, level+1)
			}
		}
		return object
	case d.Name == "Int" || d.Name == "Float":
		return json.Number("7")
	case d.Name == "Boolean":
		return true
	}
	return "x"
}
