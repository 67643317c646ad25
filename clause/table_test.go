package clause_test

import (
	"fmt"
	"testing"

	"portico/clause"
)

// chapters is the number of items of each numbered chapter of the agreement; 0
// is a chapter that is cited as a whole.
var chapters = []struct{ chapter, items int }{
	{0, 0}, {1, 6}, {2, 4}, {3, 9}, {4, 12}, {5, 13}, {6, 3}, {7, 6}, {8, 0}, {9, 8}, {10, 3}, {11, 0}, {12, 4}, {13, 4},
}

func TestTableHoldsEveryClauseOnceAndInOrder(t *testing.T) {
	var want []clause.Ref
	for _, c := range chapters {
		if c.items == 0 {
			want = append(want, clause.Ref(fmt.Sprint(c.chapter)))
		}
		for i := 1; i <= c.items; i++ {
			want = append(want, clause.Ref(fmt.Sprintf("%d.%d", c.chapter, i)))
		}
	}
	if len(clause.Table) != len(want) {
		t.Fatalf("the table has %d clauses, the agreement %d", len(clause.Table), len(want))
	}
	for i, c := range clause.Table {
		if c.Ref != want[i] {
			t.Errorf("place %d: %s instead of %s", i, c.Ref, want[i])
		}
		if c.Title.ZH == "" || c.Title.EN == "" {
			t.Errorf("%s lacks a title", c.Ref)
		}
		switch c.Kind {
		case clause.Enforced, clause.Recorded, clause.Words:
		default:
			t.Errorf("%s has the kind %q", c.Ref, c.Kind)
		}
	}
}

func TestLookup(t *testing.T) {
	if c, ok := clause.Lookup("5.12"); !ok || c.Kind != clause.Recorded {
		t.Errorf("5.12: %v %v", c, ok)
	}
	for _, r := range []clause.Ref{"", "1", "1.7", "5.14", "8.1", "11.2", "14"} {
		if _, ok := clause.Lookup(r); ok {
			t.Errorf("%q is no clause, yet found", r)
		}
	}
}

func TestKindsOfClausesThatAreTwoThings(t *testing.T) {
	for _, r := range []clause.Ref{"1.2", "4.2"} {
		if c, _ := clause.Lookup(r); c.Kind != clause.Enforced {
			t.Errorf("%s is %s; the stronger kind is enforced", r, c.Kind)
		}
	}
}

func TestEveryRefusalRestsOnAClauseThatExists(t *testing.T) {
	for code, r := range clause.All() {
		if _, ok := clause.Lookup(r.Clause); r.Clause != "" && !ok {
			t.Errorf("%s rests on %q", code, r.Clause)
		}
	}
}
