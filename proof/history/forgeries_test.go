package history_test

var ledgerForgeries = []composed{
	{"money of one account moved to another, entries and balances", []string{
		"a, x := SELECT account_id, id FROM balances WHERE cash_minor > 1000 ORDER BY id LIMIT 1",
		"b, y := SELECT account_id, id FROM balances WHERE cash_minor > 1000 ORDER BY id DESC LIMIT 1",
		"e := SELECT id FROM ledger_entries WHERE account_id = {a} AND book = 'CASH' ORDER BY turn DESC LIMIT 1",
		"f := SELECT id FROM ledger_entries WHERE account_id = {b} AND book = 'CASH' ORDER BY turn DESC LIMIT 1",
		"UPDATE ledger_entries SET amount_minor = amount_minor + 100, balance_after_minor = balance_after_minor + 100 WHERE id = {e}",
		"UPDATE ledger_entries SET amount_minor = amount_minor - 100, balance_after_minor = balance_after_minor - 100 WHERE id = {f}",
		"UPDATE balances SET cash_minor = cash_minor + 100 WHERE id = {x}",
		"UPDATE balances SET cash_minor = cash_minor - 100 WHERE id = {y}"}},
	{"the balances of two accounts swapped", []string{
		"a, x := SELECT account_id, id FROM balances WHERE turn > 0 ORDER BY id LIMIT 1",
		"b, y := SELECT account_id, id FROM balances WHERE turn > 0 ORDER BY id DESC LIMIT 1",
		"UPDATE balances SET account_id = 'nobody' WHERE id = {x}",
		"UPDATE balances SET account_id = {a} WHERE id = {y}",
		"UPDATE balances SET account_id = {b} WHERE id = {x}"}},
	{"bonus out of nothing, hashes and all", []string{
		"a, t, at := SELECT t.account_id, t.id, t.at FROM ledger_transactions t JOIN balances b ON b.account_id = t.account_id AND b.turn = t.turn WHERE t.kind <> 'BONUS' ORDER BY t.id DESC LIMIT 1",
		"INSERT INTO ledger_transactions (id, account_id, kind, subject_id, cause_key, at) VALUES ('ltxn_01KZZZZZZZZZZZZZZZZZZZZZZZ', {a}, 'BONUS', 'prom_x', 'BONUS:prom_x', {at+1h})",
		"INSERT INTO ledger_entries (id, account_id, transaction_id, kind, subject_id, book, customer_side, amount_minor, currency, balance_after_minor, turn, at) VALUES ('entr_01KZZZZZZZZZZZZZZZZZZZZZZY', {a}, 'ltxn_01KZZZZZZZZZZZZZZZZZZZZZZZ', 'BONUS', 'prom_x', 'BONUS', TRUE, 5000, 'CNY', 0, 99999999, {at+1h})",
		"INSERT INTO ledger_entries (id, account_id, transaction_id, kind, subject_id, book, customer_side, amount_minor, currency, balance_after_minor, turn, at) VALUES ('entr_01KZZZZZZZZZZZZZZZZZZZZZZZ', {a}, 'ltxn_01KZZZZZZZZZZZZZZZZZZZZZZZ', 'BONUS', 'prom_x', 'PROMOTION', FALSE, -5000, 'CNY', 0, 100000000, {at+1h})",
		"CHAIN {a}"}},
	{"the days of two bookings exchanged, hashes and all", []string{
		"a, t, at := SELECT account_id, id, at FROM ledger_transactions WHERE kind = 'TOP_UP' ORDER BY id LIMIT 1",
		"UPDATE ledger_transactions SET at = {at+240h} WHERE id = {t}",
		"UPDATE ledger_entries SET at = {at+240h} WHERE transaction_id = {t}",
		"CHAIN {a}"}},
	{"a fee exchanged for another's", []string{
		"f, p := SELECT id, paid_minor FROM fees WHERE invoiced_minor = 0 AND paid_minor > 0 ORDER BY id LIMIT 1",
		"g, q := SELECT id, paid_minor FROM fees WHERE invoiced_minor = 0 AND paid_minor > 0 AND id <> {f} ORDER BY id DESC LIMIT 1",
		"UPDATE fees SET paid_minor = {q} WHERE id = {f}", "UPDATE fees SET paid_minor = {p} WHERE id = {g}"}},
	{"a fee called invoiced, and another not", []string{
		"f := SELECT id FROM fees WHERE invoiced_minor > 0 ORDER BY id LIMIT 1", "g := SELECT id FROM fees WHERE invoiced_minor = 0 AND paid_minor > 0 ORDER BY id LIMIT 1",
		"UPDATE fees SET invoiced_minor = invoiced_minor - 1 WHERE id = {f}", "UPDATE fees SET invoiced_minor = 1 WHERE id = {g}"}},
	{"money held", []string{"x := SELECT id FROM balances WHERE cash_minor > 1000 ORDER BY id LIMIT 1", "UPDATE balances SET held_minor = 500 WHERE id = {x}"}},
	{"what was owed of a refund waived by nobody, hashes and all", []string{
		"p, a, c, u, t := SELECT id, account_id, channel, uncovered_minor, top_up_id FROM payments WHERE uncovered_minor > 0 ORDER BY id LIMIT 1",
		"at := SELECT at FROM ledger_transactions WHERE account_id = {a} ORDER BY turn DESC LIMIT 1",
		"INSERT INTO ledger_transactions (id, account_id, kind, subject_id, cause_key, at) SELECT 'ltxn_01KZZZZZZZZZZZZZZZZZZZZZZZ', account_id, 'REFUND_WAIVED', top_up_id, CONCAT('WAIVE:', id, ':9'), {at+1h} FROM payments WHERE id = {p}",
		"INSERT INTO ledger_entries (id, account_id, transaction_id, kind, subject_id, book, customer_side, amount_minor, currency, balance_after_minor, turn, at) VALUES ('entr_01KZZZZZZZZZZZZZZZZZZZZZZY', {a}, 'ltxn_01KZZZZZZZZZZZZZZZZZZZZZZZ', 'REFUND_WAIVED', {t}, 'RECOVERABLE', FALSE, {u}, 'CNY', 0, 99999999, {at+1h})",
		"INSERT INTO ledger_entries (id, account_id, transaction_id, kind, subject_id, book, customer_side, amount_minor, currency, balance_after_minor, turn, at) VALUES ('entr_01KZZZZZZZZZZZZZZZZZZZZZZZ', {a}, 'ltxn_01KZZZZZZZZZZZZZZZZZZZZZZZ', 'REFUND_WAIVED', {t}, 'LOSS', FALSE, -{u}, 'CNY', 0, 100000000, {at+1h})",
		"UPDATE payments SET uncovered_minor = 0, question = NULL, questioned = FALSE WHERE id = {p}",
		"CHAIN {a}"}},
}

