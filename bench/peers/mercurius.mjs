// mercurius on fastify, with its just-in-time compiler (graphql-jit). Batched, it
// has mercurius' own loaders instead of DataLoader.
import Fastify from 'fastify';
import mercurius from 'mercurius';
import { contextOf, schema } from './schema.mjs';

// Nothing is asked for twice in a request, so that a cache would only cost.
const opts = { cache: false };

const loaders = {
  Order: {
    lines: { opts, loader: async (queries, { data, chinese }) => data.linesOfAll(queries.map(({ obj }) => obj), chinese) },
    plan: { opts, loader: async (queries, { data, chinese }) => data.plansWith(queries.map(({ obj }) => obj.planId), chinese) },
  },
};

export async function serve(data, batched) {
  const app = Fastify();
  app.register(mercurius, { schema, jit: 1, context: (request) => contextOf(data, false, request), ...(batched && { loaders }) });
  await app.listen({ host: '127.0.0.1', port: 0 });
  return app.server.address().port;
}
