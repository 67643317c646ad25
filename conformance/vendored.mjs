// Compares the vendored files of GraphiQL with what npm has: vendored.mjs DIR
import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const dir = process.argv[2];
const versions = JSON.parse(await readFile(join(dir, 'VERSIONS.json'), 'utf8'));
const scratch = await mkdtemp(join(tmpdir(), 'portico-vendored-'));
const packages = new Map();

// unpack fetches a package by the npm client and returns where its files are.
function unpack(spec) {
  if (!packages.has(spec)) {
    const [packed] = JSON.parse(
      execFileSync('npm', ['pack', '--json', '--loglevel=error', '--pack-destination', scratch, spec], { encoding: 'utf8' }),
    );
    const into = join(scratch, spec.replace(/[^a-z0-9.-]/g, '_'));
    execFileSync('mkdir', ['-p', into]);
    execFileSync('tar', ['-xzf', join(scratch, packed.filename), '-C', into, '--strip-components=1']);
    packages.set(spec, into);
  }
  return packages.get(spec);
}

let wrong = 0;
try {
  for (const name of await readdir(dir)) {
    if (name === 'VERSIONS.json') continue;
    const source = versions[name];
    if (!source) {
      console.log(`  ${name} is not in VERSIONS.json`);
      wrong++;
      continue;
    }
    const cut = source.indexOf('/', source.indexOf('@', 1));
    const published = await readFile(join(unpack(source.slice(0, cut)), source.slice(cut + 1)));
    if (!published.equals(await readFile(join(dir, name)))) {
      console.log(`  ${name} differs from ${source}`);
      wrong++;
    }
    delete versions[name];
  }
  for (const name of Object.keys(versions)) {
    console.log(`  ${name} is missing`);
    wrong++;
  }
} finally {
  await rm(scratch, { recursive: true, force: true });
}
console.log(`GraphiQL's vendored files: ${wrong === 0 ? 'as npm has them' : `${wrong} differ`}`);
process.exitCode = wrong === 0 ? 0 : 1;