var billForgeries = []composed{
	{"two lines exchanged between bills", []string{
		"l, b := SELECT id, bill_id FROM bill_lines WHERE position = 0 ORDER BY id LIMIT 1",
		"m, c := SELECT id, bill_id FROM bill_lines WHERE position = 0 AND bill_id <> {b} ORDER BY id DESC LIMIT 1",
		"UPDATE bill_lines SET bill_id = {c} WHERE id = {l}", "UPDATE bill_lines SET bill_id = {b} WHERE id = {m}"}},
	{"two bills of one account exchanged, with their periods' names", []string{
		"b, a, n := SELECT id, account_id, number FROM bills ORDER BY id LIMIT 1",
		"c, m := SELECT id, number FROM bills WHERE account_id = {a} AND id <> {b} ORDER BY id DESC LIMIT 1",
		"UPDATE bills SET number = 'x' WHERE id = {b}", "UPDATE bills SET number = {n} WHERE id = {c}", "UPDATE bills SET number = {m} WHERE id = {b}"}},
	{"a bill given to another account, with lines, period and usage", []string{
		"b, a, p := SELECT id, account_id, period_id FROM bills ORDER BY id LIMIT 1",
		"o := SELECT account_id FROM bills WHERE account_id <> {a} ORDER BY id DESC LIMIT 1",
		"UPDATE bills SET account_id = {o} WHERE id = {b}", "UPDATE bill_lines SET account_id = {o} WHERE bill_id = {b}",
		"UPDATE usage_periods SET account_id = {o} WHERE id = {p}", "UPDATE usage_totals SET account_id = {o} WHERE period_id = {p}"}},
	{"a bill made cheaper with its entries, hashes and all", []string{
		"b, a := SELECT id, account_id FROM bills WHERE paid_cash_minor = total_minor AND total_minor > 100 ORDER BY id LIMIT 1",
		"l := SELECT id FROM bill_lines WHERE bill_id = {b} AND amount_minor > 50 ORDER BY id LIMIT 1",
		"UPDATE bills SET total_minor = total_minor - 10, paid_cash_minor = paid_cash_minor - 10 WHERE id = {b}",
		"UPDATE bill_lines SET amount_minor = amount_minor - 10 WHERE id = {l}", "UPDATE fees SET paid_minor = paid_minor - 10 WHERE subject_id = {b}",
		"UPDATE ledger_entries SET amount_minor = amount_minor + 10 WHERE subject_id = {b} AND book = 'CASH'",
		"UPDATE ledger_entries SET amount_minor = amount_minor - 10 WHERE subject_id = {b} AND book = 'REVENUE'", "CHAIN {a}"}},
	{"a bill can be disputed for a month more, by its own rule and its period's", []string{
		"b, p, d := SELECT id, period_id, disputable_until FROM bills ORDER BY id LIMIT 1",
		"UPDATE bills SET disputable_until = {d+744h} WHERE id = {b}", "UPDATE usage_periods SET disputable_until = {d+744h} WHERE id = {p}"}},
	{"a bill sent an hour later, with period and entries, hashes and all", []string{
		"b, a, p, s := SELECT id, account_id, period_id, sent_at FROM bills WHERE status = 'PAID' AND paid_at = sent_at AND paid_cash_minor > 0 AND digest_at IS NULL ORDER BY id LIMIT 1",
		"UPDATE bills SET sent_at = {s+1h}, paid_at = {s+1h} WHERE id = {b}", "UPDATE usage_periods SET closed_at = {s+1h} WHERE id = {p}",
		"UPDATE ledger_entries SET at = {s+1h} WHERE subject_id = {b}", "UPDATE ledger_transactions SET at = {s+1h} WHERE subject_id = {b}",
		"UPDATE fees SET paid_at = {s+1h} WHERE subject_id = {b}", "CHAIN {a}"}},
	{"a bill erased with all that rests on it, hashes and all", []string{
		"b, a, p := SELECT b.id, b.account_id, b.period_id FROM bills b JOIN fees f ON f.subject_id = b.id WHERE f.invoiced_minor = 0 AND b.status = 'PAID' AND b.paid_at = b.sent_at ORDER BY b.id DESC LIMIT 1",
		"s := SELECT service_id FROM bill_lines WHERE bill_id = {b} LIMIT 1",
		"h := SELECT hour FROM usage_totals WHERE period_id = {p} LIMIT 1",
		"DELETE FROM usage_events WHERE service_id = {s} AND at >= {h} AND at < {h+1h}",
		"DELETE FROM usage_totals WHERE period_id = {p}", "DELETE FROM usage_periods WHERE id = {p}", "DELETE FROM bill_lines WHERE bill_id = {b}",
		"DELETE FROM bills WHERE id = {b}", "DELETE FROM fees WHERE subject_id = {b}", "DELETE FROM ledger_entries WHERE subject_id = {b}",
		"DELETE FROM ledger_transactions WHERE subject_id = {b}", "CHAIN {a}"}},
	{"arrears begun with a later bill", []string{
		"r, b, s := SELECT a.id, b.id, b.sent_at FROM arrears a, bills b WHERE b.sent_at > a.began_at ORDER BY a.id, b.id DESC LIMIT 1",
		"UPDATE arrears SET bill_id = {b}, began_at = {s} WHERE id = {r}"}},
	{"arrears erased with what they stopped", []string{
		"r := SELECT id FROM arrears WHERE ended_at IS NOT NULL ORDER BY id LIMIT 1",
		"DELETE FROM restrictions WHERE cause_id = {r}", "DELETE FROM arrears WHERE id = {r}"}},
	{"what arrears stopped erased, once they are over", []string{
		"r := SELECT cause_id FROM restrictions WHERE until_at IS NOT NULL AND clause = '3.8' ORDER BY id LIMIT 1", "DELETE FROM restrictions WHERE cause_id = {r}"}},
	{"a stop of arrears that are over told twice", []string{
		"r := SELECT id FROM restrictions WHERE until_at > since AND clause = '3.8' ORDER BY id LIMIT 1",
		"INSERT INTO restrictions (id, account_id, scope, target_id, code, clause, cause_id, since, until_at) SELECT 'rstr_01KZZZZZZZZZZZZZZZZZZZZZZZ', account_id, scope, target_id, code, clause, cause_id, since, until_at FROM restrictions WHERE id = {r}"}},
	{"the stop of arrears lifted while they run", []string{
		"r, s := SELECT r.id, r.since FROM restrictions r JOIN arrears a ON a.id = r.cause_id WHERE a.ended_at IS NULL AND r.until_at IS NULL ORDER BY r.id LIMIT 1",
		"UPDATE restrictions SET until_at = {s+1h}, open_key = NULL WHERE id = {r}"}},
	{"grace extended by nobody", []string{
		"r, g, s, x := SELECT a.id, a.began_at, a.stops_at, r.id FROM arrears a JOIN restrictions r ON r.cause_id = a.id AND r.since = a.stops_at AND r.until_at IS NULL WHERE a.ended_at IS NULL AND a.extended_at IS NULL ORDER BY a.id LIMIT 1",
		"UPDATE arrears SET extended_at = {g+1h}, extended_by = 'pers_x', extension_reason = 'by the books', stops_at = {s+24h}, stop_rule = '9d' WHERE id = {r}",
		"UPDATE restrictions SET since = {s+24h} WHERE cause_id = {r} AND since = {s}"}},
	{"usage moved to another period that is open", []string{
		"t, p, q := SELECT t.id, p.id, q.id FROM usage_totals t JOIN usage_periods p ON p.id = t.period_id JOIN usage_periods q ON p.account_id = q.account_id AND p.product_id = q.product_id AND q.from_at > p.from_at WHERE p.events > 1 ORDER BY t.id DESC LIMIT 1",
		"UPDATE usage_totals SET period_id = {q} WHERE id = {t}", "UPDATE usage_periods SET events = events - 1 WHERE id = {p}", "UPDATE usage_periods SET events = events + 1 WHERE id = {q}"}},
	{"usage erased before it is billed", []string{
		"p, a := SELECT id, account_id FROM usage_periods WHERE status = 'OPEN' ORDER BY id LIMIT 1",
		"s, h := SELECT service_id, hour FROM usage_totals WHERE period_id = {p} LIMIT 1",
		"DELETE FROM usage_events WHERE service_id = {s} AND at >= {h} AND at < {h+1h}", "DELETE FROM usage_totals WHERE period_id = {p}", "DELETE FROM usage_periods WHERE id = {p}"}},
	{"usage made less before it is billed", []string{
		"p := SELECT id FROM usage_periods WHERE status = 'OPEN' AND quantity_micros > 1000 ORDER BY id LIMIT 1",
		"t, s, h := SELECT id, service_id, hour FROM usage_totals WHERE period_id = {p} AND quantity_micros > 1000 LIMIT 1",
		"e := SELECT id FROM usage_events WHERE service_id = {s} AND at >= {h} AND at < {h+1h} AND quantity_micros > 1000 LIMIT 1",
		"UPDATE usage_events SET quantity_micros = quantity_micros - 1000 WHERE id = {e}", "UPDATE usage_totals SET quantity_micros = quantity_micros - 1000 WHERE id = {t}",
		"UPDATE usage_periods SET quantity_micros = quantity_micros - 1000 WHERE id = {p}"}},
	{"a level made less, with its event", []string{
		"t, a, m, at := SELECT id, application_id, metric, level_at FROM usage_totals WHERE level_at IS NOT NULL ORDER BY id LIMIT 1",
		"UPDATE usage_totals SET quantity_micros = quantity_micros - 1000000 WHERE id = {t}",
		"UPDATE usage_events SET quantity_micros = quantity_micros - 1000000 WHERE application_id = {a} AND metric = {m} AND at = {at}"}},
	{"usage moved to another account's service, event and total", []string{
		"p := SELECT id FROM usage_periods WHERE status = 'OPEN' ORDER BY id LIMIT 1",
		"t, s, a, h := SELECT id, service_id, account_id, hour FROM usage_totals WHERE period_id = {p} LIMIT 1",
		"o, b, c := SELECT s.id, s.account_id, s.application_id FROM services s JOIN services r ON r.product_id = s.product_id WHERE r.id = {s} AND s.account_id <> r.account_id AND s.charging = 'METERED' AND s.status = 'RUNNING' ORDER BY s.id LIMIT 1",
		"UPDATE usage_events SET service_id = {o}, account_id = {b}, application_id = {c} WHERE service_id = {s} AND at >= {h} AND at < {h+1h}",
		"UPDATE usage_totals SET service_id = {o}, account_id = {b}, application_id = {c} WHERE id = {t}"}},
	{"a bill of another currency, all its rows", []string{
		"b, a := SELECT b.id, b.account_id FROM bills b JOIN fees f ON f.subject_id = b.id ORDER BY b.id LIMIT 1",
		"UPDATE bills SET currency = 'USD' WHERE id = {b}", "UPDATE bill_lines SET currency = 'USD' WHERE bill_id = {b}", "UPDATE ledger_entries SET currency = 'USD' WHERE subject_id = {b}",
		"UPDATE ledger_transactions SET currency = 'USD' WHERE subject_id = {b}", "UPDATE fees SET currency = 'USD' WHERE subject_id = {b}"}},
}

