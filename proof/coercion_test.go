package proof_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"

	"portico/portaltest"
)

// word is a value of an enum: a name in a document, a string in JSON.
type word string

// right are valid values of each scalar.
var right = map[string]any{"String": "x", "ID": "appl_01", "Int": 1, "Boolean": true, "Time": "2026-01-31T16:00:00Z",
	"Date": "2026-01-31", "Decimal": "1.00", "JSON": map[string]any{"a": 1}, "Upload": nil}

// wrongKinds returns JSON values that aren't valid for a type. Values that a
// scalar accepts by the specification or by its description aren't among them.
func wrongKinds(d *ast.Definition) []any {
	object := map[string]any{"a": 1}
	switch d.Name {
	case "JSON":
		return nil
	case "String", "Upload":
		return []any{5, 1.5, true, object}
	case "ID":
		return []any{1.5, true, object}
	case "Int":
		return []any{"5", "", 1.5, true, object, 1 << 31, -1<<31 - 1}
	case "Boolean":
		return []any{"true", "false", "", 1, 0, 1.5, object}
	case "Time", "Date", "Decimal":
		return []any{5, 1.5, true, object, "", "rubbish", "1e3"}
	}
	if d.Kind == ast.Enum {
		return []any{5, 1.5, true, object, "", word("NO_SUCH_VALUE"), word(strings.ToLower(d.EnumValues[0].Name))}
	}
	return []any{5, 1.5, true, "x"} // an input object
}

