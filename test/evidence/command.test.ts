import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { evidenceLines } from '../../src/cli/verify-evidence.js';
import { PACK_FAULTS, type PackReport } from '../../src/evidence/index.js';
import { phrasesFor } from '../../src/phrases/index.js';
import { ROOT } from '../support/sources.js';
import { command, scratch } from './support.js';

const report: PackReport = {
  whole: true,
  number: 'E-2026-000001',
  entries: 12,
  checkpoints: 2,
  stamps: 1,
  files: 40,
  logs: [
    { log: '2025', entries: 2, size: '900', stamped: null, kept: [] },
    { log: '2026', entries: 10, size: '500', stamped: { size: '400', at: '2026-01-01T08:00:00.000Z' }, kept: [{ name: 'kept', size: '500' }] },
  ],
  gone: [{ log: '2019', size: '900', at: '2026-01-12T02:00:00.000Z', procedure: 'U-2026-000001' }],
  elsewhere: [{ name: 'other', size: '17' }],
  faults: [],
};
const given = { key: 'x', timestamps: ['x'], authority: ['x'] };

test('R90: the result over a pack says what is anchored, and by what; every fault has a text in both languages', (t) => {
  const [cn, us] = [phrasesFor('zh').evidence.verify, phrasesFor('en').evidence.verify];
  t.deepEqual(Object.keys(us.faults).sort(), [...PACK_FAULTS].sort());
  t.deepEqual(evidenceLines(report, given, us), [
    'E-2026-000001: whole. 12 entries, 2 checkpoints, 1 time stamp, 40 files',
    '  2025: 2 entries, checkpoints up to entry 900',
    '  2025: no time stamp and no checkpoint kept elsewhere says anything of it; it rests on the archive’s signature alone',
    '  2026: 10 entries, checkpoints up to entry 500',
    '  2026: the first 400 entries are anchored by a time stamp of 2026-01-01T08:00:00.000Z',
    '  2026: the first 500 entries fit the checkpoint kept that was kept elsewhere',
    '  2019: entries 0 to 899 were destroyed at the end of their term (2026-01-12, procedure U-2026-000001); the signed note fits what stays',
    '  the checkpoint other (of 17 entries) is not in the pack and cannot be compared; ask for the proof up to it, or for the whole log',
  ]);
  const faults = Array.from({ length: 30 }, (_, i) => ({ kind: 'proof' as const, file: `proofs/2026/${i}` }));
  const lines = evidenceLines({ ...report, whole: false, faults }, { timestamps: [], authority: [] }, cn);
  t.is(lines[0], 'E-2026-000001：有 30 处不符');
  t.true(lines.includes('  证明与条目或检查点不符（proof） · proofs/2026/0'));
  t.deepEqual(lines.slice(-4), ['  ……另有 10 处', cn.ownKey, cn.ownAuthority, cn.noStamps]);
});

test('R90: the command says by its exit code that something is no pack', async (t) => {
  const folder = await scratch();
  t.teardown(folder.remove);
  const path = join(folder.path, 'none.zip');
  await writeFile(path, 'not a zip');
  const main = join(ROOT, 'dist/src/main.js');
  t.is((await command(folder.path, 'node', main, 'verify', 'evidence', path)).code, 1);
});