var orderForgeries = []composed{
	{"an order erased with all that rests on it, hashes and all", []string{
		"o, a, s := SELECT o.id, o.account_id, o.service_id FROM orders o JOIN fees f ON f.subject_id = o.id WHERE f.invoiced_minor = 0 AND o.total_minor > 0 ORDER BY o.id DESC LIMIT 1",
		"DELETE FROM order_lines WHERE order_id = {o}", "DELETE FROM services WHERE id = {s}", "DELETE FROM orders WHERE id = {o}", "DELETE FROM fees WHERE subject_id = {o}",
		"DELETE FROM ledger_entries WHERE subject_id = {o}", "DELETE FROM ledger_transactions WHERE subject_id = {o}", "CHAIN {a}"}},
	{"an order of nothing erased, with its service", []string{
		"o, s := SELECT o.id, o.service_id FROM orders o JOIN services v ON v.id = o.service_id WHERE o.total_minor = 0 AND v.status = 'RUNNING' ORDER BY o.id DESC LIMIT 1",
		"DELETE FROM order_lines WHERE order_id = {o}", "DELETE FROM services WHERE id = {s}", "DELETE FROM orders WHERE id = {o}"}},
	{"a service added with an order of nothing", []string{
		"o, s, at := SELECT o.id, o.service_id, o.placed_at FROM orders o JOIN services s ON s.id = o.service_id WHERE o.term_count = 0 AND s.status = 'CLOSED' ORDER BY o.id DESC LIMIT 1",
		"INSERT INTO services (id, account_id, application_id, product_id, plan_id, order_id, status, charging, class, limits, opened_at, auto_renew, closed_at) SELECT 'serv_01KZZZZZZZZZZZZZZZZZZZZZZZ', account_id, application_id, product_id, plan_id, 'ordr_01KZZZZZZZZZZZZZZZZZZZZZZZ', status, charging, class, limits, opened_at, auto_renew, closed_at FROM services WHERE id = {s}",
		"INSERT INTO orders (id, account_id, number, status, plan_id, plan_revision, application_id, service_id, term_unit, term_count, total_minor, paid_cash_minor, paid_bonus_minor, currency, provider_body, free, placed_by, placed_at) SELECT 'ordr_01KZZZZZZZZZZZZZZZZZZZZZZZ', account_id, CONCAT(number, '9'), status, plan_id, plan_revision, application_id, 'serv_01KZZZZZZZZZZZZZZZZZZZZZZZ', term_unit, term_count, total_minor, paid_cash_minor, paid_bonus_minor, currency, provider_body, free, placed_by, placed_at FROM orders WHERE id = {o}",
		"INSERT INTO order_lines (id, account_id, order_id, position, description_zh, description_en, quantity, unit_price, amount_minor, currency) SELECT 'ordl_01KZZZZZZZZZZZZZZZZZZZZZZZ', account_id, 'ordr_01KZZZZZZZZZZZZZZZZZZZZZZZ', position, description_zh, description_en, quantity, unit_price, amount_minor, currency FROM order_lines WHERE order_id = {o}"}},
	{"an order of nothing placed long ago, with its service", []string{
		"o, s, at := SELECT o.id, o.service_id, o.placed_at FROM orders o JOIN services s ON s.id = o.service_id WHERE o.term_count = 0 AND s.status = 'CLOSED' ORDER BY o.id DESC LIMIT 1",
		"UPDATE orders SET placed_at = {at-2400h} WHERE id = {o}", "UPDATE services SET opened_at = {at-2400h} WHERE id = {s}"}},
	{"a service for another month that nobody paid", []string{
		"s, x := SELECT id, expires_at FROM services WHERE status = 'RUNNING' AND expires_at IS NOT NULL ORDER BY id LIMIT 1", "UPDATE services SET expires_at = {x+744h} WHERE id = {s}"}},
	{"a service for another month, with the order's term", []string{
		"s, x, o := SELECT id, expires_at, order_id FROM services WHERE status = 'RUNNING' AND expires_at IS NOT NULL ORDER BY id LIMIT 1",
		"UPDATE services SET expires_at = {x+744h} WHERE id = {s}", "UPDATE orders SET term_count = 2 WHERE id = {o}", "UPDATE order_lines SET quantity = '2', unit_price = '750' WHERE order_id = {o}"}},
	{"a service begun a month later, with its order", []string{
		"s, x, o, at := SELECT id, expires_at, order_id, opened_at FROM services WHERE status = 'RUNNING' AND expires_at IS NOT NULL ORDER BY id LIMIT 1",
		"UPDATE services SET expires_at = {x+24h}, opened_at = {at+24h}, anchor_day = anchor_day + 1 WHERE id = {s}", "UPDATE orders SET placed_at = {at+24h} WHERE id = {o}"}},
	{"a closed service revived", []string{
		"s := SELECT id FROM services s WHERE status = 'CLOSED' AND charging = 'METERED' AND NOT EXISTS (SELECT 1 FROM applications a WHERE a.id = s.application_id AND a.status = 'DELETED') AND NOT EXISTS (SELECT 1 FROM closings c WHERE c.account_id = s.account_id) AND NOT EXISTS (SELECT 1 FROM services n WHERE n.application_id = s.application_id AND n.product_id = s.product_id AND n.status = 'RUNNING') ORDER BY id LIMIT 1",
		"UPDATE services SET status = 'RUNNING', closed_at = NULL, running_key = CONCAT(application_id, '|', product_id) WHERE id = {s}"}},
	{"a service that renews by itself", []string{"s := SELECT id FROM services WHERE status = 'RUNNING' AND charging = 'PREPAID' ORDER BY id LIMIT 1", "UPDATE services SET auto_renew = TRUE WHERE id = {s}"}},
	{"a larger limit, of service and plan revision", []string{
		"s, o, p := SELECT id, order_id, plan_id FROM services WHERE status = 'RUNNING' ORDER BY id LIMIT 1",
		"UPDATE services SET limits = '[]' WHERE id = {s}", "UPDATE plans SET revision = revision + 1 WHERE id = {p}"}},
	{"an order of a dearer plan at the price of its own", []string{
		"o, s, a := SELECT o.id, o.service_id, o.account_id FROM orders o WHERE o.total_minor > 0 ORDER BY o.id LIMIT 1",
		"p, r, d := SELECT p.id, p.revision, p.product_id FROM plans p, services s WHERE s.id = {s} AND p.product_id = s.product_id AND p.id <> s.plan_id AND p.charging = 'PREPAID' ORDER BY p.rank DESC LIMIT 1",
		"UPDATE orders SET plan_id = {p} WHERE id = {o}", "UPDATE services SET plan_id = {p} WHERE id = {s}"}},
	{"a listed price made less, with what was sold at it", []string{
		"c, p, v := SELECT c.id, c.plan_id, c.unit_price FROM prices c JOIN orders o ON o.plan_id = c.plan_id AND c.metric = '' AND o.term_unit = c.term_unit WHERE o.total_minor > 0 ORDER BY c.id LIMIT 1",
		"UPDATE prices SET unit_price = '1' WHERE id = {c}"}},
	{"a listed price made less that nobody paid yet", []string{
		"c := SELECT id FROM prices c WHERE NOT EXISTS (SELECT 1 FROM orders o WHERE o.plan_id = c.plan_id) ORDER BY id DESC LIMIT 1",
		"UPDATE prices SET unit_price = '0.01' WHERE id = {c}"}},
	{"an order given to another account with its application", []string{
		"o, a, x, s := SELECT id, account_id, application_id, service_id FROM orders WHERE total_minor = 0 ORDER BY id LIMIT 1",
		"b := SELECT id FROM accounts WHERE id <> {a} ORDER BY id DESC LIMIT 1",
		"UPDATE orders SET account_id = {b} WHERE application_id = {x}", "UPDATE order_lines SET account_id = {b} WHERE order_id IN (SELECT id FROM orders WHERE application_id = {x})",
		"UPDATE services SET account_id = {b} WHERE application_id = {x}", "UPDATE applications SET account_id = {b} WHERE id = {x}"}},
	{"an application revived that was deleted", []string{
		"x := SELECT id FROM applications WHERE status = 'DELETED' ORDER BY id LIMIT 1", "UPDATE applications SET status = 'ACTIVE', deleted_at = NULL WHERE id = {x}"}},
	{"an order placed by somebody else, and the audit says so", []string{
		"o := SELECT id FROM orders ORDER BY id LIMIT 1", "p := SELECT id FROM persons ORDER BY id DESC LIMIT 1",
		"UPDATE orders SET placed_by = {p} WHERE id = {o}"}},
	{"an order of nothing in another currency, with its lines", []string{
		"o := SELECT id FROM orders WHERE total_minor = 0 ORDER BY id LIMIT 1", "UPDATE orders SET currency = 'USD' WHERE id = {o}", "UPDATE order_lines SET currency = 'USD' WHERE order_id = {o}"}},
	{"what was sold named otherwise, on order and lines", []string{
		"o := SELECT id FROM orders WHERE total_minor > 0 ORDER BY id LIMIT 1",
		"UPDATE orders SET provider_body = 'Another Ltd' WHERE id = {o}", "UPDATE order_lines SET description_zh = 'X', description_en = 'X' WHERE order_id = {o}"}},
}

