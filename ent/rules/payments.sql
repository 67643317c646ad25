-- SUSPENSE: the amount in suspense is not the sum of the payments in suspense
WITH waiting AS (SELECT account_id, currency, SUM(amount_minor - reversed_minor) AS total FROM payments WHERE state = 'SUSPENSE' GROUP BY account_id, currency)
SELECT b.account_id, 'SUSPENSE', b.currency, COALESCE(w.total, 0), b.suspense_minor FROM balances b
LEFT JOIN waiting w ON w.account_id = b.account_id AND w.currency = b.currency WHERE b.suspense_minor <> COALESCE(w.total, 0)
UNION ALL SELECT w.account_id, 'SUSPENSE', w.currency, w.total, 0 FROM waiting w
LEFT JOIN balances b ON b.account_id = w.account_id AND b.currency = w.currency WHERE b.id IS NULL;

-- PAYMENT: a payment isn't booked with its own amounts
WITH booked AS (SELECT t.account_id, t.subject_id, t.kind, t.at, e.currency, e.book, e.amount_minor,
SUBSTR(t.cause_key, CASE t.kind WHEN 'PAYMENT_REFUNDED' THEN 8 WHEN 'REFUND_WAIVED' THEN 7 WHEN 'SUSPENSE_RELEASE' THEN 10 WHEN 'SUSPENSE_RETURN' THEN 10 ELSE 9 END, 31) AS payment_id
FROM ledger_transactions t JOIN ledger_entries e ON e.transaction_id = t.id
WHERE t.kind IN ('TOP_UP', 'TOP_UP_SUSPENSE', 'SUSPENSE_RELEASE', 'SUSPENSE_RETURN', 'PAYMENT_REFUNDED', 'REFUND_RECOVERED', 'REFUND_WAIVED')),
moved AS (SELECT payment_id, account_id, subject_id, currency, MIN(at) AS began,
MIN(CASE WHEN SUBSTR(book, 1, 9) = 'CLEARING:' THEN SUBSTR(book, 10) END) AS one, MAX(CASE WHEN SUBSTR(book, 1, 9) = 'CLEARING:' THEN SUBSTR(book, 10) END) AS other,
SUM(CASE WHEN kind IN ('TOP_UP', 'TOP_UP_SUSPENSE') AND SUBSTR(book, 1, 9) = 'CLEARING:' THEN -amount_minor ELSE 0 END) AS came,
SUM(CASE WHEN kind = 'SUSPENSE_RETURN' AND SUBSTR(book, 1, 9) = 'CLEARING:' THEN amount_minor ELSE 0 END) AS returned,
SUM(CASE WHEN kind = 'PAYMENT_REFUNDED' AND SUBSTR(book, 1, 9) = 'CLEARING:' THEN amount_minor ELSE 0 END) AS went,
SUM(CASE WHEN book = 'SUSPENSE' THEN amount_minor ELSE 0 END) AS waits, SUM(CASE WHEN book = 'RECOVERABLE' THEN -amount_minor ELSE 0 END) AS owed,
SUM(CASE WHEN kind IN ('TOP_UP', 'SUSPENSE_RELEASE') AND book = 'CASH' THEN 1 ELSE 0 END) AS credits
FROM booked GROUP BY payment_id, account_id, subject_id, currency)
SELECT p.account_id, p.id, p.currency, p.amount_minor - p.reversed_minor, COALESCE(m.came - m.went, 0) FROM payments p
LEFT JOIN moved m ON m.payment_id = p.id AND m.account_id = p.account_id AND m.subject_id = p.top_up_id AND m.currency = p.currency
WHERE COALESCE(m.came, 0) <> CASE WHEN p.account_id <> '' AND (p.status IS NULL OR p.status = 'REFUNDED') THEN p.amount_minor ELSE 0 END
OR COALESCE(m.went, 0) <> p.reversed_minor OR COALESCE(m.owed, 0) <> p.uncovered_minor
OR COALESCE(m.waits, 0) <> CASE WHEN p.state = 'SUSPENSE' THEN p.amount_minor - p.reversed_minor ELSE 0 END
OR COALESCE(m.returned, 0) <> CASE WHEN p.state = 'RETURNED' AND p.status IS NULL AND p.account_id <> '' THEN p.amount_minor - p.reversed_minor ELSE 0 END
OR CASE WHEN p.state = 'CREDITED' THEN COALESCE(m.credits, 0) <> 1 WHEN p.status IS NULL THEN COALESCE(m.credits, 0) <> 0 ELSE COALESCE(m.credits, 0) > 1 END
OR m.one <> p.channel OR m.other <> p.channel OR m.began < p.received_at;

