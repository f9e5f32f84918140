import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { phrasesFor } from '../../src/phrases/index.js';

const SOURCE = fileURLToPath(new URL('../../../src/', import.meta.url));

/** Acts written as a literal in an entry: `act: 'record.list'`. */
function actsIn(text: string): string[] {
  return [...text.matchAll(/\bact: '([a-z][a-z0-9_-]*(?:\.[a-z0-9_-]+)+)'/g)].map((match) => match[1] as string);
}

test('R53: every act that the program writes into the log has a text in both languages', (t) => {
  const files = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' }).filter((file) => /\.tsx?$/.test(file));
  const acts = new Set(files.flatMap((file) => actsIn(readFileSync(join(SOURCE, file), 'utf8'))));
  t.true(acts.size > 0);
  const known = new Set(Object.keys(phrasesFor('zh').audit.acts));
  const missing = [...acts].filter((act) => !known.has(act));
  t.deepEqual(missing, [], 'add them to `acts` in src/phrases/{zh,en}/audit.ts');
});
