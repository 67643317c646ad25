-- ORDER: an order isn't booked with its own amounts
WITH booked AS (SELECT account_id, currency, subject_id, SUM(CASE WHEN book = 'CASH' THEN -amount_minor ELSE 0 END) AS cash,
SUM(CASE WHEN book = 'BONUS' THEN -amount_minor ELSE 0 END) AS bonus, SUM(CASE WHEN book = 'REVENUE' THEN amount_minor ELSE 0 END) AS revenue,
MIN(at) AS at FROM ledger_entries WHERE SUBSTR(subject_id, 1, 5) = 'ordr_' GROUP BY account_id, currency, subject_id)
SELECT o.account_id, o.id, o.currency, COALESCE(b.revenue, 0), CASE WHEN o.status = 'CANCELLED' THEN 0 ELSE o.total_minor END FROM orders o
LEFT JOIN booked b ON b.subject_id = o.id AND b.account_id = o.account_id AND b.currency = o.currency
WHERE o.paid_cash_minor + o.paid_bonus_minor <> o.total_minor OR o.paid_cash_minor < 0 OR o.paid_bonus_minor < 0
OR COALESCE(b.cash, 0) <> CASE WHEN o.status = 'CANCELLED' THEN 0 ELSE o.paid_cash_minor END
OR COALESCE(b.bonus, 0) <> CASE WHEN o.status = 'CANCELLED' THEN 0 ELSE o.paid_bonus_minor END
OR COALESCE(b.revenue, 0) <> CASE WHEN o.status = 'CANCELLED' THEN 0 ELSE o.total_minor END
OR b.at <> o.placed_at OR (o.status = 'CANCELLED' AND o.total_minor <> 0 AND b.at IS NULL)
UNION ALL SELECT b.account_id, b.subject_id, b.currency, 0, b.revenue FROM booked b
LEFT JOIN orders o ON o.id = b.subject_id AND o.account_id = b.account_id AND o.currency = b.currency WHERE o.id IS NULL;

-- CANCELLED: an order is cancelled without a reversal of its booking
SELECT o.account_id, o.id, o.currency, 0, 0 FROM orders o WHERE (o.status = 'CANCELLED') <> EXISTS
(SELECT 1 FROM ledger_transactions t WHERE t.subject_id = o.id AND t.kind = 'REVERSAL');

-- ORDER_LINES: an order is not the sum of its lines
SELECT o.account_id, o.id, o.currency, COALESCE(SUM(l.amount_minor), 0), o.total_minor FROM orders o
LEFT JOIN order_lines l ON l.order_id = o.id AND l.account_id = o.account_id AND l.currency = o.currency
GROUP BY o.account_id, o.id, o.currency, o.total_minor
HAVING COALESCE(SUM(l.amount_minor), 0) <> o.total_minor OR COUNT(l.id) = 0 OR MIN(l.position) <> 0 OR MAX(l.position) <> COUNT(l.id) - 1 OR MIN(l.amount_minor) < 0;

-- ORDER_OF: a line belongs to no order, or to another account
SELECT l.account_id, l.id, l.currency, 0, 0 FROM order_lines l LEFT JOIN orders o ON o.id = l.order_id
WHERE o.id IS NULL OR o.account_id <> l.account_id OR o.currency <> l.currency;

-- ORDERED: an order and the service that it opened contradict each other
SELECT o.account_id, o.id, o.currency, 0, 0 FROM orders o LEFT JOIN services s ON s.id = o.service_id LEFT JOIN plans p ON p.id = o.plan_id
LEFT JOIN applications a ON a.id = o.application_id
WHERE s.id IS NULL OR s.order_id <> o.id OR s.account_id <> o.account_id OR s.application_id <> o.application_id OR s.plan_id <> o.plan_id
OR s.opened_at <> o.placed_at OR p.id IS NULL OR p.product_id <> s.product_id OR p.currency <> o.currency OR o.plan_revision < 1 OR o.plan_revision > p.revision
OR a.id IS NULL OR a.account_id <> o.account_id OR a.created_at > o.placed_at
OR (o.term_count = 0) <> (o.term_unit = '') OR o.term_unit NOT IN ('', 'MONTH', 'YEAR') OR (o.term_count = 0) <> (s.expires_at IS NULL) OR o.term_count < 0 OR (o.free = TRUE AND o.total_minor <> 0)
OR (o.free = TRUE) <> (p.free = TRUE) AND o.plan_revision = p.revision;

