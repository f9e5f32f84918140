import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { phrasesFor } from '../../src/phrases/index.js';

const SOURCE = fileURLToPath(new URL('../../../src/', import.meta.url));

/** Acts written as literals in an entry: `act: 'record.list'`, and both of `act: agree ? 'role.confirm' : 'role.refuse'`. */
function actsIn(text: string): string[] {
  // what a type allows (`'a.b' | 'c.d'`) is not written yet
  return [...text.matchAll(/\bact: ([^,;|\n]+)(?=[,;\n])/g)].flatMap((entry) =>
    [...(entry[1] as string).matchAll(/'([a-z][a-z0-9_-]*(?:\.[a-z0-9_-]+)+)'/g)].map((match) => match[1] as string),
  );
}

/** Lists that entries name: `{ kind: 'list', id: 'people' }`. */
const listsIn = (text: string): string[] => [...text.matchAll(/kind: 'list'(?: as const)?, id: '([a-z-]+)'/g)].map((match) => match[1] as string);

const sources = (): string[] =>
  readdirSync(SOURCE, { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.tsx?$/.test(file))
    .map((file) => readFileSync(join(SOURCE, file), 'utf8'));

test('R53: every act that the program writes into the log has a text in both languages', (t) => {
  const acts = new Set(sources().flatMap(actsIn));
  t.true(acts.size > 0);
  const known = new Set(Object.keys(phrasesFor('zh').audit.acts));
  const missing = [...acts].filter((act) => !known.has(act));
  t.deepEqual(missing, [], 'add them to `acts` in src/phrases/{zh,en}/audit.ts');
});

test('R53: every list that an entry names has a text in both languages', (t) => {
  const lists = new Set(sources().flatMap(listsIn));
  t.true(lists.size > 10);
  const known = new Set(Object.keys(phrasesFor('zh').audit.places));
  t.deepEqual(
    [...lists].filter((list) => !known.has(`list:${list}`)),
    [],
    'add them to `places` in src/phrases/{zh,en}/audit.ts',
  );
});
