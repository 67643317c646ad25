-- BILL: a bill isn't booked with its own amounts
WITH booked AS (SELECT account_id, currency, subject_id, SUM(CASE WHEN book = 'CASH' THEN -amount_minor ELSE 0 END) AS cash,
SUM(CASE WHEN book = 'BONUS' THEN -amount_minor ELSE 0 END) AS bonus, SUM(CASE WHEN book = 'REVENUE' THEN amount_minor ELSE 0 END) AS revenue,
SUM(CASE WHEN book = 'RECEIVABLE' THEN -amount_minor ELSE 0 END) AS owed, MIN(at) AS began, MAX(at) AS ended
FROM ledger_entries WHERE SUBSTR(subject_id, 1, 5) = 'bill_' GROUP BY account_id, currency, subject_id)
SELECT b.account_id, b.id, b.currency, COALESCE(k.revenue, 0), b.total_minor FROM bills b
LEFT JOIN booked k ON k.subject_id = b.id AND k.account_id = b.account_id AND k.currency = b.currency
WHERE COALESCE(k.cash, 0) <> b.paid_cash_minor OR COALESCE(k.bonus, 0) <> b.paid_bonus_minor OR COALESCE(k.revenue, 0) <> b.total_minor
OR COALESCE(k.owed, 0) <> b.total_minor - b.paid_cash_minor - b.paid_bonus_minor OR k.began <> b.sent_at
OR (b.status = 'PAID' AND COALESCE(k.ended, b.sent_at) <> b.paid_at) OR b.total_minor < 0
UNION ALL SELECT k.account_id, k.subject_id, k.currency, 0, k.revenue FROM booked k
LEFT JOIN bills b ON b.id = k.subject_id AND b.account_id = k.account_id AND b.currency = k.currency WHERE b.id IS NULL;

-- PAID: a bill is marked as paid although something is owed, or the other way round
SELECT account_id, id, currency, total_minor, paid_bonus_minor + paid_cash_minor FROM bills
WHERE (status = 'PAID') <> (total_minor = paid_bonus_minor + paid_cash_minor) OR (status = 'PAID') <> (paid_at IS NOT NULL)
OR paid_bonus_minor + paid_cash_minor > total_minor OR paid_at < sent_at;

-- BILL_LINES: a bill is not the sum of its lines
SELECT b.account_id, b.id, b.currency, COALESCE(SUM(l.amount_minor), 0), b.total_minor FROM bills b
LEFT JOIN bill_lines l ON l.bill_id = b.id AND l.account_id = b.account_id AND l.currency = b.currency
GROUP BY b.account_id, b.id, b.currency, b.total_minor
HAVING COALESCE(SUM(l.amount_minor), 0) <> b.total_minor OR COUNT(l.id) = 0 OR MIN(l.position) <> 0 OR MAX(l.position) <> COUNT(l.id) - 1
OR COUNT(DISTINCT l.position) <> COUNT(l.id);

-- BILL_OF: a line belongs to no bill, or to another account, or to another service than it names
SELECT l.account_id, l.id, l.currency, 0, 0 FROM bill_lines l LEFT JOIN bills b ON b.id = l.bill_id LEFT JOIN services s ON s.id = l.service_id
WHERE b.id IS NULL OR b.account_id <> l.account_id OR b.currency <> l.currency OR s.id IS NULL OR s.account_id <> l.account_id
OR s.application_id <> l.application_id OR s.product_id <> b.product_id
OR (l.adjusts_from IS NULL) <> (l.adjusts_to IS NULL) OR l.adjusts_to <= l.adjusts_from OR l.adjusts_from >= b.from_at;

-- BILL_CLASS: a bill has a class that none of its services has
SELECT b.account_id, b.id, b.currency, 0, 0 FROM bills b WHERE NOT EXISTS
(SELECT 1 FROM bill_lines l JOIN services s ON s.id = l.service_id WHERE l.bill_id = b.id AND s.class = b.class);