-- PRICED: a line of an order has a price that was never listed for its term
SELECT l.account_id, l.id, l.currency, 0, 0 FROM order_lines l JOIN orders o ON o.id = l.order_id
WHERE o.term_count > 0 AND NOT EXISTS (SELECT 1 FROM prices c WHERE c.plan_id = o.plan_id AND c.metric = '' AND c.term_unit = o.term_unit
AND c.unit_price + 0 = l.unit_price + 0 AND c.effective_from <= o.placed_at AND c.term_count * l.quantity = o.term_count)
AND NOT EXISTS (SELECT 1 FROM prices c WHERE c.plan_id = o.plan_id AND c.metric = '' AND c.unit_price + 0 = l.unit_price + 0
AND c.effective_from <= o.placed_at AND c.term_count * (CASE WHEN c.term_unit = 'YEAR' THEN 12 ELSE 1 END) * l.quantity = o.term_count * (CASE WHEN o.term_unit = 'YEAR' THEN 12 ELSE 1 END))
AND NOT EXISTS (SELECT 1 FROM overrides v WHERE v.account_id = o.account_id AND v.plan_id = o.plan_id AND v.metric = '' AND v.value + 0 = l.unit_price + 0 AND v.from_at <= o.placed_at);

-- SERVICE: a service belongs to no order, or not to its plan's product
SELECT s.account_id, s.id, '', 0, 0 FROM services s LEFT JOIN orders o ON o.id = s.order_id LEFT JOIN plans p ON p.id = s.plan_id
WHERE o.id IS NULL OR o.service_id <> s.id OR p.id IS NULL OR p.product_id <> s.product_id
OR (o.plan_revision = p.revision AND (s.charging <> p.charging OR s.class <> p.class OR s.limits <> p.limits));

-- LIFE: a service's status and its times contradict each other
SELECT s.account_id, s.id, '', 0, 0 FROM services s
WHERE (s.status = 'RUNNING') <> (s.running_key IS NOT NULL)
OR (s.status = 'RUNNING' AND s.running_key <> CONCAT(s.application_id, '|', s.product_id))
OR (s.status = 'RUNNING' AND s.closed_at IS NOT NULL AND s.expires_at IS NULL) OR (s.status = 'RUNNING' AND s.expires_at < {late})
OR (s.status <> 'RUNNING' AND s.closed_at IS NULL) OR s.auto_renew = TRUE OR (s.status = 'EXPIRED' AND COALESCE(s.closed_at <> s.expires_at, TRUE))
OR (s.closed_at < s.opened_at AND s.status <> 'REPLACED') OR s.closed_at > {ahead} OR (s.charging = 'METERED' AND s.expires_at IS NOT NULL);

-- ENDED: a service ended without a cause
SELECT s.account_id, s.id, '', 0, 0 FROM services s
WHERE s.status = 'REPLACED' AND NOT EXISTS (SELECT 1 FROM services n WHERE n.application_id = s.application_id AND n.product_id = s.product_id
AND n.opened_at = s.closed_at AND n.id <> s.id)
OR s.status = 'RUNNING' AND s.closed_at >= {told}
AND NOT EXISTS (SELECT 1 FROM audit_events e WHERE e.object_id = s.id AND e.at = s.closed_at AND e.action = 'closeService' AND e.result = 'DONE')
OR s.status = 'CLOSED' AND (s.expires_at IS NOT NULL OR s.closed_at >= {told}
AND NOT EXISTS (SELECT 1 FROM audit_events e WHERE e.object_id = s.id AND e.at = s.closed_at AND e.action = 'closeService' AND e.result = 'DONE'))
AND NOT EXISTS (SELECT 1 FROM applications a WHERE a.id = s.application_id AND a.deleted_at = s.closed_at)
AND NOT EXISTS (SELECT 1 FROM closings c WHERE c.account_id = s.account_id AND c.started_at = s.closed_at);

-- AFTER: a service still runs in an application or account that has ended
SELECT s.account_id, s.id, '', 0, 0 FROM services s LEFT JOIN applications a ON a.id = s.application_id LEFT JOIN closings c ON c.account_id = s.account_id
WHERE s.status = 'RUNNING' AND (a.id IS NULL OR a.status = 'DELETED' OR a.account_id <> s.account_id OR c.id IS NOT NULL);