-- CLEARING: money came in, or was sent back, without a payment
SELECT t.account_id, t.id, '', 0, 0 FROM ledger_transactions t LEFT JOIN payments p ON p.account_id = t.account_id AND p.top_up_id = t.subject_id
AND p.id = SUBSTR(t.cause_key, CASE t.kind WHEN 'PAYMENT_REFUNDED' THEN 8 WHEN 'REFUND_WAIVED' THEN 7 WHEN 'SUSPENSE_RELEASE' THEN 10 WHEN 'SUSPENSE_RETURN' THEN 10 ELSE 9 END, 31)
WHERE t.kind IN ('TOP_UP', 'TOP_UP_SUSPENSE', 'SUSPENSE_RELEASE', 'SUSPENSE_RETURN', 'PAYMENT_REFUNDED', 'REFUND_RECOVERED', 'REFUND_WAIVED')
AND (p.id IS NULL OR EXISTS (SELECT 1 FROM ledger_entries e WHERE e.transaction_id = t.id AND e.currency <> p.currency));

-- RECOVERABLE: the amount still owed after refunds differs from that of the payments
WITH owing AS (SELECT account_id, currency, SUM(uncovered_minor) AS total FROM payments WHERE account_id <> '' GROUP BY account_id, currency),
booked AS (SELECT account_id, currency, -SUM(amount_minor) AS total FROM ledger_entries WHERE book = 'RECOVERABLE' GROUP BY account_id, currency)
SELECT o.account_id, 'RECOVERABLE', o.currency, o.total, COALESCE(b.total, 0) FROM owing o
LEFT JOIN booked b ON b.account_id = o.account_id AND b.currency = o.currency WHERE o.total <> COALESCE(b.total, 0)
UNION ALL SELECT b.account_id, 'RECOVERABLE', b.currency, 0, b.total FROM booked b
LEFT JOIN owing o ON o.account_id = b.account_id AND o.currency = b.currency WHERE o.account_id IS NULL AND b.total <> 0;

-- DECIDED: the fields of a payment contradict each other
SELECT account_id, id, currency, 0, 0 FROM payments
WHERE (decided_by IS NULL) <> (reason IS NULL) OR (decided_by IS NOT NULL AND decided_at IS NULL AND state <> 'SUSPENSE')
OR (channel_payer IS NULL) <> (channel_payer_index IS NULL) OR (question IS NULL) <> (questioned = FALSE) OR version < 0
OR (account_id = '') <> (top_up_id = '') OR (account_id = '' AND state <> 'RETURNED') OR (account_id <> '' AND amount_minor < 0)
OR refunded_minor < reversed_minor OR reversed_minor < uncovered_minor OR uncovered_minor < 0
OR (state <> 'RETURNED' AND (status IS NOT NULL OR amount_minor <= 0 OR reversed_minor <> refunded_minor OR reversed_minor >= amount_minor))
OR (state = 'CREDITED' AND decided_at IS NULL)
OR (state = 'RETURNED' AND status IS NULL AND (decided_by IS NULL OR amount_minor <= 0 OR reversed_minor >= amount_minor))
OR (status IN ('OPEN', 'UNATTRIBUTED', 'NOTED') AND reversed_minor <> 0) OR (status IN ('UNATTRIBUTED', 'NOTED') AND account_id <> '')
OR (status = 'OPEN' AND amount_minor <> 0)
OR (status = 'REFUNDED' AND (amount_minor <= 0 OR refunded_minor < amount_minor OR reversed_minor <> CASE WHEN account_id = '' THEN 0 ELSE amount_minor END))
OR (uncovered_minor > 0 AND questioned = FALSE) OR (question = 'REFUND_NOT_COVERED' AND (uncovered_minor = 0 OR further_questions IS NOT NULL))
OR (further_questions IS NOT NULL AND (questioned = FALSE OR further_questions = '')) OR (further_questions LIKE '%REFUND_NOT_COVERED%' AND uncovered_minor = 0);

