package proof_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/executor"
	"github.com/99designs/gqlgen/graphql/handler/lru"
	"github.com/vektah/gqlparser/v2/ast"

	"portico/authz"
	"portico/graph"
	"portico/graph/guard"
	"portico/graph/inline"
	"portico/portaltest"
)

// The number of random documents that are sent to each operation.
const (
	documentsOfAQuery    = 60
	documentsOfAMutation = 8
)

// Generated documents over every query and mutation are answered by the writers of
// graph/inline exactly as by gqlgen's own code: the same bytes, nulls, and errors at
// their paths.
func TestTheWritersAnswerAsGqlgenDoes(t *testing.T) {
	t.Parallel()
	s := newStage(portaltest.New(t, "sqlite"))
	s.a.furnish()
	d := &differential{exec: executor.New(graph.New(s.Portal)), seed: rand.Uint64(), whole: map[string]int{}, withErrors: map[string]int{}}
	d.exec.SetQueryCache(lru.New[*ast.QueryDocument](4))
	d.exec.AroundOperations(guard.AroundOperation)
	d.exec.AroundRootFields(guard.AroundRootField(s.Portal.Store))
	d.exec.AroundFields(d.remembered)
	t.Logf("seed %d", d.seed)
	people := []context.Context{s.As(s.a.owner), s.As(s.a.employ("developer")), s.As(s.b.owner),
		s.As(s.Operator("compliance", "operator-finance", "catalogue")), authz.With(context.Background(), authz.Nobody("192.0.2.1", "test"))}
	given := map[string]map[string]any{} // made before a mutation changes what it names
	for _, name := range slices.Sorted(maps.Keys(operations)) {
		given[name] = operations[name].args(s, s.a, s.a.owner)
	}
	for _, k := range []struct {
		kind string
		of   *ast.Definition
		each int
	}{{"query", published().Query, documentsOfAQuery}, {"mutation", published().Mutation, documentsOfAMutation}} {
		for n, f := range fields(k.of) {
			r := rand.New(rand.NewPCG(d.seed, uint64(n)))
			for range k.each {
				who := people[max(0, r.IntN(2*len(people))-len(people))] // every second document is the owner's
				p := *authz.From(who)                                    // a mutation may change it
				w := &writing{Rand: r, args: given[f.Name]}
				d.compare(t, authz.With(who, &p), k.kind, w.document(f), w.args)
			}
		}
	}
	t.Logf("without errors: %v, with errors: %v", d.whole, d.withErrors)
	for kind, least := range map[string]int{"query": 400, "mutation": 60} {
		if d.whole[kind] < least || d.withErrors[kind] < least/4 {
			t.Errorf("only %d documents of a %s were answered without errors, %d with errors", d.whole[kind], kind, d.withErrors[kind])
		}
	}
}

// differential sends documents to gqlgen's own code and to the writers.
type differential struct {
	exec *executor.Executor
	seed uint64
	// whole and withErrors count the documents that were answered without and with
	// errors, by kind of operation.
	whole, withErrors map[string]int
	done              map[string]done // by the path of the root field
}

// done is the outcome of a mutation.
type done struct {
	value any
	err   error
}

// remembered runs the mutations of a document once: every answer shows the same
// outcome, and what the mutations left behind.
func (d *differential) remembered(ctx context.Context, next graphql.Resolver) (any, error) {
	fc := graphql.GetFieldContext(ctx)
	if fc.Object != "Mutation" {
		return next(ctx)
	}
	path := fc.Path().String()
	was, is := d.done[path]
	if !is {
		was.value, was.err = next(ctx)
		d.done[path] = was
	}
	return was.value, was.err
}

// compare asks gqlgen's own code and the writers, each twice. The writers keep between
// the requests what the document selects. A mutation is sent once more before, which
// is when it takes effect.
func (d *differential) compare(t *testing.T, ctx context.Context, kind, body string, args map[string]any) {
	t.Helper()
	doc := kind + body
	d.done = map[string]done{}
	kept := &inline.Collections{}
	ask := func(ctx context.Context) *graphql.Response {
		op, errs := d.exec.CreateOperationContext(graphql.StartOperationTrace(ctx), &graphql.RawParams{Query: doc, Variables: args})
		if errs != nil {
			t.Fatalf("seed %d: %v: %s", d.seed, errs, doc)
		}
		if !strings.Contains(doc, "@skip") && !strings.Contains(doc, "@include") {
			kept.Use(ctx, op)
		}
		answer, ctx := d.exec.DispatchOperation(graphql.WithOperationContext(ctx, op), op)
		return answer(ctx)
	}
	original := inline.Original(ctx)
	if kind == "mutation" {
		ask(original)
	}
	want, got, twice, again := ask(original), ask(ctx), ask(ctx), ask(original)
	if len(want.Errors) > 0 {
		d.withErrors[kind]++
	} else {
		d.whole[kind]++
	}
	for _, got := range []*graphql.Response{got, twice} {
		if !bytes.Equal(want.Data, got.Data) && !same(decoded(t, want.Data), decoded(t, got.Data), decoded(t, again.Data)) {
			t.Fatalf("seed %d: %s\n%v\ngqlgen: %s\nwriter: %s", d.seed, doc, args, want.Data, got.Data)
		}
		if a, b := messages(want), messages(got); !slices.Equal(a, b) {
			t.Fatalf("seed %d: %s\n%v\ngqlgen: %q\nwriter: %q", d.seed, doc, args, a, b)
		}
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
		list = append(list, fmt.Sprintf("%s %s %v %v %T", e.Path, e.Message, e.Locations, e.Extensions, e.Err))
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

// document selects of a root field, twice with some luck. It is without the kind of
// operation.
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
	return list(variables) + " { " + body + " }"
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

// What is selected follows each request's variables, also of a document that is known.
func TestASelectionFollowsItsVariables(t *testing.T) {
	t.Parallel()
	w := portaltest.New(t, "sqlite")
	a := w.Owner("Variables")
	const doc = `query($id: ID!, $with: Boolean!) { account(id: $id) { ... on Account @include(if: $with) { name } id @skip(if: $with) } }`
	for i, with := range []bool{true, false, true} {
		got := w.Send(a, doc, map[string]any{"id": a.AccountID, "with": with})
		account, _ := got.Data["account"].(map[string]any)
		if _, has := account["name"]; has != with || len(account) != 1 {
			t.Errorf("request %d, %t: %v %v", i, with, account, got.Errors)
		}
	}
}
