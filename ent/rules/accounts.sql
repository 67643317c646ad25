-- ACCOUNT: the state of an account doesn't agree with its legal entity and its closing
SELECT a.id, a.id, '', 0, 0 FROM accounts a LEFT JOIN closings c ON c.account_key = a.id LEFT JOIN holdings h ON h.open_key = a.id
WHERE (a.status IN ('TERMINATING', 'TERMINATED')) <> (c.id IS NOT NULL) OR a.status = 'TERMINATED' OR (a.status = 'PENDING' AND h.id IS NOT NULL)
OR (a.status = 'ACTIVE' AND h.id IS NULL) OR c.account_id <> c.account_key OR c.settled_at < c.started_at
OR a.created_at >= {told} AND NOT EXISTS (SELECT 1 FROM restrictions r WHERE r.account_id = a.id AND r.since = a.created_at AND r.cause_id = a.id AND r.clause = '5.2');

-- HOLDING: an account is held by another legal entity than the one approved for it
SELECT h.account_id, h.id, '', 0, 0 FROM holdings h LEFT JOIN legal_entities l ON l.id = h.legal_entity_id
WHERE l.id IS NULL OR (h.open_key IS NULL) <> (h.until_at IS NOT NULL) OR h.open_key <> h.account_id OR NOT EXISTS (SELECT 1 FROM verifications v
WHERE v.account_id = h.account_id AND v.status = 'APPROVED' AND v.number_index = l.number_index AND v.country = l.country AND v.decided_at = h.from_at);

-- ENTITY: a legal entity has another name than the approved one
SELECT '', l.id, '', 0, 0 FROM legal_entities l WHERE NOT EXISTS (SELECT 1 FROM holdings h JOIN verifications v ON v.account_id = h.account_id
WHERE h.legal_entity_id = l.id AND v.status = 'APPROVED' AND v.legal_name = l.name);

-- ACCEPTED: terms were accepted before they were published, or without a command in the audit
SELECT x.account_id, x.id, '', 0, 0 FROM acceptances x LEFT JOIN terms t ON t.id = x.terms_id LEFT JOIN accounts a ON a.id = x.account_id
WHERE t.id IS NULL OR a.id IS NULL OR t.published_at > x.accepted_at OR x.accepted_at >= {told} AND NOT EXISTS (SELECT 1 FROM audit_events e
WHERE e.account_id IN (x.account_id, '') AND e.at = x.accepted_at AND e.result <> 'FAILED' AND (e.action <> 'acceptTerms' OR INSTR(e.details, x.terms_id) > 0));

-- AGREED: a figure or price of a signed agreement differs from the one that an operator recorded
SELECT v.account_id, v.id, '', 0, 0 FROM overrides v WHERE (v.recorded_at >= {told} OR v.recorded_at >= (SELECT f.at FROM audit_events f ORDER BY f.id LIMIT 1)) AND NOT EXISTS (SELECT 1 FROM audit_events e
WHERE e.object_id = v.id AND e.action IN ('overrideFigure', 'overridePrice') AND e.result = 'DONE' AND e.at = v.recorded_at
AND e.actor_id = v.recorded_by AND e.account_id = v.account_id AND INSTR(e.details, v.value) > 0);

-- TWICE: one cause restricts the same thing twice at the same time
SELECT r.account_id, o.id, '', 0, 0 FROM restrictions r JOIN restrictions o ON o.account_id = r.account_id AND o.code = r.code AND o.target_id = r.target_id
AND o.cause_id = r.cause_id AND o.id > r.id AND COALESCE(o.lifts_id, '') = COALESCE(r.lifts_id, '')
WHERE (r.until_at IS NULL OR r.until_at > o.since) AND (o.until_at IS NULL OR o.until_at > r.since);
