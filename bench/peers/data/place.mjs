// Placing an order for a prepaid plan, all or nothing, and only once for each
// key: the same checks, statements and rows as the floor's (bench/floor/place.go
// and write.go), in one transaction.
import { randomBytes } from 'node:crypto';
import { monotonicFactory } from 'ulid';
import { microsOf, rfc3339 } from './engines.mjs';
import { amountOf } from './read.mjs';
import { Refusal, may, rolesOf, sha256 } from './session.mjs';
import { dayOf, endOf } from './zone.mjs';

const ulid = monotonicFactory();
const newID = (prefix) => `${prefix}_${ulid()}`;

const base32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const random8 = () => Array.from(randomBytes(8), (b) => base32[b & 31]).join('');

// place is a generator of the statements. Request holds the key, and the
// client's address and agent.
export function* place(sql, timeOf, who, input, { key, address, agent }) {
  if (!/^[!-~](?:[ -~]{0,148}[!-~])?$/.test(key)) throw new Refusal('BAD_REQUEST');
  const { accountId, planId, applicationId, term, expectedTotal } = input;
  const grants = may(who, 'order:place', accountId, applicationId);
  const micros = Date.now() * 1000;
  const now = timeOf(micros);
  const keyID = newID('akey');
  const canonical = JSON.stringify({ accountId, planId, applicationId, term: { unit: term?.unit, count: term?.count },
    expectedTotal: { amount: expectedTotal.amount, currency: expectedTotal.currency } });
  yield [sql.claimKey, keyID, who.person, key, sha256(canonical), now];

  const found = yield* find(sql, planId, applicationId, accountId);
  yield* unhindered(sql, accountId, now);
  const { total, unitPrice, times, months } = yield* price(sql, input, found.currency, grants, now);
  const { zone, running, from } = yield* current(sql, input, found, micros, now);

  const o = { id: newID('ordr'), serviceId: newID('serv'), number: `${dayOf(zone, micros)}-${random8()}`, now, total, ...found };
  const { cash, bonus } = yield* pay(sql, o, accountId);
  yield* open(sql, o, input, running, timeOf(endOf(zone, from, months)));
  yield [sql.insertOrder, o.id, accountId, o.number, planId, found.planVersion, applicationId, o.serviceId, term.unit, term.count, total, cash,
    bonus, found.currency, found.body, found.partner, found.free, who.person, now];
  yield [sql.insertLine, newID('ordl'), accountId, o.id, `${found.zh}，预付`, `${found.en}, prepaid`, String(times), unitPrice, total,
    found.currency];
  yield [sql.insertAudit, newID('audt'), accountId, now, who.person, rolesOf(who, accountId), o.id, address, agent, newID('corr')];
  yield [sql.answerKey, JSON.stringify({ order: o.id }), keyID];
  return { id: o.id, account: accountId, planId, number: o.number, status: 'FULFILLED', total: amountOf(total, found.currency),
    free: Boolean(found.free), placedAt: rfc3339(now) };
}

// find reads the application, the plan and the holder of the account.
function* find(sql, planId, applicationId, accountId) {
  const [row] = yield [sql.find, planId, applicationId];
  if (!row || row[0] !== accountId) throw new Refusal('NOT_FOUND');
  const [, status, region, country, product, planVersion, zh, en, charging, serviceClass, wants, currency, free, selfService, limits,
    withdrawn, body, partner] = row;
  if (status !== 'ACTIVE' || !selfService || withdrawn !== null || charging !== 'PREPAID') throw new Refusal('NOT_ORDERABLE');
  if (wants === 'MAINLAND' && (region === 'OVERSEAS' || country !== 'CN')
    || wants === 'OVERSEAS' && region !== 'OVERSEAS' && country === 'CN') throw new Refusal('REGION');
  return { product, planVersion, zh, en, charging, class: serviceClass, currency, free, limits, body, partner };
}

