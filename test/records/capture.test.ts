import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import test from 'ava';
import { sql } from '../../src/db/index.js';
import { isCoded } from '../../src/errors/index.js';
import { capture, captureMany, completeRecord, openImportBatch, openReading, readContent, sendBack, viewRecord } from '../../src/records/index.js';
import { testArchive, testDraft, type TestArchive } from '../support/archive.js';

let archive: TestArchive;
test.before(async () => {
  archive = await testArchive();
});
test.after.always(() => archive.close());

const file = (name: string, content: Buffer) => ({ name, body: Readable.from([content], { objectMode: false }), size: content.length });
const PNG = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');

test('R2, R3: a complete record is archived with a code, its term and a lock that was read back', async (t) => {
  const agent = archive.person('agent');
  const done = await capture(archive.deps, agent, { draft: testDraft(), files: [file('截图.png', PNG)] });
  t.is(done.state, 'archived');
  t.regex(done.archivalCode ?? '', /^Z001-CG·2026-D3-\d{4}$/);
  const view = await viewRecord(archive.deps, agent, done.id);
  t.is(view.term.until, '2029-03-01');
  t.is(view.client.name, '王**');
  t.is(view.client.phone, '138****5678');
  t.is(view.files[0]?.mediaType, 'image/png');
  for (const object of await archive.deps.vault.facts(
    (await archive.database.owner.many<{ id: string }>(sql`select id from objects where record_id = ${done.id}`)).map((row) => row.id),
  )) {
    t.is(object.state, 'locked');
    const stat = await archive.store.stat(object.ref);
    t.true((stat?.lockedUntil?.getTime() ?? 0) >= Date.parse('2029-03-01T23:59:59+08:00') - 1000);
  }
});

test('R2: an incomplete record waits, is sent back with a reason, completed by its sender, and archived', async (t) => {
  const agent = archive.person('agent');
  const clerk = archive.person('records_clerk', 'archive');
  const draft = testDraft({ serviceType: 'complaint', feedback: undefined, exceptions: [{ what: '客户两次来电无人接听' }], result: undefined });
  delete draft['result'];
  delete draft['feedback'];
  const done = await capture(archive.deps, agent, { draft, files: [] });
  t.is(done.state, 'received');
  t.true(done.missing.some((one) => one.field === 'result'));
  await sendBack(archive.deps, clerk, { recordId: done.id, reason: '请补充处理结果' });
  t.is((await viewRecord(archive.deps, agent, done.id)).sentBackReason, '请补充处理结果');
  const patch = {
    result: '已致歉并补偿',
    handling: '升级至主管处理',
    exceptions: [{ what: '客户两次来电无人接听', handling: '回电致歉' }],
    solution: '补偿十元话费',
  };
  const completed = await completeRecord(archive.deps, agent, { recordId: done.id, patch });
  t.deepEqual(completed.missing, []);
  t.is(completed.state, 'archived');
  const view = await viewRecord(archive.deps, agent, done.id);
  t.is(view.versions.length, 2);
});

test('R9: a replay is the same record; a differing one is refused as changed', async (t) => {
  const agent = archive.person('agent');
  const draft = testDraft();
  const first = await capture(archive.deps, agent, { draft, files: [file('a.png', PNG)], idempotencyKey: 'k1' });
  const again = await capture(archive.deps, agent, { draft: structuredClone(draft), files: [file('a.png', PNG)], idempotencyKey: 'k1' });
  t.true(again.replayed);
  t.is(again.id, first.id);
  await t.throwsAsync(capture(archive.deps, agent, { draft: { ...draft, result: '未解决' }, files: [file('a.png', PNG)] }), { message: 'changed' });
  const other = Buffer.from(PNG);
  other[60] = (other[60] ?? 0) ^ 1;
  await t.throwsAsync(capture(archive.deps, agent, { draft, files: [file('a.png', other)] }), { message: 'changed' });
  await t.throwsAsync(capture(archive.deps, agent, { draft: testDraft(), files: [], idempotencyKey: 'k1' }), { message: 'idempotency_mismatch' });
});

test('R9: equal requests at the same instant: one takes in, the others wait and answer the same, with files too', async (t) => {
  const agent = archive.person('agent');
  const draft = testDraft();
  const send = (more: Record<string, unknown> = {}, key?: string) =>
    capture(archive.deps, agent, {
      draft: { ...draft, ...more },
      files: [{ name: '说明.txt', body: Readable.from([Buffer.from('text')], { objectMode: false }), size: null }],
      idempotencyKey: key,
    });
  const all = await Promise.all([send({}, 'k-1'), send({}, 'k-1'), send(), send({}, 'k-1')]);
  t.is(new Set(all.map((one) => one.id)).size, 1);
  t.is(all.filter((one) => one.replayed).length, 3);
  const [first, second] = await Promise.allSettled([send({ result: '另一个结果' }), send({}, 'k-1')]);
  t.is(first.status === 'rejected' && (first.reason as { code: string }).code, 'changed');
  t.is(second.status, 'fulfilled');
});

