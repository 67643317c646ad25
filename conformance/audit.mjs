// Runs the audits of graphql-http against a server: audit.mjs URL
import { serverAudits } from 'graphql-http';

// How many audits the pinned version has; fewer would mean that some were lost.
const expected = 61;

const audits = serverAudits({ url: process.argv[2] });
let passed = 0;
for (const audit of audits) {
  let result;
  try {
    result = await audit.fn();
  } catch (err) {
    result = { status: 'error', reason: String(err.cause ?? err) };
  }
  if (result.status === 'ok') passed++;
  else console.log(`  ${audit.id} ${audit.name}\n    ${result.status}: ${result.reason}`);
}
console.log(`graphql-http: ${passed} of ${audits.length} audits pass`);
process.exitCode = passed === expected && audits.length === expected ? 0 : 1;
