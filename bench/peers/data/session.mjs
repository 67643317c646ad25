// Who asks: the person to whom a bearer token belongs, with its grants. The same
// checks as the floor's (bench/floor/session.go).
import { createHash } from 'node:crypto';
import { microsOf } from './engines.mjs';

export class Refusal extends Error {
  constructor(code) {
    super(code);
    this.code = code;
  }
}

// The permissions of the built-in roles, as far as they are checked here.
const builtIn = {
  owner: ['account:read', 'order:read', 'order:place', 'service:read'],
  administrator: ['account:read', 'order:read', 'order:place', 'service:read'],
  finance: ['account:read', 'order:read', 'order:place'],
  auditor: ['account:read', 'order:read', 'service:read'],
};

export const sha256 = (text) => createHash('sha256').update(text).digest('hex');

// session returns the person; a generator of statements, as what follows.
export function* session(sql, authorization) {
  if (!authorization?.startsWith('Bearer ')) throw new Refusal('UNAUTHENTICATED');
  const now = Date.now() * 1000;
  const rows = yield [sql.session, sha256(authorization.slice('Bearer '.length))];
  if (rows.length === 0) throw new Refusal('UNAUTHENTICATED');
  const passed = (since, minutes) => minutes !== null && now >= microsOf(since) + minutes * 60_000_000;
  const operator = rows[0][11];
  const who = { person: rows[0][1], operator: operator === null ? [] : JSON.parse(operator), grants: [], withheld: [] };
  for (const [expires, , account, role, own, permissions, applications, until, limit, stepUp, second, , began, used, lifetime, idle, roleID, scope, factorRoles, hasFactor] of rows) {
    if (now >= microsOf(expires) || passed(began, lifetime) || passed(used ?? began, idle)) throw new Refusal('UNAUTHENTICATED');
    if (role === null) continue;
    if (scope !== null && !hasFactor && (factorRoles === null || factorRoles.includes(`"${roleID}"`))) who.withheld.push(account);
    if (until !== null && now >= microsOf(until)) continue;
    if (stepUp !== null && (second === null || microsOf(second) < now - stepUp * 60_000_000)) continue;
    who.grants.push({
      account, role, limit,
      permissions: own ? builtIn[role] ?? [] : JSON.parse(permissions),
      applications: applications === null ? null : JSON.parse(applications),
    });
  }
  return who;
}

// may returns the grants that give a permission on an account. An operator needs none to
// read one.
export function may(who, permission, account, application) {
  let code = who.operator.length > 0 ? 'FORBIDDEN' : 'NOT_FOUND';
  const giving = [];
  for (const g of who.grants) {
    if (g.account !== account) continue;
    code = 'FORBIDDEN';
    if (!who.withheld.includes(account) && g.permissions.includes(permission) && (!g.applications?.length || g.applications.includes(application))) giving.push(g);
  }
  if (giving.length === 0 && !(who.operator.length > 0 && permission === 'account:read')) throw new Refusal(code);
  return giving;
}

// rolesOf returns the roles in which the person acts.
export const rolesOf = (who, account) => who.grants.filter((g) => g.account === account).map((g) => g.role).join(',');
