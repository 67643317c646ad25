// Reading orders: the floor's statements (bench/floor/read.go), or where a
// resolver asks for one object at a time, one that reads this object.
import { rfc3339 } from './engines.mjs';
import { Refusal, may } from './session.mjs';

const ordersQuery = `SELECT id, number, status, total_minor, currency, free, placed_at, plan_id FROM orders
  WHERE account_id = ? ORDER BY placed_at DESC, id DESC LIMIT ?`;
const lineColumns = 'id, order_id, description_zh, description_en, quantity, unit_price, amount_minor, currency';
const linesOfOrderQuery = `SELECT ${lineColumns} FROM order_lines WHERE account_id = ? AND order_id = ? ORDER BY position`;
const plansStart = 'SELECT id, name_zh, name_en FROM plans WHERE id IN (';

// amountOf converts minor units of a currency with two decimals to an amount.
export function amountOf(minor, currency) {
  const cents = String(Math.abs(minor)).padStart(3, '0');
  return { amount: `${minor < 0 ? '-' : ''}${cents.slice(0, -2)}.${cents.slice(-2)}`, currency };
}

export function* order(sql, who, id) {
  const [row] = yield [sql.order, id];
  if (!row) throw new Refusal('NOT_FOUND');
  const [account, application, number, status, minor, currency, free, placedAt] = row;
  may(who, 'order:read', account, application);
  return { id, account, number, status, total: amountOf(minor, currency), free: Boolean(free), placedAt: rfc3339(placedAt) };
}

export function* account(sql, who, id) {
  may(who, 'account:read', id);
  const [[name]] = yield [sql.account, id];
  return { id, name };
}

export function* ordersOf(who, account, first) {
  may(who, 'order:read', account);
  if (first < 1 || first > 100) throw new Refusal('BAD_REQUEST');
  const rows = yield [ordersQuery, account, String(first + 1)];
  const hasNextPage = rows.length > first;
  if (hasNextPage) rows.pop();
  const nodes = rows.map(([id, number, status, minor, currency, free, placedAt, planId]) => (
    { id, account, planId, number, status, total: amountOf(minor, currency), free: Boolean(free), placedAt: rfc3339(placedAt) }));
  return { nodes, pageInfo: { hasNextPage } };
}

const lineOf = ([id, , zh, en, quantity, unitPrice, minor, currency], chinese) => (
  { id, description: chinese ? zh : en, quantity, unitPrice, amount: amountOf(minor, currency) });
const planOf = ([id, zh, en], chinese) => ({ id, name: chinese ? zh : en });

// linesOf returns the lines of one order.
export function* linesOf({ account, id }, chinese) {
  const rows = yield [linesOfOrderQuery, account, id];
  return rows.map((row) => lineOf(row, chinese));
}

// planWith returns one plan.
export function* planWith(id, chinese) {
  const [row] = yield [`${plansStart}?)`, id];
  return planOf(row, chinese);
}

// linesOfAll returns the lines of each of some orders of one account.
export function* linesOfAll(sql, orders, chinese) {
  const byOrder = new Map(orders.map(({ id }) => [id, []]));
  const query = byOrder.size === 20 ? sql.linesOfPage : `${sql.linesStart}${marks(byOrder.size)}) ORDER BY order_id, position`;
  for (const row of yield [query, orders[0].account, ...byOrder.keys()]) byOrder.get(row[1]).push(lineOf(row, chinese));
  return orders.map(({ id }) => byOrder.get(id));
}

// plansWith returns plans in the order of their ids.
export function* plansWith(ids, chinese) {
  const different = [...new Set(ids)];
  const rows = yield [`${plansStart}${marks(different.length)})`, ...different];
  const plans = new Map(rows.map((row) => [row[0], planOf(row, chinese)]));
  return ids.map((id) => plans.get(id));
}

const marks = (n) => Array(n).fill('?').join(',');
