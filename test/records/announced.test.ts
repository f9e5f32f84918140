import { buffer } from 'node:stream/consumers';
import test from 'ava';
import { type Actor, systemActor } from '../../src/audit/index.js';
import { newId, openDatabase, sql } from '../../src/db/index.js';
import { CodedError } from '../../src/errors/index.js';
import {
  capture,
  captureMany,
  finishAnnounced,
  importsOf,
  moveBatch,
  openImportBatch,
  openReading,
  readContent,
  runImport,
  bufferSource,
  type RecordsDeps,
} from '../../src/records/index.js';
import { rotateKeys, sweepOrphans } from '../../src/vault/index.js';
import { FolderStore } from '../../src/storage/folder/folder.js';
import { testArchive, testDraft, type TestArchive } from '../support/archive.js';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

let archive: TestArchive;
let clerk: Actor;
test.beforeEach(async () => {
  archive = await testArchive();
  clerk = archive.person('records_clerk', 'archive');
});
test.afterEach.always(() => archive.close());

const drafts = (count: number): Record<string, unknown>[] => Array.from({ length: count }, () => testDraft());

/** A process that ends at a point of taking in; what it had begun stays as it is. */
function dying(point: 'announced' | 'half' | 'stored'): RecordsDeps {
  const { vault } = archive.deps;
  let puts = 0;
  const gone = (): Promise<never> => Promise.reject(new CodedError('store_unavailable'));
  return {
    ...archive.deps,
    vault: {
      ...vault,
      putLocked: (sealed, until) => (point === 'announced' || (point === 'half' && puts++ >= 3) ? gone() : vault.putLocked(sealed, until)),
      record: (tx, staged) => (point === 'stored' ? gone() : vault.record(tx, staged)),
    },
  };
}

async function interrupted(point: 'announced' | 'half' | 'stored', list: readonly Record<string, unknown>[], importId: string | null = null): Promise<string> {
  const batch = await openImportBatch(archive.deps, clerk, 'crm');
  const items = list.map((draft) => ({ draft }));
  await captureMany(dying(point), clerk, items, { batchId: batch.id, importId }).then(
    () => Promise.reject(new Error('it went through')),
    () => undefined,
  );
  return batch.id;
}

const later = (): void => void (archive.clock.now = new Date(Date.now() + 16 * MINUTE));

async function rows(): Promise<{ service_no: string; state: string; code: string; locked: boolean; staff: string }[]> {
  return archive.database.owner.many(sql`
    select r.service_no, r.state, r.archival_code as code, o.state = 'locked' and o.locked_until >= r.term_minimum as locked, r.submitted_account::text as staff
    from records r left join record_versions v on v.id = r.version_id left join objects o on o.id = v.body_object order by r.archival_code`);
}

async function announced(): Promise<number> {
  return (await archive.database.owner.one<{ n: number }>(sql`select count(*)::int as n from announcements`)).n;
}

async function stored(): Promise<number> {
  let count = 0;
  for await (const entry of archive.store.list('v1/')) if (entry.size > 0) count++;
  return count;
}

test.serial('R3, R9: what goes straight into the archive is written once: archived, with its code, its lock, one entry that says both', async (t) => {
  const list = drafts(5);
  const batch = await openImportBatch(archive.deps, clerk, 'crm');
  const outcomes = await captureMany(
    archive.deps,
    clerk,
    list.map((draft) => ({ draft })),
    { batchId: batch.id, importId: null },
  );
  t.true(outcomes.every((one) => one.status === 'captured'));
  const there = await rows();
  t.is(there.length, 5);
  t.true(there.every((one) => one.state === 'archived' && one.locked && one.staff === clerk.accountId));
  t.is(await announced(), 0);
  const entries = await archive.database.owner.many<{ act: string; facts: Record<string, unknown> }>(sql`
    select act, (entry::json -> 'facts')::jsonb as facts from (select act, entry from audit_entries union all select entry::json ->> 'act', entry from audit_pending) e
    where act like 'record.%' order by act`);
  t.deepEqual(
    entries.map((one) => one.act),
    ['record.announce', ...there.map(() => 'record.archive')],
  );
  for (const { facts } of entries.slice(1)) t.like(facts, { batch: batch.id, serviceType: 'routine', department: 'hotline', restricted: false, files: 0 });
  t.deepEqual(new Set(entries.slice(1).map(({ facts }) => facts['code'])), new Set(there.map((one) => one.code)));
});

test.serial('a crash before anything is stored leaves nothing: what was announced is dropped, its numbers are free again', async (t) => {
  const list = drafts(4);
  const batch = await interrupted('announced', list);
  t.is(await announced(), 1);
  t.is(await finishAnnounced(archive.deps, systemActor()), 0, 'somebody may still be at work on it');
  t.is(await announced(), 1);
  later();
  t.is(await finishAnnounced(archive.deps, systemActor()), 0);
  t.is(await announced(), 0);
  t.is(await stored(), 0);
  const again = await captureMany(archive.deps, clerk, [{ draft: list[0] }], { batchId: batch, importId: null });
  t.is(again[0]?.status, 'captured');
});

