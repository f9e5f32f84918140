import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import test from 'ava';
import type { Actor } from '../../src/audit/index.js';
import { sql } from '../../src/db/index.js';
import {
  answerRestriction,
  browse,
  capture,
  dossier,
  listRecords,
  listRestrictions,
  openReading,
  proposeRelease,
  proposeRestriction,
  readContent,
  restrictionsWaiting,
  viewRecord,
  viewRestriction,
  watchGrants,
  type RestrictionInput,
} from '../../src/records/index.js';
import { completeQuery, createPostgresSearch, searchRecords } from '../../src/search/index.js';
import { hasServer, openBench } from '../search/support/meilisearch.js';
import { testArchive, testDraft, type TestArchive } from '../support/archive.js';
import { PlainEngine, testSearch } from '../support/search.js';
import { why } from '../support/why.js';

let archive: TestArchive;
let agent: Actor;
let officer: Actor;
let second: Actor;
let manager: Actor;
test.before(async () => {
  archive = await testArchive();
  agent = archive.person('agent');
  officer = archive.person('compliance_officer', 'compliance');
  second = archive.person('compliance_officer', 'compliance');
  manager = archive.person('records_manager', 'archive');
});
test.after.always(() => archive.close());

const take = async (change: Record<string, unknown> = {}): Promise<string> => (await capture(archive.deps, agent, { draft: testDraft(change), files: [] })).id;
const propose = (input: Partial<RestrictionInput>, who = officer) =>
  proposeRestriction(archive.deps, who, { ground: 'objection', reason: '客户来函要求停止使用', ...input });
const answer = (who: Actor, id: string, agree = true) => why(answerRestriction(archive.deps, who, { id, agree }));
async function restrict(input: Partial<RestrictionInput>): Promise<string> {
  const { id } = await propose(input);
  await answerRestriction(archive.deps, manager, { id, agree: true });
  return id;
}

test.serial('R87: compliance and a second person restrict; the record is not found, not read, not counted, and comes back with its release', async (t) => {
  const client = 'C-RESTRICT-1';
  const id = await take({ client: { number: client, name: '赵一', type: 'individual' }, title: '限制用例甲' });
  const other = await take({ client: { number: client, name: '赵一', type: 'individual' }, title: '限制用例乙' });
  const reading = await openReading(archive.deps, agent, { recordId: id, purpose: 'solve' });
  const before = (await browse(archive.deps, agent)).total;
  t.is(await why(propose({ records: [id] }, agent)), 'forbidden');
  t.is(await why(propose({ records: [id] }, manager)), 'forbidden', 'a records manager agrees, but does not propose');
  const { id: restriction } = await propose({ records: [id] });
  t.false((await viewRecord(archive.deps, agent, id)).restricted, 'nothing happens before the second person');
  t.is(await answer(officer, restriction), 'same_person');
  t.is(await answer({ ...manager, personId: officer.personId }, restriction), 'same_person', 'compared by person, not by account');
  t.is(await answer(agent, restriction), 'forbidden');
  t.is(await restrictionsWaiting(archive.deps, officer), 0);
  t.is(await restrictionsWaiting(archive.deps, manager), 1);
  t.is(await answer(manager, restriction), 'done');
  t.is(await answer(second, restriction), 'wrong_state');

  t.is(await why(viewRecord(archive.deps, agent, id)), 'not_found');
  t.is(await why(openReading(archive.deps, agent, { recordId: id, purpose: 'solve' })), 'not_found');
  t.is(await why(openReading(archive.deps, manager, { recordId: id, purpose: 'solve' })), 'not_found', 'seen in the catalogue, read by nobody');
  t.is(await why(readContent(archive.deps, agent, { readingId: reading.id, kind: 'view' })), 'reading_expired', 'what was open has ended');
  t.deepEqual(
    (await listRecords(archive.deps, agent, { client })).items.map((one) => one.id),
    [other],
  );
  t.is((await dossier(archive.deps, agent, client))?.total, 1);
  t.is((await browse(archive.deps, agent)).total, before - 1);
  const seen = await viewRecord(archive.deps, manager, id);
  t.true(seen.restricted);
  t.deepEqual(
    seen.history.map((one) => [one.field, one.old_value, one.new_value]),
    [['restricted', 'no', 'yes']],
  );
  t.like((await viewRestriction(archive.deps, officer, restriction)).covered[0], { id, restricted: true });
  t.is((await listRestrictions(archive.deps, officer, { recordId: id })).items[0]?.reason, '客户来函要求停止使用');

  await proposeRelease(archive.deps, officer, { id: restriction, reason: '客户撤回异议' });
  t.is(await answer(officer, restriction), 'same_person');
  t.is(await why(viewRecord(archive.deps, agent, id)), 'not_found', 'restricted until the release is confirmed');
  t.is(await answer(second, restriction), 'done');
  t.false((await viewRecord(archive.deps, agent, id)).restricted);
  t.is(await why(openReading(archive.deps, agent, { recordId: id, purpose: 'solve' })), 'done');
  t.is((await browse(archive.deps, agent)).total, before);
  const entries = await archive.database.owner.many<{ act: string; decision: string }>(
    sql`select e::jsonb ->> 'act' as act, e::jsonb ->> 'decision' as decision from (select entry as e from audit_entries union all select entry from audit_pending) x
      where e like ${`%${restriction}%`}`,
  );
  const told = new Set(entries.map((one) => `${one.act} ${one.decision}`));
  for (const act of [
    'restriction.propose allow',
    'restriction.agree allow',
    'record.restrict allow',
    'restriction.release allow',
    'record.release allow',
    'restriction.refused deny',
  ])
    t.true(told.has(act), act);
});

