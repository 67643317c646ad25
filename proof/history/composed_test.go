package history_test

import (
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"portico/ent"
	"portico/portal/customer/agreement"
	"portico/portal/customer/agreement/demo"
	"portico/portaltest"
)

// composed is a forgery of several statements, made by a forger who knows the
// tables and keeps them consistent. It has a name and steps:
//
//	a, b := SELECT ...    reads values of one row and names them
//	UPDATE ... {a}        a statement; {at+24h} is a time, moved
//	CHAIN {a}             rehashes the account's bookings in their order
//
// To add one, add a few lines in a file forgeries_*_test.go.
type composed struct {
	name  string
	steps []string
}

// composing is a database in which composed forgeries are tried. Each table
// that a forgery changes is restored from a copy.
type composing struct {
	*forger
	t      *testing.T
	copied map[string]bool
	// touched are the tables that the steps changed.
	touched []string
}

var (
	picks    = regexp.MustCompile(`(?s)^([a-z0-9, ]+) := (SELECT .+)$`)
	marks    = regexp.MustCompile(`\{([a-z0-9]+)([+-][0-9]+h)?\}`)
	touching = regexp.MustCompile(`(?:UPDATE|INSERT INTO|DELETE FROM) ([a-z_]+)`)
)

// forge executes the steps.
func (c *composing) forge(steps []string) {
	c.t.Helper()
	named := map[string]any{}
	for _, step := range steps {
		var args []any
		text := marks.ReplaceAllStringFunc(step, func(m string) string {
			part := marks.FindStringSubmatch(m)
			v, is := named[part[1]]
			if !is {
				c.t.Fatalf("%s: nothing is named %s", step, part[1])
			}
			if part[2] != "" {
				by, err := time.ParseDuration(part[2])
				if err != nil {
					c.t.Fatal(err)
				}
				v = v.(time.Time).Add(by)
			}
			args = append(args, v)
			return "?"
		})
		switch m := picks.FindStringSubmatch(text); {
		case m != nil:
			c.pick(named, strings.Split(m[1], ", "), m[2], args)
		case strings.HasPrefix(text, "CHAIN "):
			c.copy("ledger_transactions", "ledger_entries", "balances")
			c.chain(args[0].(string))
		default:
			m := touching.FindStringSubmatch(text)
			if m == nil {
				c.t.Fatalf("%s: not a step", step)
			}
			c.copy(m[1])
			done, err := c.db.Exec(text, args...)
			if err != nil {
				c.t.Fatalf("%s: %v", step, err)
			}
			if n, err := done.RowsAffected(); err != nil || n == 0 {
				c.t.Fatalf("%s: changed nothing (%v)", step, err)
			}
		}
	}
}

func (c *composing) pick(named map[string]any, names []string, query string, args []any) {
	c.t.Helper()
	values, into := make([]any, len(names)), make([]any, len(names))
	for i := range values {
		into[i] = &values[i]
	}
	if err := c.db.QueryRow(query, args...).Scan(into...); err != nil {
		c.t.Fatalf("%s: %v", query, err)
	}
	for i, v := range values {
		if b, is := v.([]byte); is {
			v = string(b)
		}
		named[strings.TrimSpace(names[i])] = v
	}
}

// copy copies tables, once, before they are changed.
func (c *composing) copy(tables ...string) {
	c.t.Helper()
	c.touched = append(c.touched, tables...)
	for _, t := range tables {
		if !c.copied[t] {
			c.do("DROP TABLE IF EXISTS was_" + t)
			c.do("CREATE TABLE was_" + t + " AS SELECT * FROM " + t)
			c.copied[t] = true
		}
	}
}

// restore restores the tables that were changed.
func (c *composing) restore() {
	c.t.Helper()
	slices.Sort(c.touched)
	for _, t := range slices.Compact(c.touched) {
		c.do("DELETE FROM " + t)
		c.do("INSERT INTO " + t + " SELECT * FROM was_" + t)
	}
}

func (c *composing) do(query string, args ...any) {
	c.t.Helper()
	if _, err := c.db.Exec(query, args...); err != nil {
		c.t.Fatalf("%s: %v", query, err)
	}
}

// chain is what a forger does who knows how bookings are chained: versions, running
// balances, hashes and the balance row are made to fit the entries that there are.
func (c *composing) chain(account string) {
	c.t.Helper()
	type booking struct{ id, currency string }
	var all []booking
	rows, err := c.db.Query("SELECT t.id, MIN(e.currency) FROM ledger_transactions t JOIN ledger_entries e ON e.transaction_id = t.id WHERE e.account_id = ? GROUP BY t.id, t.at ORDER BY t.at, MIN(e.turn), t.id", account)
	if err != nil {
		c.t.Fatal(err)
	}
	for rows.Next() {
		var b booking
		if err := rows.Scan(&b.id, &b.currency); err != nil {
			c.t.Fatal(err)
		}
		all = append(all, b)
	}
	_ = rows.Close()
	head, version, books := "", int64(0), map[string]int64{}
	for _, b := range all {
		version++
		head = c.link(b.id, account, b.currency, head, version, books)
	}
	c.do("UPDATE balances SET cash_minor = ?, bonus_minor = ?, suspense_minor = ?, receivable_minor = ?, turn = ?, head = ?, head_turn = ? WHERE account_id = ?",
		books["CASH"], books["BONUS"], books["SUSPENSE"], -books["RECEIVABLE"], version, head, version, account)
}

