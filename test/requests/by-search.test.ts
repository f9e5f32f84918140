import test from 'ava';
import type { Actor } from '../../src/audit/index.js';
import { sql } from '../../src/db/index.js';
import { CodedError, isCoded } from '../../src/errors/index.js';
import { openReading } from '../../src/records/index.js';
import { applyForReading, decideRequest, viewRequest, type RequestInput } from '../../src/requests/index.js';
import { listSaved, saveSearch, searchRecords } from '../../src/search/index.js';
import { archiveDay } from '../support/day.js';
import { PlainEngine, testSearch, type TestSearch } from '../support/search.js';
import { why } from '../support/why.js';
import { office, type Office } from './support/office.js';

let o: Office;
let engine: PlainEngine;
let search: TestSearch;
/** Finds every department's records in the catalogue, reads those of his own. */
let stranger: Actor;
let head: Actor;
let manager: Actor;

test.before(async (t) => {
  t.timeout(120_000);
  o = await office();
  engine = new PlainEngine();
  search = testSearch(o.archive, engine);
  o.deps.search = search.deps;
  stranger = o.hire('agent', 'service');
  head = o.hire('supervisor');
  manager = o.hire('records_manager', 'archive');
});
test.after.always(async () => {
  await search?.stop();
  await o?.close();
});

const ask = (change: Partial<RequestInput>): RequestInput => ({
  purpose: 'dispute',
  reason: '核对同类投诉',
  form: 'view',
  from: archiveDay(0, o.archive.clock.now),
  to: archiveDay(5, o.archive.clock.now),
  ...change,
});
const agree = (actor: Actor, requestId: string, step: number) => decideRequest(o.deps, actor, { requestId, step, agree: true, reason: '同意' });
const listOf = async (requestId: string): Promise<string[]> => {
  const rows = await o.archive.database.owner.many<{ id: string }>(sql`select record_id as id from request_records where request_id = ${requestId} order by 1`);
  return rows.map((row) => row.id);
};
const requests = async (): Promise<number> =>
  (await o.archive.database.owner.one<{ n: number }>(sql`select count(*)::int as n from requests where applicant = ${stranger.personId}`)).n;
/** What the log says: act, decision, why, how many records; never the words. */
const said = async (act: string): Promise<string[]> => {
  const rows = await o.archive.database.owner.many<{ entry: string }>(
    sql`select entry from (select entry from audit_entries union all select entry from audit_pending) x where entry::jsonb ->> 'act' = ${act}`,
  );
  return rows.map((row) => row.entry);
};
const fields = async (work: Promise<unknown>): Promise<string[]> =>
  work.then(
    () => ['nothing was refused'],
    (error: unknown) => (isCoded(error) ? [error.code, ...error.fields.map((one) => `${one.field} ${one.code}`)] : [String(error)]),
  );

test.serial('R42: an application by a saved search names what that finds now; what comes to meet it later is not in it', async (t) => {
  const first = [await o.record({ title: '珊瑚套餐投诉' }), await o.record({ title: '珊瑚套餐退订' })].sort();
  await o.record({ title: '别的事' });
  await search.settled();
  await saveSearch(search.deps, stranger, { name: '珊瑚套餐', q: '珊瑚套餐' });
  const [saved] = await listSaved(search.deps, stranger);
  const made = await applyForReading(o.deps, stranger, ask({ search: saved?.q ?? '' }));
  t.is(made.state, 'submitted');
  t.deepEqual(await listOf(made.id), first);
  const later = await o.record({ title: '珊瑚套餐又一件' });
  await search.settled();
  t.true((await searchRecords(search.deps, stranger, 'zh', { q: '珊瑚套餐' })).items.some((one) => one.id === later));
  t.deepEqual(await listOf(made.id), first, 'it stays as it was frozen');
  // who decides sees the words and the very list; who is not asked sees nothing
  const seen = await viewRequest(o.deps, head, made.id);
  t.deepEqual([seen.named.search, seen.items.map((one) => one.id).sort()], ['珊瑚套餐', first]);
  t.is(await why(viewRequest(o.deps, o.hire('supervisor', 'field'), made.id)), 'not_found');
  t.is(
    await why(openReading(o.archive.deps, { ...stranger, granted: true }, { recordId: first[0] ?? '', purpose: 'dispute' })),
    'not_found',
    'an application alone gives nothing',
  );
  t.is(await why(agree(manager, made.id, 1)), 'wrong_state', 'nor is a step skipped');
  await agree(head, made.id, 0);
  await agree(manager, made.id, 1);
  t.deepEqual([...((await o.granted(made.id))?.records ?? [])].sort(), first);
  for (const recordId of first) await openReading(o.archive.deps, { ...stranger, granted: true }, { recordId, purpose: 'dispute' });
  t.is(
    await why(openReading(o.archive.deps, { ...stranger, granted: true }, { recordId: later, purpose: 'dispute' })),
    'not_found',
    'what came later was never agreed to',
  );
  const again = await applyForReading(o.deps, stranger, ask({ search: '珊瑚套餐' }));
  t.deepEqual(await listOf(again.id), [...first, later].sort(), 'the same search now names it');
  // on record with the count and the digest; the words stand sealed alone
  const row = await o.archive.database.owner.one<{ digest: string; named_by: string; cut: boolean; named: Buffer; entry: string }>(
    sql`select digest, named_by, cut, named_sealed as named, entry_id::text as entry from requests where id = ${made.id}`,
  );
  t.deepEqual([row.named_by, row.cut], ['search', false]);
  t.false(row.named.includes('珊瑚'));
  const entry = (await said('request.apply')).find((one) => one.includes(row.entry)) ?? '';
  t.true(entry.includes(row.digest) && entry.includes('"records":2'), entry);
  t.false((await said('record.search')).concat(await said('request.apply')).some((one) => one.includes('珊瑚')));
});

