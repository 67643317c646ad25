// What the servers do for a request. They differ only in how they answer GraphQL.
import { openMariaDB, openSQLite } from './engines.mjs';
import { place } from './place.mjs';
import { account, linesOf, linesOfAll, order, ordersOf, planWith, plansWith } from './read.mjs';
import { session } from './session.mjs';

// openData returns the work as functions. They return their values on SQLite,
// and promises on MariaDB.
export function openData({ sqlite, mariadb, connections, statements: sql }) {
  const db = sqlite ? openSQLite(sqlite) : openMariaDB(mariadb, connections);
  return {
    session: (authorization) => db.read(session(sql, authorization)),
    order: (who, id) => db.read(order(sql, who, id)),
    account: (who, id) => db.read(account(sql, who, id)),
    ordersOf: (who, accountId, first) => db.read(ordersOf(who, accountId, first)),
    linesOf: (of, chinese) => db.read(linesOf(of, chinese)),
    linesOfAll: (orders, chinese) => db.read(linesOfAll(sql, orders, chinese)),
    planWith: (id, chinese) => db.read(planWith(id, chinese)),
    plansWith: (ids, chinese) => db.read(plansWith(ids, chinese)),
    place: (who, input, request) => db.write(place(sql, db.timeOf, who, input, request)),
  };
}