test.serial('R87: a client’s restriction takes every record there is and every one that comes while it stands', async (t) => {
  const client = 'C-RESTRICT-2';
  const draft = { client: { number: client, name: '钱二', type: 'individual' } };
  const first = await take(draft);
  const restriction = await restrict({ client });
  const later = await take(draft);
  const theirs = await take({ client: { number: 'C-RESTRICT-3', name: '孙三', type: 'individual' } });
  t.is(await why(viewRecord(archive.deps, agent, first)), 'not_found');
  t.is(await why(viewRecord(archive.deps, agent, later)), 'not_found');
  t.is(await why(viewRecord(archive.deps, agent, theirs)), 'done');
  t.is((await viewRecord(archive.deps, manager, later)).state, 'archived', 'it is kept all the same');
  t.is(await dossier(archive.deps, agent, client), undefined);
  // a second restriction over one of them keeps it when the first one goes
  const named = await restrict({ records: [first], ground: 'disputed' });
  await proposeRelease(archive.deps, officer, { id: restriction, reason: '已核实' });
  t.is(await answer(manager, restriction), 'done');
  t.is(await why(viewRecord(archive.deps, agent, first)), 'not_found');
  t.is(await why(viewRecord(archive.deps, agent, later)), 'done');
  await proposeRelease(archive.deps, officer, { id: named, reason: '已核实' });
  t.is(await answer(manager, named, false), 'done');
  t.is((await viewRestriction(archive.deps, officer, named)).state, 'live', 'a release that nobody agreed to leaves it standing');
});

test.serial('R87: not one record slips past a restriction over its client, however many are taken in meanwhile', async (t) => {
  const client = 'C-RESTRICT-4';
  const draft = () => ({ client: { number: client, name: '李四', type: 'individual' } });
  await take(draft());
  const { id } = await propose({ client });
  const taken = Array.from({ length: 12 }, () => take(draft()));
  await Promise.all([...taken, answerRestriction(archive.deps, manager, { id, agree: true })]);
  const { n } = await archive.database.owner.one<{ n: number }>(sql`select count(*)::int as n from records where client_number = ${client} and not restricted`);
  t.is(n, 0);
});

test.serial('R87: the database itself sets and releases no restriction without two persons', async (t) => {
  const id = await take();
  const change = (what: ReturnType<typeof sql>) =>
    t.throwsAsync(
      archive.deps.db.tx(async (tx) => {
        await archive.deps.audit.append(tx, { actor: officer, act: 'record.restrict', subject: { kind: 'record', id }, decision: 'allow' });
        await tx.run(what);
      }),
    );
  t.is(((await change(sql`update records set restricted = true where id = ${id}`)) as { code?: string }).code, '23514');
  const restriction = await restrict({ records: [id] });
  t.is(((await change(sql`update records set restricted = false where id = ${id}`)) as { code?: string }).code, '23514');
  const proposed = sql`release_reason_sealed = 'x', release_proposed_by = ${officer.personId}, release_proposed_at = now()`;
  const released = sql`state = 'released', released_by = ${officer.personId}, released_at = now()`;
  t.is(((await change(sql`update restrictions set ${released}, ${proposed} where id = ${restriction}`)) as { code?: string }).code, '23001', 'proposed first');
  await proposeRelease(archive.deps, officer, { id: restriction, reason: '客户撤回异议' });
  t.is(((await change(sql`update restrictions set ${released} where id = ${restriction}`)) as { code?: string }).code, '23514');
});

