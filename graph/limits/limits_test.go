package limits_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/errcode"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"portico/clause"
	"portico/graph/limits"
	"portico/graph/limits/testdata/mini"
)

// nest returns `fragment F0 {...F1 ...F1}`, nested to a depth, so that its size
// doubles at each level.
func nest(depth int) string {
	var b strings.Builder
	b.WriteString("{ account(id: 1) { ...F0 } }\n")
	for i := range depth {
		fmt.Fprintf(&b, "fragment F%d on Account { ...F%d ...F%d }\n", i, i+1, i+1)
	}
	fmt.Fprintf(&b, "fragment F%d on Account { name }", depth)
	return b.String()
}

func each(n int, format string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, format, i)
	}
	return b.String()
}

// hostile are documents against which the limits exist.
var hostile = map[string]struct {
	query string
	// raised is the code when the limit of tokens isn't what refuses the
	// document.
	raised clause.Refusal
}{
	"fragments 26 deep":        {nest(26), limits.TooLarge},
	"fragments 40 deep":        {nest(40), limits.TooLarge},
	"10,000 equal fields":      {"{ " + strings.Repeat("hello ", 10_000) + "}", limits.TooLarge},
	"10,000 directives":        {"{ hello " + strings.Repeat("@skip(if: false) ", 10_000) + "}", limits.TooLarge},
	"10,000 unknown":           {"{ hello " + strings.Repeat("@a ", 10_000) + "}", limits.TooLarge},
	"1,000 aliased mutations":  {"mutation { " + each(1000, `a%d: rename(input: {name: "x"}) { name } `) + "}", limits.TooLarge},
	"200 x 100 inline":         {"{ " + strings.Repeat("... on Query { "+strings.Repeat("... { hello } ", 100)+"} ", 200) + "}", limits.TooLarge},
	"200 nested 100 wide":      {"{ " + strings.Repeat("... { "+strings.Repeat("... { hello } ", 100), 190) + strings.Repeat("}", 190) + "}", limits.TooLarge},
	"circular introspection":   {"{ __schema { types { " + strings.Repeat("fields { type { ", 8) + "name" + strings.Repeat(" } }", 8) + " } } }", limits.TooDeep},
	"introspection lists":      {"{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }", limits.TooLarge},
	"circular fragment":        {"{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }", limits.Circular},
	"unused circular fragment": {"{ hello } fragment A on Account { parent { ...A } }", limits.Circular},
	"unused nest":              {"{ hello } " + nest(40)[len("{ account(id: 1) { ...F0 } }"):], limits.TooLarge},
	"twins of one name":        {"{ ...A } fragment A on Query { hello } fragment A on Query { " + each(2000, "a%d: hello ") + "}", limits.TooLarge},
	"a long name":              {"{ ...A } fragment A on " + strings.Repeat("x", 1<<20) + " { id }", limits.TooLarge},
	"a long number":            {"{ account(id: " + strings.Repeat("1", 1<<20) + ") { id } }", limits.TooLarge},
	"deep":                     {"{ account(id: 1) { " + strings.Repeat("parent { ", 40) + "id" + strings.Repeat(" }", 40) + " } }", limits.TooDeep},
	"wide pages":               {"{ account(id: 1) { orders(first: 100) { nodes { account { orders(first: 100) { nodes { id total } } } } } } }", limits.TooCostly},
}

func create(e graphql.GraphExecutor, query string, vars map[string]any) (*graphql.OperationContext, gqlerror.List) {
	ctx := graphql.StartOperationTrace(context.Background())
	return e.CreateOperationContext(ctx, &graphql.RawParams{Query: query, Variables: vars})
}

// complexity is in the place of gqlgen's complexity limit, and fails the test
// if a document gets there.
type complexity struct{ t *testing.T }