var paymentForgeries = []composed{
	{"a top-up paid by nobody, hashes and all", []string{
		"t, a, at, m := SELECT id, account_id, created_at, amount_minor FROM top_ups WHERE status = 'CREDITED' AND channel = 'SANDBOX' ORDER BY id DESC LIMIT 1",
		"INSERT INTO top_ups (id, account_id, payment_reference, amount_minor, currency, channel, status, payer_name, paid_minor, started_by, created_at, expires_at, credited_at) SELECT 'topu_01KZZZZZZZZZZZZZZZZZZZZZZZ', account_id, 'XXXXXXXX', amount_minor, currency, channel, status, payer_name, amount_minor, started_by, created_at, expires_at, {at+1h} FROM top_ups WHERE id = {t}",
		"INSERT INTO payments (id, account_id, top_up_id, channel, trade_number, amount_minor, currency, payer_name, digest, received_at, state, decided_at, questioned, refunded_minor, reversed_minor, uncovered_minor, version) SELECT 'paym_01KZZZZZZZZZZZZZZZZZZZZZZZ', account_id, 'topu_01KZZZZZZZZZZZZZZZZZZZZZZZ', channel, 'sbx_x', amount_minor, currency, COALESCE(payer_name, ''), 'd', {at+1h}, 'CREDITED', {at+1h}, FALSE, 0, 0, 0, 0 FROM top_ups WHERE id = {t}",
		"INSERT INTO ledger_transactions (id, account_id, kind, subject_id, cause_key, at) VALUES ('ltxn_01KZZZZZZZZZZZZZZZZZZZZZZZ', {a}, 'TOP_UP', 'topu_01KZZZZZZZZZZZZZZZZZZZZZZZ', 'PAYMENT:paym_01KZZZZZZZZZZZZZZZZZZZZZZZ', {at+1h})",
		"INSERT INTO ledger_entries (id, account_id, transaction_id, kind, subject_id, book, customer_side, amount_minor, currency, balance_after_minor, turn, at) VALUES ('entr_01KZZZZZZZZZZZZZZZZZZZZZZY', {a}, 'ltxn_01KZZZZZZZZZZZZZZZZZZZZZZZ', 'TOP_UP', 'topu_01KZZZZZZZZZZZZZZZZZZZZZZZ', 'CASH', TRUE, {m}, 'CNY', 0, 99999999, {at+1h})",
		"INSERT INTO ledger_entries (id, account_id, transaction_id, kind, subject_id, book, customer_side, amount_minor, currency, balance_after_minor, turn, at) VALUES ('entr_01KZZZZZZZZZZZZZZZZZZZZZZZ', {a}, 'ltxn_01KZZZZZZZZZZZZZZZZZZZZZZZ', 'TOP_UP', 'topu_01KZZZZZZZZZZZZZZZZZZZZZZZ', 'CLEARING:SANDBOX', FALSE, -{m}, 'CNY', 0, 100000000, {at+1h})",
		"CHAIN {a}"}},
	{"a payment given to another account with its top-up and bookings, hashes and all", []string{
		"p, t, a := SELECT id, top_up_id, account_id FROM payments WHERE state = 'CREDITED' AND refunded_minor = 0 ORDER BY id LIMIT 1",
		"b := SELECT account_id FROM balances WHERE turn > 0 AND account_id <> {a} ORDER BY cash_minor DESC LIMIT 1",
		"UPDATE payments SET account_id = {b} WHERE id = {p}", "UPDATE top_ups SET account_id = {b} WHERE id = {t}",
		"UPDATE ledger_transactions SET account_id = {b} WHERE subject_id = {t}", "UPDATE ledger_entries SET account_id = {b} WHERE subject_id = {t}",
		"CHAIN {a}", "CHAIN {b}"}},
	{"money that waits released by nobody, hashes and all", []string{
		"p, t, a, m := SELECT id, top_up_id, account_id, amount_minor - reversed_minor FROM payments WHERE state = 'SUSPENSE' ORDER BY id LIMIT 1",
		"at := SELECT at FROM ledger_transactions WHERE account_id = {a} ORDER BY turn DESC LIMIT 1",
		"UPDATE payments SET state = 'CREDITED', decided_at = {at+1h} WHERE id = {p}", "UPDATE top_ups SET status = 'CREDITED', credited_at = {at+1h} WHERE id = {t}",
		"INSERT INTO ledger_transactions (id, account_id, kind, subject_id, cause_key, at) SELECT 'ltxn_01KZZZZZZZZZZZZZZZZZZZZZZZ', account_id, 'SUSPENSE_RELEASE', top_up_id, CONCAT('SUSPENSE:', id), {at+1h} FROM payments WHERE id = {p}",
		"INSERT INTO ledger_entries (id, account_id, transaction_id, kind, subject_id, book, customer_side, amount_minor, currency, balance_after_minor, turn, at) VALUES ('entr_01KZZZZZZZZZZZZZZZZZZZZZZY', {a}, 'ltxn_01KZZZZZZZZZZZZZZZZZZZZZZZ', 'SUSPENSE_RELEASE', {t}, 'SUSPENSE', TRUE, -{m}, 'CNY', 0, 99999999, {at+1h})",
		"INSERT INTO ledger_entries (id, account_id, transaction_id, kind, subject_id, book, customer_side, amount_minor, currency, balance_after_minor, turn, at) VALUES ('entr_01KZZZZZZZZZZZZZZZZZZZZZZZ', {a}, 'ltxn_01KZZZZZZZZZZZZZZZZZZZZZZZ', 'SUSPENSE_RELEASE', {t}, 'CASH', TRUE, {m}, 'CNY', 0, 100000000, {at+1h})",
		"CHAIN {a}"}},
	{"more paid than was, with top-up and bookings, hashes and all", []string{
		"p, t, a := SELECT p.id, p.top_up_id, p.account_id FROM payments p JOIN payment_events e ON e.payment_id = p.id WHERE p.state = 'CREDITED' AND p.channel = 'SANDBOX' AND p.refunded_minor = 0 ORDER BY p.id LIMIT 1",
		"UPDATE payments SET amount_minor = amount_minor + 1000 WHERE id = {p}", "UPDATE top_ups SET paid_minor = paid_minor + 1000, amount_minor = amount_minor + 1000 WHERE id = {t}",
		"UPDATE ledger_entries SET amount_minor = amount_minor + 1000 WHERE subject_id = {t} AND book = 'CASH'", "UPDATE ledger_entries SET amount_minor = amount_minor - 1000 WHERE subject_id = {t} AND book = 'CLEARING:SANDBOX'",
		"CHAIN {a}"}},
	{"a refund told twice", []string{
		"e, p := SELECT id, payment_id FROM payment_events WHERE refund_minor > 0 ORDER BY id LIMIT 1",
		"INSERT INTO payment_events (id, payment_id, meaning, words, refund_number, refund_minor, currency, digest, signed, received_at) SELECT 'pmev_01KZZZZZZZZZZZZZZZZZZZZZZZ', payment_id, 'x', words, 'again', refund_minor, currency, digest, signed, received_at FROM payment_events WHERE id = {e}",
		"UPDATE payments SET refunded_minor = refunded_minor * 2 WHERE id = {p}"}},
	{"who paid exchanged, on payment and top-up", []string{
		"p, t := SELECT p.id, p.top_up_id FROM payments p JOIN payment_events e ON e.payment_id = p.id WHERE p.state = 'CREDITED' AND p.channel = 'SANDBOX' ORDER BY p.id LIMIT 1",
		"UPDATE payments SET payer_name = 'Somebody Ltd' WHERE id = {p}", "UPDATE top_ups SET payer_name = 'Somebody Ltd' WHERE id = {t}"}},
	{"the channel's numbers of two payments exchanged", []string{
		"p, m := SELECT p.id, p.trade_number FROM payments p JOIN payment_events e ON e.payment_id = p.id WHERE p.state = 'CREDITED' AND p.channel = 'SANDBOX' ORDER BY p.id LIMIT 1",
		"q, n := SELECT p.id, p.trade_number FROM payments p JOIN payment_events e ON e.payment_id = p.id WHERE p.state = 'CREDITED' AND p.channel = 'SANDBOX' ORDER BY p.id DESC LIMIT 1",
		"UPDATE payments SET trade_number = 'x' WHERE id = {p}", "UPDATE payments SET trade_number = {m} WHERE id = {q}", "UPDATE payments SET trade_number = {n} WHERE id = {p}"}},
	{"what a channel signed of two payments exchanged", []string{
		"e, p := SELECT e.id, p.id FROM payments p JOIN payment_events e ON e.payment_id = p.id WHERE p.state = 'CREDITED' AND p.channel = 'SANDBOX' ORDER BY p.id LIMIT 1",
		"f, q := SELECT e.id, p.id FROM payments p JOIN payment_events e ON e.payment_id = p.id WHERE p.state = 'CREDITED' AND p.channel = 'SANDBOX' ORDER BY p.id DESC LIMIT 1",
		"UPDATE payment_events SET payment_id = {q} WHERE id = {e}", "UPDATE payment_events SET payment_id = {p} WHERE id = {f}"}},
	{"what a channel signed erased, with its words", []string{
		"e, p := SELECT e.id, p.id FROM payments p JOIN payment_events e ON e.payment_id = p.id WHERE p.state = 'CREDITED' AND p.channel = 'SANDBOX' ORDER BY p.id LIMIT 1",
		"DELETE FROM payment_events WHERE payment_id = {p}", "UPDATE payments SET words = NULL, paid_at = NULL WHERE id = {p}"}},
	{"decided by another operator", []string{
		"p, d := SELECT id, decided_by FROM payments WHERE decided_by IS NOT NULL ORDER BY id LIMIT 1", "o := SELECT id FROM persons WHERE id <> {d} ORDER BY id LIMIT 1",
		"UPDATE payments SET decided_by = {o} WHERE id = {p}"}},
	{"a top-up that ran out, of another currency and amount", []string{
		"t := SELECT id FROM top_ups WHERE paid_minor IS NULL ORDER BY id LIMIT 1", "UPDATE top_ups SET currency = 'USD', amount_minor = amount_minor + 1 WHERE id = {t}"}},
	{"a top-up that ran out, erased", []string{
		"t := SELECT id FROM top_ups WHERE paid_minor IS NULL ORDER BY id LIMIT 1", "DELETE FROM top_ups WHERE id = {t}"}},
	{"a top-up started by somebody else", []string{
		"t, p := SELECT id, started_by FROM top_ups ORDER BY id LIMIT 1", "o := SELECT id FROM persons WHERE id <> {p} ORDER BY id LIMIT 1", "UPDATE top_ups SET started_by = {o} WHERE id = {t}"}},
	{"nobody's money, another amount", []string{
		"p := SELECT id FROM payments WHERE account_id = '' AND amount_minor > 0 ORDER BY id LIMIT 1", "UPDATE payments SET amount_minor = amount_minor + 100 WHERE id = {p}"}},
	{"nobody's money erased, with what was signed", []string{
		"p := SELECT id FROM payments WHERE account_id = '' AND amount_minor > 0 ORDER BY id LIMIT 1", "DELETE FROM payment_events WHERE payment_id = {p}", "DELETE FROM payments WHERE id = {p}"}},
}

