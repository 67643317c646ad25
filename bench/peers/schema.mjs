// The schema and its resolvers, for all servers.
import { readFileSync } from 'node:fs';
import { makeExecutableSchema } from '@graphql-tools/schema';
import DataLoader from 'dataloader';
import { GraphQLError, getDirectiveValues } from 'graphql';
import { Refusal } from './data/session.mjs';

const types = { acct: 'Account', ordr: 'Order', ordl: 'OrderLine', plan: 'Plan' };

// refused passes a refusal on as an error of the request.
const refused = (err) => {
  throw err instanceof Refusal ? new GraphQLError(err.code, { extensions: { code: err.code } }) : err;
};

// attempt calls work, which may return a promise. Work on SQLite doesn't, so
// that it needs none here either.
function attempt(work, failed) {
  try {
    const value = work();
    return typeof value?.then === 'function' ? value.catch(failed) : value;
  } catch (err) {
    return failed(err);
  }
}

const hidden = (err) => (err instanceof Refusal && err.code === 'NOT_FOUND' ? null : refused(err));

const resolvers = {
  Query: {
    node: (_, { id }, { data, who }) => (id.startsWith('ordr_') ? attempt(() => data.order(who, id), hidden) : null),
    account: (_, { id }, { data, who }) => attempt(() => data.account(who, id), hidden),
  },
  Node: { __resolveType: ({ id }) => types[id.slice(0, 4)] },
  Account: {
    orders: ({ id }, { first = 20 }, { data, who }) => attempt(() => data.ordersOf(who, id, first), refused),
  },
  Order: {
    lines: (order, _, { data, chinese, loaders }) => (loaders ? loaders.lines.load(order) : data.linesOf(order, chinese)),
    plan: ({ planId }, _, { data, chinese, loaders }) => (loaders ? loaders.plans.load(planId) : data.planWith(planId, chinese)),
  },
  Mutation: {
    placeOrder(_, { input }, { data, who, address, agent }, { schema, fieldNodes, variableValues }) {
      const key = getDirectiveValues(schema.getDirective('idempotent'), fieldNodes[0], variableValues)?.key ?? '';
      const placed = (order) => ({ order, userErrors: [] });
      const failed = (err) => {
        if (!(err instanceof Refusal)) throw err;
        return { order: null, userErrors: [{ code: err.code, message: err.code, field: null, clause: null }] };
      };
      return attempt(() => {
        const order = data.place(who, input, { key, address, agent });
        return typeof order.then === 'function' ? order.then(placed) : placed(order);
      }, failed);
    },
  },
};

export const schema = makeExecutableSchema({ typeDefs: readFileSync(new URL('schema.graphql', import.meta.url), 'utf8'), resolvers });

// contextOf returns the context of a request of node:http, or a promise of it.
// With batched it has DataLoaders for the request.
export function contextOf(data, batched, { headers, socket }) {
  const chinese = headers['accept-language']?.startsWith('zh') ?? false;
  const complete = (who) => ({
    data, who, chinese, address: socket.remoteAddress, agent: headers['user-agent'] ?? '',
    loaders: batched && {
      lines: new DataLoader(async (orders) => data.linesOfAll(orders, chinese)),
      plans: new DataLoader(async (ids) => data.plansWith(ids, chinese)),
    },
  });
  return attempt(() => {
    const who = data.session(headers.authorization);
    return typeof who.then === 'function' ? who.then(complete) : complete(who);
  }, refused);
}
