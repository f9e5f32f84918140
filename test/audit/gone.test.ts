import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { folderSource, verifyPublished } from '../../src/audit/index.js';
import { openCheckpoint } from '../../src/audit/log/note.js';
import { signGone, type GoneNote } from '../../src/audit/term/note.js';
import { canonicalJson } from '../../src/crypto/index.js';
import { testKeys } from '../support/audit.js';
import { forge, hasPython, independentRun, scratch } from './published-support.js';

const ORIGIN = 'lantai/test/audit/2019';
const entry = (i: number): string =>
  canonicalJson({
    v: 1,
    id: `018f0000-0000-7000-8000-${String(i).padStart(12, '0')}`,
    t: '2019-03-01T08:00:00.000Z',
    blind: 'AAAAAAAAAAAAAAAAAAAAAA',
    actor: 'system',
    role: [],
    act: i === 0 ? 'log.open' : 'record.list',
    subject: { kind: 'log', id: '2019' },
    decision: 'allow',
    request: 'r',
    ...(i === 0 ? { facts: { previous: null } } : {}),
  });

test('R55: entries that are gone by rule, under a signed certificate, are no fault, and both verifiers say which; without one they are', async (t) => {
  const place = await scratch();
  const keys = await testKeys();
  t.teardown(async () => {
    await place.remove();
    await rm(keys.folder, { recursive: true });
  });
  const key = keys.signingKey('audit-log');
  const texts = Array.from({ length: 600 }, (_, i) => entry(i));
  await forge(place.path, '2019', texts, ORIGIN, key, [600]);
  const { root } = openCheckpoint(await readFile(join(place.path, '2019/checkpoints/00000000000000000600'), 'utf8'), key.publicKey) ?? t.fail();
  await rm(join(place.path, '2019/tile/entries'), { recursive: true });
  const note: GoneNote = {
    origin: ORIGIN,
    size: 600n,
    root: root as Buffer,
    opening: texts[0] as string,
    at: '2026-01-05T00:00:00.000Z',
    rule: 'usage-2026-01',
    procedure: 'D-1',
    persons: ['p-one', 'p-two'],
  };
  const found = async (text: string | null): Promise<{ faults: string[]; gone: string[] }> => {
    await rm(join(place.path, '2019/gone'), { force: true });
    if (text !== null) await writeFile(join(place.path, '2019/gone'), text);
    const report = await verifyPublished(folderSource(place.path));
    const faults = report.faults.map((one) => `${one.kind} ${one.log} ${one.sequence ?? '-'}`).sort();
    const gone = report.logs.flatMap((one) => (one.gone ? [`${one.gone.size} ${one.gone.persons.join(' ')}`] : []));
    if (await hasPython()) {
      const other = await independentRun(place.path, []);
      t.deepEqual(other.faults, faults);
      t.is(other.lines.filter((line) => line.startsWith('GONE 2019: entries 0 to 599')).length, gone.length);
    }
    return { faults, gone };
  };
  t.deepEqual(await found(signGone(note, key)), { faults: [], gone: ['600 p-one p-two'] });
  t.true((await found(null)).faults.includes('missing 2019 0'));
  const strangers = await testKeys();
  t.teardown(() => rm(strangers.folder, { recursive: true }));
  t.true((await found(signGone(note, strangers.signingKey('audit-log')))).faults.includes('signature 2019 -'));
  t.true((await found(signGone({ ...note, root: Buffer.alloc(32) }, key))).faults.includes('root 2019 0'));
  t.true(
    (await found(signGone({ ...note, opening: entry(0).replace('"r"', '"q"') }, key))).faults.includes('opening 2019 0'),
    'another first entry than the one that was hashed',
  );
  t.true((await found(signGone({ ...note, origin: ORIGIN.replace('2019', '2018') }, key))).faults.includes('origin 2019 -'));
});
