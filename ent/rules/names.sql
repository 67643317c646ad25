-- NAMED: a document names its product, account or legal entity differently from its name at the time
SELECT b.account_id, b.id, b.currency, 0, 0 FROM bills b JOIN products r ON r.id = b.product_id JOIN accounts a ON a.id = b.account_id
LEFT JOIN holdings h ON h.open_key = b.account_id AND h.from_at <= b.sent_at LEFT JOIN legal_entities l ON l.id = h.legal_entity_id
WHERE b.sent_at >= {told} AND ((b.product_name_zh <> r.name_zh OR b.product_name_en <> r.name_en OR b.provider_body <> r.provider_body OR COALESCE(b.partner, '') <> COALESCE(r.partner, ''))
AND NOT EXISTS (SELECT 1 FROM audit_events e WHERE e.account_id = '' AND e.action = 'catalog.load' AND e.at >= b.sent_at AND INSTR(e.details, CONCAT('"product ', r.code, '"')) > 0)
OR b.account_name <> a.name AND NOT EXISTS (SELECT 1 FROM audit_events e WHERE e.account_id = b.account_id AND e.action = 'reviewVerification' AND e.at >= b.sent_at AND INSTR(e.details, '"formerAccountName"') > 0)
OR b.account_name IS NOT NULL AND COALESCE(b.legal_name, '') <> COALESCE(l.name, '') AND NOT EXISTS (SELECT 1 FROM former_names f WHERE f.legal_entity_id = l.id AND f.until_at >= b.sent_at AND f.name = b.legal_name)
AND NOT EXISTS (SELECT 1 FROM holdings o WHERE o.account_id = b.account_id AND o.until_at >= b.sent_at))
UNION ALL SELECT m.account_id, m.id, m.currency, 0, 0 FROM bill_lines m JOIN bills b ON b.id = m.bill_id JOIN services s ON s.id = m.service_id JOIN plans p ON p.id = s.plan_id
WHERE b.sent_at >= {told} AND b.account_name IS NOT NULL AND (COALESCE(m.plan_name_zh, '') <> p.name_zh OR COALESCE(m.plan_name_en, '') <> p.name_en) AND NOT EXISTS (SELECT 1 FROM audit_events e
WHERE e.account_id = '' AND e.action = 'catalog.load' AND e.at >= b.sent_at AND INSTR(e.details, CONCAT('"plan ', p.code, ' revision ')) > 0)
UNION ALL SELECT o.account_id, o.id, o.currency, 0, 0 FROM orders o JOIN plans p ON p.id = o.plan_id JOIN products r ON r.id = p.product_id
WHERE o.placed_at >= {told} AND (o.provider_body <> r.provider_body OR COALESCE(o.partner, '') <> COALESCE(r.partner, '')
OR COALESCE(o.provision, '') <> COALESCE(r.provision, '') OR COALESCE(o.provider_bodies, '') <> COALESCE(r.provider_bodies, ''))
AND NOT EXISTS (SELECT 1 FROM audit_events e WHERE e.account_id = '' AND e.action = 'catalog.load' AND e.at >= o.placed_at AND INSTR(e.details, CONCAT('"product ', r.code, '"')) > 0)
UNION ALL SELECT v.account_id, v.id, v.currency, 0, 0 FROM invoices v JOIN holdings h ON h.open_key = v.account_id AND h.from_at <= v.requested_at
JOIN legal_entities l ON l.id = h.legal_entity_id WHERE v.title <> l.name
AND NOT EXISTS (SELECT 1 FROM former_names f WHERE f.legal_entity_id = l.id AND f.until_at >= v.requested_at AND f.name = v.title);

-- REVISED: a plan has another version than the audit states
SELECT '', p.id, '', 0, p.revision FROM plans p WHERE p.revision < 1
OR EXISTS (SELECT 1 FROM audit_events e WHERE e.account_id = '' AND e.action = 'catalog.load' AND e.result = 'DONE' AND INSTR(e.details, CONCAT('"plan ', p.code, '":"added"')) > 0)
AND p.revision <> 1 + (SELECT COUNT(*) FROM audit_events e WHERE e.account_id = '' AND e.action = 'catalog.load' AND e.result = 'DONE' AND INSTR(e.details, CONCAT('"plan ', p.code, ' revision ')) > 0);
