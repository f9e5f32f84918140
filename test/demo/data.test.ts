import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { bufferSource, dryRun, runImport } from '../../src/records/import/index.js';
import type { ImportOptions } from '../../src/records/import/index.js';
import { standardMapping } from '../../src/records/import/map/standard.js';
import { testActor } from '../support/audit.js';
import { importWorld } from '../records/import/world.js';

const load = async (name: string): Promise<ReturnType<typeof bufferSource>> =>
  bufferSource(name, await readFile(fileURLToPath(new URL(`../../../test/data/${name}`, import.meta.url))));
const world = await importWorld();
test.after.always(() => world.close());
const actor = testActor();
/** Tables say by their headers what they are; lines of JSON are told. */
const optionsOf = (name: string): ImportOptions => (name.endsWith('.jsonl') ? { mapping: standardMapping() } : {});

const encodings = {
  'standard-utf8.csv': 'utf-8',
  'standard-gb18030.csv': 'gb18030',
  'standard-utf16.tsv': 'utf-16le',
  'standard.jsonl': 'utf-8',
  'standard.xlsx': 'utf-8',
};

for (const [name, encoding] of Object.entries(encodings)) {
  test.serial(`R8: ${name} (${encoding}) holds the same forty records`, async (t) => {
    const found = await dryRun(world.deps, actor, { source: await load(name), options: optionsOf(name) });
    t.like(found.counts, { rowsTotal: 40, rowsTaken: 40, rowsRejected: 0 }, JSON.stringify(found.byCode));
    const before = world.archive.size;
    await runImport(world.deps, actor, { source: await load(name), options: optionsOf(name) });
    t.is(world.archive.size, 40, before === 0 ? 'taken in' : 'the same records again are replays');
  });
}

test.serial('R8: every bad row is refused by the code that is expected, none of them stops the rest', async (t) => {
  const { codes } = JSON.parse(await readFile(fileURLToPath(new URL('../../../test/data/with-rejects.expected.json', import.meta.url)), 'utf8')) as {
    codes: (string | null)[];
  };
  const found = await dryRun(world.deps, actor, { source: await load('with-rejects.csv'), options: {} });
  t.deepEqual(
    found.rejects.map((one) => one.code),
    codes.filter((code) => code !== null),
  );
});

for (const name of ['broken.csv', 'empty.csv']) {
  test.serial(`R8: ${name} is refused whole`, async (t) => {
    await t.throwsAsync(dryRun(world.deps, actor, { source: await load(name), options: {} }));
  });
}