test.serial('a crash half-way: what was stored is archived and can be read, the rest is dropped, codes have no gap', async (t) => {
  const list = drafts(8);
  await interrupted('half', list);
  t.is(await stored(), 3);
  later();
  t.is(await finishAnnounced(archive.deps, systemActor()), 3);
  const there = await rows();
  t.is(there.length, 3);
  t.true(there.every((one) => one.state === 'archived' && one.locked && one.staff === clerk.accountId));
  t.deepEqual(
    there.map((one) => Number(one.code.split('-').at(-1))),
    [1, 2, 3],
  );
  const [first] = await archive.database.owner.many<{ id: string; service_no: string }>(sql`select id, service_no from records order by service_no limit 1`);
  const agent = archive.person('agent');
  const reading = await openReading(archive.deps, agent, { recordId: first?.id ?? '', purpose: 'follow_up' });
  const body = JSON.parse((await buffer((await readContent(archive.deps, agent, { readingId: reading.id, kind: 'view' })).body)).toString()) as {
    draft: { serviceNo: string };
  };
  t.is(body.draft.serviceNo, first?.service_no ?? '');
  t.is(await finishAnnounced(archive.deps, systemActor()), 0);
});

test.serial('a crash before the commit, and keys rotated since: all is archived under the generation in force', async (t) => {
  await interrupted('stored', drafts(4));
  const deps = {
    db: archive.deps.db,
    store: archive.store,
    keystore: archive.keystore,
    audit: archive.deps.audit,
    now: archive.deps.now,
    random: (n: number) => Buffer.alloc(n, 7),
  };
  await rotateKeys({ ...deps, authorize: () => ({ policy: 'test@sha256:0' }) }, clerk);
  later();
  t.is(await finishAnnounced(archive.deps, systemActor()), 4);
  const behind = await archive.database.owner.one<{ n: number }>(
    sql`select count(*)::int as n from objects o join key_buckets b on b.id = o.bucket where o.generation <> b.generation`,
  );
  t.is(behind.n, 0);
});

test.serial('while it is announced a number is nobody else’s, its batch cannot be handed over, and the sweep leaves its objects alone', async (t) => {
  const list = drafts(3);
  const batch = await interrupted('stored', list);
  await t.throwsAsync(capture(archive.deps, archive.person('agent'), { draft: list[0], files: [] }), { message: 'conflict' });
  const other = await openImportBatch(archive.deps, clerk, 'crm');
  // another that brings one of these numbers waits for what becomes of it
  let done = false;
  const waiting = captureMany(archive.deps, clerk, [{ draft: list[1] }, { draft: testDraft() }], { batchId: other.id, importId: null }).finally(
    () => (done = true),
  );
  await captureMany(archive.deps, clerk, [{ draft: testDraft() }], { batchId: batch, importId: null });
  await t.throwsAsync(moveBatch(archive.deps, archive.person('records_clerk', 'archive'), { batchId: batch, step: 'hand_over' }), {
    message: /wrong_state|not_found/,
  });
  const now = (): Date => new Date(Date.now() + 3 * DAY);
  const keeper = {
    db: archive.deps.db,
    keystore: archive.keystore,
    audit: archive.deps.audit,
    now,
    random: (n: number) => Buffer.alloc(n),
    authorize: () => ({ policy: 'test@sha256:0' }),
  };
  const swept = await sweepOrphans({ ...keeper, store: new FolderStore({ folder: archive.storeFolder, now }) }, clerk, {
    olderThan: new Date(Date.now() + DAY),
  });
  // the one that lost left an object that nothing names, under the lock of a day
  t.is(swept.claimed, 1);
  t.false(done);
  later();
  const finished = await finishAnnounced(archive.deps, systemActor());
  t.like(await waiting, { 0: { status: 'rejected', code: 'duplicate' }, 1: { status: 'captured' } });
  t.true(finished === 3 || finished === 0, 'whoever waits finishes it too');
  t.deepEqual([(await rows()).length, await announced()], [5, 0]);
});

test.serial('a number that was announced and never stored is taken in by whoever brings it next', async (t) => {
  const list = drafts(2);
  await interrupted('announced', list);
  const other = await openImportBatch(archive.deps, clerk, 'crm');
  const waiting = captureMany(
    archive.deps,
    clerk,
    list.map((draft) => ({ draft })),
    { batchId: other.id, importId: null },
  );
  later();
  t.deepEqual(
    (await waiting).map((one) => one.status),
    ['captured', 'captured'],
  );
  t.is(await announced(), 0);
});

test.serial('a keystore out of reach gives nothing up: what is stored stays announced, and is finished once it is back', async (t) => {
  await interrupted('stored', drafts(2));
  later();
  const away = { ...archive.deps, vault: { ...archive.deps.vault, findStored: () => Promise.reject(new CodedError('key_unavailable')) } };
  const troubles: string[] = [];
  t.is(await finishAnnounced({ ...away, onTrouble: (code) => troubles.push(code) }, systemActor()), 0);
  t.deepEqual([troubles, await announced()], [['archiving_failed'], 1]);
  await t.throwsAsync(
    finishAnnounced({ ...away, vault: { ...away.vault, findStored: () => Promise.reject(new CodedError('store_unavailable')) } }, systemActor()),
    { message: 'store_unavailable' },
  );
  t.is(await finishAnnounced(archive.deps, systemActor()), 2);
});

