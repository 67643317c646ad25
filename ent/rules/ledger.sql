-- BALANCED: the entries of a booking do not sum to zero
SELECT account_id, transaction_id, currency, 0, SUM(amount_minor) FROM ledger_entries
GROUP BY account_id, transaction_id, currency HAVING SUM(amount_minor) <> 0;

-- EMPTY: a booking has fewer than two entries
SELECT t.account_id, t.id, '', 2, COUNT(e.id) FROM ledger_transactions t LEFT JOIN ledger_entries e ON e.transaction_id = t.id
GROUP BY t.account_id, t.id HAVING COUNT(e.id) < 2;

-- CAUSE: a booking is not under the cause of its kind and subject
SELECT t.account_id, t.id, '', 0, 0 FROM ledger_transactions t
WHERE (t.kind = 'REVERSAL') <> (t.reverses_id IS NOT NULL)
OR CASE WHEN t.kind IN ('ORDER', 'BILL', 'BONUS') THEN SUBSTR(t.cause_key, 1, LENGTH(t.kind)) <> t.kind OR SUBSTR(t.cause_key, LENGTH(t.kind) + 2) <> t.subject_id
WHEN t.kind = 'ARREARS' THEN SUBSTR(t.cause_key, 1, 8) <> 'ARREARS:' OR SUBSTR(t.cause_key, 9, LENGTH(t.subject_id)) <> t.subject_id
WHEN t.kind = 'REVERSAL' THEN SUBSTR(t.cause_key, 1, 9) <> 'REVERSAL:' OR SUBSTR(t.cause_key, 10) <> COALESCE(t.reverses_id, '')
WHEN t.kind IN ('TOP_UP', 'TOP_UP_SUSPENSE') THEN SUBSTR(t.cause_key, 1, 8) <> 'PAYMENT:'
WHEN t.kind IN ('SUSPENSE_RELEASE', 'SUSPENSE_RETURN') THEN SUBSTR(t.cause_key, 1, 9) <> 'SUSPENSE:'
WHEN t.kind = 'PAYMENT_REFUNDED' THEN SUBSTR(t.cause_key, 1, 7) <> 'REFUND:' WHEN t.kind = 'REFUND_RECOVERED' THEN SUBSTR(t.cause_key, 1, 8) <> 'RECOVER:'
WHEN t.kind = 'REFUND_WAIVED' THEN SUBSTR(t.cause_key, 1, 6) <> 'WAIVE:' ELSE TRUE END;

-- BOOKS: a booking moves money between other books than those of its kind, or the other way
SELECT account_id, transaction_id, currency, 0, amount_minor FROM ledger_entries
WHERE NOT CASE WHEN kind = 'REVERSAL' THEN TRUE
WHEN kind IN ('TOP_UP', 'TOP_UP_SUSPENSE') AND SUBSTR(book, 1, 9) = 'CLEARING:' THEN amount_minor < 0
WHEN kind IN ('SUSPENSE_RETURN', 'PAYMENT_REFUNDED') AND SUBSTR(book, 1, 9) = 'CLEARING:' THEN amount_minor > 0
WHEN kind IN ('TOP_UP', 'SUSPENSE_RELEASE') AND book = 'CASH' THEN amount_minor > 0
WHEN kind = 'TOP_UP_SUSPENSE' AND book = 'SUSPENSE' THEN amount_minor > 0
WHEN kind IN ('SUSPENSE_RELEASE', 'SUSPENSE_RETURN', 'PAYMENT_REFUNDED') AND book = 'SUSPENSE' THEN amount_minor < 0
WHEN kind = 'PAYMENT_REFUNDED' AND book IN ('CASH', 'RECOVERABLE') THEN amount_minor < 0
WHEN kind = 'REFUND_RECOVERED' AND book = 'CASH' THEN amount_minor < 0
WHEN kind IN ('REFUND_RECOVERED', 'REFUND_WAIVED') AND book = 'RECOVERABLE' THEN amount_minor > 0
WHEN kind = 'REFUND_WAIVED' AND book = 'LOSS' THEN amount_minor < 0
WHEN kind IN ('ORDER', 'BILL') AND book IN ('CASH', 'BONUS') THEN amount_minor < 0
WHEN kind = 'BILL' AND book = 'RECEIVABLE' THEN amount_minor < 0
WHEN kind IN ('ORDER', 'BILL') AND book = 'REVENUE' THEN amount_minor > 0
WHEN kind = 'ARREARS' AND book = 'CASH' THEN amount_minor < 0
WHEN kind = 'ARREARS' AND book = 'RECEIVABLE' THEN amount_minor > 0
WHEN kind = 'BONUS' AND book = 'BONUS' THEN amount_minor > 0
WHEN kind = 'BONUS' AND book = 'PROMOTION' THEN amount_minor < 0 ELSE FALSE END;

-- REVERSED: a reversal is not the mirror image of what it reverses
SELECT t.account_id, t.id, '', COALESCE(SUM(o.amount_minor), 0), COALESCE(SUM(e.amount_minor), 0) FROM ledger_transactions t
LEFT JOIN ledger_entries e ON e.transaction_id = t.id LEFT JOIN ledger_transactions r ON r.id = t.reverses_id
LEFT JOIN ledger_entries o ON o.transaction_id = t.reverses_id AND o.book = e.book AND o.amount_minor = -e.amount_minor AND o.currency = e.currency
WHERE t.kind = 'REVERSAL' AND (o.id IS NULL OR r.id IS NULL OR r.account_id <> t.account_id OR r.subject_id <> t.subject_id) GROUP BY t.account_id, t.id;