func (complexity) ExtensionName() string                   { return "Complexity" }
func (complexity) Validate(graphql.ExecutableSchema) error { return nil }
func (c complexity) MutateOperationContext(context.Context, *graphql.OperationContext) *gqlerror.Error {
	c.t.Error("got as far as complexity")
	return nil
}

func TestHostileDocumentsAreRefused(t *testing.T) {
	standard := limits.Wrap(mini.New(), limits.Config{})
	standard.Use(complexity{t})
	raised := limits.Wrap(mini.New(), limits.Config{Tokens: 1_000_000, TextBytes: 1 << 30})
	raised.Use(complexity{t})
	for name, c := range hostile {
		t.Run(name, func(t *testing.T) {
			_, errs := create(standard, c.query, nil)
			var r clause.Refusal
			if !errors.As(errs, &r) || r.Class != clause.ByProgram || r.Clause != "5.4" {
				t.Fatalf("standard limits: want a refusal by 5.4, got %v", errs)
			}
			if _, errs = create(raised, c.query, nil); !errors.Is(errs, c.raised) {
				t.Fatalf("tokens raised: want %s, got %v", c.raised.Code, errs)
			}
		})
	}
}

func BenchmarkHostile(b *testing.B) {
	for _, tokens := range []int{2000, 1_000_000} {
		e := limits.Wrap(mini.New(), limits.Config{Tokens: tokens, TextBytes: 1 << 30})
		for name, c := range hostile {
			b.Run(fmt.Sprintf("tokens=%d/%s", tokens, strings.ReplaceAll(name, " ", "_")), func(b *testing.B) {
				for b.Loop() {
					if _, errs := create(e, c.query, nil); errs == nil {
						b.Fatal("not refused")
					}
				}
			})
		}
	}
}

// The largest document that the standard limits pass on to validation.
func BenchmarkLargestAccepted(b *testing.B) {
	flat := "{ " + strings.Repeat("hello ", 500) + "}"
	spread := "{ " + strings.Repeat("...A ", 10) + "} fragment A on Query { account(id: 1) { " + strings.Repeat("name ", 48) + "} }"
	rich := "{ account(id: 1) { " + strings.Repeat("orders { nodes { id } } ", 160) + "} }"
	for name, q := range map[string]string{"flat": flat, "spread": spread, "rich": rich} {
		b.Run(name, func(b *testing.B) {
			e := limits.Wrap(mini.New(), limits.Config{CachedText: 1, RootFields: 1000, Cost: 1 << 40})
			for b.Loop() {
				if _, errs := create(e, q, nil); errs != nil {
					b.Fatal(errs)
				}
			}
		})
	}
}

func BenchmarkRepeated(b *testing.B) {
	e := limits.Wrap(mini.New(), limits.Config{})
	q := "query($n: Int) { account(id: 1) { orders(first: $n) { nodes { id } } } }"
	vars := map[string]any{"n": int64(3)}
	for b.Loop() {
		if _, errs := create(e, q, vars); errs != nil {
			b.Fatal(errs)
		}
	}
}

