-- SUSPENSE: what waits in suspense is not what the payments that wait sum to
WITH waiting AS (SELECT account_id, currency, SUM(amount_minor) AS total FROM payments WHERE state = 'SUSPENSE' GROUP BY account_id, currency)
SELECT b.account_id, 'SUSPENSE', b.currency, COALESCE(w.total, 0), b.suspense_minor FROM balances b
LEFT JOIN waiting w ON w.account_id = b.account_id AND w.currency = b.currency WHERE b.suspense_minor <> COALESCE(w.total, 0)
UNION ALL SELECT w.account_id, 'SUSPENSE', w.currency, w.total, 0 FROM waiting w
LEFT JOIN balances b ON b.account_id = w.account_id AND b.currency = w.currency WHERE b.id IS NULL;

-- PAYMENT: a payment is not booked as it says
SELECT p.account_id, p.id, p.currency, p.amount_minor, COALESCE(-e.amount_minor, 0) FROM payments p
LEFT JOIN ledger_transactions t ON t.subject_id = p.top_up_id AND SUBSTR(t.cause_key, 1, 8) = 'PAYMENT:' AND SUBSTR(t.cause_key, 9) = p.id
LEFT JOIN ledger_entries e ON e.transaction_id = t.id AND e.amount_minor < 0
LEFT JOIN ledger_transactions l ON l.subject_id = p.top_up_id AND SUBSTR(l.cause_key, 1, 9) = 'SUSPENSE:' AND SUBSTR(l.cause_key, 10) = p.id
WHERE t.id IS NULL OR t.account_id <> p.account_id OR t.at <> p.received_at OR e.id IS NULL OR e.currency <> p.currency OR -e.amount_minor <> p.amount_minor
OR SUBSTR(e.book, 1, 9) <> 'CLEARING:' OR SUBSTR(e.book, 10) <> p.channel
OR p.state <> CASE WHEN l.id IS NOT NULL AND t.kind <> 'TOP_UP_SUSPENSE' THEN '' WHEN l.kind = 'SUSPENSE_RELEASE' THEN 'CREDITED'
WHEN l.kind = 'SUSPENSE_RETURN' THEN 'RETURNED' WHEN t.kind = 'TOP_UP' THEN 'CREDITED' ELSE 'SUSPENSE' END
OR l.id IS NOT NULL AND COALESCE(l.at <> p.decided_at, TRUE)
OR t.kind = 'TOP_UP' AND COALESCE(t.at <> p.decided_at, TRUE);

-- CLEARING: money came in, or went back, that no payment tells of
SELECT t.account_id, t.id, '', 0, 0 FROM ledger_transactions t LEFT JOIN payments p ON p.id = SUBSTR(t.cause_key, 9) AND p.top_up_id = t.subject_id
WHERE t.kind IN ('TOP_UP', 'TOP_UP_SUSPENSE') AND p.id IS NULL
UNION ALL SELECT t.account_id, t.id, '', 0, 0 FROM ledger_transactions t LEFT JOIN payments p ON p.id = SUBSTR(t.cause_key, 10) AND p.top_up_id = t.subject_id
WHERE t.kind IN ('SUSPENSE_RELEASE', 'SUSPENSE_RETURN') AND p.id IS NULL;

-- DECIDED: a decision on a payment is told in part only
SELECT account_id, id, currency, 0, 0 FROM payments
WHERE (decided_by IS NOT NULL AND (reason IS NULL OR decided_at IS NULL)) OR (reason IS NOT NULL AND decided_by IS NULL)
OR (state = 'SUSPENSE' AND decided_by IS NOT NULL) OR (state = 'RETURNED' AND decided_by IS NULL)
OR (channel_payer IS NULL) <> (channel_payer_index IS NULL);

-- TOP_UP: a top-up does not say what became of its payments
WITH paid AS (SELECT top_up_id, COUNT(*) AS n, SUM(amount_minor) AS total, SUM(CASE WHEN state = 'SUSPENSE' THEN 1 ELSE 0 END) AS waiting,
SUM(CASE WHEN state = 'CREDITED' THEN 1 ELSE 0 END) AS credited FROM payments GROUP BY top_up_id)
SELECT t.account_id, t.id, t.currency, COALESCE(p.total, 0), COALESCE(t.paid_minor, 0) FROM top_ups t LEFT JOIN paid p ON p.top_up_id = t.id
WHERE COALESCE(p.total, 0) <> COALESCE(t.paid_minor, 0) OR (p.n IS NULL) <> (t.paid_minor IS NULL)
OR CASE WHEN p.n IS NULL THEN t.status NOT IN ('PENDING', 'EXPIRED') WHEN p.waiting > 0 THEN t.status <> 'SUSPENSE'
WHEN p.credited > 0 THEN t.status <> 'CREDITED' ELSE t.status <> 'RETURNED' END
OR (t.status = 'CREDITED' AND t.credited_at IS NULL) OR (p.n IS NULL AND (t.credited_at IS NOT NULL OR t.payer_name IS NOT NULL OR t.channel_payer IS NOT NULL))
OR (t.status = 'PENDING' AND t.expires_at < {late}) OR (t.status = 'EXPIRED' AND t.expires_at > {ahead}) OR t.amount_minor <= 0 OR t.expires_at <= t.created_at;

-- CREDITED: a top-up was not credited when a payment of it was
SELECT t.account_id, t.id, t.currency, 0, 0 FROM top_ups t WHERE t.credited_at IS NOT NULL AND NOT EXISTS
(SELECT 1 FROM ledger_transactions l WHERE l.subject_id = t.id AND l.at = t.credited_at);

-- PAYER: a top-up does not name who paid last
SELECT t.account_id, t.id, t.currency, 0, 0 FROM top_ups t JOIN payments p ON p.top_up_id = t.id
WHERE NOT EXISTS (SELECT 1 FROM payments q WHERE q.top_up_id = t.id AND (q.received_at > p.received_at OR (q.received_at = p.received_at AND q.id > p.id)))
AND (COALESCE(t.payer_name, '') <> p.payer_name OR (t.channel_payer IS NULL) <> (p.channel_payer IS NULL));

-- TOP_UP_OF: a payment is of another account, channel or currency than its top-up, or of none
SELECT p.account_id, p.id, p.currency, 0, 0 FROM payments p LEFT JOIN top_ups t ON t.id = p.top_up_id
WHERE t.id IS NULL OR t.account_id <> p.account_id OR t.currency <> p.currency OR t.channel <> p.channel OR p.received_at < t.created_at;

-- ACCOUNT_OF: a top-up is of no account
SELECT t.account_id, t.id, t.currency, 0, 0 FROM top_ups t LEFT JOIN accounts a ON a.id = t.account_id
LEFT JOIN persons p ON p.id = t.started_by WHERE a.id IS NULL OR p.id IS NULL;
