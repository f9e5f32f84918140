import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import test from 'ava';
import type { Actor } from '../../src/audit/index.js';
import { sql } from '../../src/db/index.js';
import { CodedError, isCoded } from '../../src/errors/index.js';
import { capture, reclassify } from '../../src/records/index.js';
import {
  completeQuery,
  forgetRecent,
  listSaved,
  recentSearches,
  removeSaved,
  reportFalseAlarm,
  saveSearch,
  searchable,
  searchRecords,
  verifyIndex,
} from '../../src/search/index.js';
import { testArchive, testDraft, type TestArchive } from '../support/archive.js';
import { PlainEngine, testSearch, type TestSearch } from '../support/search.js';

let archive: TestArchive;
let engine: PlainEngine;
let search: TestSearch;
let agent: Actor;
let stranger: Actor;
let officer: Actor;
const clerkOf = (): Actor => archive.person('records_clerk', 'archive');
test.before(async () => {
  archive = await testArchive();
  engine = new PlainEngine();
  search = testSearch(archive, engine);
  agent = archive.person('agent');
  stranger = archive.person('agent', 'field');
  officer = archive.person('compliance_officer', 'compliance');
});
test.after.always(async () => {
  await search.stop();
  await archive.close();
});

const file = (name: string, text: string) => ({ name, body: Readable.from([Buffer.from(text)], { objectMode: false }), size: null });
async function take(change: Record<string, unknown> = {}, files: ReturnType<typeof file>[] = []): Promise<string> {
  const draft = testDraft(change);
  const { id } = await capture(archive.deps, archive.person('agent', (change['department'] as string | undefined) ?? 'hotline'), { draft, files });
  return id;
}
const found = async (actor: Actor, q: string) => {
  await search.settled();
  return searchRecords(search.deps, actor, 'zh', { q });
};
const ids = async (actor: Actor, q: string) => (await found(actor, q)).items.map((one) => one.id);

test.serial('R48: a record is found by what was said and done, with a snippet that shows the solution first', async (t) => {
  const id = await take({ content: '客户说路由器指示灯不亮', solution: '寄出翡翠色适配器一个，运费由公司承担。', title: '指示灯不亮' });
  const answer = await found(agent, '翡翠色');
  t.deepEqual(
    answer.items.map((one) => one.id),
    [id],
  );
  const [item] = answer.items;
  t.is(item?.by, 'text');
  t.true(item?.mayRead);
  t.is(item?.snippet?.part, 'solution');
  t.deepEqual(
    item?.snippet?.pieces.filter((one) => one.hit).map((one) => one.text),
    ['翡翠色'],
  );
  t.is(answer.total, 1);
});

test.serial('R49: text counts only where the viewer may read; elsewhere the catalogue', async (t) => {
  const id = await take({ title: '珍珠业务咨询', content: '内容里有琥珀二字', sensitivity: 'internal' });
  t.deepEqual(await ids(agent, '琥珀'), [id]);
  t.deepEqual(await ids(stranger, '琥珀'), [], 'another department finds it in the catalogue, not by its content');
  t.deepEqual(await ids(officer, '琥珀'), []);
  const byTitle = await found(stranger, '珍珠');
  t.is(byTitle.items[0]?.id, id);
  t.false(byTitle.items[0]?.mayRead);
  t.is(byTitle.items[0]?.snippet, null);
  t.is(byTitle.items[0]?.solution, null);
  t.deepEqual(await ids(stranger, '珍珠 -琥珀'), [id], 'excluding what one may not read says nothing of it');
});

test.serial('highly sensitive records are indexed by number and dates only', async (t) => {
  const id = await take({ title: '玛瑙事项', content: '玛瑙内容', sensitivity: 'highly_sensitive', serviceNo: 'HS-777-1' });
  await search.settled();
  t.false(JSON.stringify(engine.documents.get(id)).includes('玛瑙'));
  t.deepEqual(await ids(officer, 'HS-777-1'), [id]);
  t.deepEqual(await ids(officer, '玛瑙'), []);
});

test.serial('R88: personal data is masked before the index hears of it, counted, and a false alarm does not come back', async (t) => {
  const id = await take({
    client: { number: 'C-7', name: '司徒小琴', type: 'individual', phone: '13987654321' },
    content: '司徒小琴留电话 13712345678，身份证 11010519491231002X，订单号 13811112222 有误。',
  });
  await search.settled();
  const text = JSON.stringify(engine.documents.get(id));
  for (const secret of ['13712345678', '11010519491231002X', '13987654321', '小琴', '13811112222']) t.false(text.includes(secret), secret);
  const report = await searchable(search.deps, agent, id);
  t.deepEqual(
    report?.masked.map(({ kind, count }) => [kind, count]),
    [
      ['name', 1],
      ['phone', 2],
      ['residentId', 1],
    ],
  );
  await reportFalseAlarm(search.deps, agent, id, { text: '13811112222' });
  await search.settled();
  t.true(JSON.stringify(engine.documents.get(id)).includes('13811112222'));
  await t.throwsAsync(reportFalseAlarm(search.deps, agent, id, { text: '没有号码' }), { message: 'invalid_field' });
  await t.throwsAsync(reportFalseAlarm(search.deps, stranger, id, { text: '13712345678' }), { message: 'not_found' });
});

