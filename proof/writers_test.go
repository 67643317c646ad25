package proof_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/executor"
	"github.com/vektah/gqlparser/v2/ast"

	"portico/authz"
	"portico/graph"
	"portico/graph/guard"
	"portico/graph/inline"
	"portico/portaltest"
)

// documentsEach is how many random documents are sent to each operation.
const documentsEach = 60

// Generated documents over every query are answered by the writers of graph/inline
// exactly as by gqlgen's own code: the same bytes, nulls, and errors at their
// paths.
func TestTheWritersAnswerAsGqlgenDoes(t *testing.T) {
	t.Parallel()
	s := newStage(portaltest.New(t, "sqlite"))
	s.a.furnish()
	exec := executor.New(graph.New(s.Portal))
	exec.AroundOperations(guard.AroundOperation)
	exec.AroundRootFields(guard.AroundRootField(s.Portal.Store))
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	visitor := authz.With(context.Background(), authz.Nobody("192.0.2.1", "test"))
	contexts := []context.Context{s.As(s.a.owner), s.As(s.a.employ("developer")), s.As(s.b.owner),
		s.As(s.Operator("compliance", "operator-finance", "catalogue")), visitor}
	sent, withErrors := 0, 0
	for n, f := range fields(published().Query) {
		r := rand.New(rand.NewPCG(seed, uint64(n)))
		for range documentsEach {
			ctx := contexts[r.IntN(len(contexts))]
			w := &writing{Rand: r, args: operations[f.Name].args(s, s.a, s.a.owner)}
			doc := w.document(f)
			ask := func(ctx context.Context) *graphql.Response {
				op, errs := exec.CreateOperationContext(graphql.StartOperationTrace(ctx), &graphql.RawParams{Query: doc, Variables: w.args})
				if errs != nil {
					t.Fatalf("seed %d: %v: %s", seed, errs, doc)
				}
				answer, ctx := exec.DispatchOperation(graphql.WithOperationContext(ctx, op), op)
				return answer(ctx)
			}
			want, got, again := ask(inline.Original(ctx)), ask(ctx), ask(inline.Original(ctx))
			sent++
			if len(want.Errors) > 0 {
				withErrors++
			}
			if !bytes.Equal(want.Data, got.Data) && !same(decoded(t, want.Data), decoded(t, got.Data), decoded(t, again.Data)) {
				t.Fatalf("seed %d: %s\n%v\ngqlgen: %s\nwriter: %s", seed, doc, w.args, want.Data, got.Data)
			}
			if a, b := messages(want), messages(got); !slices.Equal(a, b) {
				t.Fatalf("seed %d: %s\n%v\ngqlgen: %q\nwriter: %q", seed, doc, w.args, a, b)
			}
		}
	}
	t.Logf("%d documents, %d with errors", sent, withErrors)
	if sent < 900 || withErrors < sent/20 {
		t.Errorf("only %d documents were sent, %d with errors", sent, withErrors)
	}
}

func decoded(t *testing.T, data []byte) (v any) {
	t.Helper()
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatalf("no JSON: %v: %s", err, data)
	}
	return v
}

// same reports whether two answers are the same, apart from values that differ
// each time, such as the links to files: those differ in a third answer, too.
func same(a, b, again any) bool {
	switch a := a.(type) {
	case map[string]any:
		b, is := b.(map[string]any)
		c, _ := again.(map[string]any)
		if !is || len(a) != len(b) {
			return false
		}
		for k := range a {
			if !same(a[k], b[k], c[k]) {
				return false
			}
		}
		return true
	case []any:
		b, is := b.([]any)
		c, _ := again.([]any)
		if !is || len(a) != len(b) || len(a) != len(c) {
			return false
		}
		for i := range a {
			if !same(a[i], b[i], c[i]) {
				return false
			}
		}
		return true
	}
	return a == b || a != again
}

// messages are the errors of an answer, in an order that doesn't depend on
// goroutines.
func messages(r *graphql.Response) (list []string) {
	for _, e := range r.Errors {
		list = append(list, fmt.Sprintf("%s %s %v", e.Path, e.Message, e.Locations))
	}
	slices.Sort(list)
	return list
}

// writing writes a random document.
type writing struct {
	*rand.Rand
	args  map[string]any
	names int
}

// document selects of a root field, twice with some luck.
func (w *writing) document(f *ast.FieldDefinition) string {
	var variables, given []string
	for _, a := range f.Arguments {
		if _, is := w.args[a.Name]; is {
			variables = append(variables, fmt.Sprintf("$%s: %s", a.Name, a.Type))
			given = append(given, fmt.Sprintf("%s: $%s", a.Name, a.Name))
		} else if a.Name == "first" {
			given = append(given, "first: 2")
		}
	}
	body := w.field(f, "", list(given), 3)
	if w.IntN(4) == 0 {
		body += w.field(f, "again: ", list(given), 2)
	}
	return "query" + list(variables) + " { " + body + " }"
}

func (w *writing) field(f *ast.FieldDefinition, alias, arguments string, depth int) string {
	directive := ""
	if w.IntN(12) == 0 {
		directive = []string{" @include(if: true)", " @skip(if: false)", " @include(if: false)"}[w.IntN(3)]
	}
	return " " + alias + f.Name + arguments + directive + w.selection(f.Type.Name(), depth)
}

// selection selects a random part of a type, at least its name.
func (w *writing) selection(name string, depth int) string {
	d := published().Types[name]
	if d.IsLeafType() {
		return ""
	}
	b := " { __typename"
	if d.IsAbstractType() {
		if d.Fields.ForName("id") != nil {
			b += " id"
		}
		for _, p := range published().GetPossibleTypes(d) {
			if w.IntN(3) == 0 && depth > 0 {
				b += " ... on " + p.Name + w.fields(p, depth-1, true)
			}
		}
		return b + " }"
	}
	return b + strings.TrimPrefix(w.fields(d, depth, false), " {")
}

// fields selects fields of an object type: some twice, some in fragments, and with
// names of their own where other types are selected beside it.
func (w *writing) fields(d *ast.Definition, depth int, own bool) string {
	b := " { __typename"
	for _, f := range fields(d) {
		composite := published().Types[f.Type.Name()].IsCompositeType()
		required := slices.ContainsFunc(f.Arguments, func(a *ast.ArgumentDefinition) bool { return a.Type.NonNull && a.DefaultValue == nil })
		if composite && depth <= 0 && !valueTypes[f.Type.Name()] || required && asked[d.Name+"."+f.Name] == "" || w.IntN(3) == 0 {
			continue
		}
		arguments := asked[d.Name+"."+f.Name]
		if f.Arguments.ForName("first") != nil {
			arguments = "(first: 2)"
		}
		alias := ""
		if own || w.IntN(6) == 0 {
			w.names++
			alias = fmt.Sprintf("n%d: ", w.names)
		}
		one := w.field(f, alias, arguments, depth-1)
		switch w.IntN(8) {
		case 0:
			one = " ... on " + d.Name + " {" + one + " }"
		case 1:
			one += one
		}
		b += one
	}
	return b + " }"
}