// link chains one booking.
func (c *composing) link(id, account, currency, head string, version int64, books map[string]int64) string {
	c.t.Helper()
	var kind, subject, cause string
	var reverses sql.NullString
	var at time.Time
	if err := c.db.QueryRow("SELECT kind, subject_id, cause_key, reverses_id, at FROM ledger_transactions WHERE id = ?", id).Scan(&kind, &subject, &cause, &reverses, &at); err != nil {
		c.t.Fatal(err)
	}
	rows, err := c.db.Query("SELECT id, book, amount_minor FROM ledger_entries WHERE transaction_id = ? ORDER BY turn, id", id)
	if err != nil {
		c.t.Fatal(err)
	}
	type entry struct {
		id, book            string
		minor, after, place int64
	}
	var entries []entry
	for rows.Next() {
		var e entry
		if err := rows.Scan(&e.id, &e.book, &e.minor); err != nil {
			c.t.Fatal(err)
		}
		if slices.Contains([]string{"CASH", "BONUS", "SUSPENSE", "RECEIVABLE"}, e.book) {
			books[e.book] += e.minor
			e.after = books[e.book]
		}
		e.place = version*16 + int64(len(entries))
		entries = append(entries, e)
	}
	_ = rows.Close()
	h := sha256.New()
	write := func(texts ...string) {
		for _, t := range texts {
			_, _ = fmt.Fprintf(h, "%d:%s;", len(t), t)
		}
	}
	write("portico.ledger.1", head, account, currency, id, kind, subject, cause, reverses.String, at.UTC().Format(time.RFC3339Nano), "", fmt.Sprint(version), fmt.Sprint(len(entries)))
	for _, e := range entries {
		customer := slices.Contains([]string{"CASH", "BONUS", "SUSPENSE", "RECEIVABLE"}, e.book)
		write(e.id, e.book, fmt.Sprint(customer), fmt.Sprint(e.minor), fmt.Sprint(e.after), fmt.Sprint(e.place))
		c.do("UPDATE ledger_entries SET turn = ?, balance_after_minor = ?, customer_side = ? WHERE id = ?", e.place, e.after, customer, e.id)
	}
	hash := hex.EncodeToString(h.Sum(nil))
	c.do("UPDATE ledger_transactions SET turn = ?, currency = ?, hash = ?, adopted_at = NULL WHERE id = ?", version, currency, hash, id)
	return hash
}

func TestComposedForgeriesAreFound(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		h := play(w, rand.New(rand.NewPCG(9, 9)), 250)
		end(h)
		leave(h)
		f := newForger(w)
		if found := f.found(); len(found) > 0 {
			t.Fatalf("before anything is forged: %v", found)
		}
		copied := map[string]bool{}
		try := func(one composed) {
			t.Run(strings.ReplaceAll(one.name, " ", "_"), func(t *testing.T) {
				c := &composing{forger: f, t: t, copied: copied}
				defer c.restore()
				c.forge(one.steps)
				found := c.found()
				t.Logf("found by %v", found)
				if len(found) == 0 {
					t.Error("not found")
				}
			})
		}
		for _, one := range slices.Concat(ledgerForgeries, billForgeries, orderForgeries, paymentForgeries, documentForgeries) {
			try(one)
		}
		f.seal()
		clear(copied)
		for _, one := range sealForgeries {
			try(one)
		}
		if found := f.found(); len(found) > 0 {
			t.Fatalf("after all is put back: %v", found)
		}
	})
}

// leave makes a customer decline later terms, which closes its account; another
// leaves a top-up unpaid, and a third has usage that isn't billed yet.
func leave(h *history) {
	h.T.Helper()
	d := demo.Documents()[0]
	d.Version, d.EffectiveAt = "later", h.now().Add(time.Hour)
	d.Bodies.ZH, d.Bodies.EN = d.Bodies.ZH+" ", d.Bodies.EN+" "
	if _, err := agreement.Load(h.System(), h.Portal.Store, []agreement.Document{d}); err != nil {
		h.T.Fatal(err)
	}
	terms := portaltest.String(h.Must(nil, `{ comingTerms(kind: SERVICE_TERMS) { id } }`, nil), "comingTerms", "id")
	gone := h.Funded("Gone", "100.00")
	h.Done(gone, `mutation($i: DeclineTermsInput!) { declineTerms(input: $i) { closing { id } userErrors { code } } }`, input{"i": input{"accountId": gone.AccountID, "termsId": terms, "confirm": true}})
	for _, c := range h.customers[:2] {
		h.Done(c.Actor, histStart, input{"k": ent.NewID("k"), "i": input{"accountId": c.AccountID, "channel": "SANDBOX", "amount": input{"amount": "10.00", "currency": "CNY"}}})
	}
	h.AdvanceTo(h.now().Add(30 * time.Minute))
	late := h.Funded("Late", "300.00")
	app := h.Application(late, "MAINLAND")
	h.Done(late, histOrder, input{"k": "late", "i": input{"accountId": late.AccountID, "planId": h.PlanID("push-payg"), "applicationId": app, "expectedTotal": input{"amount": "0.00", "currency": "CNY"}}})
	h.Done(h.plane, histUse, input{"i": input{"events": []any{input{"source": "end", "eventId": "late", "applicationId": app, "metric": "push.messages",
		"quantity": "5", "at": h.now().UTC().Format(time.RFC3339Nano)}}}})
}
