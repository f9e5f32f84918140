import { mkdtemp, mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import test from 'ava';
import { sql } from '../../../src/db/index.js';
import { CodedError } from '../../../src/errors/index.js';
import { attachmentsIn } from '../../../src/records/import/attachments.js';
import { dryRun } from '../../../src/records/import/dry-run.js';
import { viewImports } from '../../../src/records/import/list.js';
import { parseMapping, type Mapping } from '../../../src/records/import/map/mapping.js';
import { bufferSource } from '../../../src/records/import/read/source.js';
import { forgetRejects, openRejects, viewRejects, type RejectLine } from '../../../src/records/import/rejects.js';
import { runImport } from '../../../src/records/import/run-import.js';
import { BATCH_UNITS } from '../../../src/records/import/take-in.js';
import { testActor } from '../../support/audit.js';
import { importWorld, type World } from './world.js';

const actor = testActor();
const HEADER = '服务编号,服务日期,服务人员,客户编号,服务内容,服务结果,客户签名,服务评价,状态,受理时间';
const line = (no: string, more: Partial<{ content: string; status: string; opened: string; rating: string; day: string }> = {}): string =>
  [no, more.day ?? '2026-03-01', '王敏', 'C-1', more.content ?? '咨询', '已答复', '本人', more.rating ?? '5', more.status ?? '', more.opened ?? ''].join(',');
const table = (...lines: string[]): Buffer => Buffer.from([HEADER, ...lines, ''].join('\n'));
const many = (count: number): Buffer => table(...Array.from({ length: count }, (_, i) => line(`N-${i}`)));

async function world(t: { teardown(act: () => Promise<void>): void }): Promise<World> {
  const made = await importWorld();
  t.teardown(() => made.close());
  return made;
}

async function rejectLines(w: World, id: string): Promise<RejectLine[]> {
  const { lines } = await openRejects(w.deps, actor, id);
  const all: RejectLine[] = [];
  for await (const batch of lines) all.push(...batch);
  return all;
}

test('R8: a mixed file is taken in row by row, every reject has its code, and rows add up', async (t) => {
  const w = await world(t);
  const source = bufferSource(
    '客户张三.csv',
    table(
      line('A-1'),
      line('A-2', { status: '处理中' }),
      line('A-3', { opened: '2026-03-02' }),
      line('A-1', { content: '又一次' }),
      line('A-4', { rating: '好得很' }),
      line('A-5', { day: '昨天' }),
      line('A-6', { content: 'a\0b' }),
      line('A-7', { content: '长'.repeat(200_001) }),
      line('', {}),
      '"A-8"x,broken',
      line('A-9'),
    ),
  );
  const receipt = await runImport(w.deps, actor, { source, options: {} });
  t.like(receipt, {
    state: 'finished',
    counts: { rowsTotal: 11, rowsTaken: 2, rowsRejected: 9, captured: 2 },
    source: { name: '客户张三.csv', system: 'standard-table', encoding: 'utf-8' },
  });
  t.is(receipt.source.digest.length, 64);
  t.deepEqual([...w.archive.keys()], ['standard-table/A-1', 'standard-table/A-9']);
  t.deepEqual([...w.batches.values()], ['open standard-table']);
  const lines = await rejectLines(w, receipt.id);
  t.deepEqual(
    lines.map((one) => [one.row, one.field, one.code]),
    [
      [3, 'status', 'open_case'],
      [4, 'closedAt', 'closed_before_opened'],
      [5, 'serviceNo', 'duplicate'],
      [6, 'evaluation', 'wrong_type'],
      [7, 'openedAt', 'not_a_time'],
      [7, 'servedAt', 'not_a_time'],
      [7, 'closedAt', 'not_a_time'],
      [8, 'content', 'nul'],
      [9, 'content', 'too_long'],
      [10, 'serviceNo', 'missing'],
      [10, 'title', 'missing'],
      [11, '', 'stray_quote'],
    ],
  );
  t.is(lines[2]?.cells[4], '又一次');
  t.is(lines[2]?.zh, '重复：同一编号已出现过');
  t.regex(lines[2]?.en ?? '', /Duplicate/);
  t.like(await viewRejects(w.deps, actor, receipt.id, 0, 2), { rows: [{ row: 3 }, { row: 4 }], next: 4 });
});

test('R19: neither the name of the file nor a rejected row stands readable in the database', async (t) => {
  const w = await world(t);
  await runImport(w.deps, actor, { source: bufferSource('客户张三.csv', table(line('A-1', { status: 'open', content: '秘密的投诉内容' }))), options: {} });
  const [row] = await w.database.owner.many<{ all: string }>(
    sql`select (select string_agg(i::text, '') from imports i) || (select string_agg(r::text, '') from import_rejects r) as all`,
  );
  const hex = (text: string): string => Buffer.from(text).toString('hex');
  for (const needle of ['张三', '秘密的投诉内容', hex('张三'), hex('秘密')]) t.false(row?.all.includes(needle));
});

test('R9: the same file again gives the same records; a changed row is rejected as changed', async (t) => {
  const w = await world(t);
  await runImport(w.deps, actor, { source: bufferSource('a', table(line('A-1'), line('A-2'))), options: {} });
  const again = await runImport(w.deps, actor, { source: bufferSource('a', table(line('A-1'), line('A-2', { content: '改了' }))), options: {} });
  t.like(again.counts, { rowsTaken: 1, rowsRejected: 1, replayed: 1, captured: 0 });
  t.is((await rejectLines(w, again.id))[0]?.code, 'changed');
});

test('a broken file is refused whole, and that is on record', async (t) => {
  const w = await world(t);
  for (const [bytes, reason] of [
    [Buffer.alloc(0), 'empty_file'],
    [Buffer.from('a,b\n1,2\n'), 'mapping_needed'],
  ] as const) {
    const error = await t.throwsAsync(runImport(w.deps, actor, { source: bufferSource('x', bytes), options: {} }), { instanceOf: CodedError });
    t.like(error, { code: 'import_refused', params: { reason } });
  }
  const { items } = await viewImports(w.deps, actor);
  t.deepEqual(
    items.map((one) => [one.state, one.reason]),
    [
      ['refused', 'mapping_needed'],
      ['refused', 'empty_file'],
    ],
  );
  t.is(w.archive.size, 0);
});

test('R8: stopped and resumed, an import goes on where it was and counts every row once', async (t) => {
  const w = await world(t);
  const source = bufferSource('a', Buffer.concat([many(BATCH_UNITS * 5), Buffer.from(`${line('N-3')}\n`)]));
  const stop = new AbortController();
  let calls = 0;
  w.before.hook = () => {
    if (++calls === 2) stop.abort();
  };
  const stopped = await runImport(w.deps, actor, { source, options: {}, signal: stop.signal });
  t.is(stopped.state, 'stopped');
  t.true(stopped.counts.rowsTaken > 0 && stopped.counts.rowsTaken < BATCH_UNITS * 5);
  calls = 0;
  const resumed = await runImport(w.deps, actor, { source, options: {}, resume: true });
  t.is(resumed.id, stopped.id);
  t.like(resumed, {
    state: 'finished',
    counts: { rowsTotal: BATCH_UNITS * 5 + 1, rowsTaken: BATCH_UNITS * 5, rowsRejected: 1, captured: BATCH_UNITS * 5, replayed: 0 },
  });
  t.is(calls, 5 - stopped.counts.rowsTaken / BATCH_UNITS);
  t.is((await rejectLines(w, resumed.id))[0]?.code, 'duplicate');
});

test('R8: what fails in the middle leaves an import that can be resumed, and nothing is taken in twice', async (t) => {
  const w = await world(t);
  const source = bufferSource('a', many(BATCH_UNITS * 4));
  let calls = 0;
  w.before.hook = () => {
    if (++calls === 3) throw new CodedError('store_unavailable');
  };
  await t.throwsAsync(runImport(w.deps, actor, { source, options: {} }), { message: 'store_unavailable' });
  const [stopped] = (await viewImports(w.deps, actor)).items;
  t.like(stopped, { state: 'stopped', reason: 'store_unavailable', counts: { rowsTaken: BATCH_UNITS * 2 } });
  const resumed = await runImport(w.deps, actor, { source, options: {}, resume: true });
  t.is(resumed.id, stopped?.id ?? '');
  t.is(resumed.counts.rowsTaken, BATCH_UNITS * 4);
  t.is(w.archive.size, BATCH_UNITS * 4);
});

test('two runs never share one import', async (t) => {
  const w = await world(t);
  const source = bufferSource('a', many(3));
  let second: Promise<unknown> | undefined;
  w.before.hook = async () => {
    w.before.hook = () => undefined;
    second = runImport(w.deps, actor, { source, options: {}, resume: true }).catch((error: unknown) => error);
    await second;
  };
  const first = await runImport(w.deps, actor, { source, options: {} });
  t.is(first.state, 'finished');
  t.like(await second, { code: 'conflict' });
});

const GROUPED: Mapping = parseMapping({
  version: 1,
  name: 'grouped',
  title: { zh: '会话', en: 'conversations' },
  group: { by: ['c'], order: { column: 'n' }, window: 3 },
  fields: {
    'source.system': { constant: 'chat' },
    serviceNo: 'c',
    openedAt: { constant: '2026-01-05' },
    closedAt: { constant: '2026-01-05' },
    serviceType: { constant: 'routine' },
    'client.number': 'c',
    'client.type': { constant: 'individual' },
    'staff.name': { constant: 'x' },
    department: { constant: 'd' },
    channel: { constant: 'chat' },
    title: 'c',
    content: { lines: '{say}' },
    medium: { constant: 'electronic' },
  },
});

test('many rows make one record; every row of a rejected one is rejected, also of one that comes back too late', async (t) => {
  const w = await world(t);
  const rows = ['a,2,two', 'b,1,x', 'a,1,one', 'c,1,q\u0007', 'c,2,r', 'd,1,s', 'd,2,s', 'd,3,s', 'd,4,s', 'a,3,late', ',1,nobody'];
  const receipt = await runImport(w.deps, actor, { source: bufferSource('g', Buffer.from(`c,n,say\n${rows.join('\n')}\n`)), options: { mapping: GROUPED } });
  t.like(receipt.counts, { rowsTotal: 11, rowsTaken: 7, rowsRejected: 4, captured: 3 });
  const draft = JSON.parse(w.archive.get('chat/a') ?? '[]') as [{ content: string }];
  t.is(draft[0].content, 'one\ntwo');
  t.deepEqual(
    (await rejectLines(w, receipt.id)).map((one) => [one.row, one.code]),
    [
      [5, 'control_character'],
      [6, 'control_character'],
      [11, 'split_group'],
      [12, 'missing'],
    ],
  );
});

test('files come from the folder that was told, and from nowhere else', async (t) => {
  const w = await world(t);
  const folder = await mkdtemp(join(tmpdir(), 'intake-files-'));
  t.teardown(() => rm(folder, { recursive: true }));
  await mkdir(join(folder, 'in', 'sub'), { recursive: true });
  await writeFile(join(folder, 'in', 'sub', 'a.txt'), 'content of a');
  await writeFile(join(folder, 'outside.txt'), 'no');
  await symlink(join(folder, 'outside.txt'), join(folder, 'in', 'link.txt'));
  const rows = [line('F-1'), line('F-2'), line('F-3'), line('F-4'), line('F-5')].map(
    (one, i) => `${one},${['sub/a.txt', 'link.txt', '../outside.txt', join(folder, 'in', 'sub', 'a.txt'), 'gone.txt'][i]}`,
  );
  const source = bufferSource('f', Buffer.from([`${HEADER},附件`, ...rows].join('\n')));
  const read: string[] = [];
  w.before.hook = async (items) => {
    for (const item of items) for (const file of item.files ?? []) read.push(`${file.name}:${file.size}:${await text(file.body)}`);
  };
  const receipt = await runImport(w.deps, actor, { source, options: {}, attachments: await attachmentsIn(join(folder, 'in')) });
  t.deepEqual(read, ['sub/a.txt:12:content of a']);
  t.like(receipt.counts, { captured: 1, rowsRejected: 4 });
  t.true((await rejectLines(w, receipt.id)).every((one) => one.code === 'unknown_file' && one.field === 'files.0'));
  const without = await runImport(w.deps, actor, { source, options: { parameters: { source: 'other' } } });
  t.is(without.counts.rowsRejected, 5);
});

test('a dry run says what an import would, and writes nothing but that it was made', async (t) => {
  const w = await world(t);
  const source = bufferSource('a', table(line('A-1'), line('A-1'), line('A-2', { status: 'open' })));
  const found = await dryRun(w.deps, actor, { source, options: {} });
  t.like(found, { counts: { rowsTotal: 3, rowsTaken: 1, rowsRejected: 2 }, byCode: { duplicate: 1, open_case: 1 } });
  t.deepEqual(found.rejects[1]?.columns, ['状态']);
  t.is(w.archive.size, 0);
  t.is((await viewImports(w.deps, actor)).items.length, 0);
});

test('rejected rows are forgotten after their time', async (t) => {
  const w = await world(t);
  const { id } = await runImport(w.deps, actor, { source: bufferSource('a', table(line('A-1', { status: 'open' }))), options: {} });
  t.is(await forgetRejects(w.deps, actor, new Date(Date.now() - 60_000)), 0);
  t.is(await forgetRejects(w.deps, actor, new Date(Date.now() + 60_000)), 1);
  t.deepEqual(await rejectLines(w, id), []);
});
