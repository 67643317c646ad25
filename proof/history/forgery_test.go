package history_test

import (
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"entgo.io/ent/dialect/sql/schema"
	"entgo.io/ent/schema/field"
	"github.com/oklog/ulid/v2"

	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	entpayment "portico/ent/db/payment"
	"portico/ent/db/topup"
	"portico/money"
	"portico/portal"
	"portico/portal/finance/ledger"
	"portico/portal/finance/payment"
	"portico/portal/kernel/standing"
	"portico/portaltest"
)

// In a database with months of history, one value of each column of each table
// that money or its documents depend on is changed by SQL, or a row is deleted
// or duplicated. The checks must report it.

// TestEveryTableOfMoneyIsForged fails for a new table of money that is missing
// in forged.
func TestEveryTableOfMoneyIsForged(t *testing.T) {
	others := map[string]string{
		"accounts": "their currency is that of balances and orders", "plans": "the catalogue in force, which catalog load rewrites",
		"overrides": "what was signed: sealed with its day", "grants": "a limit of spending, which is nobody's money",
	}
	for _, table := range ent.Tables() {
		money := false
		for _, c := range table.Columns {
			money = money || strings.HasSuffix(c.Name, "_minor") || c.Name == "currency" || strings.HasSuffix(c.Name, "_micros") || c.Name == "unit_price"
		}
		if money && others[table.Name] == "" && !slices.Contains(forged, table.Name) && table.Name != "sandbox_clocks" {
			t.Errorf("%s has money, and is not forged", table.Name)
		}
	}
}

// forged are the tables whose rows are forged.
var forged = []string{"ledger_transactions", "ledger_entries", "balances", "fees", "orders", "order_lines", "services", "bills", "bill_lines",
	"usage_periods", "usage_totals", "usage_events", "top_ups", "payments", "payment_events", "invoices", "invoice_items", "sequences", "restrictions", "arrears", "prices"}

// rowsEach is how many rows of a table are forged.
const rowsEach = 3

// forger changes rows of a world's database by SQL.
type forger struct {
	*portaltest.World
	db *sql.DB
}

func newForger(w *portaltest.World) *forger {
	w.T.Helper()
	driver, dsn := "mysql", w.Database
	if path, is := strings.CutPrefix(w.Database, "sqlite:"); is {
		driver, dsn = "sqlite", "file:"+path+"?_pragma=busy_timeout(10000)&_time_format=sqlite"
	}
	db, err := sql.Open(driver, dsn)
	if err != nil {
		w.T.Fatal(err)
	}
	w.T.Cleanup(func() { _ = db.Close() })
	return &forger{w, db}
}

func (f *forger) exec(query string, args ...any) {
	f.T.Helper()
	if _, err := f.db.Exec(query, args...); err != nil {
		f.T.Fatalf("%s: %v", query, err)
	}
}

// ids returns the IDs of some rows of a table: the first, the last, and some
// between.
func (f *forger) ids(table string) []string {
	f.T.Helper()
	rows, err := f.db.Query("SELECT id FROM " + table + " ORDER BY id")
	if err != nil {
		f.T.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	var all []string
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			f.T.Fatal(err)
		}
		all = append(all, id)
	}
	if len(all) <= rowsEach {
		return all
	}
	some := make([]string, rowsEach)
	for i := range some {
		some[i] = all[i*(len(all)-1)/(rowsEach-1)]
	}
	return some
}

// row reads all columns of a row, so that it can be restored.
func (f *forger) row(t *schema.Table, id string) []any {
	f.T.Helper()
	values, into := make([]any, len(t.Columns)), make([]any, len(t.Columns))
	for i := range values {
		into[i] = &values[i]
	}
	if err := f.db.QueryRow("SELECT "+columns(t)+" FROM "+t.Name+" WHERE id = ?", id).Scan(into...); err != nil {
		f.T.Fatal(err)
	}
	for i, v := range values {
		if b, is := v.([]byte); is && t.Columns[i].Type != field.TypeBytes && t.Columns[i].Type != field.TypeJSON {
			values[i] = string(b)
		}
	}
	return values
}

func columns(t *schema.Table) string {
	names := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		names[i] = "`" + c.Name + "`"
	}
	return strings.Join(names, ", ")
}

func (f *forger) insert(t *schema.Table, values []any) error {
	_, err := f.db.Exec("INSERT INTO "+t.Name+" ("+columns(t)+") VALUES (?"+strings.Repeat(", ?", len(values)-1)+")", values...)
	return err
}

