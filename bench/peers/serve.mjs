// Runs one server until its input ends:
//
//   node serve.mjs NAME
//
// The first line of the input holds the settings (JSON: sqlite or mariadb,
// connections, statements). The server prints its address, and then for each
// line `cpu` the CPU time of this process so far, in ns.
import { createInterface } from 'node:readline';
import { openData } from './data/data.mjs';

const servers = {
  yoga: ['./yoga.mjs', false],
  'yoga-dataloader': ['./yoga.mjs', true],
  apollo: ['./apollo.mjs', false],
  'apollo-dataloader': ['./apollo.mjs', true],
  'mercurius-jit': ['./mercurius.mjs', false],
  'mercurius-jit-loaders': ['./mercurius.mjs', true],
};

const [module, batched] = servers[process.argv[2]];
let data;
for await (const line of createInterface({ input: process.stdin })) {
  if (!data) {
    data = openData(JSON.parse(line));
    const { serve } = await import(module);
    console.log(`127.0.0.1:${await serve(data, batched)}`);
  } else if (line === 'cpu') {
    const { user, system } = process.cpuUsage();
    console.log(1000 * (user + system));
  } else {
    throw new Error(`unknown command: ${line}`);
  }
}
process.exit(0);
