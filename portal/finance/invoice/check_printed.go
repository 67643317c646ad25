package invoice

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
	"time"

	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/holding"
	"portico/ent/db/invoiceitem"
	"portico/ent/db/legalentity"
	"portico/portal/customer/account"
	"portico/portal/finance/ledger"
	"portico/text"
)

// checkedPage is a page of invoices with the values that they must have.
type checkedPage struct {
	requested, issued map[string]ledger.Told
	items             map[string][]*db.InvoiceItem
	numbers           map[string]holder // by account
}

// holder is the number of the legal entity that holds an account, and the time
// since which it does.
type holder struct {
	number string
	from   time.Time
}

// holders reads the numbers of the legal entities that hold the invoices'
// accounts.
func holders(ctx context.Context, s *ent.Store, rows []*db.Invoice) (map[string]holder, error) {
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
	all := map[string]holder{}
	for _, h := range open {
		all[h.AccountID] = holder{numbers[h.LegalEntityID], h.FromAt}
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
	p.items = map[string][]*db.InvoiceItem{}
	for _, i := range items {
		p.items[i.InvoiceID] = append(p.items[i.InvoiceID], i)
	}
	return p, nil
}

// check compares an invoice and its items with their audit events.
func (p checkedPage) check(row *db.Invoice, taxNumber string, report func(ledger.Finding)) {
	find := func(rule, subject, problem string) {
		report(ledger.Finding{Rule: rule, AccountID: row.AccountID, Subject: subject, Problem: problem, Currency: row.Currency})
	}
	if h, is := p.numbers[row.AccountID]; is && !h.from.After(row.RequestedAt) && h.number != taxNumber {
		find("REQUESTED", row.ID, "an invoice has another tax number than its account's legal entity")
	}
	if t := p.requested[row.ID]; t.DiffersFrom(row.AmountMinor, row.Currency) || t.Differs("kind", string(row.Kind)) || t.Differs("medium", string(row.Medium)) || t.Differs("items", itemsDigest(p.items[row.ID])) {
		find("REQUESTED", row.ID, "an invoice differs from its request in the audit")
	}
	if t := p.issued[row.ID]; t.Differs("number", text.Value(row.Number)) || t.Differs("seller", text.Value(row.SellerName)) || t.Differs("sellerNumber", text.Value(row.SellerNumber)) {
		find("ISSUED", row.ID, "an invoice has another number or seller than its issue in the audit")
	}
}

// itemsDigest returns the SHA-256 of an invoice's items, as the audit records
// it.
func itemsDigest(items []*db.InvoiceItem) string {
	texts := make([]string, len(items))
	for n, i := range items {
		texts[n] = strings.Join([]string{i.FeeID, i.SubjectID, text.Value(i.Number), text.Value(i.Description), strconv.FormatInt(i.AmountMinor, 10), i.Currency}, "|")
	}
	slices.Sort(texts)
	sum := sha256.Sum256([]byte(strings.Join(texts, "\n")))
	return hex.EncodeToString(sum[:])
}
