package clause_test

import (
	"errors"
	"io"
	"testing"

	"portico/clause"
)

func TestACheckReportsEverythingThatIsWrong(t *testing.T) {
	var none clause.Check
	none.Add(nil)
	if err := none.Err(); err != nil {
		t.Errorf("nothing is wrong: %v", err)
	}
	var one clause.Check
	one.Add(clause.Invalid.At("name"))
	if r, ok := one.Err().(clause.Refusal); !ok || r.Field[1] != "name" {
		t.Errorf("one refusal is itself: %v", one.Err())
	}
	var several clause.Check
	several.Add(clause.Invalid.At("name"))
	several.Add(nil)
	several.Add(clause.Refusals{clause.NotFound.At("planId"), clause.Invalid.At("term")})
	err := several.Err()
	if l := clause.Refused(err); len(l) != 3 || l[0].Field[1] != "name" || l[1].Code != clause.NotFound.Code || l[2].Field[1] != "term" {
		t.Errorf("each in its place: %v", l)
	}
	var first clause.Refusal
	if !errors.Is(err, clause.Invalid) || !errors.Is(err, clause.NotFound) || errors.Is(err, clause.Throttled) || !errors.As(err, &first) || first.Field[1] != "name" {
		t.Errorf("it is each of them, and the first: %v", err)
	}
	for _, worse := range []error{io.EOF, clause.Throttled} {
		c := several
		c.Add(worse)
		c.Add(clause.Invalid.At("more"))
		if err := c.Err(); !errors.Is(err, worse) || errors.Is(err, clause.Invalid) {
			t.Errorf("what breaks or throttles ends it: %v", err)
		}
	}
	if l := clause.Refused(io.EOF); len(l) != 0 {
		t.Errorf("no refusal: %v", l)
	}
}
