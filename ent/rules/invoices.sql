-- ITEMS: an invoice is not the sum of its items
SELECT v.account_id, v.id, v.currency, COALESCE(SUM(i.amount_minor), 0), v.amount_minor FROM invoices v
LEFT JOIN invoice_items i ON i.invoice_id = v.id AND i.account_id = v.account_id AND i.currency = v.currency
GROUP BY v.account_id, v.id, v.currency, v.amount_minor HAVING COALESCE(SUM(i.amount_minor), 0) <> v.amount_minor OR COUNT(i.id) = 0 OR MIN(i.amount_minor) <= 0;

-- ITEM_OF: an item belongs to no invoice or fee, or to another account
SELECT i.account_id, i.id, i.currency, 0, 0 FROM invoice_items i LEFT JOIN invoices v ON v.id = i.invoice_id LEFT JOIN fees f ON f.id = i.fee_id
WHERE v.id IS NULL OR v.account_id <> i.account_id OR v.currency <> i.currency OR f.id IS NULL OR f.account_id <> i.account_id
OR f.subject_id <> i.subject_id OR f.currency <> i.currency OR f.paid_at > v.requested_at;

-- PRINTED: an item is printed with another number than that of its order or bill
SELECT i.account_id, i.id, i.currency, 0, 0 FROM invoice_items i
WHERE (i.number IS NULL) <> (i.description IS NULL) OR i.number IS NOT NULL AND NOT EXISTS (SELECT 1 FROM orders o WHERE o.id = i.subject_id AND o.number = i.number)
AND NOT EXISTS (SELECT 1 FROM bills b WHERE b.id = i.subject_id AND b.number = i.number);

-- STATUS: an invoice's status and its times contradict each other
SELECT account_id, id, currency, 0, 0 FROM invoices
WHERE (status = 'ISSUED') <> (number IS NOT NULL) OR (status = 'ISSUED') <> (series IS NOT NULL) OR (status = 'ISSUED') <> (issued_at IS NOT NULL)
OR (status = 'ISSUED') <> (issued_by IS NOT NULL) OR (status = 'ISSUED') <> (seller_name IS NOT NULL) OR (status = 'ISSUED') <> (seller_number IS NOT NULL)
OR (status <> 'ISSUED' AND zone IS NOT NULL) OR (approved_at IS NULL) <> (approved_by IS NULL) OR (status IN ('APPROVED', 'ISSUED') AND approved_at IS NULL) OR (status IN ('REQUESTED', 'REJECTED') AND approved_at IS NOT NULL)
OR (status IN ('REJECTED', 'WITHDRAWN')) <> (decided_at IS NOT NULL) OR (status = 'REJECTED') <> (reason IS NOT NULL)
OR approved_at < requested_at OR issued_at < approved_at OR decided_at < requested_at OR issued_at < issue_from OR issue_by <= issue_from OR approve_by <= requested_at
OR issued_at > {ahead} OR approved_at > {ahead} OR (approved_at IS NULL AND (approve_by < issue_from OR approve_by > issue_by)) OR approved_at >= issue_by;

-- SERIES: a series of invoices has a gap
WITH issued AS (SELECT series, COUNT(*) AS n, MAX(SUBSTR(number, LENGTH(series) + 1) + 0) AS last, MIN(SUBSTR(number, LENGTH(series) + 1) + 0) AS first
FROM invoices WHERE series IS NOT NULL GROUP BY series)
SELECT '', q.code, '', q.last, COALESCE(i.n, 0) FROM sequences q LEFT JOIN issued i ON i.series = SUBSTR(q.code, 9)
WHERE SUBSTR(q.code, 1, 8) = 'invoice.' AND (COALESCE(i.n, 0) <> q.last OR i.last <> q.last OR i.first <> 1)
UNION ALL SELECT '', i.series, '', 0, i.n FROM issued i LEFT JOIN sequences q ON SUBSTR(q.code, 1, 8) = 'invoice.' AND SUBSTR(q.code, 9) = i.series WHERE q.id IS NULL;

-- NUMBER: an invoice has a number of another series or kind
SELECT account_id, id, currency, 0, 0 FROM invoices WHERE number IS NOT NULL
AND (SUBSTR(number, 1, LENGTH(series)) <> series OR LENGTH(number) <> LENGTH(series) + 8 OR SUBSTR(series, 5) <> CASE WHEN kind = 'SPECIAL_VAT' THEN 'S' ELSE 'G' END);

-- NOTICES: the sequence of notices has a gap
WITH posted AS (SELECT COUNT(*) AS n, COALESCE(MAX(sequence), 0) AS last, COALESCE(MIN(sequence), 1) AS first FROM notices)
SELECT '', COALESCE(q.code, 'notice'), '', COALESCE(q.last, 0), p.last FROM posted p LEFT JOIN sequences q ON q.code = 'notice'
WHERE COALESCE(q.last, 0) <> p.last OR p.n <> p.last - p.first + 1 AND p.n <> 0;

-- SEQUENCE: a sequence belongs to nothing that exists
SELECT '', code, '', 0, last FROM sequences WHERE code <> 'notice' AND SUBSTR(code, 1, 8) <> 'invoice.' OR last < 1;
