package floor

import (
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"
)

const (
	ownersQuery = "SELECT o.account_id, p.verified_email_index FROM ownerships o JOIN employees e ON e.id = o.employee_id JOIN persons p ON p.id = e.person_id " +
		"WHERE o.open_key IN (...)"

	arrearsInsert = "INSERT INTO arrears (id, account_id, bill_id, currency, began_at, stops_at, stop_rule, reminded, remind_at, open_key) VALUES "

	restrictionsInsert = "INSERT INTO restrictions (id, account_id, scope, target_id, code, clause, cause_id, since, open_key) VALUES "

	sequenceNext  = "UPDATE sequences SET last = last + ? WHERE code = 'notice'"
	sequenceStart = "INSERT INTO sequences (id, code, last) VALUES (?, 'notice', ?)"
	sequenceQuery = "SELECT last FROM sequences WHERE code = 'notice'"

	noticesInsert = "INSERT INTO notices (id, sequence, kind, audience, title, body, title_en, body_en, clause, subject_id, in_site, email, public, " +
		"published_at, published_by) VALUES "

	targetsInsert = "INSERT INTO notice_targets (id, notice_id, sequence, target_id) VALUES "
)

// stops are the classes of services that arrears stop, at once or after the days
// of grace.
var stops = []struct {
	class, code string
	atOnce      bool
}{{"REALTIME", "ARREARS", true}, {"THIRD_PARTY", "ARREARS", true}, {"METERED", "ARREARS_OVERDUE", false}, {"SUBSCRIPTION", "ARREARS_OVERDUE", false}}

// writeArrears starts the arrears of accounts whose balance didn't cover a bill:
// what stops at once and after the days of grace, and a notice to the owner.
func (t *batch) writeArrears() error {
	var began []*hour
	var owners []string
	for _, h := range t.hours {
		if h.arrears != "" {
			began, owners = append(began, h), append(owners, h.account)
		}
	}
	if len(began) == 0 {
		return nil
	}
	ends := func(h *hour) time.Time {
		a := t.terms[h.account]
		y, m, d := t.now.In(a.zone).Date()
		return time.Date(y, m, d+a.grace+1, 0, 0, 0, 0, a.zone).UTC()
	}
	err := t.insert(arrearsInsert, 10, len(began), "", func(i int) []any {
		h := began[i]
		remind := ends(h).AddDate(0, 0, -1)
		if !remind.After(t.now) {
			remind = ends(h)
		}
		return []any{h.arrears, h.account, h.bill, h.currency, t.now, ends(h), fmt.Sprint("days-after:", t.terms[h.account].grace), 1, remind,
			h.account + "|" + h.currency}
	})
	if err != nil {
		return err
	}
	err = t.insert(restrictionsInsert, 9, len(began)*len(stops), "", func(i int) []any {
		h, s := began[i/len(stops)], stops[i%len(stops)]
		since := t.now
		if !s.atOnce {
			since = ends(h)
		}
		return []any{newID("rstr"), h.account, "CLASS", s.class, s.code, "3.8", h.arrears, since, strings.Join([]string{h.account, s.code, s.class, h.arrears}, "|")}
	})
	if err != nil {
		return err
	}
	return t.notify(began, owners, ends)
}

// notify posts a notice about the arrears of each account.
func (t *batch) notify(began []*hour, owners []string, ends func(*hour) time.Time) error {
	found := 0
	err := t.each(ownersQuery, nil, owners, func(rows *sql.Rows) error {
		var account string
		var mail sql.NullString
		if err := rows.Scan(&account, &mail); err != nil {
			return err
		}
		if found++; mail.Valid {
			return errors.New("floor: no address is verified where it is measured")
		}
		return nil
	})
	if err != nil {
		return err
	}
	if found != len(began) {
		return errors.New("floor: an account without an owner")
	}
	last, err := t.sequence(int64(len(began)))
	if err != nil {
		return err
	}
	ids := make([]string, len(began))
	err = t.insert(noticesInsert, 15, len(began), "", func(i int) []any {
		h := began[i]
		ids[i] = newID("ntce")
		owed := fmt.Sprintf("%d.%02d %s", h.owed/100, h.owed%100, h.currency)
		at := ends(h).In(t.terms[h.account].zone).Format("2006-01-02 15:04 MST")
		return []any{ids[i], last - int64(len(began)-1-i), "BILLING", "NAMED", "账户欠费",
			"账户欠费 " + owed + "。实时计量产品与第三方产品已停止服务；如未结清，其他付费服务将于 " + at + " 停止。结清后服务自动恢复。",
			"The account is in arrears", "The account owes " + owed + ". Products metered in real time and third-party products are stopped. " +
				"All other paid services stop at " + at + " unless the amount is paid. Services resume automatically when everything is paid.",
			"3.8", h.arrears, true, true, false, t.now, ""}
	})
	if err != nil {
		return err
	}
	return t.insert(targetsInsert, 4, len(began), "", func(i int) []any {
		return []any{newID("ntgt"), ids[i], last - int64(len(began)-1-i), began[i].account}
	})
}

// sequence takes the next numbers of notices, and returns the last of them.
func (t *batch) sequence(n int64) (last int64, err error) {
	changed, err := t.exec(t.ctx, sequenceNext, n)
	if err != nil {
		return 0, err
	}
	if changed == 0 {
		_, err := t.exec(t.ctx, sequenceStart, newID("sequ"), n)
		return n, err
	}
	s, err := t.statement(t.ctx, sequenceQuery)
	if err == nil {
		err = s.QueryRowContext(t.ctx).Scan(&last)
	}
	return last, err
}