-- PERIOD: a bill and its period contradict each other
SELECT b.account_id, b.id, b.currency, 0, 0 FROM bills b LEFT JOIN usage_periods p ON p.id = b.period_id LEFT JOIN products r ON r.id = b.product_id
WHERE p.id IS NULL OR p.account_id <> b.account_id OR p.product_id <> b.product_id OR p.unit <> b.unit OR p.from_at <> b.from_at OR p.to_at <> b.to_at
OR p.status <> 'CLOSED' OR p.closed_at <> b.sent_at OR p.disputable_until <> b.disputable_until OR p.dispute_rule <> b.dispute_rule
OR b.zone <> p.zone OR (b.zone IS NULL AND p.zone IS NOT NULL AND b.product_name_zh IS NOT NULL) OR (b.product_name_zh IS NULL) <> (b.product_name_en IS NULL) OR (b.product_name_zh IS NULL) <> (b.account_name IS NULL)
OR r.id IS NULL OR b.disputable_until <= b.sent_at OR b.unit <> 'HOUR' AND b.digest_at IS NOT NULL OR b.digest_at < b.to_at OR b.digest_at < {late};

-- UNBILLED: usage of a closed period is on no bill
SELECT p.account_id, p.id, '', SUM(t.quantity_micros), 0 FROM usage_periods p JOIN usage_totals t ON t.period_id = p.id
LEFT JOIN bills b ON b.period_id = p.id WHERE p.status = 'CLOSED' AND b.id IS NULL
GROUP BY p.account_id, p.id HAVING SUM(t.quantity_micros) <> 0;

-- UNASSIGNED: usage of a metered service belongs to no period, so it is never billed
SELECT t.account_id, t.id, '', 0, t.quantity_micros FROM usage_totals t JOIN services s ON s.id = t.service_id
WHERE t.period_id = '' AND s.charging = 'METERED' AND t.level_at IS NULL AND t.quantity_micros <> 0;

-- OVERDUE: a period is still open after its time to close
SELECT account_id, id, '', 0, 0 FROM usage_periods WHERE status = 'OPEN' AND closes_at < {late} AND (retry_at IS NULL OR retry_at < {late});

-- CLOSED: a period's status and its times contradict each other
SELECT account_id, id, '', 0, events FROM usage_periods
WHERE (status = 'CLOSED') <> (closed_at IS NOT NULL) OR (status = 'CLOSED') <> (disputable_until IS NOT NULL)
OR (status = 'CLOSED') <> (dispute_rule IS NOT NULL) OR closed_at < closes_at OR closes_at < to_at OR to_at <= from_at OR events <= 0 OR closed_at > {ahead}
OR disputable_until <= closed_at;

-- OUTCOME: the result of a period's billing contradicts the period
SELECT p.account_id, p.id, '', 0, 0 FROM usage_periods p LEFT JOIN bills b ON b.period_id = p.id
WHERE COALESCE(p.outcome, '') = 'FAILED' AND p.status <> 'OPEN' OR COALESCE(p.outcome, '') IN ('BILLED', 'EMPTY') AND p.status <> 'CLOSED'
OR p.outcome IS NULL AND b.zone IS NOT NULL OR p.outcome = 'BILLED' AND b.id IS NULL OR p.outcome = 'EMPTY' AND b.id IS NOT NULL
OR (COALESCE(p.outcome, '') = 'FAILED') <> (p.failure IS NOT NULL) OR (COALESCE(p.outcome, '') = 'FAILED') <> (p.retry_at IS NOT NULL)
OR (p.failure_detail IS NOT NULL AND p.failure IS NULL) OR (p.failed_at IS NULL) <> (p.failures = 0) OR p.failures < 0
OR p.failed_at < p.closes_at OR p.failed_at > {ahead} OR p.retry_at <= p.failed_at OR p.failed_at > p.closed_at;

-- QUANTITY: the recorded quantity of a period exceeds its usage, or is missing
SELECT p.account_id, p.id, '', COALESCE(SUM(t.quantity_micros), 0), p.quantity_micros FROM usage_periods p LEFT JOIN usage_totals t ON t.period_id = p.id
GROUP BY p.account_id, p.id, p.quantity_micros, p.worth HAVING p.quantity_micros > COALESCE(SUM(t.quantity_micros), 0) OR p.quantity_micros < 0 OR p.worth < 0;

