package server_test

import (
	"io/fs"
	"maps"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// Everything that is made on first use is made before the server is ready, so
// that no request waits for it. Add such a thing to warmUp, and here.
func TestWhatIsMadeOnDemandIsWarmedUp(t *testing.T) {
	warmed := []string{"authz.Law", "graph.asks", "identity.dummy", "invoice.builtin", "server.BuiltFrom"}
	once := regexp.MustCompile(`(?m)^(?:var |\t)(?:\w+\.)?(\w+)\s*=\s*sync\.OnceValues?\(`)
	found := map[string]bool{}
	for _, folder := range []string{"authz", "clause", "calendar", "ent", "graph", "money", "portal", "server", "text"} {
		err := fs.WalkDir(os.DirFS(".."), folder, func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") || strings.HasPrefix(name, "portaltest") {
				return err
			}
			text, err := fs.ReadFile(os.DirFS(".."), name)
			if err != nil {
				return err
			}
			for _, m := range once.FindAllSubmatch(text, -1) {
				found[path.Base(path.Dir(name))+"."+string(m[1])] = true
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if got := slices.Sorted(maps.Keys(found)); !slices.Equal(got, warmed) {
		t.Errorf("made on demand: %v, warmed up: %v", got, warmed)
	}
}