test('R9: equal requests to two processes at the same instant: the one that loses answers what the other did', async (t) => {
  // another object over the same database stands for another process: nothing in memory is shared
  const agent = archive.person('agent');
  const elsewhere = { ...archive.deps, db: Object.create(archive.deps.db) as typeof archive.deps.db };
  for (let i = 0; i < 5; i++) {
    const draft = testDraft();
    const [here, there] = await Promise.all([archive.deps, elsewhere].map((deps) => capture(deps, agent, { draft, files: [], idempotencyKey: `two-${i}` })));
    t.is(here?.id, there?.id);
    t.not(here?.replayed, there?.replayed);
  }
});

test('R8: one bad item never stops the rest; each outcome stands in its place', async (t) => {
  const clerk = archive.person('records_clerk', 'archive');
  const batch = await openImportBatch(archive.deps, clerk, 'crm');
  const good = testDraft();
  const outcomes = await captureMany(
    archive.deps,
    clerk,
    [
      { draft: good },
      { draft: testDraft({ status: 'open' }) },
      { draft: testDraft({ closedAt: '2026-02-28T10:00:00+08:00' }) },
      { draft: good },
      { draft: testDraft({ title: 'a\u0000b' }) },
      { draft: testDraft({ title: '\ud800' }) },
      { draft: testDraft({ title: 'x'.repeat(301) }) },
      { draft: testDraft({ channel: 'pigeon' }) },
      { draft: 'nonsense' },
      { draft: testDraft() },
    ],
    { batchId: batch.id, importId: null },
  );
  t.deepEqual(
    outcomes.map((one) => (one.status === 'rejected' ? one.code : one.status)),
    ['captured', 'open_case', 'closed_before_opened', 'duplicate', 'nul', 'lone_surrogate', 'too_long', 'unknown_value', 'wrong_type', 'captured'],
  );
  const replay = await captureMany(archive.deps, clerk, [{ draft: good }, { draft: { ...good, result: '另一个结果' } }], { batchId: batch.id, importId: null });
  t.deepEqual(
    replay.map((one) => (one.status === 'rejected' ? one.code : one.status)),
    ['replayed', 'duplicate'],
  );
});

test('R3: parallel captures have gapless codes, none twice', async (t) => {
  const agent = archive.person('agent');
  const done = await Promise.all(
    Array.from({ length: 60 }, () =>
      capture(archive.deps, agent, { draft: testDraft({ closedAt: '2025-06-01T10:00:00+08:00', openedAt: '2025-06-01T09:00:00+08:00' }), files: [] }),
    ),
  );
  const items = done.map((one) => Number(one.archivalCode?.split('-').at(-1))).sort((a, b) => a - b);
  t.deepEqual(
    items,
    Array.from({ length: 60 }, (_, i) => i + 1),
  );
});

test('R44, R53, R54: content comes only under a reading, bit for bit, with begin and end on record', async (t) => {
  const agent = archive.person('agent');
  const done = await capture(archive.deps, agent, { draft: testDraft(), files: [file('图.png', PNG)] });
  const opened = await openReading(archive.deps, agent, { recordId: done.id, purpose: 'solve', note: '客户来电追问', ticket: 'T-1' });
  const body = await readContent(archive.deps, agent, { readingId: opened.id, kind: 'view' });
  t.is((JSON.parse((await buffer(body.body)).toString()) as { draft: { client: { phone: string } } }).draft.client.phone, '13812345678');
  const view = await viewRecord(archive.deps, agent, done.id);
  const range = await readContent(archive.deps, agent, { readingId: opened.id, fileId: view.files[0]?.id, kind: 'view', range: { first: 1, last: 3 } });
  t.deepEqual(await buffer(range.body), PNG.subarray(1, 4));
  await t.throwsAsync(readContent(archive.deps, archive.person('agent'), { readingId: opened.id, kind: 'view' }), { message: 'not_found' });
  await t.throwsAsync(openReading(archive.deps, agent, { recordId: done.id, purpose: 'curiosity' }), { message: 'purpose_not_allowed' });
  await t.throwsAsync(openReading(archive.deps, archive.person('system_admin'), { recordId: done.id, purpose: 'solve' }), { message: 'not_found' });
  archive.clock.now = new Date(Date.now() + 61 * 60_000);
  await t.throwsAsync(readContent(archive.deps, agent, { readingId: opened.id, kind: 'view' }), { message: 'reading_expired' });
  archive.clock.now = new Date();
  t.true(isCoded(await readContent(archive.deps, agent, { readingId: opened.id, kind: 'download' }).catch((error: unknown) => error), 'forbidden'));
});

test('R84: nothing is taken in before the bootstrap is closed', async (t) => {
  const closed = { ...archive.deps, assertOpen: () => Promise.reject(new Error('bootstrap_open')) };
  await t.throwsAsync(capture(closed, archive.person('agent'), { draft: testDraft(), files: [] }), { message: 'bootstrap_open' });
});
