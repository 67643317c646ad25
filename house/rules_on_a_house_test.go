package house_test

import (
	"fmt"
	"regexp"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The rules are tried on a small tree that breaks each of them where a comment
// "want" stands, and nowhere else.
func TestTheRulesFindWhatIsWrong(t *testing.T) {
	const broken = "testdata/house"
	tr := read(t, broken)
	tr.imports()
	tr.names()
	tr.calls()
	tr.sizes()
	tr.outside()
	tr.subtractions()
	owner := tr.owners()
	if diff := cmp.Diff(map[string]string{"Order": "order", "LedgerEntry": "ledger", "Stray": ""}, owner); diff != "" {
		t.Error(diff)
	}
	want := wanted(tr)
	tr.uses(load(t, broken), owner)
	slices.Sort(tr.faults)
	slices.Sort(want)
	if diff := cmp.Diff(want, slices.Compact(tr.faults)); diff != "" {
		t.Errorf("wanted (-) and found (+):\n%s", diff)
	}
}

var wantComment = regexp.MustCompile(`^// want (.*)$`)

func wanted(tr *tree) (all []string) {
	for _, s := range tr.files {
		for _, group := range s.file.Comments {
			for _, c := range group.List {
				if m := wantComment.FindStringSubmatch(c.Text); m != nil {
					all = append(all, fmt.Sprintf("%s:%d: %s", s.path, tr.fset.Position(c.Pos()).Line, m[1]))
				}
			}
		}
	}
	return all
}
