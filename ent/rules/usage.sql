-- EVENTS: the usage of an hour is not the sum of its events
WITH used AS (SELECT account_id, application_id, service_id, metric, {hour hour} AS h, SUM(quantity_micros) AS total FROM usage_totals
WHERE service_id <> '' AND hour >= {since} GROUP BY account_id, application_id, service_id, metric, {hour hour}),
told AS (SELECT e.account_id, e.application_id, e.service_id, e.metric, {hour e.at} AS h, SUM(e.quantity_micros) AS total FROM usage_events e
WHERE e.at >= {since} AND NOT EXISTS (SELECT 1 FROM usage_totals g WHERE g.application_id = e.application_id AND g.metric = e.metric AND g.service_id = '' AND g.level_at IS NOT NULL)
GROUP BY e.account_id, e.application_id, e.service_id, e.metric, {hour e.at})
SELECT u.account_id, u.service_id, '', COALESCE(t.total, 0), u.total FROM used u LEFT JOIN told t ON t.account_id = u.account_id
AND t.application_id = u.application_id AND t.service_id = u.service_id AND t.metric = u.metric AND t.h = u.h WHERE t.total IS NULL OR t.total <> u.total
UNION ALL SELECT t.account_id, t.service_id, '', t.total, 0 FROM told t LEFT JOIN used u ON u.account_id = t.account_id
AND u.application_id = t.application_id AND u.service_id = t.service_id AND u.metric = t.metric AND u.h = t.h WHERE u.total IS NULL AND t.total <> 0;

-- COUNTED: the periods did not count all existing events
WITH counted AS (SELECT account_id, product_id, SUM(events) AS n FROM usage_periods GROUP BY account_id, product_id HAVING MIN(from_at) >= {since}),
told AS (SELECT e.account_id, s.product_id, COUNT(*) AS n FROM usage_events e JOIN services s ON s.id = e.service_id
WHERE s.charging = 'METERED' AND NOT EXISTS (SELECT 1 FROM usage_totals g WHERE g.application_id = e.application_id AND g.metric = e.metric AND g.service_id = '' AND g.level_at IS NOT NULL)
GROUP BY e.account_id, s.product_id)
SELECT c.account_id, c.product_id, '', COALESCE(t.n, 0), c.n FROM counted c LEFT JOIN told t ON t.account_id = c.account_id AND t.product_id = c.product_id
WHERE c.n <> COALESCE(t.n, 0);

-- EVENT_OF: an event belongs to a service that did not provide it
SELECT e.account_id, e.id, '', 0, 0 FROM usage_events e LEFT JOIN services s ON s.id = e.service_id
WHERE s.id IS NULL OR s.account_id <> e.account_id OR s.application_id <> e.application_id OR e.at >= s.expires_at OR (s.status <> 'RUNNING' AND e.at > s.closed_at);

-- LEVEL: a level is not the one that was reported for its time
SELECT t.account_id, t.id, '', 0, t.quantity_micros FROM usage_totals t WHERE t.level_at IS NOT NULL AND t.level_at >= {since} AND NOT EXISTS
(SELECT 1 FROM usage_events e WHERE e.account_id = t.account_id AND e.application_id = t.application_id AND e.metric = t.metric AND e.at = t.level_at AND e.quantity_micros = t.quantity_micros);
