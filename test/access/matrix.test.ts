import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { matrixMarkdown, profilesIn, readPolicies } from '../../src/access/index.js';

const FOLDER = fileURLToPath(new URL('../../../policies', import.meta.url));

for (const profile of await profilesIn(FOLDER)) {
  test(`R41: rights of the profile ${profile} are as reviewed (after a wanted change: npm run matrix)`, async (t) => {
    const file = profile === 'default' ? 'matrix.golden.md' : `matrix.${profile}.golden.md`;
    const golden = await readFile(new URL(`../../../test/access/${file}`, import.meta.url), 'utf8');
    t.is(matrixMarkdown(await readPolicies(FOLDER, profile)), golden);
  });
}