// other returns values to which a column could be forged.
func (f *forger) other(t *schema.Table, c *schema.Column, is any) []any {
	var all []any
	if c.Nullable && is != nil {
		all = append(all, nil)
	}
	now := f.Portal.Store.Now().Add(-3 * time.Hour)
	switch c.Type {
	case field.TypeInt64, field.TypeInt:
		n, err := strconv.ParseInt(fmt.Sprint(is), 10, 64)
		if err != nil && is != nil {
			f.T.Fatalf("%s.%s: %v", t.Name, c.Name, err)
		}
		all = append(all, n+1, n-1)
	case field.TypeBool:
		all = append(all, fmt.Sprint(is) != "true" && fmt.Sprint(is) != "1")
	case field.TypeEnum:
		for _, e := range c.Enums {
			if e != is {
				all = append(all, e)
			}
		}
	case field.TypeTime:
		if at, known := is.(time.Time); known {
			all = append(all, at.Add(time.Hour), at.Add(-24*time.Hour))
		} else {
			all = append(all, now)
		}
	case field.TypeString:
		s, _ := is.(string)
		if n, frac := strings.CutPrefix(s, "0."); frac || s != "" && strings.Trim(s, "0123456789.") == "" {
			all = append(all, "1"+n)
			break
		}
		var another string
		err := f.db.QueryRow("SELECT `"+c.Name+"` FROM "+t.Name+" WHERE `"+c.Name+"` IS NOT NULL AND `"+c.Name+"` <> ? ORDER BY id DESC LIMIT 1", s).Scan(&another)
		if err == nil && !c.Unique {
			all = append(all, another)
		}
		if c.Name == "currency" {
			return append(all, "USD")
		}
		if s != "" || !c.Nullable {
			all = append(all, changed(s))
		}
	case field.TypeJSON, field.TypeBytes:
		all = append(all, []byte(`[{"metric":"forged","quantity":"1"}]`))
	}
	return all
}

// changed returns a text of the same length with another last letter.
func changed(s string) string {
	if s == "" {
		return "X"
	}
	last := "X"
	if strings.HasSuffix(s, last) {
		last = "Y"
	}
	return s[:len(s)-1] + last
}

