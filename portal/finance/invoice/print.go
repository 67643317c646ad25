package invoice

import (
	"context"
	"fmt"

	"github.com/signintech/gopdf"
)

// The font sizes, in points.
const (
	sizeTitle = 19.0
	sizeText  = 9.5
	sizeSmall = 7.5
)

// The columns of the table, from the left.
const (
	colNumber  = left + 34
	colWhat    = left + 178
	colAmount  = right - 112
	cellMargin = 6.0
)

// red is the colour of frames and labels, as on paper invoices.
var red = [3]uint8{150, 60, 40}

// printed returns the content as a document. Equal contents give equal bytes.
func (p *Printer) printed(ctx context.Context, s content) ([]byte, error) {
	select {
	case p.slots <- struct{}{}:
	case <-ctx.Done(): // the client has gone
		return nil, ctx.Err()
	}
	defer func() { <-p.slots }()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	d := &drawing{canvas: newCanvas(p.faces()), content: s}
	d.gp.SetInfo(gopdf.PdfInfo{Title: s.kind[0] + " " + s.number, Author: s.seller.Name, Creator: "Portico", CreationDate: s.issued.UTC()})
	d.layOut()
	for i, rows := range d.pages {
		d.gp.AddPage()
		y := d.head(i)
		y = d.table(y, rows, i == len(d.pages)-1)
		if i == len(d.pages)-1 {
			d.totals(y)
		}
		d.foot(i)
	}
	return d.bytes()
}

// drawing draws a content on a canvas.
type drawing struct {
	*canvas
	content content
	pages   [][]row
}

// row is one wrapped line of the table.
type row struct {
	no, number string
	what       []string
	amount     string
	height     float64
}

// The heights of a page's other parts.
const (
	headFirst  = 214.0 // heading and parties, on the first page
	headNext   = 58.0  // heading, on later pages
	tableHead  = 30.0
	totalsHigh = 112.0
	footHigh   = 28.0
)

// layOut divides the lines into pages. The last page has room for the totals.
func (d *drawing) layOut() {
	free := bottom - footHigh - tableHead - (top + headFirst)
	var page []row
	for i, l := range d.content.lines {
		what := d.wrap(sizeText, colAmount-colWhat-2*cellMargin, l.description)
		r := row{no: position(i), number: l.number, what: what, amount: figures(l.amount), height: float64(len(what))*sizeText*leading + 7}
		need := r.height
		if i == len(d.content.lines)-1 {
			need += totalsHigh
		}
		if need > free && len(page) > 0 {
			d.pages = append(d.pages, page)
			page, free = nil, bottom-footHigh-tableHead-(top+headNext)
		}
		page, free = append(page, r), free-r.height
	}
	d.pages = append(d.pages, page)
}

func (d *drawing) ink()   { d.colour(25, 25, 25) }
func (d *drawing) label() { d.colour(red[0], red[1], red[2]) }

// head draws the heading of a page, with the parties on the first page, and
// returns the y of the table.
func (d *drawing) head(page int) float64 {
	s, middle := d.content, (left+right)/2
	if page > 0 {
		d.label()
		d.text(left, top+16, 12, s.medium[0]+"（"+s.kind[0]+"）续页")
		d.text(left, top+30, sizeSmall, s.kind[1]+", continued")
		d.serial(top + 16)
		return top + headNext
	}
	d.label()
	heading := s.medium[0] + "（" + s.kind[0] + "）"
	d.centred(middle, top+24, sizeTitle, heading)
	half := d.width(sizeTitle, heading)/2 + 14
	d.rule(middle-half, top+32, middle+half, top+32, 0.8)
	d.rule(middle-half, top+34.5, middle+half, top+34.5, 0.8)
	d.centred(middle, top+46, sizeText, s.kind[1]+" · "+s.medium[1])
	d.text(left, top+66, sizeText, "币种 Currency：")
	d.serial(top + 66)
	d.text(left+74, top+66, sizeText, s.total.Currency().String())
	d.party(left, middle, "购买方 Buyer", s.title, s.taxNumber)
	d.party(middle, right, "销售方 Seller", s.seller.Name, s.seller.Number)
	return top + headFirst
}

// serial draws number and date on the right.
func (d *drawing) serial(y float64) {
	const x = right - 176
	d.label()
	d.text(x, y, sizeText, "发票号码 No.：")
	d.text(x, y+15, sizeText, "开票日期 Date：")
	d.ink()
	d.text(x+74, y, sizeText, d.content.number)
	d.text(x+74, y+15, sizeText, fmt.Sprintf("%d年%02d月%02d日", d.content.date.Year, d.content.date.Month, d.content.date.Day))
}

