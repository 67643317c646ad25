package house_test

import (
	"flag"
	"fmt"
	"go/doc"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the pages that are made from the source")

// page returns portal/README.md: one line for each group and unit, from the
// table of units and the comments of the packages.
func page(t *testing.T, tr *tree) string {
	t.Helper()
	about := map[string]string{}
	for _, s := range tr.files {
		if text := s.file.Doc.Text(); !s.test && strings.HasPrefix(text, "Package "+s.file.Name.Name+" ") {
			about[s.dir] = new(doc.Package).Synopsis(text)
		}
	}
	var b strings.Builder
	b.WriteString(`# portal

The rules of the portal. portal.go assembles it, jobs.go lists what falls due; everything else is a unit, a noun of the field that owns its entities. Groups and units stand in order: a unit uses only what stands above it, and of that what its row names; every unit may use the kernel. The table is house/rules_test.go, and ` + "`go test ./house`" + ` holds the source to it. [docs/architecture.md](../docs/architecture.md) says how a request passes through a unit, and how a new operation or entity is added.

This page is made from the comments of the packages: ` + "`go test ./house -run TestThePageOfUnits -update`" + `.
`)
	for _, g := range groups {
		fmt.Fprintf(&b, "\n## %s\n\n%s\n\n| unit | what it does | uses, beside the kernel |\n|---|---|---|\n", g.name, g.about)
		for _, u := range g.units {
			dir := unitsByName[u.name].path()
			text := about[dir]
			if text == "" {
				t.Errorf("%s has no package comment", dir)
			}
			rest := strings.TrimPrefix(text, "Package "+u.name+" ")
			link, err := filepath.Rel("portal", dir)
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(&b, "| [%s](%s) | %s | %s |\n", u.name, filepath.ToSlash(link), rest, strings.Join(u.uses, ", "))
		}
	}
	return b.String()
}

func TestThePageOfUnitsIsMadeFromTheSource(t *testing.T) {
	want := page(t, read(t, root))
	path := filepath.Join(root, "portal", "README.md")
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("portal/README.md differs from the source (-want +got); run it with -update:\n%s", diff)
	}
}
