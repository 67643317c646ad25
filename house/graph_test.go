package house_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// beside are the files of graph/ that belong to no unit: all resolvers use
// them.
var beside = []string{"cost", "generate", "list", "node", "reference", "refusals", "resolver", "schema", "values"}

// Each unit of the schema is one file that gqlgen.yml lists. Its resolvers have
// at most one file beside them, which has the same name.
func TestAConcernHasTheSameNameInTheSchemaAndInGraph(t *testing.T) {
	config, err := os.ReadFile(filepath.Join(root, "gqlgen.yml"))
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	folder := filepath.Join(root, "graph", "schema")
	err = filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		where, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		where = filepath.ToSlash(where)
		unit, isSDL := strings.CutSuffix(d.Name(), ".graphql")
		switch {
		case !isSDL || strings.Count(where, "/") > 3:
			t.Errorf("%s: the schema is graph/schema/<group>/<unit>.graphql", where)
		case found[unit] != "":
			t.Errorf("%s and %s are of one unit", found[unit], where)
		case !strings.Contains(string(config), "\n  - "+where+"\n"):
			t.Errorf("gqlgen.yml doesn't list %s", where)
		}
		found[unit] = where
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(root, "graph", "*.go"))
	if err != nil || len(files) < 2*len(beside) || len(found) < 15 {
		t.Fatalf("%d files, %d units: %v", len(files), len(found), err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".go")
		unit := strings.TrimSuffix(strings.TrimSuffix(name, "_test"), ".resolvers")
		if found[unit] == "" && !slices.Contains(beside, unit) {
			t.Errorf("graph/%s.go is of no unit of the schema", name)
		}
	}
}
