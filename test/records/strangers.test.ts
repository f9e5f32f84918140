import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import test from 'ava';
import type { Actor } from '../../src/audit/index.js';
import { sql } from '../../src/db/index.js';
import { CodedError } from '../../src/errors/index.js';
import {
  capture,
  completeRecord,
  listIntakeBatches,
  listMyReadings,
  listWaiting,
  moveBatch,
  openReading,
  readContent,
  reclassify,
  reportClosings,
  transferList,
  viewBatch,
  viewReading,
  viewRecord,
} from '../../src/records/index.js';
import { testArchive, testDraft, type TestArchive } from '../support/archive.js';
import { why } from '../support/why.js';

let archive: TestArchive;
let agent: Actor;
let stranger: Actor;
let clerk: Actor;
let supervisor: Actor;
test.before(async () => {
  archive = await testArchive();
  agent = archive.person('agent');
  stranger = archive.person('agent', 'field');
  clerk = archive.person('records_clerk', 'archive');
  supervisor = archive.person('supervisor');
});
test.after.always(() => archive.close());

const file = (name: string, text: string) => ({ name, body: Readable.from([Buffer.from(text)], { objectMode: false }), size: null });

test('who may not see a record learns of its number only that it is taken: neither whether content is equal nor which record it is', async (t) => {
  const draft = testDraft({ sensitivity: 'sensitive' });
  const done = await capture(archive.deps, agent, { draft, files: [] });
  const equal = { ...draft };
  for (const guess of [equal, { ...equal, result: '未解决' }, { ...equal, department: 'field' }])
    for (const who of [archive.person('agent', String(guess['department']))]) {
      const may = who.department === 'hotline';
      const code = await why(capture(archive.deps, who, { draft: guess, files: [] }));
      // a colleague who may read it anyway is told
      t.is(code, may ? (guess === equal ? 'done' : 'changed') : 'duplicate');
    }
  await reclassify(archive.deps, clerk, { recordId: done.id, sensitivity: 'highly_sensitive' });
  const colleague = archive.person('agent');
  t.is(await why(capture(archive.deps, colleague, { draft: equal, files: [] })), 'duplicate');
  t.is(await why(capture(archive.deps, colleague, { draft: { ...equal, result: '未解决' }, files: [] })), 'duplicate');
  t.is(await why(capture(archive.deps, agent, { draft: equal, files: [] })), 'done', 'its own sender repeats safely');
  const [row] = await archive.database.owner.many<{ n: number }>(
    sql`select (select count(*) from audit_entries where entry like ${`%record.refused%${done.id}%`})::int + (select count(*) from audit_pending where entry like ${`%record.refused%${done.id}%`})::int as n`,
  );
  t.is(row?.n, 4, 'every guess is on record');
});

test('a warning of a similar record names none that the viewer may not find', async (t) => {
  const secret = await capture(archive.deps, supervisor, {
    draft: testDraft({ sensitivity: 'highly_sensitive', client: { number: 'C-77', type: 'individual' }, title: '同一件事' }),
    files: [],
  });
  const draft = testDraft({ client: { number: 'C-77', type: 'individual' }, title: '同一件事' });
  delete draft['result'];
  const done = await capture(archive.deps, agent, { draft, files: [] });
  t.is((await viewRecord(archive.deps, agent, done.id)).similarTo, null);
  t.is((await viewRecord(archive.deps, clerk, done.id)).similarTo, secret.id);
  const waiting = await listWaiting(archive.deps, clerk, { state: 'received' });
  t.is(waiting.items.find((one) => one.id === done.id)?.similarTo ?? null, done.state === 'received' ? secret.id : null);
});

test('R96: a batch is seen by who opened it and by who finds a record in it; its list shows nobody more than the catalogue would', async (t) => {
  const mine = archive.person('supervisor', 'billing');
  const hidden = { source: { system: 'crm-billing' }, department: 'billing', sensitivity: 'sensitive' };
  const one = await capture(archive.deps, mine, { draft: testDraft({ ...hidden, title: '绝不能被旁人看见' }), files: [] });
  const batch = (await viewRecord(archive.deps, mine, one.id)).batchId;
  t.is(await why(viewBatch(archive.deps, stranger, batch)), 'not_found');
  t.is(await why(transferList(archive.deps, stranger, batch)), 'not_found');
  t.false((await listIntakeBatches(archive.deps, stranger)).items.some((each) => each.id === batch));
  t.is(await why(moveBatch(archive.deps, stranger, { batchId: batch, step: 'hand_over' })), 'not_found');
  // with one record that he finds he sees the batch, but still not the other's title, and cannot hand it over
  await capture(archive.deps, mine, { draft: testDraft({ ...hidden, sensitivity: 'public', title: '公开的一件' }), files: [] });
  t.is((await viewBatch(archive.deps, stranger, batch)).total, 2);
  const rows: { seen: boolean }[] = [];
  for await (const some of (await transferList(archive.deps, stranger, batch)).rows) rows.push(...some);
  t.deepEqual(
    rows.map((row) => row.seen).sort((a, b) => Number(a) - Number(b)),
    [false, true],
  );
  t.is(await why(moveBatch(archive.deps, stranger, { batchId: batch, step: 'hand_over' })), 'forbidden');
  t.is(await why(moveBatch(archive.deps, mine, { batchId: batch, step: 'hand_over' })), 'done');
  t.is(await why(moveBatch(archive.deps, clerk, { batchId: batch, step: 'confirm' })), 'done');
  // nothing comes into a batch that was handed over
  const later = await capture(archive.deps, mine, { draft: testDraft(hidden), files: [] });
  t.not((await viewRecord(archive.deps, mine, later.id)).batchId, batch);
});

