package inline_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/google/go-cmp/cmp"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"

	"portico/graph/inline"
)

// operation returns a new context of the one operation of a document.
func operation(t *testing.T, doc *ast.QueryDocument) *graphql.OperationContext {
	t.Helper()
	return &graphql.OperationContext{Doc: doc, Operation: doc.Operations[0]}
}

func parse(t *testing.T, text string) *ast.QueryDocument {
	t.Helper()
	doc, err := parser.ParseQuery(&ast.Source{Input: text})
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

var person, company = []string{"Person", "Actor"}, []string{"Company", "Actor"}

// names lists what a selection selects of a type, down to the leaves.
func names(oc *graphql.OperationContext, set ast.SelectionSet, satisfies []string) []string {
	var all []string
	for _, f := range inline.Collect(oc, set, satisfies) {
		all = append(all, f.Alias+"{"+strings.Join(names(oc, f.Selections, satisfies), " ")+"}")
	}
	return all
}

const branches = `{ a { id ... on Person { name } ...C } a { id b: name } ... on Company { a { tax } } } fragment C on Company { number }`

// Requests with one document share what it selects, each type's by itself, and get
// what gqlgen collects.
func TestCollectionsAreSharedByRequests(t *testing.T) {
	doc := parse(t, branches)
	c := &inline.Collections{}
	for _, satisfies := range [][]string{person, company} {
		plain := operation(t, doc)
		want := names(plain, doc.Operations[0].SelectionSet, satisfies)
		var group sync.WaitGroup
		for range 8 {
			group.Go(func() {
				oc := operation(t, doc)
				c.Use(context.Background(), oc)
				if diff := cmp.Diff(want, names(oc, doc.Operations[0].SelectionSet, satisfies)); diff != "" {
					t.Error(diff)
				}
			})
		}
		group.Wait()
		first, second := operation(t, doc), operation(t, doc)
		c.Use(context.Background(), first)
		c.Use(context.Background(), second)
		a, b := inline.Collect(first, doc.Operations[0].SelectionSet, satisfies), inline.Collect(second, doc.Operations[0].SelectionSet, satisfies)
		if &a[0] != &b[0] {
			t.Errorf("%v: two requests have collected the same selection", satisfies)
		}
	}
}

// A document keeps at most 500 collections; the 501st is collected anew.
func TestCollectionsAreBounded(t *testing.T) {
	text := "{"
	for i := range 500 {
		text += fmt.Sprintf(" f%d { id }", i)
	}
	doc := parse(t, text+" }")
	c := &inline.Collections{}
	same := func() (same int) {
		before, after := operation(t, doc), operation(t, doc)
		c.Use(context.Background(), before)
		c.Use(context.Background(), after)
		for _, f := range inline.Collect(before, doc.Operations[0].SelectionSet, person) {
			a, b := inline.Collect(before, f.Selections, person), inline.Collect(after, f.Selections, person)
			if len(a) != 1 || len(b) != 1 || a[0].Name != "id" || b[0].Name != "id" {
				t.Fatalf("%s: %v, %v", f.Name, a, b)
			}
			if &a[0] == &b[0] {
				same++
			}
		}
		return same
	}
	if n := same(); n != 499 { // and the root's own
		t.Errorf("%d collections are kept below the root", n)
	}
}

func TestTheOriginalCollectsByItself(t *testing.T) {
	doc := parse(t, branches)
	c := &inline.Collections{}
	first, second := operation(t, doc), operation(t, doc)
	c.Use(inline.Original(context.Background()), first)
	c.Use(inline.Original(context.Background()), second)
	a, b := inline.Collect(first, doc.Operations[0].SelectionSet, person), inline.Collect(second, doc.Operations[0].SelectionSet, person)
	if &a[0] == &b[0] {
		t.Error("the collections of the document were used")
	}
}
