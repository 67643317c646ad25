// Command reuse goes over the queries that ent has generated, so that a query scans
// its rows into their fields, or into variables that all rows share: ent makes new
// ones for every row, and copies out of them. It runs right after ent, and fails if
// ent's output has another form.
package main

import (
	"bytes"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

var perRow = regexp.MustCompile(`_spec\.ScanValues = func\(columns \[\]string\) \(\[\]any, error\) \{
		return \(\*(\w+)\)\.scanValues\(nil, columns\)
	\}
	_spec\.Assign = func\(columns \[\]string, values \[\]any\) error \{
		node := &\w+\{config: _q\.config\}
		nodes = append\(nodes, node\)
		return node\.assignValues\(columns, values\)
	\}
`)

const once = "_spec.ScanValues, _spec.Assign = scanRows(%[2]s.Columns, &nodes, func() *%[1]s { return &%[1]s{config: _q.config} })\n"

func main() {
	files, err := filepath.Glob("db/*_query.go")
	if err != nil {
		log.Fatal(err)
	}
	for _, path := range files {
		if err := reuse(path); err != nil {
			log.Fatal(err)
		}
	}
	if len(files) == 0 {
		log.Fatal("reuse: there are no queries in db")
	}
}

func reuse(path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	changed := perRow.ReplaceAllFunc(text, func(found []byte) []byte {
		name := string(perRow.FindSubmatch(found)[1])
		return fmt.Appendf(nil, once, name, strings.ToLower(name))
	})
	if bytes.Equal(changed, text) {
		return fmt.Errorf("reuse: %s scans in another way", path)
	}
	return os.WriteFile(path, changed, 0o644)
}