// literal returns a value as written in a document.
func literal(v any) string {
	switch v := v.(type) {
	case word:
		return string(v)
	case []any:
		parts := make([]string, len(v))
		for i, one := range v {
			parts[i] = literal(one)
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case map[string]any:
		var parts []string
		for _, name := range slices.Sorted(maps.Keys(v)) {
			parts = append(parts, name+": "+literal(v[name]))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case string:
		return strconv.Quote(v)
	case nil:
		return "null"
	}
	text, _ := json.Marshal(v)
	return string(text)
}

// sample returns a value of a type with its required fields only.
func sample(s *ast.Schema, t *ast.Type) any {
	if t.Elem != nil {
		return []any{sample(s, t.Elem)}
	}
	d := s.Types[t.NamedType]
	switch d.Kind {
	case ast.Enum:
		return word(d.EnumValues[0].Name)
	case ast.InputObject:
		in := map[string]any{}
		for _, f := range d.Fields {
			if f.Type.NonNull && f.DefaultValue == nil {
				in[f.Name] = sample(s, f.Type)
			}
		}
		return in
	}
	return right[d.Name]
}

// place is a position of a type within an argument.
type place struct {
	path string
	of   *ast.Definition
	put  func(any) any
}

// places returns the positions of a type, each with a valid value around it.
func places(s *ast.Schema, t *ast.Type, path string, put func(any) any) []place {
	if t.Elem != nil {
		return places(s, t.Elem, path+".0", func(v any) any { return put([]any{v}) })
	}
	d := s.Types[t.NamedType]
	all := []place{{path, d, put}}
	if d.Kind != ast.InputObject {
		return all
	}
	for _, f := range d.Fields {
		all = append(all, places(s, f.Type, path+"."+f.Name, func(v any) any {
			in := sample(s, &ast.Type{NamedType: d.Name}).(map[string]any)
			in[f.Name] = v
			return put(in)
		})...)
	}
	return all
}

// asking sends a root field with the given value of one argument and samples of
// the required others, as variables or in the document.
func asking(w *portaltest.World, root *ast.Definition, f *ast.FieldDefinition, arg *ast.ArgumentDefinition, v any, asLiteral bool) portaltest.Response {
	w.T.Helper()
	given := map[string]any{arg.Name: v}
	for _, other := range f.Arguments {
		if other.Type.NonNull && other != arg {
			given[other.Name] = sample(published(), other.Type)
		}
	}
	var head, args []string
	for _, a := range f.Arguments {
		if v, ok := given[a.Name]; ok && asLiteral {
			args = append(args, a.Name+": "+literal(v))
		} else if ok {
			head, args = append(head, "$"+a.Name+": "+a.Type.String()), append(args, a.Name+": $"+a.Name)
		}
	}
	query := strings.ToLower(root.Name)
	if len(head) > 0 {
		query += "(" + strings.Join(head, ", ") + ")"
	}
	query += " { " + f.Name + "(" + strings.Join(args, ", ") + ")"
	if published().Types[f.Type.Name()].IsCompositeType() {
		query += " { __typename }"
	}
	if asLiteral {
		given = nil
	}
	return w.Send(nil, query+" }", given)
}

// byEvent are the values of a report's events. Each event is judged separately
// (3.4); see TestAReportJudgesEveryEventByItself.
var byEvent = map[string]bool{"reportUsage.input.events.0.quantity": true, "reportUsage.input.events.0.at": true}

// uncoerced reports whether the answer refuses a value as invalid for its type.
func uncoerced(r portaltest.Response) bool {
	return slices.ContainsFunc(r.Errors, func(e portaltest.Error) bool {
		return e.Code() == "GRAPHQL_VALIDATION_FAILED" || e.Code() == "BAD_REQUEST"
	})
}

// A value of the wrong kind is refused before anything runs, at every position.
func TestAValueOfAnotherKindIsNeverTakenForOne(t *testing.T) {
	w := portaltest.New(t, "sqlite")
	s := published()
	wrong, fits := 0, 0
	for _, root := range []*ast.Definition{s.Query, s.Mutation} {
		for _, f := range fields(root) {
			for _, arg := range f.Arguments {
				for _, p := range places(s, arg.Type, f.Name+"."+arg.Name, func(v any) any { return v }) {
					for _, asLiteral := range []bool{false, true} {
						for _, v := range wrongKinds(p.of) {
							if byEvent[p.path] {
								continue
							}
							wrong++
							if r := asking(w, root, f, arg, p.put(v), asLiteral); !uncoerced(r) {
								t.Errorf("%s takes %s for a %s (literal %t): %s", p.path, literal(v), p.of.Name, asLiteral, r.Raw)
							}
						}
						if arg.Name != "input" || p.of.Name == "Upload" { // a cursor, for example, is valid only if an answer held it
							continue
						}
						fits++
						if r := asking(w, root, f, arg, p.put(sample(s, &ast.Type{NamedType: p.of.Name})), asLiteral); uncoerced(r) {
							t.Errorf("%s: what fits is refused: %s", p.path, r.Raw)
						}
					}
				}
			}
		}
	}
	if t.Logf("%d values of another kind, %d that fit", wrong, fits); wrong < 1500 || fits < 200 {
		t.Errorf("only %d and %d cases", wrong, fits)
	}
}

// A subscription has one field at its root, in every notation.
func TestASubscriptionHasOneFieldAtItsRoot(t *testing.T) {
	w := portaltest.New(t, "sqlite")
	one := `noticePosted(accountId: "acct_x") { cursor }`
	for name, query := range map[string]string{
		"two names of one field":      "subscription { a: " + one + " b: " + one + " }",
		"by a fragment":               "subscription { ...F b: " + one + " } fragment F on Subscription { " + one + " }",
		"two inside a fragment":       "subscription { ...F } fragment F on Subscription { a: " + one + " " + one + " }",
		"@skip":                       `subscription { noticePosted(accountId: "acct_x") @skip(if: true) { cursor } }`,
		"@skip of nothing":            `subscription { noticePosted(accountId: "acct_x") @skip(if: false) { cursor } }`,
		"@include by a variable":      `subscription($v: Boolean = false) { noticePosted(accountId: "acct_x") @include(if: $v) { cursor } }`,
		"@skip of a fragment":         "subscription { ...F @skip(if: true) } fragment F on Subscription { " + one + " }",
		"@include of an inline one":   "subscription { ... on Subscription @include(if: false) { " + one + " } }",
		"@skip inside a fragment":     `subscription { ...F } fragment F on Subscription { noticePosted(accountId: "acct_x") @skip(if: true) { cursor } }`,
		"its own name":                "subscription { __typename }",
		"its own name beside a field": "subscription { __typename " + one + " }",
	} {
		if r := w.Send(nil, query, nil); len(r.Errors) == 0 || r.Errors[0].Code() != "GRAPHQL_VALIDATION_FAILED" || r.Data != nil {
			t.Errorf("%s: %s", name, r.Raw)
		}
	}
	for _, query := range []string{"subscription { " + one + " }", "subscription { ...F ...F } fragment F on Subscription { a: " + one + " }",
		`subscription { noticePosted(accountId: "acct_x") { cursor @skip(if: true) notice { id } } }`} {
		if r := w.Send(nil, query, nil); len(r.Errors) != 1 || r.Errors[0].Code() != "SUBSCRIPTION_NEEDS_STREAM" {
			t.Errorf("%s: %s", query, r.Raw)
		}
	}
}

// A directive that isn't served isn't in the introspection.
func TestDeferIsNotPublished(t *testing.T) {
	for _, options := range [][]portaltest.Option{nil, {portaltest.NoSandbox}} {
		w := portaltest.New(t, "sqlite", options...)
		r := w.Send(nil, "{ __schema { directives { name } } }", nil)
		names := string(r.Raw)
		if !strings.Contains(names, `"include"`) || !strings.Contains(names, `"idempotent"`) || strings.Contains(names, `"defer"`) {
			t.Errorf("%s", names)
		}
		if r := w.Send(nil, "{ ... @defer { __typename } }", nil); len(r.Errors) != 1 || r.Errors[0].Code() != "GRAPHQL_VALIDATION_FAILED" {
			t.Errorf("%s", r.Raw)
		}
	}
}