test('a batch that is handed over while a record is on its way in does not get it', async (t) => {
  const mine = archive.person('agent', 'race');
  const first = await capture(archive.deps, mine, { draft: testDraft({ department: 'race', source: { system: 'crm-race' } }), files: [] });
  const batch = (await viewRecord(archive.deps, mine, first.id)).batchId;
  const all = await Promise.all([
    ...Array.from({ length: 8 }, () => capture(archive.deps, mine, { draft: testDraft({ department: 'race', source: { system: 'crm-race' } }), files: [] })),
    why(moveBatch(archive.deps, mine, { batchId: batch, step: 'hand_over' })),
  ]);
  t.is(all.length, 9);
  if (all[8] !== 'done') return t.is(all[8], 'wrong_state');
  const [found] = await archive.database.owner.many<{ entry: string; n: number }>(
    sql`select entry, (select count(*)::int from records where batch_id = ${batch}) as n from (select entry from audit_entries union all select entry from audit_pending) e
      where entry like ${`%"batch.hand_over"%${batch}%`}`,
  );
  return t.is((JSON.parse(found?.entry ?? '{}') as { facts: { records: number } }).facts.records, found?.n ?? -1);
});

test('R10: those who make records do not report what is closed, so that they cannot withhold one unseen', async (t) => {
  const closing = { source: 'crm', closings: [{ serviceNo: 'W-1', closedAt: '2026-01-01T00:00:00Z', department: 'nowhere' }] };
  t.is(await why(reportClosings(archive.deps, agent, closing)), 'forbidden');
  t.is(await why(reportClosings(archive.deps, supervisor, closing)), 'forbidden');
  t.is(await why(reportClosings(archive.deps, clerk, closing)), 'done');
});

test('rights are asked again at every access: reading, downloading, and the names of files', async (t) => {
  const { id } = await capture(archive.deps, agent, { draft: testDraft(), files: [file('说明.txt', 'text')] });
  const reading = await openReading(archive.deps, supervisor, { recordId: id, purpose: 'solve' });
  t.true(reading.mayDownload);
  const fileId = (await viewReading(archive.deps, supervisor, reading.id)).files[0]?.id;
  const get = (who: Actor, kind: 'view' | 'download') =>
    why(readContent(archive.deps, who, { readingId: reading.id, fileId, kind }).then(({ body }) => buffer(body)));
  t.is(await get(supervisor, 'download'), 'done');
  // the same account, after its role was taken and another one given
  const demoted: Actor = { ...supervisor, roles: ['agent'] };
  t.is(await get(demoted, 'view'), 'done');
  t.is(await get(demoted, 'download'), 'forbidden');
  t.is(await get({ ...supervisor, roles: [] }, 'view'), 'not_found');
  t.is(await get({ ...demoted, department: 'field' }, 'view'), 'not_found');
  await reclassify(archive.deps, clerk, { recordId: id, sensitivity: 'highly_sensitive' });
  t.is(await get(supervisor, 'view'), 'not_found');
  t.deepEqual((await viewReading(archive.deps, supervisor, reading.id)).files, []);
  const own = (await listMyReadings(archive.deps, demoted)).items.find((one) => one.id === reading.id);
  t.is(own?.title, '—');
});

test('a reading opens the files of its version, no later one, and none of another record', async (t) => {
  const draft = testDraft({ serviceType: 'complaint', handling: '升级处理' });
  delete draft['result'];
  const { id } = await capture(archive.deps, agent, { draft, files: [file('一.txt', 'one')] });
  const reading = await openReading(archive.deps, supervisor, { recordId: id, purpose: 'solve' });
  await completeRecord(archive.deps, clerk, { recordId: id, patch: { result: '已解决' }, files: [file('二.txt', 'two')] });
  const [first, second] = (await viewRecord(archive.deps, supervisor, id)).files;
  t.deepEqual(
    (await viewReading(archive.deps, supervisor, reading.id)).files.map((one) => one.id),
    [first?.id],
  );
  t.is(await why(readContent(archive.deps, supervisor, { readingId: reading.id, fileId: second?.id, kind: 'view' })), 'not_found');
  const other = await capture(archive.deps, agent, { draft: testDraft(), files: [file('三.txt', 'three')] });
  const foreign = (await viewRecord(archive.deps, supervisor, other.id)).files[0]?.id;
  t.is(await why(readContent(archive.deps, supervisor, { readingId: reading.id, fileId: foreign, kind: 'view' })), 'not_found');
});

test('where the log cannot be written, no byte leaves and the access is closed with none', async (t) => {
  const { id } = await capture(archive.deps, agent, { draft: testDraft(), files: [] });
  const reading = await openReading(archive.deps, agent, { recordId: id, purpose: 'solve' });
  const dumb = { ...archive.deps, audit: { ...archive.deps.audit, receipt: () => Promise.reject(new CodedError('audit_unavailable')) } };
  t.is(await why(readContent(dumb, agent, { readingId: reading.id, kind: 'view' })), 'audit_unavailable');
  const rows = await archive.database.owner.many<{ bytes_sent: bigint | null; whole: boolean | null }>(
    sql`select bytes_sent, whole from accesses where reading_id = ${reading.id}`,
  );
  t.deepEqual(
    rows.map((row) => [Number(row.bytes_sent), row.whole]),
    [[0, false]],
  );
});