-- DECIDED_AT: nothing was decided about a payment at the time that it states
SELECT p.account_id, p.id, p.currency, 0, 0 FROM payments p
WHERE p.decided_at IS NOT NULL AND (p.decided_at >= {told} OR p.state = 'CREDITED' AND p.decided_by IS NULL)
AND NOT EXISTS (SELECT 1 FROM ledger_transactions t WHERE t.account_id = p.account_id AND t.subject_id = p.top_up_id AND t.at = p.decided_at)
AND NOT EXISTS (SELECT 1 FROM audit_events e WHERE e.object_id IN (p.id, p.top_up_id) AND e.object_id <> '' AND e.result = 'DONE' AND e.at = p.decided_at);

-- TOLD: a payment differs from what its channel first reported
SELECT p.account_id, p.id, p.currency, 0, 0 FROM payments p
WHERE (p.paid_at IS NOT NULL OR p.status IN ('OPEN', 'UNATTRIBUTED', 'NOTED'))
AND NOT EXISTS (SELECT 1 FROM payment_events e WHERE e.payment_id = p.id AND e.digest = p.digest AND e.received_at = p.received_at)
OR p.words IS NULL AND EXISTS (SELECT 1 FROM payment_events e WHERE e.payment_id = p.id)
OR p.words IS NULL AND EXISTS (SELECT 1 FROM audit_events e WHERE e.object_id IN (p.id, p.top_up_id) AND e.object_id <> '' AND e.at = p.received_at
AND e.action IN ('notifyPayment', 'completeSandboxPayment') AND e.result <> 'FAILED' AND INSTR(e.details, p.id) > 0)
OR p.words IS NOT NULL AND NOT EXISTS (SELECT 1 FROM payment_events e WHERE e.payment_id = p.id AND e.words = p.words);

-- EVENT: a message of a channel belongs to no payment
SELECT COALESCE(p.account_id, ''), e.id, e.currency, 0, e.refund_minor FROM payment_events e LEFT JOIN payments p ON p.id = e.payment_id
WHERE p.id IS NULL OR e.received_at < p.received_at OR e.refund_minor < 0 OR (e.refund_minor <> 0 AND (e.refund_number IS NULL OR e.currency = ''));

-- RETOLD: a message that a channel signed once is stored twice
SELECT p.account_id, o.id, o.currency, 0, 0 FROM payment_events e JOIN payment_events o ON o.payment_id = e.payment_id AND o.id > e.id AND o.digest = e.digest
JOIN payments p ON p.id = e.payment_id WHERE p.channel IN ('SANDBOX', 'ONLINE_BANK') AND o.words = e.words AND COALESCE(o.refund_number, '') = COALESCE(e.refund_number, '');

-- SENT_BACK: more or less of a payment was sent back than was reported
WITH told AS (SELECT e.payment_id, e.refund_number, MIN(e.refund_minor) AS least, MAX(e.refund_minor) AS most FROM payment_events e
JOIN payments p ON p.id = e.payment_id AND p.currency IN ('', e.currency) WHERE e.refund_number IS NOT NULL GROUP BY e.payment_id, e.refund_number),
sums AS (SELECT payment_id, SUM(least) AS least, SUM(most) AS most FROM told GROUP BY payment_id)
SELECT p.account_id, p.id, p.currency, COALESCE(s.least, 0), p.refunded_minor FROM payments p LEFT JOIN sums s ON s.payment_id = p.id
WHERE p.refunded_minor < COALESCE(s.least, 0) OR p.refunded_minor > COALESCE(s.most, 0) AND p.decided_by IS NULL
AND NOT EXISTS (SELECT 1 FROM payment_events e WHERE e.payment_id = p.id AND e.refund_number IS NULL AND e.currency <> '');