test.serial('texts of files are found, and what could not be read is said', async (t) => {
  const id = await take({ title: '附件测试' }, [file('说明.txt', '孔雀石样品编号八百')]);
  t.deepEqual(await ids(agent, '孔雀石'), [id]);
  const state = await searchable(search.deps, agent, id);
  t.is(state?.files[0]?.state, 'text');
});

test.serial('R49: a change of grade holds from the next query on, before the index has heard of it', async (t) => {
  const id = await take({ title: '碧玺事项', content: '碧玺内容' });
  t.deepEqual(await ids(agent, '碧玺'), [id]);
  const before = engine.put.bind(engine);
  engine.put = () => Promise.reject(new CodedError('search_unavailable'));
  await reclassify(archive.deps, clerkOf(), { recordId: id, sensitivity: 'highly_sensitive' });
  const answer = await searchRecords(search.deps, agent, 'zh', { q: '碧玺' });
  t.deepEqual([answer.items.length, answer.total], [0, 0]);
  t.deepEqual(answer.facets.service_type, []);
  engine.put = before;
  search.follower.wake();
  await search.settled();
  t.false(JSON.stringify(engine.documents.get(id)).includes('碧玺'));
});

test.serial('filters are chips and facets; each leads to the query with or without it', async (t) => {
  await take({ title: '青金石一', serviceType: 'complaint', handling: '已道歉' });
  await take({ title: '青金石二' });
  const answer = await found(agent, '青金石');
  t.is(answer.total, 2);
  const complaint = answer.facets.service_type?.find((one) => one.value === 'complaint');
  t.is(complaint?.count, 1);
  t.is(complaint?.q, '青金石 类型:投诉');
  const narrowed = await found(agent, complaint?.q ?? '');
  t.is(narrowed.total, 1);
  t.deepEqual(narrowed.filters, [{ key: 'type', value: 'complaint', remove: '青金石' }]);
  t.true(narrowed.facets.service_type?.[0]?.set);
  t.is(narrowed.facets.service_type?.[0]?.q, '青金石');
  await t.throwsAsync(found(agent, 'type:什么'), { message: 'invalid_field' });
});

test.serial('numbers, phones and days are found in the catalogue, also while the engine is away', async (t) => {
  const id = await take({ serviceNo: 'NUM-42-X', client: { number: 'C-NUM', name: '周一', type: 'individual', phone: '13600001111' } });
  await search.settled();
  engine.broken = new CodedError('search_unavailable');
  const answer = await searchRecords(search.deps, agent, 'zh', { q: 'NUM-42-X' });
  t.deepEqual(
    answer.items.map((one) => [one.id, one.by]),
    [[id, 'serviceNo']],
  );
  t.true(answer.withoutText);
  t.is((await searchRecords(search.deps, agent, 'zh', { q: '13600001111' })).client, 'C-NUM');
  const error = await t.throwsAsync(searchRecords(search.deps, agent, 'zh', { q: '翡翠色' }));
  t.true(isCoded(error, 'search_unavailable'));
  engine.broken = undefined;
  search.follower.wake();
});

test.serial('R53: searches and completions are on record, with the words in the sealed side only', async (t) => {
  const marker = '欧泊';
  await found(agent, `${marker} year:2026`);
  await completeQuery(search.deps, agent, 'zh', `${marker}补`, 3);
  for (let i = 0; i < 200 && (await archive.database.owner.one<{ n: bigint }>(sql`select count(*) as n from audit_pending`)).n > 0n; i++) await sleep(25);
  const rows = await archive.database.owner.many<{ entry: string }>(sql`select entry from audit_entries order by sequence desc limit 40`);
  const entries = rows.map((row) => JSON.parse(row.entry) as { act: string; side?: string; facts?: Record<string, unknown> });
  const searched = entries.find((one) => one.act === 'record.search');
  t.deepEqual(searched?.facts?.['filters'], ['year']);
  t.truthy(searched?.side);
  t.truthy(entries.find((one) => one.act === 'search.complete')?.side);
  t.false(JSON.stringify(rows).includes(marker));
});

