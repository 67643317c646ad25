// Lints a schema by @graphql-eslint's flat/schema-recommended and
// flat/schema-relay: lint.mjs SDLFILE
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { exceptions } from './exceptions.mjs';
import graphql from '@graphql-eslint/eslint-plugin';
import { ESLint } from 'eslint';
import { buildSchema } from 'graphql';

const sdl = process.argv[2];
const valueObjects = JSON.parse(await readFile(new URL('value-objects.json', import.meta.url), 'utf8'));

const eslint = new ESLint({
  cwd: dirname(sdl),
  overrideConfigFile: true,
  overrideConfig: [
    {
      files: ['**/*.graphql'],
      plugins: { '@graphql-eslint': graphql },
      languageOptions: { parser: graphql.parser, parserOptions: { graphQLConfig: { schema: sdl } } },
      linterOptions: { noInlineConfig: true },
      rules: {
        ...graphql.configs['flat/schema-recommended'].rules,
        ...graphql.configs['flat/schema-relay'].rules,
        ...exceptions(Object.keys(valueObjects)),
      },
    },
  ],
});
const results = await eslint.lintFiles([sdl]);
const found = results.flatMap((r) => r.messages);
for (const m of found) console.log(`  ${m.line}:${m.column} ${m.ruleId ?? 'parse'} ${m.message.split('\n')[0]}`);
console.log(`@graphql-eslint: ${found.length} problems`);
if (found.length === 0) {
  const types = buildSchema(await readFile(sdl, 'utf8'), { assumeValidSDL: true }).getTypeMap();
  const idle = Object.keys(valueObjects).filter((name) => !types[name]);
  if (idle.length > 0) console.log(`  note: value-objects.json names types that the schema doesn't have: ${idle.join(', ')}`);
}
process.exitCode = found.length === 0 && results.length === 1 ? 0 : 1;