func TestEachLimitHasTwoSides(t *testing.T) {
	for _, c := range []struct {
		what     string
		cfg      limits.Config
		at, over string
		want     clause.Refusal
	}{
		{"tokens", limits.Config{Tokens: 4}, "{ hello hello }", "{ hello hello hello }", limits.TooLarge},
		{"textBytes", limits.Config{TextBytes: 9}, "{ hello }", "{  hello }", limits.TooLarge},
		{"nameBytes", limits.Config{NameBytes: 5}, "{ hello }", "{ hello helloo }", limits.TooLarge},
		{"depth", limits.Config{Depth: 2}, "{ account(id: 1) { id } }", "{ account(id: 1) { parent { id } } }", limits.TooDeep},
		{"rootFields", limits.Config{RootFields: 2}, "{ hello ... { hello } }", "{ hello ...A } fragment A on Query { hello hello }", limits.TooLarge},
		{"fields", limits.Config{Fields: 3}, "{ hello hello hello }", "{ hello account(id: 1) { id name } }", limits.TooLarge},
		{"aliases", limits.Config{Aliases: 1}, "{ a: hello hello: hello }", "{ a: hello b: hello }", limits.TooLarge},
		{"directives", limits.Config{Directives: 1}, "{ hello @skip(if: false) }", "{ hello @skip(if: false) ... @skip(if: false) { hello } }", limits.TooLarge},
		{"fragments", limits.Config{Fragments: 1}, "{ ... { hello } }", "{ ...A ...A } fragment A on Query { hello }", limits.TooLarge},
		{"introspectionLists", limits.Config{IntrospectionLists: 1}, `{ __type(name: "Query") { fields { name } } }`,
			`{ __type(name: "Query") { fields { type { fields { name } } } } }`, limits.TooLarge},
		{"cost", limits.Config{Cost: 5}, "{ account(id: 1) { orders(first: 3) { nodes { __typename } } } }",
			"{ account(id: 1) { orders(first: 4) { nodes { __typename } } } }", limits.TooCostly},
		{"introspection", limits.Config{HideSchema: true}, "{ __typename }", "{ __schema { description } }", limits.SchemaHidden},
	} {
		t.Run(c.what, func(t *testing.T) {
			e := limits.Wrap(mini.New(), c.cfg)
			if _, errs := create(e, c.at, nil); errs != nil {
				t.Errorf("at the limit: %v", errs)
			}
			_, errs := create(e, c.over, nil)
			if !errors.Is(errs, c.want) {
				t.Fatalf("over the limit: want %s, got %v", c.want.Code, errs)
			}
			var r clause.Refusal
			errors.As(errs, &r)
			if figure, ok := r.Params["figure"]; ok && figure != c.what {
				t.Errorf("want figure %s, got %v", c.what, figure)
			}
			for _, l := range []clause.Lang{clause.EN, clause.ZH} {
				if strings.Contains(r.Message(l), "{") {
					t.Errorf("unfilled text: %s", r.Message(l))
				}
			}
			if errs[0].Extensions["code"] != c.want.Code {
				t.Errorf("extensions: %v", errs[0].Extensions)
			}
		})
	}
}

func TestCostOfConnections(t *testing.T) {
	const page = "account(id: 1) { orders(first: $n) { totalCount pageInfo { hasNextPage } nodes { id total } edges { node { id } } } }"
	for _, c := range []struct {
		query string
		vars  map[string]any
		want  int64
	}{
		{"{ hello }", nil, 1},
		{"{ account(id: 1) { id name } }", nil, 3},
		// account + orders + totalCount + pageInfo{1} + n x (nodes{2} + edges{node{1}})
		{"query($n: Int) { " + page + " }", map[string]any{"n": int64(10)}, 5 + 10*6},
		{"query($n: Int) { " + page + " }", nil, 5 + 20*6},
		{"query($n: Int = 2) { " + page + " }", nil, 5 + 2*6},
		{"query($n: Int = 2) { " + page + " }", map[string]any{"n": int64(0)}, 5},
		{"{ account(id: 1) { orders(last: 7) { nodes { id } } } }", nil, 2 + 7*2},
		{"{ account(id: 1) { orders(first: 9223372036854775807) { nodes { id total } } } }", nil, 1<<63 - 1},
	} {
		op, errs := create(limits.Wrap(mini.New(), limits.Config{Cost: 1<<63 - 1}), c.query, c.vars)
		if errs != nil {
			t.Fatalf("%s: %v", c.query, errs)
		}
		if r, ok := limits.ReportOf(op); !ok || r.Cost != c.want {
			t.Errorf("%s %v: want %d, got %d", c.query, c.vars, c.want, r.Cost)
		}
	}
}

