// Command reuse goes over the queries that ent has generated, so that a query scans
// all its rows into the same variables: ent makes new ones for every row, and
// copies out of them. It runs right after ent, and fails if ent's output has
// another form.
package main

import (
	"bytes"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"regexp"
)

var perRow = regexp.MustCompile(`_spec\.ScanValues = func\(columns \[\]string\) \(\[\]any, error\) \{\n\t\treturn \(\*(\w+)\)\.scanValues\(nil, columns\)\n\t\}`)

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
	changed := perRow.ReplaceAll(text, []byte("_spec.ScanValues = scanOnce((*$1).scanValues)"))
	if bytes.Equal(changed, text) {
		return fmt.Errorf("reuse: %s scans in another way", path)
	}
	return os.WriteFile(path, changed, 0o644)
}
