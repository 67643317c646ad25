package house_test

import (
	"go/build"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The files that change the agreement for `make mutants` are built with the tag
// mutants only.
func TestAProgramForCustomersKnowsNoMutants(t *testing.T) {
	tr := read(t, root)
	tagged := build.Default
	tagged.BuildTags = []string{"mutants"}
	found := 0
	for _, s := range tr.files {
		if s.test || strings.HasPrefix(s.path, "cmd/mutants/") {
			continue
		}
		at := filepath.Join(tr.root, s.path)
		text, err := os.ReadFile(at)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(text), "PORTICO_MUTANT") && !strings.Contains(string(text), "PORTICO_FIGURES_READ") && !strings.Contains(string(text), "clause.Mutant(") {
			continue
		}
		found++
		always, err := build.Default.MatchFile(filepath.Dir(at), filepath.Base(at))
		if err != nil {
			t.Fatal(err)
		}
		with, err := tagged.MatchFile(filepath.Dir(at), filepath.Base(at))
		if err != nil {
			t.Fatal(err)
		}
		if always || !with {
			t.Errorf("%s: built without the tag: %v, with it: %v", s.path, always, with)
		}
	}
	if found < 3 {
		t.Errorf("%d files change the agreement; clause, authz and portal/offer/catalog have one each", found)
	}
}