-- PERIOD_OF: usage belongs to no period, or to one of another account or product
SELECT t.account_id, t.id, '', 0, 0 FROM usage_totals t LEFT JOIN usage_periods p ON p.id = t.period_id LEFT JOIN services s ON s.id = t.service_id
LEFT JOIN applications a ON a.id = t.application_id
WHERE t.period_id <> '' AND (p.id IS NULL OR p.account_id <> t.account_id OR s.id IS NULL OR s.product_id <> p.product_id OR t.hour >= p.to_at)
OR a.id IS NULL OR a.account_id <> t.account_id OR (t.service_id <> '' AND (s.id IS NULL OR s.account_id <> t.account_id OR s.application_id <> t.application_id))
OR (t.service_id = '') <> (t.level_at IS NOT NULL) OR (t.level_at IS NOT NULL AND ({hour t.hour} <> '1970-01-01 00' OR t.period_id <> ''));

-- WITHOUT: a period has events but no usage
SELECT p.account_id, p.id, '', p.events, 0 FROM usage_periods p LEFT JOIN usage_totals t ON t.period_id = p.id WHERE t.id IS NULL;

-- OWING: arrears are open though nothing is owed, or aren't open though something is
SELECT b.account_id, b.id, b.currency, b.receivable_minor, 0 FROM balances b LEFT JOIN arrears a ON a.account_id = b.account_id AND a.currency = b.currency AND a.ended_at IS NULL
WHERE (b.receivable_minor > 0) <> (a.id IS NOT NULL)
UNION ALL SELECT a.account_id, a.id, a.currency, 0, 0 FROM arrears a LEFT JOIN balances b ON b.account_id = a.account_id AND b.currency = a.currency
WHERE b.id IS NULL OR (a.ended_at IS NULL) <> (a.open_key IS NOT NULL) OR a.open_key <> CONCAT(a.account_id, '|', a.currency)
OR (a.ended_at IS NOT NULL AND (a.held_at IS NOT NULL OR a.remind_at IS NOT NULL)) OR a.ended_at < a.began_at OR a.stops_at <= a.began_at
OR (a.extended_at IS NULL) <> (a.extended_by IS NULL) OR (a.extended_at IS NULL) <> (a.extension_reason IS NULL) OR a.extended_at < a.began_at OR a.held_at < a.began_at
OR a.reminded < 1 OR a.remind_at < {late};

-- BEGAN: arrears did not begin with the bill that they name, or ended without a payment
SELECT a.account_id, a.id, a.currency, 0, 0 FROM arrears a LEFT JOIN bills b ON b.id = a.bill_id
WHERE b.id IS NULL OR b.account_id <> a.account_id OR b.currency <> a.currency OR b.sent_at <> a.began_at
OR (a.ended_at IS NOT NULL AND NOT EXISTS (SELECT 1 FROM ledger_entries e WHERE e.account_id = a.account_id AND e.customer_side = TRUE AND e.at = a.ended_at AND e.kind = 'ARREARS'))
OR EXISTS (SELECT 1 FROM arrears o WHERE o.account_id = a.account_id AND o.currency = a.currency AND o.id <> a.id AND o.began_at <= a.began_at AND (o.ended_at IS NULL OR o.ended_at > a.began_at));

-- BEGUN: a bill was not covered, but no arrears have been open since
SELECT b.account_id, b.id, b.currency, 0, 0 FROM bills b JOIN ledger_entries e ON e.account_id = b.account_id AND e.customer_side = TRUE AND e.subject_id = b.id
AND e.kind = 'BILL' AND e.book = 'RECEIVABLE'
WHERE NOT EXISTS (SELECT 1 FROM arrears a WHERE a.account_id = b.account_id AND a.currency = b.currency AND a.began_at <= b.sent_at AND (a.ended_at IS NULL OR a.ended_at >= b.sent_at));