// unhindered checks that no amendment waits for the owner's acceptance by
// conduct (0), and that nothing restricts the account.
function* unhindered(sql, account, now) {
  if ((yield [sql.conduct, now, now, account]).length > 0) throw new Error('no amendment is in force where it is measured');
  const inForce = new Set();
  for (const [id, lifts] of yield [sql.restrictions, account, now, now]) {
    if (lifts === null) inForce.add(id);
    else inForce.delete(lifts);
  }
  if (inForce.size > 0) throw new Refusal('RESTRICTED');
}

// price finds the price in force, and checks the price that was shown and the
// spending limit.
function* price(sql, { planId, term, expectedTotal }, currency, grants, now) {
  const [row] = yield [sql.price, planId, term?.unit ?? '', now];
  if (!row) throw new Refusal('NO_PRICE');
  const [count, unitPrice] = row;
  if (term.count < 1 || term.count > 36 || term.count % count !== 0) throw new Refusal('TERM');
  const times = term.count / count;
  const [whole, places = ''] = unitPrice.split('.');
  const total = Number(whole + places.padEnd(2, '0').slice(0, 2)) * times;
  const shown = amountOf(total, currency);
  if (expectedTotal.amount !== shown.amount || expectedTotal.currency !== shown.currency) throw new Refusal('PRICE_CHANGED');
  if (!grants.some(({ limit }) => limit === null || total <= limit)) throw new Refusal('SPENDING_LIMIT');
  return { total, unitPrice, times, months: term.unit === 'YEAR' ? 12 * term.count : term.count };
}

// current finds the zone, the service that the new one replaces, and the time
// from which the new term runs.
function* current(sql, { accountId, planId, applicationId }, { product }, micros, now) {
  const [override] = yield [sql.zone, accountId, now, now];
  const zone = override?.[0] ?? 'Asia/Shanghai';
  const [service] = yield [sql.running, `${applicationId}|${product}`];
  if (!service) return { zone, from: micros };
  const [running, plan, expires] = service;
  const until = plan === planId && expires !== null ? microsOf(expires) : 0;
  return { zone, running, from: Math.max(micros, until) };
}

// pay deducts the total from the balance, bonus first, and books it.
function* pay(sql, o, account) {
  const [[balanceId, cashBefore, bonusBefore, held, version]] = yield [sql.balance, account, o.currency];
  if (cashBefore + bonusBefore - held < o.total) throw new Refusal('INSUFFICIENT_BALANCE');
  const bonus = Math.min(bonusBefore, o.total);
  const cash = o.total - bonus;
  if (!(yield [sql.pay, cash, bonus, balanceId, version, cash, bonus])) throw new Error('the balance changed meanwhile');
  if (o.total === 0) return { cash, bonus };
  const transactionId = newID('ltxn');
  yield [sql.insertTransaction, transactionId, account, o.id, `ORDER:${o.id}`, o.now];
  const sides = [['BONUS', 1, -bonus, bonusBefore - bonus], ['CASH', 1, -cash, cashBefore - cash], ['REVENUE', 0, o.total, 0]]
    .filter(([, , minor]) => minor !== 0);
  yield [sides.length === 3 ? sql.insertThreeEntries : sql.insertTwoEntries, ...sides.flatMap(([book, customer, minor, after], i) => [
    newID('entr'), account, transactionId, o.id, book, customer, minor, o.currency, after, (version + 1) * 16 + i, o.now])];
  if (cash > 0) yield [sql.insertFee, newID('feeo'), account, o.id, cash, o.currency, o.now];
  return { cash, bonus };
}

// open opens the service and closes the one that it replaces.
function* open(sql, o, { accountId, planId, applicationId }, running, expires) {
  if (!(yield [sql.touchApplication, applicationId])) throw new Refusal('NOT_FOUND');
  if (running && !(yield [sql.replaceService, 'REPLACED', o.now, 0, running])) throw new Error('the service changed meanwhile');
  yield [sql.insertService, o.serviceId, accountId, applicationId, o.product, planId, o.id, o.charging, o.class, o.limits, o.now, expires, 0,
    `${applicationId}|${o.product}`];
}