-- TOP_UP: the state of a top-up doesn't agree with its payments
WITH paid AS (SELECT top_up_id, COUNT(*) AS n, SUM(amount_minor) AS total, SUM(CASE WHEN state = 'SUSPENSE' THEN 1 ELSE 0 END) AS waiting,
SUM(CASE WHEN state = 'CREDITED' THEN 1 ELSE 0 END) AS credited FROM payments WHERE amount_minor > 0 AND top_up_id <> '' GROUP BY top_up_id)
SELECT t.account_id, t.id, t.currency, COALESCE(p.total, 0), COALESCE(t.paid_minor, 0) FROM top_ups t LEFT JOIN paid p ON p.top_up_id = t.id
WHERE COALESCE(p.total, 0) <> COALESCE(t.paid_minor, 0) OR (p.n IS NULL) <> (t.paid_minor IS NULL)
OR CASE WHEN p.n IS NULL THEN t.status NOT IN ('PENDING', 'EXPIRED') WHEN p.waiting > 0 THEN t.status <> 'SUSPENSE'
WHEN p.credited > 0 THEN t.status <> 'CREDITED' ELSE t.status <> 'RETURNED' END
OR (t.status = 'CREDITED' AND t.credited_at IS NULL) OR (p.n IS NULL AND (t.credited_at IS NOT NULL OR t.payer_name IS NOT NULL OR t.channel_payer IS NOT NULL))
OR (t.status = 'PENDING' AND t.expires_at < {late}) OR (t.status = 'EXPIRED' AND t.expires_at > {ahead}) OR t.amount_minor <= 0 OR t.expires_at < t.created_at;

-- ATTRIBUTED: a top-up that could never be paid was not made for an unattributed payment
SELECT t.account_id, t.id, t.currency, 0, t.amount_minor FROM top_ups t WHERE t.expires_at = t.created_at AND NOT EXISTS
(SELECT 1 FROM payments p WHERE p.top_up_id = t.id AND p.amount_minor = t.amount_minor AND p.decided_by IS NOT NULL AND p.received_at <= t.created_at);

-- CREDITED: a top-up was not credited when one of its payments was
SELECT t.account_id, t.id, t.currency, 0, 0 FROM top_ups t WHERE t.credited_at IS NOT NULL AND NOT EXISTS
(SELECT 1 FROM ledger_transactions l WHERE l.subject_id = t.id AND l.at = t.credited_at);

-- PAYER: a top-up does not name the last payer
SELECT t.account_id, t.id, t.currency, 0, 0 FROM top_ups t JOIN payments p ON p.top_up_id = t.id AND p.amount_minor > 0
WHERE NOT EXISTS (SELECT 1 FROM payments q WHERE q.top_up_id = t.id AND q.amount_minor > 0 AND (q.received_at > p.received_at OR (q.received_at = p.received_at AND q.id > p.id)))
AND (COALESCE(t.payer_name, '') <> p.payer_name OR (t.channel_payer IS NULL) <> (p.channel_payer IS NULL));

-- TOP_UP_OF: a payment has another account, channel or currency than its top-up, or has no top-up
SELECT p.account_id, p.id, p.currency, 0, 0 FROM payments p LEFT JOIN top_ups t ON t.id = p.top_up_id
WHERE p.account_id <> '' AND (t.id IS NULL OR t.account_id <> p.account_id OR t.currency <> p.currency OR t.channel <> p.channel)
OR p.account_id = '' AND p.top_up_id <> '';

-- BEFORE: a payment was booked for a top-up before that was started
SELECT l.account_id, l.id, '', 0, 0 FROM ledger_transactions l JOIN top_ups t ON t.id = l.subject_id WHERE l.at < t.created_at OR l.account_id <> t.account_id;

-- ACCOUNT_OF: a top-up belongs to no account
SELECT t.account_id, t.id, t.currency, 0, 0 FROM top_ups t LEFT JOIN accounts a ON a.id = t.account_id
LEFT JOIN persons p ON p.id = t.started_by WHERE a.id IS NULL OR p.id IS NULL;
