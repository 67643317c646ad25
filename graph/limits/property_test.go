package limits_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
	"pgregory.net/rapid"

	"portico/graph/limits"
	"portico/graph/limits/testdata/mini"
)

// below lists what each field of the test schema can select; "" is a leaf.
var below = map[string]map[string]string{
	"Query":           {"hello": "", `account(id: "1")`: "Account", `node(id: "1")`: "Node"},
	"Node":            {"id": "", "__typename": ""},
	"Account":         {"id": "", "name": "", "parent": "Account", "orders": "OrderConnection", "orders(first: 3)": "OrderConnection", "orders(last: $n)": "OrderConnection"},
	"OrderConnection": {"totalCount": "", "nodes": "Order", "edges": "OrderEdge"},
	"OrderEdge":       {"cursor": "", "node": "Order"},
	"Order":           {"id": "", "total @skip(if: false)": "", "t: total": "", "account": "Account"},
}

var fieldsOf = func() map[string][]string {
	sorted := map[string][]string{}
	for name, fields := range below {
		for field := range fields {
			sorted[name] = append(sorted[name], field)
		}
	}
	return sorted
}()

// twin writes a selection twice: with fragments, and without.
type twin struct {
	t     *rapid.T
	named []string
	// ready holds the fragments made so far, by type: name and text without
	// fragments.
	ready map[string][][2]string
}

func (w *twin) set(on string, depth int) (folded, plain string) {
	var f, p strings.Builder
	for range rapid.IntRange(1, 4).Draw(w.t, "width") {
		a, b := w.one(on, depth)
		f.WriteString(a + " ")
		p.WriteString(b + " ")
	}
	return "{ " + f.String() + "}", "{ " + p.String() + "}"
}

func (w *twin) one(on string, depth int) (folded, plain string) {
	switch rapid.IntRange(0, 5).Draw(w.t, "kind") {
	case 0: // a new fragment
		if depth > 0 {
			a, b := w.set(on, depth-1)
			name := fmt.Sprintf("F%d", len(w.named))
			w.named = append(w.named, fmt.Sprintf("fragment %s on %s %s", name, on, a))
			w.ready[on] = append(w.ready[on], [2]string{name, b})
			return "..." + name, b[1 : len(b)-1]
		}
	case 1: // an existing fragment
		if known := w.ready[on]; len(known) > 0 {
			k := rapid.SampledFrom(known).Draw(w.t, "again")
			return "..." + k[0], k[1][1 : len(k[1])-1]
		}
	case 2: // an inline fragment
		if depth > 0 {
			a, b := w.set(on, depth-1)
			return "... on " + on + " " + a, b[1 : len(b)-1]
		}
	}
	field := rapid.SampledFrom(fieldsOf[on]).Draw(w.t, "field")
	of := below[on][field]
	if of == "" {
		return field, field
	}
	if depth == 0 {
		return "__typename", "__typename"
	}
	a, b := w.set(of, depth-1)
	return field + " " + a, field + " " + b
}

// 5.4: a query costs the same with and without fragments, in every figure
// except the number of fragments.
func TestFragmentsChangeNoFigure(t *testing.T) {
	schema := mini.New().Schema()
	measure := func(t *rapid.T, query string, n int64) (limits.Figures, int64) {
		doc, err := parser.ParseQuery(&ast.Source{Input: query})
		if err != nil {
			t.Fatalf("%v\n%s", err, query)
		}
		vars := map[string]any{"n": n}
		return limits.Measure(schema, doc), limits.Cost(schema, limits.Config{}, doc, doc.Operations[0], vars)
	}
	rapid.Check(t, func(t *rapid.T) {
		w := &twin{t: t, ready: map[string][][2]string{}}
		folded, plain := w.set("Query", rapid.IntRange(1, 6).Draw(t, "depth"))
		n := rapid.Int64Range(0, 100).Draw(t, "n")
		fa, ca := measure(t, "query($n: Int) "+folded+"\n"+strings.Join(w.named, "\n"), n)
		fb, cb := measure(t, "query($n: Int) "+plain, n)
		if fa.Fragments < int64(len(w.named)) {
			t.Errorf("%d fragments, counted %d", len(w.named), fa.Fragments)
		}
		fa.Fragments, fb.Fragments = 0, 0
		if fa != fb || ca != cb {
			t.Errorf("with fragments %+v cost %d, without %+v cost %d\n%s\n%s", fa, ca, fb, cb, folded, plain)
		}
	})
}