var documentForgeries = []composed{
	{"the fees of two invoices exchanged", []string{
		"i, v, f, s := SELECT id, invoice_id, fee_id, subject_id FROM invoice_items ORDER BY id LIMIT 1",
		"j, w := SELECT id, invoice_id FROM invoice_items WHERE invoice_id <> {v} ORDER BY id DESC LIMIT 1",
		"UPDATE invoice_items SET invoice_id = {w} WHERE id = {i}", "UPDATE invoice_items SET invoice_id = {v} WHERE id = {j}"}},
	{"an invoice given to another account", []string{
		"v, a := SELECT id, account_id FROM invoices ORDER BY id LIMIT 1", "b := SELECT id FROM accounts WHERE id <> {a} ORDER BY id LIMIT 1",
		"UPDATE invoices SET account_id = {b} WHERE id = {v}", "UPDATE invoice_items SET account_id = {b} WHERE invoice_id = {v}"}},
	{"the last invoice of a series erased, with items, fee and count", []string{
		"v, s := SELECT id, series FROM invoices WHERE status = 'ISSUED' ORDER BY number DESC LIMIT 1",
		"UPDATE fees SET invoiced_minor = invoiced_minor - (SELECT SUM(amount_minor) FROM invoice_items i WHERE i.fee_id = fees.id AND i.invoice_id = {v}) WHERE id IN (SELECT fee_id FROM invoice_items WHERE invoice_id = {v})",
		"DELETE FROM invoice_items WHERE invoice_id = {v}", "DELETE FROM invoices WHERE id = {v}", "UPDATE sequences SET last = last - 1 WHERE code = CONCAT('invoice.', {s})"}},
	{"an invoice issued by nobody", []string{
		"v, by, from := SELECT id, approved_by, issue_from FROM invoices WHERE status = 'APPROVED' ORDER BY id LIMIT 1",
		"w, s := SELECT id, series FROM invoices WHERE status = 'ISSUED' ORDER BY number DESC LIMIT 1",
		"UPDATE invoices SET status = 'ISSUED', issued_at = issue_from, issued_by = approved_by, series = {s}, number = CONCAT({s}, '00000003'), seller_name = (SELECT n FROM (SELECT seller_name AS n FROM invoices WHERE id = {w}) x), seller_number = (SELECT n FROM (SELECT seller_number AS n FROM invoices WHERE id = {w}) x) WHERE id = {v}",
		"UPDATE sequences SET last = 3 WHERE code = CONCAT('invoice.', {s})"}},
	{"the numbers of two invoices exchanged", []string{
		"v, m := SELECT id, number FROM invoices WHERE status = 'ISSUED' ORDER BY number LIMIT 1", "w, n := SELECT id, number FROM invoices WHERE status = 'ISSUED' ORDER BY number DESC LIMIT 1",
		"UPDATE invoices SET number = 'x' WHERE id = {v}", "UPDATE invoices SET number = {m} WHERE id = {w}", "UPDATE invoices SET number = {n} WHERE id = {v}"}},
	{"an invoice of another seller", []string{
		"v := SELECT id FROM invoices WHERE status = 'ISSUED' ORDER BY number LIMIT 1", "UPDATE invoices SET seller_name = 'Another Ltd', seller_number = '91310000000000000X' WHERE id = {v}"}},
	{"an invoice to another title", []string{
		"v := SELECT id FROM invoices WHERE status = 'ISSUED' ORDER BY number LIMIT 1", "UPDATE invoices SET title = 'Another Ltd' WHERE id = {v}"}},
	{"what is encrypted of an invoice exchanged", []string{
		"v := SELECT id FROM invoices WHERE status = 'ISSUED' ORDER BY number LIMIT 1",
		"UPDATE invoices SET tax_number = delivery_email WHERE id = {v}"}},
	{"the tax numbers of two accounts exchanged", []string{
		"v := SELECT id FROM invoices WHERE status = 'ISSUED' ORDER BY number LIMIT 1",
		"e := SELECT h.legal_entity_id FROM holdings h JOIN invoices v ON v.account_id <> h.account_id WHERE v.id = {v} ORDER BY h.id LIMIT 1",
		"UPDATE invoices SET tax_number = (SELECT registration_number FROM legal_entities WHERE id = {e}) WHERE id = {v}"}},
	{"a legal entity renamed, with its invoices and bills", []string{
		"v, e, a := SELECT v.id, h.legal_entity_id, v.account_id FROM invoices v JOIN holdings h ON h.account_id = v.account_id WHERE v.status = 'ISSUED' ORDER BY v.number LIMIT 1",
		"UPDATE legal_entities SET name = 'Another Ltd' WHERE id = {e}", "UPDATE invoices SET title = 'Another Ltd' WHERE account_id = {a}", "UPDATE bills SET legal_name = 'Another Ltd' WHERE account_id = {a}"}},
	{"an invoice of another amount, with an item and its fee", []string{
		"v := SELECT id FROM invoices WHERE status = 'ISSUED' ORDER BY number LIMIT 1", "i, f := SELECT id, fee_id FROM invoice_items WHERE invoice_id = {v} LIMIT 1",
		"UPDATE invoices SET amount_minor = amount_minor - 1 WHERE id = {v}", "UPDATE invoice_items SET amount_minor = amount_minor - 1 WHERE id = {i}", "UPDATE fees SET invoiced_minor = invoiced_minor - 1 WHERE id = {f}"}},
	{"a rejected invoice taken back, with its fee", []string{
		"v := SELECT id FROM invoices WHERE status = 'REJECTED' ORDER BY id LIMIT 1",
		"UPDATE invoices SET status = 'REQUESTED', decided_at = NULL, reason = NULL WHERE id = {v}",
		"UPDATE fees SET invoiced_minor = invoiced_minor + (SELECT SUM(amount_minor) FROM invoice_items i WHERE i.fee_id = fees.id AND i.invoice_id = {v}) WHERE id IN (SELECT fee_id FROM invoice_items WHERE invoice_id = {v})"}},
	{"an account that is being closed revived", []string{
		"c, a := SELECT id, account_id FROM closings ORDER BY id LIMIT 1", "UPDATE accounts SET status = 'ACTIVE' WHERE id = {a}"}},
	{"an account that is being closed revived, its closing erased", []string{
		"c, a := SELECT id, account_id FROM closings ORDER BY id LIMIT 1", "DELETE FROM restrictions WHERE cause_id = {c}", "DELETE FROM closings WHERE id = {c}", "UPDATE accounts SET status = 'ACTIVE' WHERE id = {a}"}},
	{"an account called closed", []string{
		"a := SELECT id FROM accounts WHERE status = 'ACTIVE' ORDER BY id LIMIT 1", "UPDATE accounts SET status = 'TERMINATED' WHERE id = {a}"}},
	{"an account of another currency", []string{
		"a := SELECT account_id FROM balances WHERE turn > 0 ORDER BY id LIMIT 1", "UPDATE accounts SET currency = 'USD' WHERE id = {a}"}},
	{"another version of the agreement accepted", []string{
		"x, t := SELECT id, terms_id FROM acceptances ORDER BY id LIMIT 1", "u := SELECT id FROM terms WHERE id <> {t} ORDER BY id DESC LIMIT 1",
		"UPDATE acceptances SET terms_id = {u} WHERE id = {x}"}},
	{"an acceptance backdated", []string{
		"x, at := SELECT id, accepted_at FROM acceptances ORDER BY id LIMIT 1", "UPDATE acceptances SET accepted_at = {at-24h} WHERE id = {x}"}},
	{"a price signed by nobody", []string{
		"a, at := SELECT id, created_at FROM accounts ORDER BY id LIMIT 1", "p, m := SELECT plan_id, metric FROM prices WHERE metric <> '' ORDER BY id LIMIT 1",
		"INSERT INTO overrides (id, account_id, figure, value, plan_id, metric, term_unit, term_count, per, agreement, from_at, recorded_by, recorded_at) VALUES ('ovrd_01KZZZZZZZZZZZZZZZZZZZZZZZ', {a}, 'price.x.y', '0.0001', {p}, {m}, '', 0, '1', 'A-1', {at}, 'pers_x', {at})"}},
	{"the legal entities of two accounts exchanged", []string{
		"x, e := SELECT id, legal_entity_id FROM holdings ORDER BY id LIMIT 1", "y, f := SELECT id, legal_entity_id FROM holdings WHERE legal_entity_id <> {e} ORDER BY id DESC LIMIT 1",
		"UPDATE holdings SET legal_entity_id = {f} WHERE id = {x}", "UPDATE holdings SET legal_entity_id = {e} WHERE id = {y}"}},
	{"a bill that names another account and product", []string{
		"b := SELECT id FROM bills ORDER BY id LIMIT 1", "UPDATE bills SET account_name = 'Another', legal_name = 'Another Ltd', product_name_zh = 'X', product_name_en = 'X', provider_body = 'Another Ltd' WHERE id = {b}"}},
}

// sealForgeries are tried after all days are sealed.
var sealForgeries = []composed{
	{"the last sealed day erased", []string{"d := SELECT id FROM ledger_days ORDER BY until_at DESC LIMIT 1", "DELETE FROM ledger_days WHERE id = {d}"}},
	{"the digest of a sealed day changed", []string{"d := SELECT id FROM ledger_days ORDER BY until_at DESC LIMIT 1", "UPDATE ledger_days SET digest = 'x' WHERE id = {d}"}},
	{"bookings of a sealed day hashed anew", []string{
		"t, a, at := SELECT id, account_id, at FROM ledger_transactions WHERE kind = 'BONUS' ORDER BY id LIMIT 1",
		"UPDATE ledger_transactions SET subject_id = 'prom_x', cause_key = 'BONUS:prom_x' WHERE id = {t}", "UPDATE ledger_entries SET subject_id = 'prom_x' WHERE transaction_id = {t}", "CHAIN {a}"}},
	{"a service's anchor moved on a sealed day", []string{
		"s := SELECT id FROM services WHERE anchor_day IS NOT NULL ORDER BY id LIMIT 1", "UPDATE services SET anchor_day = NULL WHERE id = {s}"}},
}