test.serial('completion offers filters, values that the viewer may find, numbers and own searches', async (t) => {
  await take({ serviceNo: 'ZX9-0001', department: 'field', title: '外勤记录' });
  await search.settled();
  const labels = async (actor: Actor, q: string) => (await completeQuery(search.deps, actor, 'zh', q, q.length)).map((one) => one.label);
  t.true((await labels(agent, '类')).includes('类型:'));
  t.true((await labels(agent, 'typ')).includes('类型:'));
  t.true((await labels(agent, '投')).includes('类型:投诉'));
  t.deepEqual(await labels(agent, '类型:投'), ['类型:投诉']);
  t.true((await labels(stranger, 'ZX9')).includes('ZX9-0001'));
  const secret = await take({ serviceNo: 'QQ7-SECRET-1', sensitivity: 'highly_sensitive' });
  t.truthy(secret);
  t.false((await labels(agent, 'QQ7')).includes('QQ7-SECRET-1'));
  const [value] = await completeQuery(search.deps, agent, 'zh', '宽带 类型:投', 7);
  t.is(value?.q, '宽带 类型:投诉');
});

test.serial('own searches: recent ones once each, saved ones under a name, sealed, nobody else’s', async (t) => {
  const me = archive.person('agent');
  await found(me, '翡翠色');
  await found(me, '琥珀');
  await found(me, '翡翠色');
  t.deepEqual(
    (await recentSearches(search.deps, me)).map((one) => one.q),
    ['翡翠色', '琥珀'],
  );
  const saved = await saveSearch(search.deps, me, { name: '我的投诉', q: '类型:投诉' });
  t.deepEqual(
    (await listSaved(search.deps, me)).map((one) => [one.name, one.q]),
    [['我的投诉', '类型:投诉']],
  );
  await t.throwsAsync(saveSearch(search.deps, me, { name: '我的投诉', q: 'x' }), { message: 'invalid_field' });
  await t.throwsAsync(removeSaved(search.deps, agent, saved.id), { message: 'not_found' });
  const raw = await archive.database.owner.many<{ sealed: Buffer }>(sql`select sealed from recent_searches union all select sealed from saved_searches`);
  t.false(raw.some((row) => row.sealed.includes(Buffer.from('翡翠色'))));
  await removeSaved(search.deps, me, saved.id);
  await forgetRecent(search.deps, me);
  t.deepEqual(await recentSearches(search.deps, me), []);
});

test.serial('R51: verification finds what is missing, foreign or stale, and repairs it', async (t) => {
  const id = await take({ title: '核对用' });
  await search.settled();
  t.true((await verifyIndex({ db: archive.deps.db, engine }, { repair: false })).whole);
  const own = engine.documents.get(id);
  if (!own) return t.fail();
  const foreign = randomUUID();
  engine.documents.set(foreign, { ...own, id: foreign });
  engine.documents.set(id, { ...own, stamp: 'other' });
  const other = [...engine.documents.keys()].find((one) => one !== id && one !== foreign) ?? '';
  engine.documents.delete(other);
  const report = await verifyIndex({ db: archive.deps.db, engine }, { repair: true });
  t.deepEqual([report.missing, report.foreign, report.stale], [1, 1, 1]);
  search.follower.wake();
  await search.settled();
  t.true((await verifyIndex({ db: archive.deps.db, engine }, { repair: false })).whole);
});

test.serial('an index that was lost is built anew by itself, and that is said', async (t) => {
  const other = new PlainEngine();
  await search.stop();
  const again = testSearch(archive, other);
  t.teardown(() => again.stop());
  // it finds out by itself, a moment after the start
  for (let i = 0; i < 400 && !again.troubles.includes('search_rebuilt'); i++) await sleep(25);
  await again.settled();
  t.is(other.documents.size, engine.documents.size);
  t.deepEqual(again.troubles, ['search_rebuilding', 'search_rebuilt']);
});

