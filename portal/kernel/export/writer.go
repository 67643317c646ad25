package export

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"io"
	"strings"

	"portico/ent/db/export"
)

// Writer writes the records of one file.
type Writer struct {
	// Format is the format of the file.
	Format export.Format
	out    *bufio.Writer
	table  *csv.Writer
	lines  *json.Encoder
}

// byteOrderMark begins a CSV file: without it, spreadsheets read UTF-8 in the
// encoding of the machine.
const byteOrderMark = "\uFEFF"

func newWriter(format export.Format, columns []string, to io.Writer) (*Writer, error) {
	w := &Writer{Format: format, out: bufio.NewWriterSize(to, 32<<10)}
	if format == export.FormatCSV {
		w.table = csv.NewWriter(w.out)
		w.table.UseCRLF = true // RFC 4180
		if _, err := w.out.WriteString(byteOrderMark); err != nil {
			return nil, err
		}
		return w, w.table.Write(columns)
	}
	w.lines = json.NewEncoder(w.out)
	w.lines.SetEscapeHTML(false)
	return w, nil
}

// Row writes a record in CSV: one text for each column. A text that a spreadsheet would
// take for a formula is made safe.
func (w *Writer) Row(cells ...string) error {
	for i, c := range cells {
		cells[i] = inert(c)
	}
	return w.table.Write(cells)
}

// Line writes a record as a line of JSON.
func (w *Writer) Line(record any) error { return w.lines.Encode(record) }

// Flush sends what was written so far.
func (w *Writer) Flush() error {
	if w.table != nil {
		w.table.Flush()
		if err := w.table.Error(); err != nil {
			return err
		}
	}
	return w.out.Flush()
}

// inert puts an apostrophe before a text that a spreadsheet would take for a formula:
// one that begins with =, +, -, @, a tab or the end of a line, as itself or in full
// width (OWASP, CSV injection).
func inert(cell string) string {
	if strings.IndexAny(cell, "=+-@\t\r\n＝＋－＠") == 0 {
		return "'" + cell
	}
	return cell
}
