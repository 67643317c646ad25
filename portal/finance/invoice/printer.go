package invoice

import (
	_ "embed"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"unicode"

	"github.com/signintech/gopdf"
)

// fontData is Noto Sans SC Regular, unmodified, under the SIL Open Font
// License (font/OFL.txt).
//
//go:embed font/NotoSansSC_400Regular.ttf
var fontData []byte

// Seller is the provider's legal entity that issues invoices.
type Seller struct {
	Name string
	// Number is its unified social credit code.
	Number string
}

// DemoSeller is the fictitious seller of a sandbox.
var DemoSeller = Seller{Name: "柏廊通信（北京）有限公司", Number: "91110108MA01PTKC5J"}

// Printer prints the invoices of one seller with the loaded fonts.
type Printer struct {
	seller Seller
	more   []*face
	// slots limits the number of invoices that are printed at once; each takes
	// some tens of megabytes.
	slots chan struct{}
	// printing holds the principals for whom an invoice is being printed.
	printing sync.Map
}

// printers is the number of invoices that can be printed at once.
const printers = 2

// face is one font.
type face struct {
	name string
	font gopdf.SubsetFontObj
	// container gives the parsed font to each document.
	container gopdf.FontContainer
}

// builtin is the embedded font, parsed when it is first needed.
var builtin = sync.OnceValues(func() (*face, error) { return newFace("NotoSansSC", fontData) })

// WarmUp parses the embedded font, so that the first document needn't wait for
// it. It fails if [Printer] would fail.
func WarmUp() error {
	_, err := builtin()
	return err
}

// NewPrinter returns a printer for a seller, with further TrueType fonts, each
// the bytes of a file. A character that Noto Sans SC lacks is looked up in them
// in order. It fails if one isn't a TrueType font.
func NewPrinter(seller Seller, fonts ...[]byte) (*Printer, error) {
	p := &Printer{seller: seller, slots: make(chan struct{}, printers)}
	for i, data := range fonts {
		f, err := newFace("Further"+strconv.Itoa(i+1), data)
		if err != nil {
			return nil, fmt.Errorf("font %d: %w", i+1, err)
		}
		p.more = append(p.more, f)
	}
	return p, nil
}

// newFace parses a font. The library panics on some broken fonts; newFace
// returns an error.
func newFace(name string, data []byte) (f *face, err error) {
	defer func() {
		if r := recover(); r != nil {
			f, err = nil, fmt.Errorf("not a readable TrueType font: %v", r)
		}
	}()
	f = &face{name: name}
	f.font.SetFamily(name)
	if err := f.font.SetTTFData(data); err != nil {
		return nil, fmt.Errorf("not a readable TrueType font: %w", err)
	}
	if err := f.container.AddTTFFontData(name, data); err != nil {
		return nil, err
	}
	f.has('一') // if it panics, then here rather than in a customer's request
	f.has('\U0002B5AF')
	for name, table := range f.font.GetTTFParser().GetTables() {
		if table.Offset+table.Length > uint(len(data)) {
			return nil, fmt.Errorf("a TrueType font with a truncated table %s", name)
		}
	}
	return f, nil
}

// has reports whether the font draws a character. Invisible characters,
// noncharacters and the replacement character have no glyph, regardless of the
// font.
func (f *face) has(r rune) bool {
	if unicode.In(r, unicode.Cc, unicode.Cf, unicode.Cs) || r == unicode.ReplacementChar || r&0xFFFE == 0xFFFE || r >= 0xFDD0 && r <= 0xFDEF {
		return false
	}
	glyph, err := f.font.CharCodeToGlyphIndex(r)
	return err == nil && glyph != 0
}

// faces returns the printer's fonts in the order in which they are tried.
func (p *Printer) faces() []*face {
	f, err := builtin()
	if err != nil { // can't happen: a test reads the embedded file
		panic(err)
	}
	return append([]*face{f}, p.more...)
}

// missing returns the characters of texts that no loaded font has, each once,
// in order of appearance.
func (p *Printer) missing(texts ...string) []rune {
	var missing []rune
	faces := p.faces()
	for _, text := range texts {
		for _, r := range text {
			if !slices.ContainsFunc(faces, func(f *face) bool { return f.has(r) }) {
				missing = append(missing, r)
			}
		}
	}
	slices.Sort(missing)
	return slices.Compact(missing)
}

// run is a part of a text in one font.
type run struct {
	face *face
	text string
}

// runs divides a text where its font changes. A character that no font has goes
// to the first font, which draws a box; texts with such characters were refused
// before.
func runs(faces []*face, text string) []run {
	var all []run
	for _, r := range text {
		i := max(0, slices.IndexFunc(faces, func(f *face) bool { return f.has(r) }))
		if n := len(all); n > 0 && all[n-1].face == faces[i] {
			all[n-1].text += string(r)
		} else {
			all = append(all, run{faces[i], string(r)})
		}
	}
	return all
}