test.serial('R48: what is found by a phone or client number shows what was done at last, is counted, narrowed down and paged as any other', async (t) => {
  engine = new PlainEngine();
  await search.stop();
  search = testSearch(archive, engine);
  const client = { number: 'C-4242', name: '孟小川', type: 'individual', phone: '13655554444' };
  const own: string[] = [];
  for (let i = 0; i < 27; i++) {
    const closed = `2026-0${1 + (i % 6)}-${String(1 + i).padStart(2, '0')}`;
    own.push(
      await take({
        client,
        title: `续租第 ${i} 次`,
        solution: `办妥第 ${i} 次续租`,
        ...(i % 3 === 0 ? { serviceType: 'complaint', handling: '已道歉' } : {}),
        openedAt: `${closed}T09:00:00+08:00`,
        closedAt: `${closed}T10:00:00+08:00`,
      }),
    );
  }
  const mention = await take({ title: '来信', content: '来信提到客户 C-4242 的续租' });
  const hidden = await take({ client, sensitivity: 'highly_sensitive', title: '保密续租' });
  await search.settled();
  for (const [q, more] of [
    ['13655554444', []],
    ['C-4242', [mention]],
  ] as const) {
    const seen: string[] = [];
    let page = await searchRecords(search.deps, agent, 'zh', { q, sort: 'newest' });
    t.is(page.client, 'C-4242');
    t.is(page.items[0]?.solution?.startsWith('办妥第'), true, `${q}: what was done at last`);
    t.deepEqual(
      page.facets.service_type?.map((one) => [one.value, one.count]),
      [
        ['routine', 18 + more.length],
        ['complaint', 9],
      ],
    );
    for (;;) {
      t.is(page.total, 27 + more.length, q);
      t.is(page.from, seen.length + 1);
      seen.push(...page.items.map((one) => one.id));
      if (page.next === null) break;
      page = await searchRecords(search.deps, agent, 'zh', { q, sort: 'newest', after: page.next });
    }
    t.is(new Set(seen).size, seen.length, 'nobody twice');
    t.deepEqual([...seen].sort(), [...own, ...more].sort());
    t.false(seen.includes(hidden));
    const times = (await searchRecords(search.deps, agent, 'zh', { q, sort: 'oldest' })).items.map((one) => one.closedAt);
    t.deepEqual(times, times.toSorted());
    const narrowed = await searchRecords(search.deps, agent, 'zh', { q: `${q} 类型:投诉` });
    t.is(narrowed.total, 9, `${q} with a filter`);
    t.true(narrowed.items.every((one) => one.serviceType === 'complaint' && one.solution !== null));
  }
  const strangers = await searchRecords(search.deps, stranger, 'zh', { q: '13655554444' });
  t.is(strangers.total, 18, 'complaints are sensitive: no other department finds them');
  t.true(strangers.items.every((one) => one.solution === null && one.snippet === null && !one.mayRead));
});

test.serial('R48: a phone number and a day narrow down what else is asked for, wherever they stand among the words', async (t) => {
  const total = async (q: string, who = agent) => (await searchRecords(search.deps, who, 'zh', { q })).total;
  t.is(await total('13655554444 续租'), 27, 'not the letter that only mentions the client');
  t.is(await total('续租 136 5555 4444'), 27);
  t.is(await total('13655554444 翡翠色'), 0);
  t.is(await total('13655554444 续租 客户:C-7'), 0, 'of another client there is nothing by this number');
  t.is(await total('续租 2026-03'), (await found(agent, '续租 日期:2026-03')).total);
  t.is(await total('2026-01 到 2026-03'), await total('2026-01..2026-03'), 'a span with blanks is one span');
  const inMarch = (await found(agent, '13655554444 日期:2026-03')).total;
  t.true(inMarch > 0);
  for (const q of ['13655554444 2026-03 续租', '续租 2026-03 136 5555 4444']) t.is(await total(q), inMarch, q);
  t.is(await total('13655554444 2026-03 续租 日期:2020-01'), 0, 'a filter that is typed holds');
  const { client, items } = await found(agent, '13655554444 2026-03');
  t.is(client, 'C-4242');
  t.true(items.length > 0 && items.every((one) => one.closedAt.startsWith('2026-03') && one.client.number === 'C-4242'));
  const nobody = archive.person('agent', 'nowhere');
  await take({ client: { number: 'C-HID', name: '隐去', type: 'individual', phone: '13644443333' }, sensitivity: 'sensitive', title: '隐去的续租' });
  await search.settled();
  t.is(await total('13644443333 续租', nobody), 0);
  t.is((await searchRecords(search.deps, nobody, 'zh', { q: '13644443333 续租' })).client, null);
});

test.serial('R48: days are found while the engine is away', async (t) => {
  const id = await take({ title: '闰日', openedAt: '2024-02-29T09:00:00+08:00', closedAt: '2024-02-29T10:00:00+08:00' });
  await search.settled();
  engine.broken = new CodedError('search_unavailable');
  t.teardown(() => (engine.broken = undefined));
  const answer = await searchRecords(search.deps, agent, 'zh', { q: '2024-02-29' });
  t.deepEqual(
    answer.items.map((one) => one.id),
    [id],
  );
  t.true(answer.withoutText);
  t.is((await searchRecords(search.deps, agent, 'zh', { q: '2024-02 类型:常规服务' })).total, 1);
  await t.throwsAsync(searchRecords(search.deps, agent, 'zh', { q: '2024-02 类型:投诉' }), { message: 'search_unavailable' });
});
