package invoice

import (
	"strings"
	"unicode/utf8"

	"github.com/signintech/gopdf"
)

// canvas draws on A4 pages. Lengths are in points, from the left and the top.
// After the first error, which is kept, nothing more is drawn.
type canvas struct {
	gp    gopdf.GoPdf
	faces []*face
	err   error
}

// An A4 page and its margins.
const (
	left, right = 42.0, 553.0
	top, bottom = 42.0, 800.0
	leading     = 1.45 // line height, in units of the font size
)

// newCanvas starts a document with the given fonts.
func newCanvas(faces []*face) *canvas {
	p := &canvas{faces: faces}
	p.gp.Start(gopdf.Config{PageSize: *gopdf.PageSizeA4})
	for _, f := range faces {
		p.note(p.gp.AddTTFFontFromFontContainer(f.name, &f.container))
	}
	return p
}

func (p *canvas) note(err error) {
	if p.err == nil {
		p.err = err
	}
}

// text draws a line with its baseline at y, and returns the x of its end.
func (p *canvas) text(x, y, size float64, text string) float64 {
	for _, r := range runs(p.faces, text) {
		if p.err != nil {
			return x
		}
		p.note(p.gp.SetFont(r.face.name, "", size))
		w, err := p.gp.MeasureTextWidth(r.text)
		p.note(err)
		p.gp.SetXY(x, y)
		p.note(p.gp.Text(r.text))
		x += w
	}
	return x
}

// toRight draws a line that ends at x.
func (p *canvas) toRight(x, y, size float64, text string) {
	p.text(x-p.width(size, text), y, size, text)
}

// centred draws a line centred at x.
func (p *canvas) centred(x, y, size float64, text string) {
	p.text(x-p.width(size, text)/2, y, size, text)
}

// block draws lines below each other, the first baseline at y.
func (p *canvas) block(x, y, size float64, lines []string) {
	for i, l := range lines {
		p.text(x, y+float64(i)*size*leading, size, l)
	}
}

// width returns the width of a line.
func (p *canvas) width(size float64, text string) float64 {
	sum := 0.0
	for _, r := range runs(p.faces, text) {
		p.note(p.gp.SetFont(r.face.name, "", size))
		w, err := p.gp.MeasureTextWidth(r.text)
		p.note(err)
		sum += w
	}
	return sum
}

// closing lists the characters that can't begin a line.
const closing = "，。、；：！？）】》」』”’,.;:!?)]}%"

// wrap breaks a text into lines of at most the given width: after a space or
// next to an ideograph, not before a closing character, and within a word only
// if the word is longer than a line.
func (p *canvas) wrap(size, width float64, text string) []string {
	var lines []string
	line, breakAt, used := "", 0, 0.0
	var before rune
	for _, r := range text {
		w := p.width(size, string(r))
		if line != "" && (before == ' ' || ideographic(r) || ideographic(before)) && !strings.ContainsRune(closing, r) && r != ' ' {
			breakAt = len(line)
		}
		if used+w > width && line != "" && r != ' ' {
			if breakAt == 0 {
				breakAt = len(line)
			}
			lines = append(lines, strings.TrimRight(line[:breakAt], " "))
			line = strings.TrimLeft(line[breakAt:], " ")
			used, breakAt = p.width(size, line), 0
		}
		line += string(r)
		used += w
		before = r
	}
	if line != "" || len(lines) == 0 {
		lines = append(lines, line)
	}
	return lines
}

func ideographic(r rune) bool { return r >= 0x2E80 && utf8.ValidRune(r) }

// colour sets the colour of texts and lines.
func (p *canvas) colour(r, g, b uint8) {
	p.gp.SetTextColor(r, g, b)
	p.gp.SetStrokeColor(r, g, b)
}

// rule draws a line with the given thickness.
func (p *canvas) rule(x1, y1, x2, y2, thickness float64) {
	p.gp.SetLineWidth(thickness)
	p.gp.Line(x1, y1, x2, y2)
}

// box draws a frame.
func (p *canvas) box(x1, y1, x2, y2, thickness float64) {
	p.rule(x1, y1, x2, y1, thickness)
	p.rule(x1, y2, x2, y2, thickness)
	p.rule(x1, y1, x1, y2, thickness)
	p.rule(x2, y1, x2, y2, thickness)
}

// bytes returns the document, with characters that can be searched and copied;
// see [searchable].
func (p *canvas) bytes() ([]byte, error) {
	if p.err != nil {
		return nil, p.err
	}
	made, err := p.gp.GetBytesPdfReturnErr()
	if err != nil {
		return nil, err
	}
	return searchable(made)
}