func TestTableOfPrices(t *testing.T) {
	cfg := limits.Config{Price: limits.Table(map[string]limits.Price{
		"Query.hello":    {Own: 50},
		"Account.parent": {Own: 3, Sizes: []string{"count"}, Size: 4},
	})}
	op, errs := create(limits.Wrap(mini.New(), cfg), "{ hello account(id: 1) { parent { id name } } }", nil)
	if errs != nil {
		t.Fatal(errs)
	}
	if r, _ := limits.ReportOf(op); r.Cost != 50+1+3+4*2 {
		t.Errorf("got %d", r.Cost)
	}
}

func TestCostIsChargedOnceAndReturned(t *testing.T) {
	var charged []int64
	broke := false
	e := limits.Wrap(mini.New(), limits.Config{Charge: func(_ context.Context, op *ast.OperationDefinition, cost int64) error {
		charged = append(charged, cost)
		if broke {
			return clause.Throttled.With("retryAfter", 7)
		}
		return nil
	}})
	ctx := graphql.StartOperationTrace(context.Background())
	for range 2 { // the second time it is cached
		op, errs := e.CreateOperationContext(ctx, &graphql.RawParams{Query: "{ hello }"})
		if errs != nil {
			t.Fatal(errs)
		}
		next, run := e.DispatchOperation(ctx, op)
		answer := next(run)
		if string(answer.Data) != `{"hello":"hello world"}` || answer.Extensions["cost"] == nil {
			t.Fatalf("data %s, extensions %v", answer.Data, answer.Extensions)
		}
	}
	create(e, "{ unknown }", nil)
	broke = true
	if _, errs := create(e, "{ hello }", nil); !errors.Is(errs, clause.Throttled) {
		t.Errorf("want THROTTLED, got %v", errs)
	}
	if len(charged) != 3 {
		t.Errorf("charged %v", charged)
	}
}

func TestSuggestionsCanBeHidden(t *testing.T) {
	misspelt := []string{"{ helo }", `{ hello(nam: "a") }`, "{ ...A } fragment A on Acount { id }", "{ account(id: 1) }",
		`mutation { rename(input: {nam: "x"}) { name } }`}
	suggests := func(e graphql.GraphExecutor) (n int) {
		for _, q := range misspelt {
			_, errs := create(e, q, nil)
			if len(errs) == 0 {
				t.Fatalf("%s is valid", q)
			}
			if strings.Contains(strings.ToLower(errs.Error()), "did you mean") {
				n++
			}
		}
		return n
	}
	if n := suggests(limits.Wrap(mini.New(), limits.Config{})); n != len(misspelt) {
		t.Errorf("shown: %d of %d", n, len(misspelt))
	}
	if n := suggests(limits.Wrap(mini.New(), limits.Config{HideSuggestions: true})); n != 0 {
		t.Errorf("hidden: %d", n)
	}
}

// A variable that may be null, but has a default, is valid where null isn't allowed. A
// null that is given for it all the same is refused before anything runs.
func TestANullIsRefusedWhereItIsNotAllowed(t *testing.T) {
	e := limits.Wrap(mini.New(), limits.Config{})
	for query, null := range map[string]map[string]any{
		`query($x: Boolean = true) { hello @include(if: $x) }`:                                                                   {"x": nil},
		`query($x: Boolean = true) { ...A } fragment A on Query { hello @skip(if: $x) }`:                                         {"x": nil},
		`query($x: ID = 1) { account(id: $x) { name } }`:                                                                         {"x": nil},
		`mutation($x: String = "a") { rename(input: {name: $x}) { name } }`:                                                      {"x": nil},
		`query($y: Int = 1, $x: Boolean = true) { account(id: 1) { name @include(if: $x) orders(first: $y) { nodes { id } } } }`: {"x": nil, "y": 1},
	} {
		for range 2 { // the second time it is known
			if _, errs := create(e, query, null); len(errs) != 1 || errs[0].Path.String() != "variable.x" || errs[0].Extensions["code"] != errcode.ValidationFailed {
				t.Errorf("%s: %v", query, errs)
			}
		}
		delete(null, "x")
		if _, errs := create(e, query, null); len(errs) > 0 {
			t.Errorf("%s by its default: %v", query, errs)
		}
	}
	if _, errs := create(e, `query($y: Int = 1) { account(id: 1) { orders(first: $y) { nodes { id } } } }`, map[string]any{"y": nil}); len(errs) > 0 {
		t.Errorf("where null is allowed: %v", errs)
	}
}

