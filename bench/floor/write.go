package floor

import (
	"errors"
	"net/http"
	"time"
)

const (
	claimKey  = "INSERT INTO act_keys (id, principal, operation, `key`, input_hash, created_at) VALUES (?, ?, 'placeOrder', ?, ?, ?)"
	answerKey = "UPDATE act_keys SET answer = ? WHERE id = ?"

	findQuery = "SELECT a.account_id, a.status, a.region, COALESCE(e.country, 'CN'), p.product_id, p.revision, p.name_zh, p.name_en, p.charging, " +
		"p.class, p.region, p.currency, p.free, p.self_service, p.limits, p.withdrawn_at, r.provider_body, r.partner " +
		"FROM applications a JOIN plans p ON p.id = ? JOIN products r ON r.id = p.product_id " +
		"LEFT JOIN holdings h ON h.open_key = a.account_id LEFT JOIN legal_entities e ON e.id = h.legal_entity_id WHERE a.id = ?"

	conductQuery = "SELECT t.id FROM terms t WHERE NOT t.explicit AND t.effective_at <= ? " +
		"AND EXISTS (SELECT 1 FROM terms b WHERE b.kind = t.kind AND b.effective_at < t.effective_at) " +
		"AND NOT EXISTS (SELECT 1 FROM terms l WHERE l.kind = t.kind AND l.effective_at > t.effective_at AND l.effective_at <= ?) " +
		"AND NOT EXISTS (SELECT 1 FROM acceptances c WHERE c.account_id = ? AND c.terms_id = t.id)"

	restrictionsQuery = "SELECT id, lifts_id FROM restrictions WHERE account_id IN ('', ?) AND since <= ? AND (until_at IS NULL OR until_at > ?) " +
		"ORDER BY since, id"

	priceQuery = "SELECT term_count, unit_price FROM prices WHERE plan_id = ? AND metric = '' AND term_unit = ? AND effective_from <= ? " +
		"ORDER BY effective_from DESC LIMIT 1"

	zoneQuery = "SELECT value FROM overrides WHERE account_id = ? AND figure = 'agreement.zone' AND from_at <= ? AND (until_at IS NULL OR until_at > ?) " +
		"ORDER BY from_at DESC LIMIT 1"

	runningQuery = "SELECT id, plan_id, expires_at FROM services WHERE running_key = ?"

	balanceQuery = "SELECT id, cash_minor, bonus_minor, held_minor, turn FROM balances WHERE account_id = ? AND currency = ?"

	payUpdate = "UPDATE balances SET cash_minor = cash_minor - ?, bonus_minor = bonus_minor - ?, turn = turn + 1 " +
		"WHERE id = ? AND turn = ? AND cash_minor >= ? AND bonus_minor >= ?"

	transactionInsert = "INSERT INTO ledger_transactions (id, account_id, kind, subject_id, cause_key, at) VALUES (?, ?, 'ORDER', ?, ?, ?)"

	entriesStart = "INSERT INTO ledger_entries (id, account_id, transaction_id, kind, subject_id, book, customer_side, amount_minor, currency, " +
		"balance_after_minor, turn, at) VALUES "
	entryValues  = "(?, ?, ?, 'ORDER', ?, ?, ?, ?, ?, ?, ?, ?)"
	twoEntries   = entriesStart + entryValues + ", " + entryValues
	threeEntries = twoEntries + ", " + entryValues

	feeInsert = "INSERT INTO fees (id, account_id, subject_id, paid_minor, currency, paid_at) VALUES (?, ?, ?, ?, ?, ?)"

	applicationUpdate = "UPDATE applications SET status = 'ACTIVE' WHERE id = ? AND status = 'ACTIVE'"

	replaceUpdate = "UPDATE services SET status = ?, closed_at = ?, auto_renew = ?, running_key = NULL WHERE id = ? AND status = 'RUNNING'"

	serviceInsert = "INSERT INTO services (id, account_id, application_id, product_id, plan_id, order_id, status, charging, class, limits, opened_at, " +
		"expires_at, auto_renew, running_key) VALUES (?, ?, ?, ?, ?, ?, 'RUNNING', ?, ?, ?, ?, ?, ?, ?)"

	orderInsert = "INSERT INTO orders (id, account_id, number, status, plan_id, plan_revision, application_id, service_id, term_unit, term_count, " +
		"total_minor, paid_cash_minor, paid_bonus_minor, currency, provider_body, partner, free, placed_by, placed_at) " +
		"VALUES (?, ?, ?, 'FULFILLED', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"

	lineInsert = "INSERT INTO order_lines (id, account_id, order_id, position, description_zh, description_en, quantity, unit_price, amount_minor, currency) " +
		"VALUES (?, ?, ?, 0, ?, ?, ?, ?, ?, ?)"

	audit = "INSERT INTO audit_events (id, account_id, at, actor_kind, actor_id, acting_as, action, object_id, result, code, clause, ip_address, " +
		"agent, correlation_id, details) VALUES (?, ?, ?, 'PERSON', ?, ?, 'placeOrder', ?, 'DONE', '', '', ?, ?, ?, '{}')"
)

