-- ERASED: the audit names something that doesn't exist, or that was undone since
SELECT e.account_id, e.object_id, '', 0, 0 FROM audit_events e LEFT JOIN orders o ON o.id = e.object_id
WHERE e.object_id >= 'ordr_' AND e.object_id < 'ordr`' AND e.action = 'placeOrder' AND e.result = 'DONE' AND e.at >= {told} AND o.id IS NULL
UNION ALL SELECT e.account_id, e.object_id, '', 0, 0 FROM audit_events e LEFT JOIN top_ups t ON t.id = e.object_id
WHERE e.object_id >= 'topu_' AND e.object_id < 'topu`' AND e.result = 'DONE' AND e.at >= {told} AND t.id IS NULL
UNION ALL SELECT e.account_id, e.object_id, '', 0, 0 FROM audit_events e LEFT JOIN payments p ON p.id = e.object_id
WHERE e.object_id >= 'paym_' AND e.object_id < 'paym`' AND e.result = 'DONE' AND e.at >= {told} AND p.id IS NULL
UNION ALL SELECT e.account_id, e.object_id, '', 0, 0 FROM audit_events e LEFT JOIN bills b ON b.id = e.object_id
WHERE e.object_id >= 'bill_' AND e.object_id < 'bill`' AND e.action = 'billPeriod' AND e.result = 'DONE' AND e.at >= {told} AND b.id IS NULL
UNION ALL SELECT e.account_id, e.object_id, '', 0, 0 FROM audit_events e LEFT JOIN usage_periods p ON p.id = e.object_id
WHERE e.object_id >= 'uper_' AND e.object_id < 'uper`' AND e.result = 'DONE' AND e.at >= {told} AND p.id IS NULL
UNION ALL SELECT e.account_id, e.object_id, '', 0, 0 FROM audit_events e LEFT JOIN invoices v ON v.id = e.object_id
WHERE e.object_id >= 'invc_' AND e.object_id < 'invc`' AND e.result = 'DONE' AND e.at >= {told} AND CASE e.action WHEN 'requestInvoice' THEN v.id IS NULL
WHEN 'approveInvoice' THEN v.approved_at IS NULL WHEN 'issueInvoice' THEN v.issued_at IS NULL WHEN 'rejectInvoice' THEN v.decided_at IS NULL
WHEN 'withdrawInvoice' THEN v.decided_at IS NULL ELSE FALSE END
UNION ALL SELECT e.account_id, e.object_id, '', 0, 0 FROM audit_events e LEFT JOIN services s ON s.id = e.object_id
WHERE e.object_id >= 'serv_' AND e.object_id < 'serv`' AND e.action = 'closeService' AND e.result = 'DONE' AND e.at >= {told} AND s.closed_at IS NULL
UNION ALL SELECT e.account_id, e.object_id, '', 0, 0 FROM audit_events e LEFT JOIN applications a ON a.id = e.object_id
WHERE e.object_id >= 'appl_' AND e.object_id < 'appl`' AND e.result = 'DONE' AND e.at >= {told}
AND CASE e.action WHEN 'createApplication' THEN a.id IS NULL OR a.account_id <> e.account_id WHEN 'deleteApplication' THEN a.deleted_at IS NULL ELSE FALSE END
UNION ALL SELECT e.account_id, e.object_id, '', 0, 0 FROM audit_events e LEFT JOIN arrears a ON a.id = e.object_id
WHERE e.object_id >= 'arrs_' AND e.object_id < 'arrs`' AND e.result = 'DONE' AND e.at >= {told} AND (a.id IS NULL OR e.action = 'extendGrace' AND a.extended_at IS NULL)
UNION ALL SELECT e.account_id, e.object_id, '', 0, 0 FROM audit_events e LEFT JOIN closings c ON c.id = e.object_id
WHERE e.object_id >= 'clsg_' AND e.object_id < 'clsg`' AND e.result = 'DONE' AND e.at >= {told} AND c.id IS NULL
UNION ALL SELECT e.account_id, e.object_id, '', 0, 0 FROM audit_events e LEFT JOIN overrides o ON o.id = e.object_id
WHERE e.object_id >= 'ovrd_' AND e.object_id < 'ovrd`' AND e.result = 'DONE' AND e.at >= {told} AND o.id IS NULL
UNION ALL SELECT e.account_id, e.object_id, '', 0, 0 FROM audit_events e LEFT JOIN ledger_days d ON d.id = e.object_id
WHERE e.object_id >= 'lday_' AND e.object_id < 'lday`' AND e.action = 'sealLedgerDay' AND e.result = 'DONE' AND (d.id IS NULL OR INSTR(e.details, d.digest) = 0);

-- BOOKED: a booking belongs to no command in the audit
SELECT t.account_id, t.id, '', 0, 0 FROM ledger_transactions t WHERE t.at >= {told}
AND NOT EXISTS (SELECT 1 FROM audit_events e WHERE e.account_id = t.account_id AND e.at = t.at AND e.result <> 'FAILED'
AND e.action = CASE t.kind WHEN 'ORDER' THEN 'placeOrder' WHEN 'BILL' THEN 'billPeriod' ELSE e.action END)
AND NOT EXISTS (SELECT 1 FROM audit_events e WHERE e.account_id = '' AND e.action IN ('decidePayment', 'notifyPayment') AND e.at = t.at AND e.result <> 'FAILED'
AND t.kind IN ('PAYMENT_REFUNDED', 'SUSPENSE_RETURN', 'ARREARS', 'REFUND_RECOVERED', 'REFUND_WAIVED'))
AND NOT EXISTS (SELECT 1 FROM bills o WHERE o.account_id = t.account_id AND o.sent_at = t.at AND o.id <> t.subject_id AND t.kind IN ('BILL', 'ARREARS'));

-- REPORTED: more or less usage is counted than was reported
WITH told AS (SELECT e.at, SUM(CASE WHEN JSON_VALID(e.details) THEN CAST(JSON_EXTRACT(e.details, '$.accepted') AS SIGNED) END) AS n,
SUM(CASE WHEN JSON_VALID(e.details) THEN CAST(JSON_EXTRACT(e.details, '$.check') AS SIGNED) END) AS micros,
COUNT(*) AS events, COUNT(CASE WHEN JSON_VALID(e.details) THEN JSON_EXTRACT(e.details, '$.check') END) AS summed
FROM audit_events e WHERE e.account_id = '' AND e.action = 'reportUsage' AND e.at >= {since} AND e.result = 'DONE' GROUP BY e.at),
kept AS (SELECT u.received_at AS at, COUNT(*) AS n, SUM(u.quantity_micros % 1000000007) AS micros FROM usage_events u WHERE u.received_at >= {since} GROUP BY u.received_at)
SELECT '', CONCAT('reported at ', t.at), '', COALESCE(t.n, 0), COALESCE(k.n, 0) FROM told t LEFT JOIN kept k ON k.at = t.at
WHERE COALESCE(t.n, 0) <> COALESCE(k.n, 0) OR t.events = t.summed AND COALESCE(t.micros, 0) <> COALESCE(k.micros, 0)
UNION ALL SELECT '', CONCAT('reported at ', k.at), '', 0, k.n FROM kept k LEFT JOIN told t ON t.at = k.at WHERE t.at IS NULL;