// found returns what the checks report.
func (f *forger) found() []string {
	f.T.Helper()
	wrong, err := ledger.Check(f.System(), f.Portal.Store, portal.Rules()...)
	if err != nil {
		return []string{"error: " + err.Error()}
	}
	var all []string
	for _, w := range wrong {
		all = append(all, w.Rule)
	}
	differ, err := standing.Check(f.System(), f.Portal.Store, portal.Standing())
	if err != nil {
		return []string{"error: " + err.Error()}
	}
	for range differ {
		all = append(all, "STANDING")
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// forgery is one change, and how it is reported.
type forgery struct{ what, how string }

// each forges a row of a table in every way, passes on what the checks report,
// and restores the row.
func (f *forger) each(t *schema.Table, id string, wanted func(what string) bool, see func(forgery, []string)) {
	was := f.row(t, id)
	restore := func() {
		f.exec("DELETE FROM "+t.Name+" WHERE id = ?", id)
		if err := f.insert(t, was); err != nil {
			f.T.Fatal(err)
		}
	}
	for i, c := range t.Columns {
		if c.Name == "id" || !wanted(t.Name+"."+c.Name) {
			continue
		}
		for _, v := range f.other(t, c, was[i]) {
			if _, err := f.db.Exec("UPDATE "+t.Name+" SET `"+c.Name+"` = ? WHERE id = ?", v, id); err != nil {
				continue // the database refuses it
			}
			see(forgery{t.Name + "." + c.Name, fmt.Sprintf("%s: %v became %v", id, was[i], v)}, f.found())
			restore()
		}
	}
	if wanted(t.Name + ".DELETE") {
		f.exec("DELETE FROM "+t.Name+" WHERE id = ?", id)
		see(forgery{t.Name + ".DELETE", id}, f.found())
		restore()
	}
	if !wanted(t.Name + ".INSERT") {
		return
	}
	twin := slices.Clone(was)
	for i, c := range t.Columns {
		if s, is := was[i].(string); is && (c.Name == "id" || c.Unique) {
			twin[i] = changed(s)
		}
	}
	if f.insert(t, twin) == nil {
		see(forgery{t.Name + ".INSERT", id}, f.found())
		f.exec("DELETE FROM "+t.Name+" WHERE id = ?", twin[0])
	}
}

func TestEveryForgeryIsFound(t *testing.T) {
	t.Parallel()
	w := portaltest.New(t, "sqlite")
	end(play(w, rand.New(rand.NewPCG(9, 9)), 250))
	f := newForger(w)
	if found := f.found(); len(found) > 0 {
		t.Fatalf("before anything is forged: %v", found)
	}
	missed := map[string][]string{}
	walked := f.walk(func(string) bool { return true }, func(what forgery, found []string) {
		if len(found) == 0 {
			missed[what.what] = append(missed[what.what], what.how)
		}
	})
	t.Logf("%d forgeries", walked)
	for what, how := range missed {
		if unknowable[what] == "" && bySeal[what] == "" {
			t.Errorf("%s: not found: %s", what, how)
		}
	}
	for _, list := range []map[string]string{unknowable, bySeal} {
		for what := range list {
			if len(missed[what]) == 0 {
				t.Errorf("%s is found, and on a list of what is not", what)
			}
		}
	}
	f.seal()
	sealed := f.walk(func(what string) bool { return bySeal[what] != "" }, func(what forgery, found []string) {
		if !slices.Contains(found, "DAY") {
			t.Errorf("%s of a sealed day: not found: %s", what.what, what.how)
		}
	})
	t.Logf("%d forgeries of a sealed day", sealed)
	if found := f.found(); len(found) > 0 {
		t.Fatalf("after all is put back: %v", found)
	}
}

// TestForgeriesAreFoundOnMariaDB forges amounts of money and deletes rows. The
// statements of the rules are the same on both engines; comparisons in the
// database may differ.
func TestForgeriesAreFoundOnMariaDB(t *testing.T) {
	t.Parallel()
	w := portaltest.New(t, "mariadb")
	end(play(w, rand.New(rand.NewPCG(9, 9)), 100))
	f := newForger(w)
	if found := f.found(); len(found) > 0 {
		t.Fatalf("before anything is forged: %v", found)
	}
	walked := f.walk(func(what string) bool {
		money := strings.HasSuffix(what, "_minor") || strings.HasSuffix(what, ".DELETE") || strings.HasSuffix(what, ".status") || strings.HasSuffix(what, ".hash")
		return money && bySeal[what] == ""
	}, func(what forgery, found []string) {
		if len(found) == 0 {
			t.Errorf("%s: not found: %s", what.what, what.how)
		}
	})
	t.Logf("%d forgeries", walked)
	f.seal()
	f.walk(func(what string) bool { return what == "services.anchor_day" || what == "restrictions.reason" }, func(what forgery, found []string) {
		if !slices.Contains(found, "DAY") {
			t.Errorf("%s of a sealed day: not found: %s", what.what, what.how)
		}
	})
}

// walk forges every table as far as wanted, and returns the number of
// forgeries.
func (f *forger) walk(wanted func(what string) bool, see func(forgery, []string)) (walked int) {
	f.T.Helper()
	for _, table := range ent.Tables() {
		if !slices.Contains(forged, table.Name) {
			continue
		}
		ids := f.ids(table.Name)
		if len(ids) == 0 {
			f.T.Errorf("no row of %s was played", table.Name)
		}
		for _, id := range ids {
			f.each(table, id, wanted, func(what forgery, found []string) {
				walked++
				see(what, found)
			})
		}
	}
	return walked
}

// seal seals everything that was written until now.
func (f *forger) seal() {
	f.T.Helper()
	made := ulid.Time(ulid.MustParse(strings.TrimPrefix(ent.NewID("x"), "x_")).Time() + 1)
	now := f.Portal.Store.Now()
	row, err := ledger.SealDay(f.System(), f.Portal.Store, now.Format(time.DateOnly), now, made)
	if err != nil || row == nil {
		f.T.Fatalf("not sealed: %v, %v", row, err)
	}
}

// end adds what a random history may leave out: arrears that run, were extended
// and were paid; money that waits and was returned; invoices in every state; a
// term that is renewed, a level, a deleted application.
func end(h *history) {
	h.T.Helper()
	owing := func(name string) (*portaltest.Actor, string) {
		a := h.Funded(name, "100.00")
		app := h.Application(a, "MAINLAND")
		h.Done(a, histOrder, input{"k": name, "i": input{"accountId": a.AccountID, "planId": h.PlanID("rtc-payg"), "applicationId": app, "expectedTotal": input{"amount": "0.00", "currency": "CNY"}}})
		h.Done(h.plane, histUse, input{"i": input{"events": []any{input{"source": "end", "eventId": name, "applicationId": app, "metric": "rtc.minutes",
			"quantity": "10000", "at": h.now().UTC().Format(time.RFC3339Nano)}}}})
		return a, app
	}
	pay := func(a *portaltest.Actor, payer string) string {
		id := portaltest.String(h.Done(a, histStart, input{"k": ent.NewID("k"), "i": input{"accountId": a.AccountID, "channel": "SANDBOX",
			"amount": input{"amount": "10.00", "currency": "CNY"}}}), "topUp", "id")
		h.Done(a, histPay, input{"i": input{"topUpId": id, "payerName": payer}})
		return id
	}
	ower, _ := owing("Ower")
	settler, _ := owing("Settler")
	leaver, gone := owing("Leaver")
	h.AdvanceTo(h.now().Add(3 * time.Hour))
	h.TopUp(settler, "5000.00")
	h.Done(h.finance, `mutation($i: ExtendGraceInput!) { extendGrace(input: $i) { arrears { id } userErrors { code } } }`,
		input{"i": input{"accountId": ower.AccountID, "days": 20, "reason": "by the books"}})
	pay(settler, "A Stranger")
	h.Done(h.finance, histDecide, input{"i": input{"paymentId": h.paymentOf(pay(settler, "A Stranger")), "decision": "RETURN", "reason": "by the books"}})
	h.unattributed(settler)
	h.sentBack(ower, settler)
	flagship := h.Application(settler, "MAINLAND")
	for i := range 2 {
		h.Done(settler, histOrder, input{"k": fmt.Sprint("flagship", i), "i": input{"accountId": settler.AccountID, "planId": h.PlanID("im-flagship"), "applicationId": flagship,
			"term": input{"unit": "MONTH", "count": 1}, "expectedTotal": input{"amount": "1500.00", "currency": "CNY"}}})
		h.AdvanceTo(h.now().Add(time.Hour))
	}
	h.Done(h.plane, histUse, input{"i": input{"events": []any{input{"source": "end", "eventId": "level", "applicationId": flagship, "metric": "im.registered_users",
		"quantity": "7", "at": h.now().UTC().Format(time.RFC3339Nano)}}}})
	var invoices []string
	for range 5 {
		invoices = append(invoices, portaltest.String(h.Done(settler, histAsk, input{"k": ent.NewID("k"), "i": input{"accountId": settler.AccountID, "kind": "GENERAL_VAT", "medium": "ELECTRONIC",
			"title": "Settler Ltd", "taxNumber": settler.TaxNumber, "amount": input{"amount": "100.00", "currency": "CNY"}, "deliveryEmail": "bills@example.com"}}), "invoice", "id"))
	}
	decide := func(a *portaltest.Actor, what string, in input) {
		h.Done(a, `mutation($i: `+strings.ToUpper(what[:1])+what[1:]+`Input!) { `+what+`(input: $i) { invoice { id } userErrors { code } } }`, input{"i": in})
	}
	for _, id := range invoices[:3] {
		decide(h.finance, "approveInvoice", input{"invoiceId": id})
	}
	h.AdvanceTo(h.now().AddDate(0, 1, 0))
	for _, id := range invoices[:2] {
		decide(h.finance, "issueInvoice", input{"invoiceId": id})
	}
	decide(h.finance, "rejectInvoice", input{"invoiceId": invoices[3], "reason": "by the books"})
	decide(settler, "withdrawInvoice", input{"invoiceId": invoices[4]})
	h.Done(leaver, `mutation($i: DeleteApplicationInput!) { deleteApplication(input: $i) { application { id } userErrors { code } } }`, input{"i": input{"applicationId": gone}})
	h.AdvanceTo(h.now().Add(time.Hour))
}

// paymentOf returns the payment of a top-up.
func (h *history) paymentOf(topUp string) string {
	h.T.Helper()
	id, err := h.Portal.Store.Read().Payment.Query().Where(entpayment.TopUpID(topUp)).OnlyID(h.System())
	if err != nil {
		h.T.Fatal(err)
	}
	return id
}

// notify sends a channel's notification of a payment and returns the payment's
// ID.
func (h *history) notify(n payment.Notification) string {
	h.T.Helper()
	n.Digest, n.Raw = strings.Repeat("d", 64), fmt.Sprint(n.TradeNumber, n.Words, n.RefundNumber)
	var refused clause.Refusal
	if _, err := payment.Notify(h.System(), h.Portal.Store, n); err != nil && !errors.As(err, &refused) {
		h.T.Fatal(err)
	}
	id, err := h.Portal.Store.Read().Payment.Query().Where(entpayment.TradeNumber(n.TradeNumber)).OnlyID(h.System())
	if err != nil {
		h.T.Fatal(err)
	}
	return id
}

// unattributed adds unattributed payments: attributed, returned, noted, and
// undecided.
func (h *history) unattributed(a *portaltest.Actor) {
	h.T.Helper()
	for i, decision := range []string{"ATTRIBUTE", "RETURN", "NOTE", ""} {
		id := h.notify(payment.Notification{Channel: topup.ChannelBANK_TRANSFER, TradeNumber: fmt.Sprint("stray-", i), Words: "BOOKED", Paid: true,
			Amount: money.New(int64(3000+i), money.CNY), PayerName: "A Stray", PaidAt: h.now()})
		in := input{"paymentId": id, "decision": decision, "reason": "by the books"}
		if decision == "ATTRIBUTE" {
			in["accountId"] = a.AccountID
		}
		if decision != "" {
			h.Done(h.finance, histDecide, input{"i": in})
		}
	}
	h.notify(payment.Notification{Channel: topup.ChannelWECHAT_PAY, TradeNumber: "announced", Words: "NOTPAY", Reference: "NONE"})
}

// sentBack adds refunds by channels: of money that was spent, which is owed,
// recovered or waived, and of money that wasn't spent.
func (h *history) sentBack(ower, settler *portaltest.Actor) {
	h.T.Helper()
	refund := func(a *portaltest.Actor, number string, minor int64) string {
		p, err := h.Portal.Store.Read().Payment.Query().Where(entpayment.AccountID(a.AccountID), entpayment.StateEQ(entpayment.StateCREDITED),
			entpayment.ChannelEQ("SANDBOX")).Order(db.Asc(entpayment.FieldID)).First(h.System())
		if err != nil {
			h.T.Fatal(err)
		}
		return h.notify(payment.Notification{Channel: topup.ChannelSANDBOX, TradeNumber: p.TradeNumber, Words: "REFUNDED",
			Refunded: money.New(minor, money.CNY), RefundNumber: number})
	}
	refund(settler, "part", 400)
	refund(ower, "owed", 5000)
	spender := h.Funded("Spender", "1500.00")
	h.Done(spender, histOrder, input{"k": "spender", "i": input{"accountId": spender.AccountID, "planId": h.PlanID("im-flagship"), "applicationId": h.Application(spender, "MAINLAND"),
		"term": input{"unit": "MONTH", "count": 1}, "expectedTotal": input{"amount": "1500.00", "currency": "CNY"}}})
	id := refund(spender, "spent", 9000)
	h.TopUp(spender, "40.00")
	h.Done(h.finance, histDecide, input{"i": input{"paymentId": id, "decision": "WAIVE", "reason": "by the books"}})
}

// unknowable are columns that no other data implies and that may change, each
// with the reason.
var unknowable = map[string]string{
	"arrears.reminded":              "how many reminders were sent: a count for the next of them",
	"payments.version":              "counts changes, of which not each leaves a row",
	"usage_periods.quantity_micros": "a bound on what is still accepted: less than there is where a release without it counted beside",
	"usage_periods.zone":            "none is what the release before opened",
	"invoices.zone":                 "none is what the release before issued",
	"usage_periods.worth":           "a bound on what is still accepted; the bill is derived from the usage",
	"top_ups.pay_url":               "where the channel's page is",
	"usage_events.event_id":         "the source's own number",
	"usage_events.source":           "who reported it, in its own words",
	"usage_events.over_limit":       "a mark, by the levels of a moment that is gone",
	"usage_periods.events":          "compared while all of the account's usage of the product is younger than events are kept to be compared; what they sum to always is",
}

// bySeal are columns that no other row implies and that never change. The seal
// of their day covers them once the day is over.
var bySeal = map[string]string{
	"payment_events.meaning": "of what the channel told",
	"services.anchor_day":    "the day on which its terms began",
	"restrictions.DELETE":    "of one that is over", "restrictions.INSERT": "of one that is over", "restrictions.reason": "an operator's words",
	"restrictions.since": "of one that is over",
}