// party draws one of the two parties in its frame.
func (d *drawing) party(x1, x2 float64, who, name, number string) {
	y := top + 92
	d.label()
	d.box(x1, y, x2, top+headFirst-8, 0.6)
	d.text(x1+cellMargin, y+15, sizeText, who)
	d.text(x1+cellMargin, y+31, sizeSmall, "名称 Name")
	d.text(x1+cellMargin, y+88, sizeSmall, "统一社会信用代码/纳税人识别号 Tax number")
	d.ink()
	size, lines := sizeText+0.5, []string(nil)
	for ; size > 5; size -= 0.5 { // a long name gets a smaller font
		if lines = d.wrap(size, x2-x1-2*cellMargin, name); float64(len(lines)-1)*size*leading < 31 {
			break
		}
	}
	d.block(x1+cellMargin, y+44, size, lines)
	d.text(x1+cellMargin, y+102, sizeText+0.5, number)
}

// table draws the lines of a page, and returns the y of the table's end.
func (d *drawing) table(y float64, rows []row, last bool) float64 {
	begin := y
	d.label()
	for _, c := range []struct {
		x      float64
		zh, en string
	}{{left + cellMargin, "序号", "No."}, {colNumber + cellMargin, "订单/账单号", "Order / bill"}, {colWhat + cellMargin, "项目名称", "Description"}} {
		d.text(c.x, y+12, sizeText, c.zh)
		d.text(c.x, y+23, sizeSmall, c.en)
	}
	d.toRight(right-cellMargin, y+12, sizeText, "金额（含税）")
	d.toRight(right-cellMargin, y+23, sizeSmall, "Amount, tax included")
	y += tableHead
	d.rule(left, y, right, y, 0.6)
	d.ink()
	for _, r := range rows {
		base := y + 13
		d.text(left+cellMargin, base, sizeText, r.no)
		d.text(colNumber+cellMargin, base, sizeText, r.number)
		d.block(colWhat+cellMargin, base, sizeText, r.what)
		d.toRight(right-cellMargin, base, sizeText, r.amount)
		y += r.height
	}
	if last { // a table with a single line gets a minimum height
		y = max(y, begin+tableHead+120)
		y = min(y, bottom-footHigh-totalsHigh)
	}
	d.label()
	d.box(left, begin, right, y, 0.6)
	for _, x := range []float64{colNumber, colWhat, colAmount} {
		d.rule(x, begin, x, y, 0.4)
	}
	return y
}

// totals draws the sum, in capitals and in figures, and the remark.
func (d *drawing) totals(y float64) {
	s := d.content
	d.label()
	d.box(left, y, right, y+40, 0.6)
	d.rule(colWhat, y, colWhat, y+40, 0.4)
	d.text(left+cellMargin, y+17, sizeText, "价税合计")
	d.text(left+cellMargin, y+30, sizeSmall, "Total, tax included")
	sum, capitals := figures(s.total), Capital(s.total)
	before := right - cellMargin - d.width(12, sum)
	d.toRight(before, y+24, sizeText, "（小写）")
	if capitals == "" {
		d.ink()
	} else {
		from := d.text(colWhat, y+24, sizeText, "（大写）")
		d.ink()
		size, lines := 10.5, []string(nil)
		for ; size > 4; size -= 0.5 { // a long sum gets a smaller font
			if lines = d.wrap(size, before-d.width(sizeText, "（小写）")-cellMargin-from, capitals); len(lines) <= 2 {
				break
			}
		}
		d.block(from, y+24-float64(len(lines)-1)*7, size, lines)
	}
	d.text(before, y+24, 12, sum)
	d.label()
	d.box(left, y+40, right, y+totalsHigh-20, 0.6)
	d.text(left+cellMargin, y+55, sizeText, "备注 Remarks")
	d.ink()
	d.text(left+cellMargin, y+70, sizeSmall+0.5, "金额为含税价，以现金余额支付；已开票部分原则上不予退款。")
	d.text(left+cellMargin, y+83, sizeSmall+0.5, "Amounts include tax and were paid in cash; what is invoiced is not refunded in principle (3.9).")
}

// foot draws the page number.
func (d *drawing) foot(page int) {
	d.colour(110, 110, 110)
	d.centred((left+right)/2, bottom-4, sizeSmall, fmt.Sprintf("第 %d 页 / 共 %d 页  Page %d of %d", page+1, len(d.pages), page+1, len(d.pages)))
}
