import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { systemActor } from '../../../src/audit/index.js';
import { sql } from '../../../src/db/index.js';
import { finishAnnounced } from '../../../src/records/index.js';
import { FolderStore } from '../../../src/storage/folder/folder.js';
import { sweepOrphans, verifyObjects } from '../../../src/vault/index.js';
import { testArchive, type TestArchive } from '../../support/archive.js';

const DAY = 86_400_000;
/** More rounds: `LANTAI_TEST_KILLS=1000`. */
const KILLS = Number(process.env['LANTAI_TEST_KILLS'] ?? 6);
const ROWS = KILLS * 500;

/** Lets a process take in, and kills it at a random moment; whether it was done before. */
async function killed(archive: TestArchive, file: string, after: number): Promise<boolean> {
  const input = JSON.stringify({ url: archive.database.urls.app, keys: archive.keystore.folder, folder: archive.storeFolder, file });
  const child = spawn(process.execPath, [fileURLToPath(new URL('kill-child.js', import.meta.url)), input], { stdio: ['ignore', 'pipe', 'inherit'] });
  const closed = once(child, 'close');
  let said = '';
  child.stdout.on('data', (text: Buffer) => (said += text.toString()));
  await Promise.race([once(child.stdout, 'data'), closed]);
  const given = new AbortController();
  await Promise.race([sleep(after, undefined, { signal: given.signal }).catch(() => undefined), closed]);
  given.abort();
  child.kill('SIGKILL');
  await closed;
  return said.includes('done');
}

/** Objects of the store that no row names. */
async function unnamed(archive: TestArchive): Promise<number> {
  const keys: string[] = [];
  for await (const entry of archive.store.list('v1/')) keys.push(entry.key);
  const { n } = await archive.database.owner.one<{ n: number }>(
    sql`select count(*)::int as n from unnest(${keys}::text[]) k (key) where not exists (select from objects o where o.store_key = k.key)`,
  );
  return n;
}

/** An import's lock goes with its connection, which the server closes a moment after the process. */
async function finished(archive: TestArchive): Promise<void> {
  archive.clock.now = new Date(Date.now() + 60_000); // no import of before knows of its end too late
  for (let attempt = 0; attempt < 100; attempt++) {
    await finishAnnounced(archive.deps, systemActor());
    const { n } = await archive.database.owner.one<{ n: number }>(sql`select count(*)::int as n from announcements`);
    if (n === 0) return;
    await sleep(50);
  }
  throw new Error('something stays announced');
}

test('R8, R9: kill -9 at any moment of an import leaves no object without its record, no record without its object, and nothing twice', async (t) => {
  t.timeout(60_000 + KILLS * 10_000);
  const archive = await testArchive();
  t.teardown(() => archive.close());
  const file = join(archive.storeFolder, '.import.csv');
  const lines = Array.from({ length: ROWS }, (_, i) => `K-${i},2026-03-01,王敏,C-${i % 50},咨询账单,已答复,本人,5`);
  await writeFile(file, ['服务编号,服务日期,服务人员,客户编号,服务内容,服务结果,客户签名,服务评价', ...lines, ''].join('\n'));
  let kills = 0;
  let interrupted = 0;
  for (; kills < KILLS; kills++) {
    const done = await killed(archive, file, Math.random() * 900);
    const { n } = await archive.database.owner.one<{ n: number }>(sql`select count(*)::int as n from announcements`);
    interrupted += n;
    // every other time whoever goes on finishes what was announced
    if (kills % 2 === 0) {
      await finished(archive);
      t.is(await unnamed(archive), 0, 'nothing lies locked that no record names');
    }
    if (done) break;
  }
  t.log(`${kills} kills, ${interrupted} announcements interrupted`);
  while (!(await killed(archive, file, 120_000)));
  await finished(archive);
  const rows = await archive.database.owner.one<Record<string, number>>(sql`
    select count(*)::int as records, count(distinct r.service_no)::int as numbers, count(distinct r.archival_code)::int as codes,
      max(split_part(r.archival_code, '-', -1)::int) as last, count(*) filter (where o.state = 'locked' and o.locked_until >= r.term_minimum)::int as locked
    from records r join record_versions v on v.id = r.version_id join objects o on o.id = v.body_object where r.state = 'archived'`);
  t.deepEqual(rows, { records: ROWS, numbers: ROWS, codes: ROWS, last: ROWS, locked: ROWS });
  t.is(await unnamed(archive), 0);
  const keeper = {
    db: archive.deps.db,
    keystore: archive.keystore,
    audit: archive.deps.audit,
    random: (n: number) => Buffer.alloc(n),
    authorize: () => ({ policy: 'test@sha256:0' }),
  };
  const report = await verifyObjects({ ...keeper, store: archive.store, now: archive.deps.now }, systemActor());
  t.deepEqual([report.damaged, report.checked], [[], ROWS]);
  const now = (): Date => new Date(Date.now() + 3 * DAY);
  const store = new FolderStore({ folder: archive.storeFolder, now });
  const swept = await sweepOrphans({ ...keeper, now, store }, systemActor(), { olderThan: new Date(Date.now() + DAY) });
  t.deepEqual([swept.claimed, swept.waiting], [0, 0]);
});
