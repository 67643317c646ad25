package invoice

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"portico/calendar"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/bill"
	"portico/ent/db/invoiceitem"
	"portico/ent/db/order"
	"portico/ent/db/orderline"
	"portico/ent/db/product"
	"portico/money"
	"portico/portal/finance/ledger"
	"portico/portal/kernel/param"
)

// content is everything that is printed on an invoice.
type content struct {
	seller                   Seller
	title, taxNumber, number string
	kind, medium             [2]string // in Chinese and English
	issued                   time.Time
	date                     calendar.Date
	lines                    []line
	total                    money.Amount
}

// line is one fee, or its invoiced part.
type line struct {
	number, description string
	amount              money.Amount
}

// The names of kinds and media, in Chinese and English.
var (
	kindNames = map[string][2]string{"GENERAL_VAT": {"增值税普通发票", "General VAT invoice"}, "SPECIAL_VAT": {"增值税专用发票", "Special VAT invoice"}}
	mediums   = map[string][2]string{"ELECTRONIC": {"电子发票", "Electronic"}, "PAPER": {"纸质发票", "Paper"}}
)

// texts returns all texts of the content that come from data.
func (s content) texts() []string {
	return append(texts(s.lines), s.seller.Name, s.seller.Number, s.title, s.taxNumber)
}

func texts(lines []line) []string {
	var all []string
	for _, l := range lines {
		all = append(all, l.number, l.description)
	}
	return all
}

// contentOf reads the content of an issued invoice.
func contentOf(ctx context.Context, s *ent.Store, c *db.Client, row *db.Invoice) (content, error) {
	if row.IssuedAt == nil || row.SellerName == nil || row.SellerNumber == nil {
		return content{}, errors.New("invoice: only an issued invoice can be printed")
	}
	z, err := param.ZoneKept(row.Zone, param.ProviderZone())
	if err != nil {
		return content{}, err
	}
	taxNumber, err := TaxNumber(s, row)
	if err != nil {
		return content{}, err
	}
	items, err := c.InvoiceItem.Query().Where(invoiceitem.InvoiceID(row.ID)).Order(db.Asc(invoiceitem.FieldID)).All(ctx)
	if err != nil {
		return content{}, err
	}
	lines, err := printedLines(ctx, c, items)
	if err != nil {
		return content{}, err
	}
	p := content{seller: Seller{Name: *row.SellerName, Number: *row.SellerNumber}, title: row.Title, taxNumber: taxNumber,
		kind: kindNames[row.Kind.String()], medium: mediums[row.Medium.String()], issued: *row.IssuedAt, date: z.Day(*row.IssuedAt),
		lines: lines, total: money.New(row.AmountMinor, money.Currency(row.Currency))}
	if row.Number != nil {
		p.number = *row.Number
	}
	return p, nil
}

// printedLines returns the lines of an invoice as they were when it was
// requested. Requests of older releases kept no lines; for these it uses what
// orders and bills keep.
func printedLines(ctx context.Context, c *db.Client, items []*db.InvoiceItem) ([]line, error) {
	lines := make([]line, len(items))
	for i, item := range items {
		if item.Number == nil || item.Description == nil {
			return linesOf(ctx, c, partsOf(items))
		}
		lines[i] = line{*item.Number, *item.Description, money.New(item.AmountMinor, money.Currency(item.Currency))}
	}
	return lines, nil
}

// linesOf describes the orders and bills of some fees, in the order of the
// fees.
func linesOf(ctx context.Context, c *db.Client, parts []ledger.Part) ([]line, error) {
	known := make(map[string]line, len(parts))
	for chunk := range slices.Chunk(parts, itemPage) {
		ids := make([]string, len(chunk))
		for i, p := range chunk {
			ids[i] = p.SubjectID
		}
		if err := describeOrders(ctx, c, ids, known); err != nil {
			return nil, err
		}
		if err := describeBills(ctx, c, ids, known); err != nil {
			return nil, err
		}
	}
	lines := make([]line, len(parts))
	for i, p := range parts {
		lines[i] = known[p.SubjectID]
		lines[i].amount = p.Amount
	}
	return lines, nil
}

func describeOrders(ctx context.Context, c *db.Client, ids []string, into map[string]line) error {
	orders, err := c.Order.Query().Where(order.IDIn(ids...)).All(ctx)
	if err != nil || len(orders) == 0 {
		return err
	}
	rows, err := c.OrderLine.Query().Where(orderline.OrderIDIn(ids...)).Order(db.Asc(orderline.FieldOrderID, orderline.FieldPosition)).All(ctx)
	if err != nil {
		return err
	}
	descriptions := map[string][]string{}
	for _, l := range rows {
		descriptions[l.OrderID] = append(descriptions[l.OrderID], l.DescriptionZh)
	}
	for _, o := range orders {
		into[o.ID] = line{number: o.Number, description: strings.Join(descriptions[o.ID], "；")}
	}
	return nil
}

func describeBills(ctx context.Context, c *db.Client, ids []string, into map[string]line) error {
	bills, err := c.Bill.Query().Where(bill.IDIn(ids...)).All(ctx)
	if err != nil || len(bills) == 0 {
		return err
	}
	products := map[string]string{}
	var wanted []string
	for _, b := range bills {
		if b.ProductNameZh == nil {
			wanted = append(wanted, b.ProductID)
		}
	}
	slices.Sort(wanted)
	rows, err := c.Product.Query().Where(product.IDIn(slices.Compact(wanted)...)).All(ctx)
	if err != nil {
		return err
	}
	for _, p := range rows {
		products[p.ID] = p.NameZh
	}
	for _, b := range bills {
		name := products[b.ProductID]
		if b.ProductNameZh != nil {
			name = *b.ProductNameZh
		}
		z, err := param.ZoneKept(b.Zone, param.ProviderZone())
		if err != nil {
			return err
		}
		into[b.ID] = line{number: b.Number, description: name + " " + period(z, b)}
	}
	return nil
}

// period writes the period of a bill, with hours if it is billed by the hour.
func period(z calendar.Zone, b *db.Bill) string {
	from, to := b.FromAt.In(z.Location()), b.ToAt.In(z.Location())
	switch b.Unit {
	case bill.UnitHOUR:
		return from.Format("2006-01-02 15:04") + "–" + to.Format("15:04")
	case bill.UnitDAY:
		return from.Format(time.DateOnly)
	}
	return from.Format("2006-01")
}

// figures writes an amount with thousands separators: 1,234,567.89.
func figures(a money.Amount) string {
	whole, rest, cut := strings.Cut(a.String(), ".")
	sign := ""
	if strings.HasPrefix(whole, "-") {
		sign, whole = "-", whole[1:]
	}
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if cut {
		rest = "." + rest
	}
	if a.Currency() == money.CNY {
		return sign + "¥" + whole + rest
	}
	return a.Currency().String() + " " + sign + whole + rest
}

// position returns the number of a line, from 1.
func position(i int) string { return strconv.Itoa(i + 1) }
