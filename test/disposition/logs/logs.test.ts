import { access } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import {
  closedLogs,
  folderSource,
  goneEntries,
  proveEntry,
  readPublished,
  searchEntries,
  verifyCounts,
  verifyPublished,
  verifyStored,
} from '../../../src/audit/index.js';
import { sql } from '../../../src/db/index.js';
import { carryLogDestruction, clearLogs, listLogTerms, logCertificate, viewLogRegister, witnessLogDestruction } from '../../../src/disposition/index.js';
import { hasPython, independentRun } from '../../audit/published-support.js';
import { logRegister, OLD_ENTRIES, OLD_YEAR, oldLog, stateOf } from './support.js';

test('R90: entries of a log whose term is over go by a register, hashes and checkpoints stay, and both verifiers accept what is left', async (t) => {
  const old = await oldLog(t);
  const { deps, world } = old;
  const [term] = (await listLogTerms(deps, old.maker)).items;
  t.like(term, { log: OLD_YEAR, due: true, against: [], until: '2025-01-01', rule: 'usage', register: null });
  const size = Number(term?.size);
  t.true(size > OLD_ENTRIES);
  const before = await verifyStored(deps.db, world.archive.keystore);
  t.deepEqual([before.faults, before.gone.length], [[], 0]);

  const made = await logRegister(old, 'executing');
  t.is(await carryLogDestruction(deps, made.id), 'executed');
  t.is(await stateOf(old, made.id), 'open');
  t.is(await old.count(), 0, 'neither entries nor side rows are left');
  const { locked } = (await viewLogRegister(deps, old.manager, made.id)).progress;
  t.is(locked, 0);
  for (const who of [old.outsider, old.insider]) await witnessLogDestruction(deps, who, made.id);
  t.is(await stateOf(old, made.id), 'closed');
  await old.settled();

  const stored = await verifyStored(deps.db, world.archive.keystore);
  t.deepEqual(stored.faults, []);
  t.deepEqual(
    stored.gone.map((one) => [one.log, one.size, one.procedure]),
    [[OLD_YEAR, String(size), made.number]],
  );
  const { note } = await logCertificate(deps, old.manager, made.id);
  t.is(note.split('\n')[2]?.split(' ')[0], String(size));
  await old.publish();
  for (const folder of [await old.exported(), join(world.archive.storeFolder, 'log', world.archive.keystore.archiveId)]) {
    await t.throwsAsync(access(join(folder, OLD_YEAR, 'tile/entries/000')));
    await access(join(folder, OLD_YEAR, 'tile/0/000'));
    const keys = `${(await import('../../../src/audit/index.js')).verifierKey(deps.audit.originOf(OLD_YEAR), deps.audit.publicKey)}\n`;
    const report = await verifyPublished(folderSource(folder), { keys });
    t.deepEqual(report.faults, []);
    t.like(report.logs[0]?.gone, { size: BigInt(size), procedure: made.number });
    if (await hasPython()) {
      const other = await independentRun(folder, [], keys);
      t.deepEqual([other.code, other.faults], [0, []]);
      t.true(other.lines.some((line) => line.startsWith(`GONE ${OLD_YEAR}: entries 0 to ${size - 1}`)));
    }
  }
  t.is((await closedLogs(deps.db))[0]?.procedure, made.number);
  t.is((await goneEntries(deps.db, { from: new Date('2020-06-01') })).length, 0, 'only where a time is asked for in which they were');
  t.is((await goneEntries(deps.db, { to: new Date('2019-12-01') })).length, 1);
  t.like(await verifyCounts(deps.db, deps.hours()), { whole: true, current: true });
  t.is(await clearLogs(deps), 0);
  const reader = { audit: deps.audit, db: deps.db, keystore: world.archive.keystore, authorize: () => ({ policy: 'p' }) };
  t.is((await searchEntries(reader, old.manager, { to: new Date('2020-01-01') })).items.length, 0, 'search finds nothing there and does not break');
  await t.throwsAsync(proveEntry(reader, old.manager, { log: OLD_YEAR, sequence: 3n }), { message: 'entries_gone' });
  await t.throwsAsync(readPublished({ db: deps.db, store: deps.store, archiveId: world.archive.keystore.archiveId }, OLD_YEAR, 'tile/entries/000'), {
    message: 'entries_gone',
  });
  await t.throwsAsync(deps.db.run(sql`select audit_remove_entries('2026', 10)`), { message: /kept/ });
});