var writes = []string{claimKey, answerKey, findQuery, conductQuery, restrictionsQuery, priceQuery, zoneQuery, runningQuery, balanceQuery, payUpdate,
	transactionInsert, twoEntries, threeEntries, feeInsert, applicationUpdate, replaceUpdate, serviceInsert, orderInsert, lineInsert, audit,
	metersQuery, amendmentsQuery, reportAudit}

// pay deducts the total from the balance, bonus first, and books it.
func (o *placing) pay() error {
	var held int64
	var cash, bonus int64
	query := balanceQuery
	if err := o.row(query, o.account, o.currency).Scan(&o.balanceID, &cash, &bonus, &held, &o.version); err != nil {
		return err
	}
	if cash+bonus-held < o.total {
		return refused{http.StatusConflict, "INSUFFICIENT_BALANCE"}
	}
	o.bonus = min(bonus, o.total)
	o.cash = o.total - o.bonus
	o.cashAfter, o.bonusAfter = cash-o.cash, bonus-o.bonus
	paid, err := o.changed(payUpdate, o.cash, o.bonus, o.balanceID, o.version, o.cash, o.bonus)
	if err == nil && !paid {
		err = errors.New("floor: the balance changed meanwhile")
	}
	if err != nil || o.total == 0 {
		return err
	}
	o.transactionID = newID("ltxn")
	if err := o.exec(transactionInsert, o.transactionID, o.account, o.orderID, "ORDER:"+o.orderID, o.now); err != nil {
		return err
	}
	var args []any
	sides := 0
	for _, s := range []struct {
		book         string
		customer     bool
		minor, after int64
	}{{"BONUS", true, -o.bonus, o.bonusAfter}, {"CASH", true, -o.cash, o.cashAfter}, {"REVENUE", false, o.total, 0}} {
		if s.minor != 0 {
			args = append(args, newID("entr"), o.account, o.transactionID, o.orderID, s.book, s.customer, s.minor, o.currency, s.after,
				(o.version+1)*16+int64(sides), o.now)
			sides++
		}
	}
	entries := twoEntries
	if sides == 3 {
		entries = threeEntries
	}
	if err := o.exec(entries, args...); err != nil || o.cash == 0 {
		return err
	}
	return o.exec(feeInsert, newID("feeo"), o.account, o.orderID, o.cash, o.currency, o.now)
}

// open opens the service and closes the one that it replaces.
func (o *placing) open() error {
	alive, err := o.changed(applicationUpdate, o.in.ApplicationID)
	if err == nil && !alive {
		err = errNotFound
	}
	if err != nil {
		return err
	}
	if o.running != "" {
		ended, err := o.changed(replaceUpdate, "REPLACED", o.now, false, o.running)
		if err == nil && !ended {
			err = errors.New("floor: the service changed meanwhile")
		}
		if err != nil {
			return err
		}
	}
	return o.exec(serviceInsert, o.serviceID, o.account, o.in.ApplicationID, o.product, o.in.PlanID, o.orderID, o.charging, o.class, o.limits,
		o.now, endOf(o.from, o.months), false, o.in.ApplicationID+"|"+o.product)
}

// endOf returns the same time of the same day some months later, or of the last
// day of a shorter month.
func endOf(from time.Time, months int) time.Time {
	y, m, d := from.Date()
	last := time.Date(y, m+time.Month(months)+1, 0, 0, 0, 0, 0, from.Location()).Day()
	return time.Date(y, m+time.Month(months), min(d, last), from.Hour(), from.Minute(), from.Second(), from.Nanosecond(), from.Location()).UTC()
}

// write inserts the order and its line.
func (o *placing) write() error {
	err := o.exec(orderInsert, o.orderID, o.account, o.number, o.in.PlanID, o.planVersion, o.in.ApplicationID, o.serviceID, o.in.Term.Unit,
		o.in.Term.Count, o.total, o.cash, o.bonus, o.currency, o.body, o.partner, o.free, o.who.person, o.now)
	if err != nil {
		return err
	}
	return o.exec(lineInsert, newID("ordl"), o.account, o.orderID, o.planNames[0]+"，预付", o.planNames[1]+", prepaid", o.times,
		o.unitPrice, o.total, o.currency)
}
