// Apollo Server as its documentation starts it, on node:http.
import { ApolloServer } from '@apollo/server';
import { startStandaloneServer } from '@apollo/server/standalone';
import { contextOf, schema } from './schema.mjs';

export async function serve(data, batched) {
  const { url } = await startStandaloneServer(new ApolloServer({ schema }), {
    context: async ({ req }) => contextOf(data, batched, req),
    listen: { host: '127.0.0.1', port: 0 },
  });
  return new URL(url).port;
}
