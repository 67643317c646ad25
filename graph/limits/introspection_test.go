package limits_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"

	"portico/graph/limits"
	"portico/graph/limits/testdata/mini"
)

var once = []string{
	"{ a: __schema { queryType { name } } b: __schema { queryType { name } } }",
	`{ a: __type(name: "Query") { name } b: __type(name: "Query") { name } }`,
	`{ __schema { queryType { name } } __type(name: "Query") { name } }`,
	"{ ...A b: hello ...B } fragment A on Query { a: __schema { queryType { name } } } fragment B on Query { c: __schema { queryType { name } } }",
	"query A { __schema { queryType { name } } } query B { __schema { queryType { name } } }",
	"{ ... on Query { ...A } ... on Query { ...A } } fragment A on Query { __schema { queryType { name } } }",
}

func TestIntrospectionIsAllowedOnceADocument(t *testing.T) {
	for _, q := range once {
		params := &graphql.RawParams{Query: q, OperationName: "A"}
		ctx := graphql.StartOperationTrace(context.Background())
		_, errs := limits.Wrap(mini.New(), limits.Config{}).CreateOperationContext(ctx, params)
		if !errors.Is(errs, limits.TooLarge) {
			t.Errorf("5.4: %s: %v", q, errs)
		}
		if _, errs = limits.Wrap(mini.New(), limits.Config{Introspections: 2}).CreateOperationContext(ctx, params); strings.Contains(errs.Error(), "introspections") {
			t.Errorf("5.4: with two allowed: %s: %v", q, errs)
		}
	}
}

// values counts the values of an answer: objects, lists and scalars.
func values(v any) (n int64) {
	switch v := v.(type) {
	case map[string]any:
		for _, below := range v {
			n += values(below)
		}
	case []any:
		for _, below := range v {
			n += values(below)
		}
	default:
		return 1
	}
	return n
}

func TestIntrospectionIsPricedByWhatItAnswers(t *testing.T) {
	for _, q := range []string{
		standardIntrospection,
		"{ __schema { queryType { name } } }",
		"{ __schema { types { name } } }",
		"{ __schema { types { fields { name args { name type { name } } } } } }",
		"{ __schema { types { possibleTypes { name } interfaces { name } enumValues { name } inputFields { name } } } }",
		"{ __schema { types { fields { type { fields { name description } } } } } }",
		"{ __schema { directives { name locations args { name } } } }",
		`{ __type(name: "Query") { name fields { name args { name type { kind } } } } }`,
		`{ __type(name: "Account") { fields { type { fields { name } } } } }`,
	} {
		e := limits.Wrap(mini.New(), limits.Config{})
		ctx := graphql.StartOperationTrace(context.Background())
		op, errs := e.CreateOperationContext(ctx, &graphql.RawParams{Query: q})
		if errs != nil {
			t.Fatalf("%s: %v", q, errs)
		}
		next, run := e.DispatchOperation(ctx, op)
		var answer any
		if err := json.Unmarshal(next(run).Data, &answer); err != nil {
			t.Fatal(err)
		}
		r, _ := limits.ReportOf(op)
		if n := values(answer); r.Cost*10 < n || r.Cost > 20+n {
			t.Errorf("5.4: %.60s: %d points for %d values", q, r.Cost, n)
		}
	}
}