test('what is wrong in a proposal is said by its field', async (t) => {
  t.is(await why(propose({})), 'invalid_field');
  t.is(await why(propose({ records: ['018f0000-0000-7000-8000-000000000009'], client: 'C-1' })), 'invalid_field');
  t.is(await why(propose({ records: ['018f0000-0000-7000-8000-000000000009'] })), 'not_found');
  t.is(await why(propose({ client: 'C-NOBODY' })), 'not_found');
  t.is(await why(propose({ client: 'C-1', reason: ' ' })), 'invalid_field');
});

for (const kind of ['postgres', 'plain', ...(hasServer ? ['meilisearch' as const] : [])] as const)
  test.serial(`R87: the index follows: restricted is found neither by words nor by number, nor offered, nor counted (${kind})`, async (t) => {
    const bench = kind === 'meilisearch' ? await openBench() : undefined;
    const engine = bench?.engine ?? (kind === 'plain' ? new PlainEngine() : createPostgresSearch({ db: archive.database.app }));
    await engine.prepare();
    await (await engine.rebuild()).swap();
    const search = testSearch(archive, engine);
    try {
      const serviceNo = `RS-${kind}-0001`;
      const id = await take({ serviceNo, title: '琉璃灯罩破损', content: '客户说琉璃灯罩到货破损' });
      const find = async (who: Actor, q: string) => {
        await search.settled();
        return searchRecords(search.deps, who, 'zh', { q });
      };
      t.deepEqual(
        (await find(agent, '琉璃灯罩')).items.map((one) => one.id),
        [id],
      );
      // who has searched for nothing yet: one's own searches are offered too
      const offered = async () =>
        JSON.stringify(await completeQuery(search.deps, archive.person('agent'), 'zh', serviceNo.slice(0, -2), serviceNo.length - 2)).includes(serviceNo);
      t.true(await offered());
      const restriction = await restrict({ records: [id] });
      for (const q of ['琉璃灯罩', serviceNo]) {
        const answered = await find(agent, q);
        t.deepEqual(answered.items, [], q);
        t.is(answered.total, 0);
      }
      t.false(await offered());
      // found by number in the catalogue by those whose rules speak of restricted records; its text is gone from the index
      t.deepEqual(
        (await find(manager, serviceNo)).items.map((one) => one.id),
        [id],
      );
      t.deepEqual((await find(manager, '到货破损')).items, []);
      await proposeRelease(archive.deps, officer, { id: restriction, reason: '已核实' });
      await answerRestriction(archive.deps, second, { id: restriction, agree: true });
      t.deepEqual(
        (await find(agent, '琉璃灯罩')).items.map((one) => one.id),
        [id],
      );
    } finally {
      await search.stop();
      await bench?.close();
    }
  });

test.serial('R87: what streams by role stops in the middle once its record is restricted', async (t) => {
  const watched = await watchGrants(archive.deps);
  t.teardown(() => watched.close());
  const size = 24 * 2 ** 20;
  const text = Buffer.from(randomBytes(size / 2).toString('hex'));
  const { id } = await capture(archive.deps, agent, { draft: testDraft(), files: [{ name: 'long.txt', body: Readable.from([text]), size }] });
  const reading = await openReading(archive.deps, agent, { recordId: id, purpose: 'solve' });
  const file = await archive.database.owner.one<{ id: string }>(sql`select id from record_files where record_id = ${id}`);
  const content = await readContent(archive.deps, agent, { readingId: reading.id, fileId: file.id, kind: 'view' });
  let got = 0;
  const end = new Promise<string>((resolve) => {
    content.body.on('error', () => resolve('stopped'));
    content.body.on('end', () => resolve('whole'));
  });
  content.body.on('data', (chunk: Buffer) => {
    got += chunk.length;
    if (got > 2 ** 20) content.body.pause();
  });
  while (got <= 2 ** 20) await sleep(5);
  await restrict({ records: [id] });
  t.is(await end, 'stopped');
  t.true(got < size);
  t.deepEqual(archive.deps.streams.ids(), []);
});