// The length of an error doesn't grow with the document.
func TestErrorsStayBrief(t *testing.T) {
	e := limits.Wrap(mini.New(), limits.Config{Errors: 3, RootFields: 100})
	if _, errs := create(e, "{ "+each(50, "nope%d ")+"}", nil); len(errs) != 3 {
		t.Errorf("%d errors", len(errs))
	}
	_, errs := create(e, `query($n: Int) { hello(name: ["`+strings.Repeat("界", 1<<14)+`"]) }`, nil)
	if errs == nil {
		t.Fatal("valid")
	}
	for _, err := range errs {
		if len(err.Message) > 520 {
			t.Errorf("%d bytes", len(err.Message))
		}
	}
}

// standardIntrospection is the document that introspection tools send.
var standardIntrospection = func() string {
	ofType := "kind name"
	for range 9 {
		ofType = "kind name ofType { " + ofType + " }"
	}
	return `query IntrospectionQuery { __schema { description queryType { name kind } mutationType { name kind } subscriptionType { name kind }
		types { ...FullType } directives { name description isRepeatable locations args(includeDeprecated: true) { ...InputValue } } } }
		fragment FullType on __Type { kind name description specifiedByURL fields(includeDeprecated: true) { name description
		args(includeDeprecated: true) { ...InputValue } type { ...TypeRef } isDeprecated deprecationReason }
		inputFields(includeDeprecated: true) { ...InputValue } interfaces { ...TypeRef }
		enumValues(includeDeprecated: true) { name description isDeprecated deprecationReason } possibleTypes { ...TypeRef } }
		fragment InputValue on __InputValue { name description type { ...TypeRef } defaultValue isDeprecated deprecationReason }
		fragment TypeRef on __Type { ` + ofType + ` }`
}()

// It must be within the standard limits.
func TestStandardIntrospectionPasses(t *testing.T) {
	if _, errs := create(limits.Wrap(mini.New(), limits.Config{}), standardIntrospection, nil); errs != nil {
		t.Fatal(errs)
	}
}

// Variables are the same, and the operation is whole, whichever way they were coerced.
func TestAnOperationKeepsItsVariables(t *testing.T) {
	e := limits.Wrap(mini.New(), limits.Config{})
	const query = `query($id: ID!, $first: Int, $name: String = "world") { account(id: $id) { orders(first: $first) { totalCount } } hello(name: $name) }`
	for name, c := range map[string]struct{ given, want map[string]any }{
		"in one pass":   {map[string]any{"id": "1", "first": json.Number("3"), "name": nil, "more": true}, map[string]any{"id": "1", "first": int64(3), "name": nil}},
		"by gqlparser":  {map[string]any{"id": json.Number("1"), "first": int64(3)}, map[string]any{"id": json.Number("1"), "first": int64(3), "name": "world"}},
		"with one left": {map[string]any{"id": "1", "name": "x"}, map[string]any{"id": "1", "name": "x"}},
	} {
		t.Run(name, func(t *testing.T) {
			for range 2 { // the document is parsed, then it is kept
				op, errs := create(e, query, c.given)
				if errs != nil {
					t.Fatal(errs)
				}
				if !reflect.DeepEqual(op.Variables, c.want) {
					t.Errorf("%#v", op.Variables)
				}
				if op.Operation != op.Doc.Operations[0] || len(op.Operation.VariableDefinitions) != 3 {
					t.Error("the operation has lost its variables")
				}
			}
		})
	}
}
