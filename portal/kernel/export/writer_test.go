package export

import (
	"bytes"
	"encoding/csv"
	"strings"
	"testing"

	"portico/ent/db/export"
)

func TestCellsAreNoFormulas(t *testing.T) {
	for cell, want := range map[string]string{
		"":                        "",
		"Acme":                    "Acme",
		"a=1":                     "a=1",
		"{\"a\":1}":               "{\"a\":1}",
		"=HYPERLINK(\"x\")":       "'=HYPERLINK(\"x\")",
		"+86":                     "'+86",
		"-1":                      "'-1",
		"@SUM(A1)":                "'@SUM(A1)",
		"\t=1":                    "'\t=1",
		"\r=1":                    "'=1", // the end of a line in a cell is a line feed
		"\n=1":                    "'\n=1",
		"＝1":                      "'＝1",
		"＋1":                      "'＋1",
		"－1":                      "'－1",
		"＠1":                      "'＠1",
		"one, \"two\"\nand three": "one, \"two\"\nand three",
	} {
		var b bytes.Buffer
		w, err := newWriter(export.FormatCSV, []string{"cell", "end"}, &b)
		if err == nil {
			err = w.Row(cell, "end")
		}
		if err == nil {
			err = w.Flush()
		}
		if err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(b.String(), byteOrderMark))).ReadAll()
		if err != nil || len(rows) != 2 || rows[1][0] != want || rows[1][1] != "end" {
			t.Errorf("%q: %q, %v", cell, rows, err)
		}
	}
}
