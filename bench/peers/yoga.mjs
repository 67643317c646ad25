// graphql-yoga on node:http.
import { createServer } from 'node:http';
import { createYoga } from 'graphql-yoga';
import { contextOf, schema } from './schema.mjs';

export function serve(data, batched) {
  const yoga = createYoga({ schema, context: ({ req }) => contextOf(data, batched, req), logging: false, graphiql: false, landingPage: false });
  const server = createServer(yoga);
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve(server.address().port));
  });
}
