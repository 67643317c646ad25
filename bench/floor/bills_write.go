package floor

import (
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

const (
	productsQuery = "SELECT id, provider_body, partner, name_zh, name_en FROM products WHERE id IN (...)"

	namesQuery = "SELECT a.id, a.name, e.name FROM accounts a LEFT JOIN holdings h ON h.open_key = a.id " +
		"LEFT JOIN legal_entities e ON e.id = h.legal_entity_id WHERE a.id IN (...)"

	owingQuery = "SELECT account_id FROM arrears WHERE open_key IN (...)"

	balancesQuery = "SELECT id, account_id, cash_minor, bonus_minor, held_minor, suspense_minor, receivable_minor, turn, head, head_turn " +
		"FROM balances WHERE currency = 'CNY' AND account_id IN (...)"

	periodsClose = "UPDATE usage_periods SET status = 'CLOSED', closed_at = ?, outcome = ?, retry_at = NULL, failure = NULL, failure_detail = NULL, " +
		"disputable_until = ?, dispute_rule = ? WHERE status = 'OPEN' AND id IN (...)"

	billsInsert = "INSERT INTO bills (id, account_id, number, product_id, period_id, unit, from_at, to_at, status, class, total_minor, paid_bonus_minor, " +
		"paid_cash_minor, currency, provider_body, partner, product_name_zh, product_name_en, account_name, legal_name, zone, sent_at, " +
		"disputable_until, dispute_rule, paid_at, digest_at) VALUES "

	linesInsert = "INSERT INTO bill_lines (id, account_id, bill_id, position, application_id, service_id, metric, plan_name_zh, plan_name_en, quantity, " +
		"unit_price, per, adjusts_from, adjusts_to, amount_minor, currency) VALUES "

	balancesWrite = "INSERT INTO balances (id, account_id, currency, cash_minor, bonus_minor, receivable_minor, turn, head, head_turn) VALUES "

	bookingsInsert = "INSERT INTO ledger_transactions (id, account_id, kind, subject_id, cause_key, at, currency, turn, hash) VALUES "

	entriesInsert = "INSERT INTO ledger_entries (id, account_id, transaction_id, kind, subject_id, book, customer_side, amount_minor, currency, " +
		"balance_after_minor, turn, at) VALUES "

	feesInsert = "INSERT INTO fees (id, account_id, subject_id, paid_minor, currency, paid_at) VALUES "

	billAudits = "INSERT INTO audit_events (id, account_id, at, actor_kind, actor_id, acting_as, action, object_id, result, code, clause, ip_address, " +
		"agent, correlation_id, details) VALUES "
)

type balance struct {
	id, account, head                                string
	cash, bonus, held, suspense, receivable, version int64
	headVersion                                      int64
}

// side is one entry of a booking.
type side struct {
	id, book     string
	customer     bool
	minor, after int64
}

// names reads the names that a bill keeps.
func (t *batch) names() error {
	err := t.each(productsQuery, nil, t.ids(func(h *hour) string { return h.product }), func(rows *sql.Rows) error {
		var id, body, zh, en string
		var partner sql.NullString
		err := rows.Scan(&id, &body, &partner, &zh, &en)
		for _, h := range t.hours {
			if h.product == id {
				h.body, h.partner, h.productZH, h.productEN = body, partner, zh, en
			}
		}
		return err
	})
	if err != nil {
		return err
	}
	named := map[string][2]sql.NullString{}
	err = t.each(namesQuery, nil, t.ids(func(h *hour) string { return h.account }), func(rows *sql.Rows) error {
		var id string
		var n [2]sql.NullString
		err := rows.Scan(&id, &n[0], &n[1])
		named[id] = n
		return err
	})
	for _, h := range t.hours {
		h.name, h.entity = named[h.account][0].String, named[h.account][1]
	}
	return err
}

// readBalances reads the balances and locks them, and reads which accounts are
// in arrears.
func (t *batch) readBalances() error {
	accounts := func(h *hour) string { return h.account }
	err := t.each(balancesQuery+t.locked, nil, t.ids(accounts), func(rows *sql.Rows) error {
		b := &balance{}
		err := rows.Scan(&b.id, &b.account, &b.cash, &b.bonus, &b.held, &b.suspense, &b.receivable, &b.version, &b.head, &b.headVersion)
		t.balances[b.account] = b
		return err
	})
	if err != nil {
		return err
	}
	err = t.each(owingQuery, nil, t.ids(func(h *hour) string { return h.account + "|CNY" }), func(rows *sql.Rows) error {
		var account string
		err := rows.Scan(&account)
		t.owing[account] = true
		return err
	})
	if err != nil {
		return err
	}
	for _, h := range t.hours {
		switch b := t.balances[h.account]; {
		case b == nil:
			t.balances[h.account] = &balance{id: newID("blnc"), account: h.account}
		case b.headVersion != b.version, t.owing[h.account] && (b.cash > 0 || b.suspense > 0), b.receivable > 0 != t.owing[h.account]:
			return errors.New("floor: no booking waits for its hash, and no money for older arrears, where it is measured")
		}
	}
	return nil
}

// charge deducts each bill from its balance, bonus first, then cash; the rest is
// owed. It adds the booking to the account's chain of hashes.
func (t *batch) charge() error {
	for _, h := range t.hours {
		if len(h.lines) == 0 {
			continue
		}
		b := t.balances[h.account]
		taken := min(h.total, b.cash+b.bonus-b.held)
		h.bonus = min(taken, b.bonus)
		h.cash, h.owed = taken-h.bonus, h.total-taken
		b.bonus, b.cash, b.receivable, b.version = b.bonus-h.bonus, b.cash-h.cash, b.receivable+h.owed, b.version+1
		if b.receivable > mostBalance {
			return errTooMuch
		}
		h.bill, h.number = newID("bill"), t.now.In(t.terms[h.account].zone).Format("20060102")+"-"+rand.Text()[:8]
		if h.total == 0 { // nothing is booked
			b.version--
			continue
		}
		h.booking, h.cause, h.version = newID("ltxn"), "BILL:"+h.bill, b.version
		for _, s := range []side{{"", "BONUS", true, -h.bonus, b.bonus}, {"", "CASH", true, -h.cash, b.cash},
			{"", "RECEIVABLE", true, -h.owed, -b.receivable}, {"", "REVENUE", false, h.total, 0}} {
			if s.minor != 0 {
				s.id = newID("entr")
				h.sides = append(h.sides, s)
			}
		}
		h.hash = t.chained(h, b.head)
		b.head, b.headVersion = h.hash, b.version
		if h.owed > 0 && !t.owing[h.account] {
			h.arrears, t.owing[h.account] = newID("arrs"), true
		}
	}
	return nil
}

// chained returns the hash of a booking after the account's last one.
func (t *batch) chained(h *hour, last string) string {
	texts := []string{"portico.ledger.1", last, h.account, h.currency, h.booking, "BILL", h.bill, h.cause, "", t.now.Format(time.RFC3339Nano), "",
		strconv.FormatInt(h.version, 10), strconv.Itoa(len(h.sides))}
	for i, s := range h.sides {
		texts = append(texts, s.id, s.book, strconv.FormatBool(s.customer), strconv.FormatInt(s.minor, 10), strconv.FormatInt(s.after, 10),
			strconv.FormatInt(h.version*16+int64(i), 10))
	}
	var all []byte
	for _, s := range texts {
		all = append(strconv.AppendInt(all, int64(len(s)), 10), ':')
		all = append(append(all, s...), ';')
	}
	sum := sha256.Sum256(all)
	return hex.EncodeToString(sum[:])
}

// disputable returns until when a bill of today can be disputed, by its rule.
func (t *batch) disputable(a *terms) (until time.Time, rule string) {
	y, m, d := t.now.In(a.zone).Date()
	if a.monthEnd {
		return time.Date(y, m+time.Month(a.months)+1, 1, 0, 0, 0, 0, a.zone).UTC(), fmt.Sprint("month-end:", a.months)
	}
	last := time.Date(y, m+time.Month(a.months)+1, 0, 0, 0, 0, 0, a.zone).Day()
	return time.Date(y, m+time.Month(a.months), min(d, last)+1, 0, 0, 0, 0, a.zone).UTC(), fmt.Sprint("months:", a.months)
}

// close closes the periods: one statement for those with the same outcome and
// deadline.
func (t *batch) close() error {
	type end struct {
		outcome, rule string
		until         time.Time
	}
	ids := map[end][]string{}
	for _, h := range t.hours {
		e := end{outcome: "BILLED"}
		if len(h.lines) == 0 {
			e.outcome = "EMPTY"
		}
		e.until, e.rule = t.disputable(t.terms[h.account])
		ids[e] = append(ids[e], h.id)
	}
	for e, some := range ids {
		places, args := list(some)
		n, err := t.exec(t.ctx, strings.Replace(periodsClose, "(...)", places, 1), append([]any{t.now, e.outcome, e.until, e.rule}, args...)...)
		if err != nil || n != int64(len(some)) {
			return errors.Join(err, fmt.Errorf("floor: %d of %d periods were closed", n, len(some)))
		}
	}
	return nil
}

func (t *batch) writeBills() error {
	var billed []*hour
	var of []*hour
	var lines []*billLine
	for _, h := range t.hours {
		if len(h.lines) > 0 {
			billed = append(billed, h)
		}
		for i := range h.lines {
			of, lines = append(of, h), append(lines, &h.lines[i])
		}
	}
	err := t.insert(billsInsert, 26, len(billed), "", func(i int) []any {
		h := billed[i]
		a := t.terms[h.account]
		until, rule := t.disputable(a)
		y, m, d := h.from.In(h.zone).Date()
		digest := time.Date(y, m, d+1, 0, 0, 0, 0, h.zone).UTC().Add(a.delay + time.Hour)
		status, paid := "PAID", sql.NullTime{Time: t.now, Valid: true}
		if h.owed > 0 {
			status, paid = "UNPAID", sql.NullTime{}
		}
		return []any{h.bill, h.account, h.number, h.product, h.id, "HOUR", h.from, h.to, status, h.class, h.total, h.bonus, h.cash, h.currency,
			h.body, h.partner, h.productZH, h.productEN, h.name, h.entity, h.zone.String(), t.now, until, rule, paid, digest}
	})
	if err != nil {
		return err
	}
	position := 0
	return t.insert(linesInsert, 16, len(lines), "", func(i int) []any {
		h, l := of[i], lines[i]
		if position++; i == 0 || of[i-1] != h {
			position = 0
		}
		var from, to sql.NullTime
		if !l.of.IsZero() {
			from, to = sql.NullTime{Time: l.of, Valid: true}, sql.NullTime{Time: l.of.Add(time.Hour), Valid: true}
		}
		return []any{newID("bilt"), h.account, h.bill, position, l.application, l.service, l.use.metric, l.planZH, l.planEN, quantity(l.micros),
			l.unit, l.per, from, to, l.minor, h.currency}
	})
}

// writeBookings writes the bookings with their entries, the balances, the fees
// and the audit.
func (t *batch) writeBookings() error {
	var booked, paid []*hour
	var of []*hour
	var sides []side
	var places []int64
	written := map[string]bool{}
	var balances []*balance
	for _, h := range t.hours {
		if h.booking == "" {
			continue
		}
		booked = append(booked, h)
		if h.cash > 0 {
			paid = append(paid, h)
		}
		for i, s := range h.sides {
			of, sides, places = append(of, h), append(sides, s), append(places, h.version*16+int64(i))
		}
		if !written[h.account] {
			written[h.account] = true
			balances = append(balances, t.balances[h.account])
		}
	}
	return errors.Join(t.insert(bookingsInsert, 9, len(booked), "", func(i int) []any {
		h := booked[i]
		return []any{h.booking, h.account, "BILL", h.bill, h.cause, t.now, h.currency, h.version, h.hash}
	}), t.insert(entriesInsert, 12, len(sides), "", func(i int) []any {
		h, s := of[i], sides[i]
		return []any{s.id, h.account, h.booking, "BILL", h.bill, s.book, s.customer, s.minor, h.currency, s.after, places[i], t.now}
	}), t.insert(balancesWrite, 9, len(balances), t.onBalance(), func(i int) []any {
		b := balances[i]
		return []any{b.id, b.account, "CNY", b.cash, b.bonus, b.receivable, b.version, b.head, b.headVersion}
	}), t.insert(feesInsert, 6, len(paid), "", func(i int) []any {
		h := paid[i]
		return []any{newID("feeo"), h.account, h.bill, h.cash, h.currency, t.now}
	}), t.insert(billAudits, 15, len(t.hours), "", func(i int) []any {
		h := t.hours[i]
		object, details := h.id, map[string]string{}
		if len(h.lines) > 0 {
			object = h.bill
			details["number"], details["amount"] = h.number, fmt.Sprintf("%d.%02d", h.total/100, h.total%100)
			if h.arrears != "" {
				details["arrears"] = h.arrears
			}
		}
		text, _ := json.Marshal(details) // strings always can be
		return []any{newID("audt"), h.account, t.now, "SYSTEM", "bench", "", "billPeriod", object, "DONE", "", "", "-", "portico", "", string(text)}
	}))
}

// onBalance sets the changed columns of a balance. The row was read under a
// lock, so nobody changed it meanwhile.
func (t *batch) onBalance() string {
	start, of := " ON CONFLICT DO UPDATE SET ", func(c string) string { return "excluded." + c }
	if t.f.read == t.f.write { // MariaDB
		start, of = " ON DUPLICATE KEY UPDATE ", func(c string) string { return "VALUES(" + c + ")" }
	}
	columns := []string{"cash_minor", "bonus_minor", "receivable_minor", "turn", "head", "head_turn"}
	for i, c := range columns {
		columns[i] = c + " = " + of(c)
	}
	return start + strings.Join(columns, ", ")
}