test.serial('R39: what is finished under another schedule than it was announced under has its term by the one that acts', async (t) => {
  await interrupted('stored', drafts(2));
  await archive.database.superuser.tx(async (tx) => {
    await tx.run(sql`set local session_replication_role = replica`);
    await tx.run(
      sql`update announcements set records = jsonb_set(jsonb_set(records::jsonb, '{rows,schedule_version,all}', '"general@2019-01"'), '{rows,term_minimum,all}', '"2027-01-01"')::text`,
    );
  });
  later();
  t.is(await finishAnnounced(archive.deps, systemActor()), 2);
  const [one] = await archive.database.owner.many<{ version: string; minimum: string }>(
    sql`select schedule_version as version, term_minimum::text as minimum from records`,
  );
  t.is(one?.version, 'general@2026-01');
  t.true((one?.minimum ?? '') > '2028');
  t.true((await rows()).every((row) => row.locked));
});

test.serial('an import’s own is left alone while the import runs, and finished as soon as it does not; two that finish at once do it once', async (t) => {
  const importId = newId();
  await interrupted('stored', drafts(5), importId);
  const running = openDatabase({ connectionString: archive.database.urls.app, max: 1 });
  const session = await running.session();
  await session.one(sql`select pg_try_advisory_lock(7104212, hashtext(${importId})) as held`);
  archive.clock.now = new Date(Date.now() + MINUTE);
  t.is(await finishAnnounced(archive.deps, systemActor()), 0);
  archive.clock.now = new Date();
  session.release(true);
  await running.close();
  t.is(await finishAnnounced(archive.deps, systemActor()), 0, 'whoever lost its lock a moment ago may not know yet');
  later();
  // whoever asks a moment later may find the lock held, or the announcement gone
  const done = await Promise.all([1, 2, 3].map(() => finishAnnounced(archive.deps, systemActor())));
  t.is(
    done.reduce((sum, one) => sum + one, 0),
    5,
  );
  t.is((await rows()).length, 5);
});

test.serial('what cannot be finished is told of, and keeps no other waiting', async (t) => {
  const list = drafts(2);
  await interrupted('stored', list.slice(0, 1));
  // no way of the program comes to this: a number that was announced is in the catalogue
  await archive.database.superuser.tx(async (tx) => {
    await tx.run(sql`set local session_replication_role = replica`);
    await tx.run(sql`update announcements set service_nos = array['other']`);
  });
  await capture(archive.deps, archive.person('agent'), { draft: list[0], files: [] });
  await interrupted('stored', list.slice(1));
  later();
  const troubles: string[] = [];
  t.is(await finishAnnounced({ ...archive.deps, onTrouble: (code) => troubles.push(code) }, systemActor()), 1);
  t.deepEqual(troubles, ['archiving_failed']);
  t.is(await announced(), 1);
});

test.serial('whoever was slower than the one that finished it is told so, and leaves nothing behind in the catalogue', async (t) => {
  const { vault } = archive.deps;
  const slow: RecordsDeps = {
    ...archive.deps,
    vault: {
      ...vault,
      async putLocked(sealed, until) {
        const staged = await vault.putLocked(sealed, until);
        later();
        await finishAnnounced(archive.deps, systemActor());
        return staged;
      },
    },
  };
  const batch = await openImportBatch(archive.deps, clerk, 'crm');
  await t.throwsAsync(captureMany(slow, clerk, [{ draft: testDraft() }], { batchId: batch.id, importId: null }), { message: 'conflict' });
  t.deepEqual(
    (await rows()).map((one) => one.state),
    ['archived'],
  );
});

test.serial('R8, R9: an import that an outage stopped goes on: what it had announced comes back as taken in, nothing twice', async (t) => {
  const lines = Array.from({ length: 600 }, (_, i) => `K-${i},2026-03-01,王敏,C-${i},咨询账单,已答复,本人,5`);
  const source = bufferSource('k.csv', Buffer.from(['服务编号,服务日期,服务人员,客户编号,服务内容,服务结果,客户签名,服务评价', ...lines, ''].join('\n')));
  const options = { parameters: { source: 'crm', department: 'hotline' } };
  await t.throwsAsync(runImport(importsOf(dying('half')), clerk, { source, options }), { message: 'store_unavailable' });
  t.true((await announced()) > 0);
  const receipt = await runImport(importsOf(archive.deps), clerk, { source, options, resume: true });
  t.is(receipt.counts.captured + receipt.counts.replayed, 600);
  t.true(receipt.counts.replayed >= 3);
  const there = await rows();
  t.is(there.length, 600);
  t.true(there.every((one) => one.locked));
  t.is(new Set(there.map((one) => one.code)).size, 600);
  t.deepEqual([await announced(), await stored()], [0, 600]);
});
