// Runs what README.md shows for stock clients, as it stands there, against a
// sandbox: clients.mjs URL LOGINS README
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ApolloClient, HttpLink, gql } from '@apollo/client';
import { Client, fetchExchange } from '@urql/core';
import { cacheExchange } from '@urql/exchange-graphcache';
import { getIntrospectionQuery } from 'graphql';
import WebSocket from 'ws';

const [url, logins, readme] = process.argv.slice(2);
const { people } = JSON.parse(await readFile(logins, 'utf8'));
const text = await readFile(readme, 'utf8');
const sockets = [];
globalThis.WebSocket = class extends WebSocket {
  constructor(...args) {
    super(...args);
    sockets.push(this);
  }
};
const warnings = [];
console.warn = console.error = (...args) => warnings.push(args.join(' ').slice(0, 300));

async function post(query, variables, token) {
  const headers = { 'Content-Type': 'application/json', 'Accept-Language': 'en' };
  if (token) headers.Authorization = 'Bearer ' + token;
  const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ query, variables }) });
  return (await answer.json()).data;
}

async function signIn({ phone: login, password }) {
  const query = 'mutation($input: SignInInput!) { signIn(input: $input) { session { accessToken refreshToken } } }';
  return (await post(query, { input: { login, password } })).signIn.session;
}

async function publish(title) {
  const query = 'mutation($input: PublishNoticeInput!) { publishNotice(input: $input) { notice { id } } }';
  const input = { kind: 'GENERAL', audience: { all: true }, title, body: title, channels: ['IN_SITE'] };
  await post(query, { input }, operator.accessToken);
}

async function until(what, condition) {
  for (let i = 0; !condition(); i++) {
    if (i === 600) throw new Error(`never: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

// shown imports the block of README.md that has a line, with what it exports
// and further names.
async function shown(line, tail = '') {
  const blocks = [...text.matchAll(/^```js\n(.*?)^```$/gms)].map((m) => m[1]).filter((b) => b.includes(line));
  if (blocks.length !== 1) throw new Error(`README.md shows ${blocks.length} times: ${line}`);
  const folder = await mkdtemp(new URL('node_modules/.shown-', import.meta.url).pathname);
  const file = join(folder, 'block.mjs');
  await writeFile(file, blocks[0] + tail);
  try {
    return await import(pathToFileURL(file));
  } finally {
    await rm(folder, { recursive: true });
  }
}

const session = await signIn(people[0]);
const operator = await signIn(people[1]);
const account = (await post('{ viewer { accounts(first: 1) { nodes { id } } } }', {}, session.accessToken)).viewer.accounts.nodes[0].id;
const list = '{ account(id: "' + account + '") { id notices(first: 2) { edges { cursor readAt node { id } } pageInfo { endCursor hasNextPage } } } }';
const mark = `mutation($input: MarkNoticesReadInput!) {
  markNoticesRead(input: $input) { account { id unreadNoticeCount } notices { cursor readAt } userErrors { code } } }`;
const selections = [
  '{ viewer { person { id } } account(id: "ID") { id balance { cash { amount } } standing { restrictions { code } } } }',
  '{ viewer { operator { roles } } account(id: "ID") { id balance { available { amount currency } } standing { restrictions { code } } } }',
  '{ viewer { person { id name } } account(id: "ID") { id balance { cash { currency } } } }',
].map((query) => query.replace('ID', account));
const results = {};

results['Apollo Client: selections of one object join, and what is marked read shows as read'] = async () => {
  const { cache } = await shown('new InMemoryCache(');
  const link = new HttpLink({ uri: url, headers: { authorization: 'Bearer ' + session.accessToken } });
  const client = new ApolloClient({ link, cache });
  for (const query of selections) await client.query({ query: gql(query) });
  const first = await client.query({ query: gql(list) });
  const unread = first.data.account.notices.edges.find((edge) => edge.readAt === null);
  await client.mutate({ mutation: gql(mark), variables: { input: { accountId: account, noticeIds: [unread.node.id] } } });
  const again = client.readQuery({ query: gql(list) }).account.notices.edges.find((edge) => edge.cursor === unread.cursor);
  if (!again.readAt) throw new Error('it shows as unread');
  const gone = selections.filter((query) => client.readQuery({ query: gql(query) }) === null);
  if (gone.length) throw new Error(`what was read is gone: ${gone.join(' ')}`);
};

results['urql Graphcache: the same'] = async () => {
  globalThis.schema = await post(getIntrospectionQuery({ descriptions: false }));
  const { keys } = await shown('const keys =', '\nexport { keys };');
  const headers = { authorization: 'Bearer ' + session.accessToken };
  const exchanges = [cacheExchange({ schema: globalThis.schema, keys }), fetchExchange];
  const client = new Client({ url, exchanges, preferGetMethod: false, fetchOptions: { headers } });
  for (const query of selections) {
    const { error } = await client.query(query, {});
    if (error) throw error;
  }
  const first = await client.query(list, {});
  const unread = first.data.account.notices.edges.find((edge) => edge.readAt === null);
  await client.mutation(mark, { input: { accountId: account, noticeIds: [unread.node.id] } });
  const again = await client.query(list, {}, { requestPolicy: 'cache-only' });
  if (!again.data?.account.notices.edges.find((edge) => edge.cursor === unread.cursor).readAt) throw new Error('it shows as unread');
};

results['graphql-ws: a token that has ended is exchanged, and nothing is lost or told twice after a cut'] = async () => {
  const { live } = await shown("from 'graphql-ws'");
  let tokens = { ...session, accessToken: 'pa_ended' };
  let exchanged = 0;
  const refresh = async () => {
    exchanged++;
    const query = 'mutation($input: RefreshSessionInput!) { refreshSession(input: $input) { session { accessToken refreshToken } } }';
    tokens = (await post(query, { input: { refreshToken: tokens.refreshToken } })).refreshSession.session;
  };
  const told = [];
  const follow = live(url, () => tokens, refresh);
  const query = 'subscription($id: ID!, $after: String) { noticePosted(accountId: $id, after: $after) { cursor notice { title } } }';
  const sink = (name) => ({
    next: (answer) => told.push(name + answer.data.noticePosted.notice.title),
    error: (why) => told.push(JSON.stringify(why)),
    complete() {},
  });
  const after = (await post(list, {}, session.accessToken)).account.notices.edges[0].cursor;
  const stop = follow({ query, variables: { id: account, after } }, sink(''));
  await publish('one');
  await until('one', () => told.length === 1);
  sockets.at(-1).terminate();
  await publish('two');
  await until('two', () => told.length === 2);
  tokens = { ...tokens, accessToken: 'pa_ended' }; // an operation more on the open socket
  const stopSecond = follow({ query, variables: { id: account, after } }, sink('second '));
  await until('second', () => told.length === 4);
  stop();
  stopSecond();
  if (told.join() !== 'one,two,second one,second two' || exchanged !== 2) throw new Error(`${told.join()}; exchanged ${exchanged} times`);
};

for (const title of ['first', 'second', 'third']) await publish(title);
for (const [name, run] of Object.entries(results)) {
  warnings.length = 0;
  try {
    await run();
    if (warnings.length) throw new Error(warnings.join('\n'));
    console.log(`stock clients: ${name}`);
  } catch (err) {
    console.log(`stock clients: ${name}\n  failed: ${err.message}`);
    process.exitCode = 1;
  }
}
process.exit();
