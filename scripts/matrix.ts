/** Writes the golden access matrices anew from `policies`, so that a change of rights can be read in review. */
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { matrixMarkdown, profilesIn, readPolicies } from '../src/access/index.js';

const folder = fileURLToPath(new URL('../../policies', import.meta.url));
for (const profile of await profilesIn(folder)) {
  const file = profile === 'default' ? 'matrix.golden.md' : `matrix.${profile}.golden.md`;
  await writeFile(new URL(`../../test/access/${file}`, import.meta.url), matrixMarkdown(await readPolicies(folder, profile)));
}
