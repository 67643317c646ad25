package invoice

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"unicode/utf16"
)

var (
	errPDF = errors.New("invoice: not the document that was expected")
	// ranges matches the lines of gopdf's map from glyphs to characters.
	ranges = regexp.MustCompile(`(?m)^<([0-9A-F]{4})><[0-9A-F]{4}><([0-9A-F]+)>$`)
	start  = regexp.MustCompile(`startxref\n(\d+)\n%%EOF\n$`)
	entry  = regexp.MustCompile(`(?m)^(\d{10}) 00000 n $`)
)

// mapMark is contained in objects that map glyphs to characters.
const mapMark = "/CMapName /Adobe-Identity-UCS def"

// searchable rewrites the maps from glyphs to characters of a gopdf document to
// follow the standard: a character beyond U+FFFF becomes two UTF-16 units
// (gopdf writes its code point, which no reader understands), and a section has
// at most a hundred entries.
func searchable(pdf []byte) ([]byte, error) {
	at := start.FindSubmatch(pdf)
	if at == nil {
		return nil, errPDF
	}
	table, err := strconv.Atoi(string(at[1]))
	if err != nil || table > len(pdf) {
		return nil, errPDF
	}
	entries := entry.FindAllSubmatch(pdf[table:], -1)
	trailer := bytes.Index(pdf[table:], []byte("trailer\n"))
	if len(entries) == 0 || trailer < 0 {
		return nil, errPDF
	}
	offsets := make([]int, len(entries)+1)
	for i, e := range entries {
		if offsets[i], err = strconv.Atoi(string(e[1])); err != nil {
			return nil, err
		}
	}
	offsets[len(entries)] = table
	var out bytes.Buffer
	out.Write(pdf[:offsets[0]])
	var refs bytes.Buffer
	fmt.Fprintf(&refs, "xref\n0 %d\n0000000000 65535 f \n", len(entries)+1)
	for i := range entries {
		if offsets[i] > offsets[i+1] {
			return nil, errPDF
		}
		object := pdf[offsets[i]:offsets[i+1]]
		fmt.Fprintf(&refs, "%010d 00000 n \n", out.Len())
		if !bytes.Contains(object, []byte(mapMark)) {
			out.Write(object)
			continue
		}
		fmt.Fprintf(&out, "%d 0 obj\n%sendobj\n", i+1, characterMap(ranges.FindAllSubmatch(object, -1)))
	}
	whole := out.Len()
	out.Write(refs.Bytes())
	end := bytes.LastIndex(pdf, []byte("startxref\n"))
	out.Write(pdf[table+trailer : end])
	fmt.Fprintf(&out, "startxref\n%d\n%%%%EOF\n", whole)
	return out.Bytes(), nil
}

// section is the maximum number of glyphs in one section of a map.
const section = 100

// characterMap returns the stream that maps glyphs to characters.
func characterMap(lines [][][]byte) []byte {
	var m bytes.Buffer
	m.WriteString("/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n" +
		"/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def\n" +
		mapMark + "\n/CMapType 2 def\n1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n")
	for len(lines) > 0 {
		n := min(section, len(lines))
		fmt.Fprintf(&m, "%d beginbfchar\n", n)
		for _, l := range lines[:n] {
			point, err := strconv.ParseUint(string(l[2]), 16, 32)
			if err != nil {
				point = '?'
			}
			fmt.Fprintf(&m, "<%s> <", l[1])
			for _, unit := range utf16.Encode([]rune{rune(point)}) {
				fmt.Fprintf(&m, "%04X", unit)
			}
			m.WriteString(">\n")
		}
		m.WriteString("endbfchar\n")
		lines = lines[n:]
	}
	m.WriteString("endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n")
	return fmt.Appendf(nil, "<<\n/Length %d\n>>\nstream\n%sendstream\n", m.Len(), m.Bytes())
}
