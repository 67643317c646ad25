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

// Seller is who issues invoices: the provider's contracting body.
type Seller struct {
	Name string
	// Number is its unified social credit code.
	Number string
}

// DemoSeller issues the invoices of a sandbox; nobody is called so.
var DemoSeller = Seller{Name: "柏廊通信（北京）有限公司", Number: "91110108MA01PTKC5J"}

// Printer prints invoices: for one seller, in the fonts that are loaded.
type Printer struct {
	seller Seller
	more   []*face
	// slots bound how many are printed at once, each in some tens of megabytes.
	slots chan struct{}
	// printing holds for whom one is printed now.
	printing sync.Map
}

// printers is how many invoices are printed at once.
const printers = 2

// face is one font.
type face struct {
	name string
	font gopdf.SubsetFontObj
	// container hands the parsed font to each document.
	container gopdf.FontContainer
}

// builtin is the font that is always there, parsed when first needed.
var builtin = sync.OnceValues(func() (*face, error) { return newFace("NotoSansSC", fontData) })

// WarmUp reads the font that the first document would wait for. It fails where
// [Printer] would.
func WarmUp() error {
	_, err := builtin()
	return err
}

// NewPrinter makes a printer of a seller and further TrueType fonts, each the bytes
// of a file, in which a character is looked for in order once Noto Sans SC
// doesn't have it. It fails on what is no TrueType font.
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

// newFace parses a font. The library that does so panics on some that are
// broken.
func newFace(name string, data []byte) (f *face, err error) {
	defer func() {
		if r := recover(); r != nil {
			f, err = nil, fmt.Errorf("no TrueType font that can be read: %v", r)
		}
	}()
	f = &face{name: name}
	f.font.SetFamily(name)
	if err := f.font.SetTTFData(data); err != nil {
		return nil, fmt.Errorf("no TrueType font that can be read: %w", err)
	}
	if err := f.container.AddTTFFontData(name, data); err != nil {
		return nil, err
	}
	f.has('一') // panics here rather than at a customer's request
	f.has('\U0002B5AF')
	for name, table := range f.font.GetTTFParser().GetTables() {
		if table.Offset+table.Length > uint(len(data)) {
			return nil, fmt.Errorf("a TrueType font whose table %s is cut off", name)
		}
	}
	return f, nil
}

// has tells whether the font draws a character. What can't be seen, what isn't
// assigned for ever and what stands for a broken text has no glyph, whatever a
// font says.
func (f *face) has(r rune) bool {
	if unicode.In(r, unicode.Cc, unicode.Cf, unicode.Cs) || r == unicode.ReplacementChar || r&0xFFFE == 0xFFFE || r >= 0xFDD0 && r <= 0xFDEF {
		return false
	}
	glyph, err := f.font.CharCodeToGlyphIndex(r)
	return err == nil && glyph != 0
}

// faces are the printer's fonts in the order in which they are tried.
func (p *Printer) faces() []*face {
	f, err := builtin()
	if err != nil { // the embedded file is what it is: a test reads it
		panic(err)
	}
	return append([]*face{f}, p.more...)
}

// missing are the characters of texts that no loaded font has, each once, in
// their order.
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

// run is a piece of a text in one font.
type run struct {
	face *face
	text string
}

// runs cuts a text where its font changes. What no font has is left to the
// first, which draws a box: such a text was refused before.
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
