/** Writes the golden access matrices and ways of applications anew from `policies`, so that a change of rights can be read in review. */
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { matrixMarkdown, profilesIn, readPolicies } from '../src/access/index.js';
import { routesMarkdown } from '../src/requests/index.js';

const folder = fileURLToPath(new URL('../../policies', import.meta.url));
for (const profile of await profilesIn(folder)) {
  const golden = profile === 'default' ? 'golden.md' : `${profile}.golden.md`;
  const set = await readPolicies(folder, profile);
  await writeFile(new URL(`../../test/access/matrix.${golden}`, import.meta.url), matrixMarkdown(set));
  await writeFile(new URL(`../../test/requests/routes.${golden}`, import.meta.url), routesMarkdown(set));
}