-- SUM: a balance is not the sum of its entries
WITH booked AS (SELECT account_id, currency, SUM(CASE WHEN book = 'CASH' THEN amount_minor ELSE 0 END) AS cash,
SUM(CASE WHEN book = 'BONUS' THEN amount_minor ELSE 0 END) AS bonus, SUM(CASE WHEN book = 'SUSPENSE' THEN amount_minor ELSE 0 END) AS suspense,
SUM(CASE WHEN book = 'RECEIVABLE' THEN -amount_minor ELSE 0 END) AS receivable FROM ledger_entries GROUP BY account_id, currency),
told AS (SELECT b.account_id, b.currency, b.id, b.cash_minor, b.bonus_minor, b.suspense_minor, b.receivable_minor,
COALESCE(s.cash, 0) AS cash, COALESCE(s.bonus, 0) AS bonus, COALESCE(s.suspense, 0) AS suspense, COALESCE(s.receivable, 0) AS receivable
FROM balances b LEFT JOIN booked s ON s.account_id = b.account_id AND s.currency = b.currency)
SELECT account_id, 'CASH', currency, cash, cash_minor FROM told WHERE cash <> cash_minor
UNION ALL SELECT account_id, 'BONUS', currency, bonus, bonus_minor FROM told WHERE bonus <> bonus_minor
UNION ALL SELECT account_id, 'SUSPENSE', currency, suspense, suspense_minor FROM told WHERE suspense <> suspense_minor
UNION ALL SELECT account_id, 'RECEIVABLE', currency, receivable, receivable_minor FROM told WHERE receivable <> receivable_minor
UNION ALL SELECT s.account_id, 'BALANCE', s.currency, s.cash + s.bonus + s.suspense - s.receivable, 0 FROM booked s
LEFT JOIN balances b ON b.account_id = s.account_id AND b.currency = s.currency WHERE b.id IS NULL;

-- NEGATIVE: a figure is negative that may not be
SELECT account_id, 'BALANCE', currency, 0, CASE WHEN cash_minor < 0 THEN cash_minor WHEN bonus_minor < 0 THEN bonus_minor
WHEN suspense_minor < 0 THEN suspense_minor WHEN receivable_minor < 0 THEN receivable_minor WHEN held_minor < 0 THEN held_minor
ELSE cash_minor + bonus_minor - held_minor END
FROM balances WHERE cash_minor < 0 OR bonus_minor < 0 OR suspense_minor < 0 OR receivable_minor < 0 OR held_minor < 0 OR cash_minor + bonus_minor < held_minor
UNION ALL SELECT account_id, id, currency, 0, paid_minor - invoiced_minor - refunded_minor FROM fees
WHERE paid_minor - invoiced_minor - refunded_minor < 0 OR paid_minor < 0 OR invoiced_minor < 0 OR refunded_minor < 0;

-- HELD: money is held, and nothing holds any
SELECT account_id, id, currency, 0, held_minor FROM balances WHERE held_minor <> 0;

-- UNUSED: a balance without bookings has a figure or a version
SELECT b.account_id, b.id, b.currency, 0, b.turn FROM balances b LEFT JOIN ledger_entries e ON e.account_id = b.account_id AND e.currency = b.currency
WHERE e.id IS NULL AND (b.turn <> 0 OR b.head <> '' OR b.head_turn <> 0);

-- HOLDER: a balance is of no account, or of another currency than its account's
SELECT b.account_id, b.id, b.currency, 0, 0 FROM balances b LEFT JOIN accounts a ON a.id = b.account_id WHERE a.id IS NULL OR a.currency <> b.currency AND b.turn <> 0;

-- FEE: a fee is not the cash that its order or bill took
WITH took AS (SELECT account_id, currency, subject_id, -SUM(amount_minor) AS cash, MIN(at) AS began FROM ledger_entries
WHERE book = 'CASH' AND SUBSTR(subject_id, 1, 5) IN ('ordr_', 'bill_') GROUP BY account_id, currency, subject_id)
SELECT f.account_id, f.subject_id, f.currency, COALESCE(t.cash, 0), f.paid_minor FROM fees f
LEFT JOIN took t ON t.subject_id = f.subject_id AND t.account_id = f.account_id AND t.currency = f.currency
WHERE t.cash IS NULL OR t.cash <> f.paid_minor OR t.began <> f.paid_at
UNION ALL SELECT t.account_id, t.subject_id, t.currency, t.cash, 0 FROM took t
LEFT JOIN fees f ON f.subject_id = t.subject_id AND f.account_id = t.account_id AND f.currency = t.currency WHERE f.id IS NULL AND t.cash <> 0;

-- REFUNDED: more of a fee is refunded than bookings say
SELECT account_id, id, currency, 0, refunded_minor FROM fees WHERE refunded_minor <> 0;

-- INVOICED: what is invoiced of a fee is not what its invoices claim
WITH claimed AS (SELECT i.fee_id, SUM(i.amount_minor) AS total FROM invoice_items i JOIN invoices v ON v.id = i.invoice_id
WHERE v.status NOT IN ('REJECTED', 'WITHDRAWN') GROUP BY i.fee_id)
SELECT f.account_id, f.id, f.currency, COALESCE(c.total, 0), f.invoiced_minor FROM fees f LEFT JOIN claimed c ON c.fee_id = f.id
WHERE f.invoiced_minor <> COALESCE(c.total, 0);