test.serial('R42, R49: it names only what the applicant finds: not by words that he may not read, not what is restricted', async (t) => {
  const record = await o.record({ title: '普通咨询', content: '内容里有海蓝宝三字', sensitivity: 'internal' });
  const grave = await o.record({ title: '绿松石事项', sensitivity: 'highly_sensitive', serviceNo: 'GS-310-1' });
  const shut = await o.record({ title: '孔雀石投诉' });
  const { owner } = o.archive.database;
  await owner.run(sql`alter table records disable trigger user`);
  await owner.run(sql`update records set restricted = true where id = ${shut}::uuid`);
  await owner.run(sql`alter table records enable trigger user`);
  await search.settled();
  const before = await requests();
  const refused = ['invalid_field', 'search not_known'];
  t.deepEqual(await fields(applyForReading(o.deps, stranger, ask({ search: '海蓝宝' }))), refused, 'text of another department');
  t.deepEqual(
    await fields(applyForReading(o.deps, stranger, ask({ search: '绿松石' }))),
    refused,
    'what is highly sensitive is found by number and date alone',
  );
  t.deepEqual(await fields(applyForReading(o.deps, stranger, ask({ search: '孔雀石' }))), refused, 'restricted');
  t.deepEqual(await fields(applyForReading(o.deps, stranger, ask({ search: '没有这样的事' }))), refused, 'and nothing at all looks the same');
  t.is(await why(applyForReading(o.deps, o.hire('system_admin', 'it'), ask({ search: '普通咨询' }))), 'forbidden');
  // somebody of the department finds the first by its words
  const own = await applyForReading(o.deps, o.hire('agent'), ask({ search: '海蓝宝' }));
  t.deepEqual(await listOf(own.id), [record]);
  t.deepEqual(await fields(applyForReading(o.deps, stranger, ask({ search: 'GS-310-1' }))), refused, 'nor by its number, of another department');
  const confidential = await applyForReading(o.deps, head, ask({ search: 'GS-310-1' }));
  t.deepEqual(await listOf(confidential.id), [grave], 'where its department asks, by its number it is found');
  const { kind } = await o.archive.database.owner.one<{ kind: string }>(sql`select kind from requests where id = ${confidential.id}`);
  t.is(kind, 'confidential', 'and then goes the way of the confidential');
  t.is(await requests(), before);
  t.is((await said('request.refused')).filter((one) => one.includes('"step":"apply"') && one.includes('invalid_field')).length, 5, 'each refusal is on record');
});

test.serial(
  'R42, R94: a search that is not understood, a second way of naming, a purpose that is not allowed, an index that is away: nothing is applied for',
  async (t) => {
    await o.record({ title: '月光石满意度回访', serviceType: 'survey' });
    await search.settled();
    const before = await requests();
    t.deepEqual((await fields(applyForReading(o.deps, stranger, ask({ search: '类型:没有的类型' }))))[0], 'invalid_field');
    t.regex((await fields(applyForReading(o.deps, stranger, ask({ search: '类型:没有的类型' }))))[1] ?? '', /^search /, 'said beside the field of the form');
    t.deepEqual(await fields(applyForReading(o.deps, stranger, ask({ search: 'x', client: 'C-1' }))), ['invalid_field', 'records one_way']);
    t.deepEqual(await fields(applyForReading(o.deps, stranger, ask({ search: '长'.repeat(401) }))), ['invalid_field', 'search too_long']);
    t.is(await why(applyForReading(o.deps, stranger, ask({ search: '月光石' }))), 'purpose_not_allowed');
    engine.broken = new CodedError('search_unavailable');
    t.is(await why(applyForReading(o.deps, stranger, ask({ search: '珊瑚套餐' }))), 'search_unavailable');
    engine.broken = undefined;
    t.is(await requests(), before);
  },
);
