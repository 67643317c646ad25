-- WITNESS: a decision is not the one that the audit states
SELECT o.account_id, o.id, o.currency, 0, 0 FROM orders o WHERE o.placed_at >= {told} AND NOT EXISTS (SELECT 1 FROM audit_events e
WHERE e.object_id = o.id AND e.action = 'placeOrder' AND e.result = 'DONE' AND e.at = o.placed_at AND e.account_id = o.account_id
AND e.actor_id = CASE WHEN SUBSTR(o.placed_by, 1, 4) = 'sys_' THEN SUBSTR(o.placed_by, 5) ELSE o.placed_by END)
UNION ALL SELECT v.account_id, v.id, v.currency, 0, 0 FROM invoices v WHERE v.requested_at >= {told} AND (NOT EXISTS (SELECT 1 FROM audit_events e
WHERE e.object_id = v.id AND e.action = 'requestInvoice' AND e.result = 'DONE' AND e.at = v.requested_at AND e.actor_id = v.requested_by AND e.account_id = v.account_id)
OR v.approved_at IS NOT NULL AND NOT EXISTS (SELECT 1 FROM audit_events e
WHERE e.object_id = v.id AND e.action = 'approveInvoice' AND e.result = 'DONE' AND e.at = v.approved_at AND e.actor_id = v.approved_by)
OR v.issued_at IS NOT NULL AND NOT EXISTS (SELECT 1 FROM audit_events e
WHERE e.object_id = v.id AND e.action = 'issueInvoice' AND e.result = 'DONE' AND e.at = v.issued_at AND e.actor_id = v.issued_by)
OR v.decided_at IS NOT NULL AND NOT EXISTS (SELECT 1 FROM audit_events e
WHERE e.object_id = v.id AND e.action = CASE WHEN v.status = 'REJECTED' THEN 'rejectInvoice' ELSE 'withdrawInvoice' END AND e.result = 'DONE' AND e.at = v.decided_at))
UNION ALL SELECT p.account_id, p.id, p.currency, 0, 0 FROM payments p WHERE p.decided_by IS NOT NULL AND p.decided_at >= {told} AND NOT EXISTS (SELECT 1 FROM audit_events e
WHERE e.object_id IN (p.top_up_id, p.id) AND e.object_id <> '' AND e.result = 'DONE' AND e.at <= p.decided_at AND e.actor_id = p.decided_by)
AND NOT EXISTS (SELECT 1 FROM audit_events e JOIN payments q ON q.id = e.object_id WHERE e.action = 'decidePayment' AND e.result = 'DONE' AND e.at = p.decided_at
AND e.actor_id = p.decided_by AND q.amount_minor < 0 AND q.channel = p.channel AND q.decided_at = p.decided_at)
UNION ALL SELECT a.account_id, a.id, a.currency, 0, 0 FROM arrears a WHERE a.extended_at >= {told} AND NOT EXISTS (SELECT 1 FROM audit_events e
WHERE e.object_id = a.id AND e.action = 'extendGrace' AND e.result = 'DONE' AND e.at = a.extended_at AND e.actor_id = a.extended_by)
UNION ALL SELECT t.account_id, t.id, t.currency, 0, 0 FROM top_ups t WHERE t.created_at >= {told} AND NOT EXISTS (SELECT 1 FROM audit_events e
WHERE e.object_id = t.id AND e.action = 'startTopUp' AND e.result = 'DONE' AND e.at = t.created_at AND e.actor_id = t.started_by AND e.account_id = t.account_id)
AND NOT EXISTS (SELECT 1 FROM payments p JOIN audit_events e ON e.object_id = p.id WHERE p.top_up_id = t.id AND t.expires_at = t.created_at
AND e.action = 'decidePayment' AND e.result = 'DONE' AND e.at = t.created_at AND e.actor_id = t.started_by)
UNION ALL SELECT b.account_id, b.id, b.currency, 0, 0 FROM bills b WHERE b.sent_at >= {told} AND NOT EXISTS (SELECT 1 FROM audit_events e
WHERE e.object_id = b.id AND e.action = 'billPeriod' AND e.result = 'DONE' AND e.account_id = b.account_id
AND (e.at = b.sent_at OR e.at < b.sent_at AND EXISTS (SELECT 1 FROM bills o WHERE o.account_id = b.account_id AND o.sent_at = b.sent_at AND o.id <> b.id)))
UNION ALL SELECT p.account_id, p.id, p.currency, 0, 0 FROM payments p WHERE p.received_at >= {told}
AND NOT EXISTS (SELECT 1 FROM audit_events e WHERE e.object_id IN (p.id, p.top_up_id) AND e.object_id <> '' AND e.result <> 'FAILED'
AND e.action IN ('notifyPayment', 'completeSandboxPayment') AND e.at = p.received_at)
AND NOT EXISTS (SELECT 1 FROM top_ups t JOIN audit_events e ON e.object_id = t.id WHERE t.payment_reference = p.reference AND e.result <> 'FAILED'
AND e.action IN ('notifyPayment', 'completeSandboxPayment') AND e.at = p.received_at);
