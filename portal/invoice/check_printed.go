package invoice

import (
	"context"
	"time"

	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/holding"
	"portico/ent/db/invoiceitem"
	"portico/ent/db/legalentity"
	"portico/portal/account"
	"portico/portal/ledger"
)

// checkedPage is a page of invoices with what they must say.
type checkedPage struct {
	requested, issued map[string]ledger.Told
	items             map[string][]*db.InvoiceItem
	known             map[string]line // by order or bill
	numbers           map[string]held // by account
}

// held is the number of the legal entity that holds an account, and since when.
type held struct {
	number string
	from   time.Time
}

// holders reads the numbers of the legal entities that hold the invoices' accounts.
func holders(ctx context.Context, s *ent.Store, rows []*db.Invoice) (map[string]held, error) {
	c := s.Read()
	open, err := c.Holding.Query().Where(holding.OpenKeyIn(ledger.IDs(rows, func(i *db.Invoice) string { return i.AccountID })...)).All(ctx)
	if err != nil {
		return nil, err
	}
	entities, err := c.LegalEntity.Query().Where(legalentity.IDIn(ledger.IDs(open, func(h *db.Holding) string { return h.LegalEntityID })...)).All(ctx)
	if err != nil {
		return nil, err
	}
	numbers := map[string]string{}
	for _, e := range entities {
		if numbers[e.ID], err = account.EntityNumber(s, e); err != nil {
			return nil, err
		}
	}
	all := map[string]held{}
	for _, h := range open {
		all[h.AccountID] = held{numbers[h.LegalEntityID], h.FromAt}
	}
	return all, nil
}

func readChecked(ctx context.Context, s *ent.Store, rows []*db.Invoice) (p checkedPage, err error) {
	c := s.Read()
	if p.numbers, err = holders(ctx, s, rows); err != nil {
		return p, err
	}
	ids := ledger.IDs(rows, func(i *db.Invoice) string { return i.ID })
	if p.requested, err = ledger.ToldOf(ctx, c, "requestInvoice", ids); err != nil {
		return p, err
	}
	if p.issued, err = ledger.ToldOf(ctx, c, "issueInvoice", ids); err != nil {
		return p, err
	}
	items, err := c.InvoiceItem.Query().Where(invoiceitem.InvoiceIDIn(ids...)).Order(db.Asc(invoiceitem.FieldID)).All(ctx)
	if err != nil {
		return p, err
	}
	p.items, p.known = map[string][]*db.InvoiceItem{}, map[string]line{}
	for _, i := range items {
		p.items[i.InvoiceID] = append(p.items[i.InvoiceID], i)
	}
	parts := partsOf(items)
	lines, err := linesOf(ctx, c, parts)
	for i, l := range lines {
		p.known[parts[i].SubjectID] = l
	}
	return p, err
}

// check holds an invoice to what the audit tells of it, and its items to the
// orders and bills that they are of.
func (p checkedPage) check(row *db.Invoice, taxNumber string, report func(ledger.Finding)) {
	find := func(rule, subject, problem string) {
		report(ledger.Finding{Rule: rule, AccountID: row.AccountID, Subject: subject, Problem: problem, Currency: row.Currency})
	}
	if h, is := p.numbers[row.AccountID]; is && !h.from.After(row.RequestedAt) && h.number != taxNumber {
		find("REQUESTED", row.ID, "an invoice has another tax number than its account's legal entity")
	}
	if t := p.requested[row.ID]; t.DiffersFrom(row.AmountMinor, row.Currency) || t.Differs("kind", string(row.Kind)) || t.Differs("medium", string(row.Medium)) {
		find("REQUESTED", row.ID, "an invoice is another than the audit tells was asked for")
	}
	if t := p.issued[row.ID]; t.Differs("number", value(row.Number)) || t.Differs("seller", value(row.SellerName)) || t.Differs("sellerNumber", value(row.SellerNumber)) {
		find("ISSUED", row.ID, "an invoice has another number or seller than the audit tells it was issued with")
	}
	for _, i := range p.items[row.ID] {
		if l := p.known[i.SubjectID]; i.Number != nil && (*i.Number != l.number || value(i.Description) != l.description) {
			find("PRINTED", i.ID, "an item is printed otherwise than its order or bill is described")
		}
	}
}

func value(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
