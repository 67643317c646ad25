// The two engines, opened in the same way as Portico and the floor open them.
// What a request does is a generator: it yields statements, `[sql, ...values]`,
// and gets the rows of a query (arrays of values), or the number of rows that a
// statement changed. So the same work runs without waiting on SQLite, as
// better-sqlite3 offers it, and with promises on MariaDB.
import Database from 'better-sqlite3';
import mysql from 'mysql2';

export function openSQLite(path) {
  const open = (...more) => {
    const db = new Database(path);
    for (const p of ['busy_timeout = 10000', 'journal_mode = WAL', 'synchronous = FULL', 'foreign_keys = 1', 'cache_size = -20000',
      'temp_store = 2', ...more]) db.pragma(p);
    const prepared = new Map();
    return ([sql, ...values]) => {
      let s = prepared.get(sql);
      if (!s) {
        s = db.prepare(sql);
        prepared.set(sql, s.reader ? s.raw() : s);
      }
      return s.reader ? s.all(values) : s.run(values).changes;
    };
  };
  const run = (steps, execute) => {
    let step = steps.next();
    while (!step.done) step = steps.next(execute(step.value));
    return step.value;
  };
  // Calls don't wait, so that one connection for reading and one for writing
  // serve all requests.
  const reader = open('query_only = 1');
  const writer = open();
  return {
    read: (steps) => run(steps, reader),
    write: (steps) => {
      writer(['BEGIN IMMEDIATE']);
      try {
        const value = run(steps, writer);
        writer(['COMMIT']);
        return value;
      } catch (err) {
        writer(['ROLLBACK']);
        throw err;
      }
    },
    timeOf: (micros) => `${text(micros)}+00:00`,
  };
}

export function openMariaDB({ host, port, socketPath, user, password, database }, connections) {
  const pool = mysql.createPool({
    ...(socketPath ? { socketPath } : { host, port: Number(port) }),
    user, password, database,
    connectionLimit: connections, maxIdle: connections,
    charset: 'utf8mb4_bin', rowsAsArray: true, dateStrings: true, jsonStrings: true, timezone: 'Z',
  });
  // It is sent before the connection's first statement.
  pool.on('connection', (c) => c.query("SET time_zone = '+00:00', sql_mode = 'TRADITIONAL', tx_isolation = 'READ-COMMITTED'"));
  const promise = (call) => new Promise((resolve, reject) => {
    call((err, value) => (err ? reject(err) : resolve(value)));
  });
  const execute = (on, [sql, ...values]) => new Promise((resolve, reject) => {
    on.execute(sql, values, (err, value) => {
      if (err) reject(err);
      else resolve(Array.isArray(value) ? value : value.affectedRows);
    });
  });
  const run = async (steps, on) => {
    let step = steps.next();
    while (!step.done) step = steps.next(await execute(on, step.value));
    return step.value;
  };
  return {
    read: (steps) => run(steps, pool),
    write: async (steps) => {
      const c = await promise((done) => pool.getConnection(done));
      try {
        await promise((done) => c.beginTransaction(done));
        const value = await run(steps, c);
        await promise((done) => c.commit(done));
        return value;
      } catch (err) {
        await promise((done) => c.rollback(done));
        throw err;
      } finally {
        c.release();
      }
    },
    timeOf: text,
  };
}

// text writes a time, in microseconds, as both engines keep it.
function text(micros) {
  const seconds = new Date(micros / 1000).toISOString();
  const fraction = micros % 1_000_000;
  return `${seconds.slice(0, 10)} ${seconds.slice(11, 19)}${fraction ? `.${String(fraction).padStart(6, '0').replace(/0+$/, '')}` : ''}`;
}

// microsOf returns a stored time in microseconds.
export function microsOf(stored) {
  const fraction = stored[19] === '.' ? stored.slice(20, 26).replace(/\D.*/, '') : '';
  return Date.parse(`${stored.slice(0, 10)}T${stored.slice(11, 19)}Z`) * 1000 + Number(fraction.padEnd(6, '0'));
}

// rfc3339 returns a stored time as it is answered: in UTC, without zeros at the
// end of the fraction.
export function rfc3339(stored) {
  let end = stored[19] === '.' ? 20 : 19;
  while (end < stored.length && stored[end] >= '0' && stored[end] <= '9') end++;
  while (end > 19 && (stored[end - 1] === '0' || stored[end - 1] === '.')) end--;
  return `${stored.slice(0, 10)}T${stored.slice(11, Math.max(end, 19))}Z`;
}
