import { randomBytes } from 'node:crypto';
import test from 'ava';
import { systemActor } from '../../../src/audit/index.js';
import { ident, sql, type Sql } from '../../../src/db/index.js';
import { answerLift, checkHolds, keepHoldTimes, proposeLift, tellStore, viewHold } from '../../../src/disposition/index.js';
import { spanEnd, takeMissed } from '../../../src/disposition/holds/take/store.js';
import { CodedError } from '../../../src/errors/index.js';
import { answerCorrection, correctRecord, summariesOf } from '../../../src/records/index.js';
import { createPostgresSearch } from '../../../src/search/index.js';
import { openStore, type ObjectRef, type ObjectStore } from '../../../src/storage/index.js';
import { testSearch } from '../../support/search.js';
import { why } from '../../support/why.js';
import { holdOffice, type HoldOffice } from './support.js';

let o: HoldOffice;
test.before(async () => {
  o = await holdOffice();
});
test.after.always(() => o.close());

const refsOf = (id: string) =>
  o.deps.db.many<ObjectRef>(sql`select store_key as key, store_version as version from objects where record_id = ${id} and state <> 'destroyed' order by id`);
const inStore = async (id: string, store: Pick<ObjectStore, 'stat'> = o.archive.store): Promise<boolean[]> =>
  Promise.all((await refsOf(id)).map(async (ref) => (await store.stat(ref))?.legalHold ?? false));
const all = (held: readonly boolean[], wanted: boolean): boolean => held.length > 0 && held.every((one) => one === wanted);
const lift = async (id: string): Promise<void> => {
  await proposeLift(o.deps, o.legal, { id, reason: '案件已结' });
  await answerLift(o.deps, o.compliance, { id, agree: true });
};
const tell = (deps = o.deps) => tellStore(deps, systemActor());

test.serial('R34: a hold stands as legal hold on every object, a correction’s too, until the last hold is lifted', async (t) => {
  const id = await o.take();
  const { id: first } = await o.make(o.legal, 'set', { records: [id] });
  const { id: second } = await o.make(o.compliance, 'set', { records: [id], matter: 'inspection' });
  t.true(all(await inStore(id), false));
  t.like((await viewHold(o.deps, o.legal, first)).objects, { pending: 1, done: 0, failed: 0 });
  t.deepEqual(await tell(), { done: 1, failed: 0 });
  t.true(all(await inStore(id), true));
  const [ref] = await refsOf(id);
  t.is(await why(o.archive.store.remove(ref as ObjectRef)), 'conflict');
  t.like((await viewHold(o.deps, o.legal, first)).objects, { pending: 0, done: 1, failed: 0 });
  t.deepEqual(await tell(), { done: 0, failed: 0 }, 'told once');

  const { id: correction } = await correctRecord(o.archive.deps, o.manager, { recordId: id, patch: { title: '宽带报修：更正标题' }, reason: '标题有误' });
  await answerCorrection(o.archive.deps, { ...o.archive.person('records_manager', 'archive'), secondFactor: true }, { id: correction, agree: true });
  t.is((await refsOf(id)).length, 2);
  t.deepEqual(await tell(), { done: 1, failed: 0 });
  t.true(all(await inStore(id), true));

  await lift(first);
  t.deepEqual(await tell(), { done: 0, failed: 0 });
  t.true(all(await inStore(id), true), 'the second one stands');
  await lift(second);
  t.deepEqual(await tell(), { done: 2, failed: 0 });
  t.true(all(await inStore(id), false));
});

test.serial('R34: a store that fails is told again, later and later; a lift meanwhile is not undone by a late answer', async (t) => {
  const id = await o.take();
  const { id: hold } = await o.make(o.legal, 'set', { records: [id] });
  let broken = true;
  const store = {
    stat: (ref: ObjectRef) => o.archive.store.stat(ref),
    setLegalHold: (ref: ObjectRef, on: boolean) => (broken ? Promise.reject(new CodedError('store_unavailable')) : o.archive.store.setLegalHold(ref, on)),
  };
  const start = o.archive.clock.now;
  try {
    t.deepEqual(await tell({ ...o.deps, store }), { done: 0, failed: 1 });
    t.like((await viewHold(o.deps, o.legal, hold)).objects, { pending: 0, done: 0, failed: 1 });
    t.true(await o.held(id), 'it stands in the catalogue all the same');
    t.deepEqual(await tell({ ...o.deps, store }), { done: 0, failed: 0 }, 'not at once again');
    o.archive.clock.now = new Date(start.getTime() + 61_000);
    t.deepEqual(await tell({ ...o.deps, store }), { done: 0, failed: 1 });
    o.archive.clock.now = new Date(start.getTime() + 120_000);
    t.deepEqual(await tell({ ...o.deps, store }), { done: 0, failed: 0 }, 'two minutes after the second time');
    broken = false;
    o.archive.clock.now = new Date(start.getTime() + 200_000);
    t.deepEqual(await tell({ ...o.deps, store }), { done: 1, failed: 0 });
    t.true(all(await inStore(id), true));
  } finally {
    o.archive.clock.now = start;
  }
  // the answer to "lift" comes when it was held again
  await lift(hold);
  let again: Promise<unknown> = Promise.resolve();
  const slow = {
    ...store,
    async setLegalHold(ref: ObjectRef, on: boolean) {
      await o.archive.store.setLegalHold(ref, on);
      again = o.make(o.legal, 'set', { records: [id] });
      await again;
    },
  };
  await tellStore({ ...o.deps, store: slow }, systemActor(), AbortSignal.timeout(200));
  await again;
  await tell();
  t.true(all(await inStore(id), true));
});

test.serial('R34: whoever tells the store is alone, and one that ended in the middle is gone on with', async (t) => {
  const ids = await Promise.all(Array.from({ length: 5 }, () => o.take()));
  await o.make(o.legal, 'set', { records: ids });
  // killed between the store's answers and the note of them
  const dying = { ...o.deps, db: { ...o.deps.db, tx: () => Promise.reject(new Error('killed')) } } as typeof o.deps;
  await t.throwsAsync(tell(dying), { message: 'killed' });
  const [one, two] = await Promise.all([tell(), tell()]);
  t.true(one.done === 5 || two.done === 5);
  t.is(one.done + two.done, 5);
  for (const id of ids) t.true(all(await inStore(id), true));
});

test.serial('R34: one object, hold or record that fails stops no other: whatever it fails with', async (t) => {
  const ids = await Promise.all(Array.from({ length: 4 }, () => o.take()));
  await o.make(o.legal, 'set', { records: ids });
  const [bad] = await refsOf(ids[2] ?? '');
  const odd = {
    stat: (ref: ObjectRef) => o.archive.store.stat(ref),
    setLegalHold: (ref: ObjectRef, on: boolean) => (ref.key === bad?.key ? Promise.reject(new TypeError('odd')) : o.archive.store.setLegalHold(ref, on)),
  };
  t.deepEqual(await tell({ ...o.deps, store: odd }), { done: 3, failed: 1 });
  o.archive.clock.now = new Date(o.archive.clock.now.getTime() + 2 * 60_000);
  t.deepEqual(await tell(), { done: 1, failed: 0 });

  // two freezes lapse; the log takes no entry of the first, and the second lapses all the same; so it is with what came by itself
  const freezes = [await o.make(o.manager, 'freeze', { records: [ids[0] ?? ''] }), await o.make(o.manager, 'freeze', { records: [ids[1] ?? ''] })];
  const clients = ['C-ODD-1', 'C-ODD-2'].map((number) => ({ number, name: '郑六', type: 'individual' }));
  const over = [];
  for (const client of clients) over.push(await o.make(o.legal, 'set', { client: client.number }));
  const came = await Promise.all(clients.map((client) => o.take({ client })));
  o.archive.clock.now = new Date(o.archive.clock.now.getTime() + 73 * 3_600_000);
  const troubles: string[] = [];
  const odds = new Set([freezes[0]?.number, over[0]?.number]);
  const refuses = (facts: Record<string, unknown> | undefined): boolean => odds.has(String(facts?.['number']));
  const audit = {
    ...o.deps.audit,
    append: (...[tx, entry]: Parameters<typeof o.deps.audit.append>) =>
      refuses(entry.facts) ? Promise.reject(new Error('odd')) : o.deps.audit.append(tx, entry),
    appendMany: (...[tx, entries]: Parameters<typeof o.deps.audit.appendMany>) =>
      entries.some((one) => refuses(one.facts)) ? Promise.reject(new Error('odd')) : o.deps.audit.appendMany(tx, entries),
  };
  const broken = { ...o.deps, audit, onTrouble: (code: string) => void troubles.push(code) };
  t.like(await keepHoldTimes(broken, systemActor()), { lapsed: 1, told: 1, failed: 2 });
  t.deepEqual(troubles, ['hold_left_out', 'hold_left_out']);
  t.true((await o.told(freezes[1]?.id ?? '')).has('hold.lapse allow') && (await o.told(came[1] ?? '')).has('record.hold allow'));
  t.like(await keepHoldTimes(o.deps, systemActor()), { lapsed: 1, told: 1, failed: 0 });
  await tell();
});

test.serial(
  'R34: the check looks for what was missed by index, list by list and client by client, and asks queries of one span of records after the other',
  async (t) => {
    const { owner } = o.archive.database;
    const tag = `missed-${Date.now()}`;
    const client = { number: 'C-MISSED', name: '郑六', type: 'individual' };
    await o.make(o.legal, 'set', { query: `tag:${tag}` });
    await o.make(o.legal, 'set', { client: client.number });
    for (const name of ['records_caught', 'records_changed_caught']) await owner.run(sql`alter table records disable trigger ${ident(name)}`);
    const some = await Promise.all(Array.from({ length: 9 }, (_, i) => o.take(i % 3 === 0 ? { tags: [tag] } : i % 3 === 1 ? { client } : {})));
    for (const name of ['records_caught', 'records_changed_caught']) await owner.run(sql`alter table records enable trigger ${ident(name)}`);
    const looked: number[] = [];
    t.like(await checkHolds(o.deps, systemActor(), { span: 4, told: (records) => void looked.push(records) }), { taken: 6, wrongFlags: 0 });
    t.true(looked.length > 4 && looked.every((n, i) => n === 4 * (i + 1)));
    t.deepEqual(
      await Promise.all(some.map((id) => o.held(id))),
      some.map((_, i) => i % 3 < 2),
    );
    t.like(await checkHolds(o.deps, systemActor()), { taken: 0, asked: 0 });
    // many rows: a client is found by its index, and a span by the ids, never by all records for all holds
    await owner.run(sql`alter table records disable trigger user`);
    await owner.run(sql`insert into records select (jsonb_populate_record(r, jsonb_build_object('id', gen_random_uuid(), 'service_no', 'M-' || i, 'archival_code', 'M-' || i,
    'client_number', 'C-many-' || i, 'held', false, 'tags', '{}'::text[]))).* from records r cross join generate_series(1, 3000) i where r.id = ${some[0] ?? ''}::uuid`);
    await owner.run(sql`alter table records enable trigger user`);
    await owner.run(sql`analyze records`);
    const plans: string[] = [];
    await o.deps.db.tx(async (tx) => {
      const explained = {
        ...tx,
        many: async (statement: Sql) => {
          plans.push(...(await tx.many<{ 'QUERY PLAN': string }>(sql`explain ${statement}`)).map((row) => row['QUERY PLAN']));
          return [];
        },
      } as typeof tx;
      await takeMissed(explained, '00000000-0000-4000-8000-000000000000', { client: 'C-MISSED' });
      t.true(
        plans.some((line) => line.includes('records_by_client')),
        plans.join('\n'),
      );
      plans.length = 0;
      const to = await spanEnd(tx, null, 500);
      await takeMissed(explained, '00000000-0000-4000-8000-000000000000', { filters: { tag: [tag] } }, { after: null, to: to ?? '' });
      t.true(
        plans.some((line) => line.includes('records_pkey')),
        plans.join('\n'),
      );
    });
    t.like(await checkHolds(o.deps, systemActor()), { taken: 0, wrongFlags: 0 });
  },
);

test.serial('R34: after the store or an index was restored from a copy without them, the check sets the holds again', async (t) => {
  const client = 'C-HOLD-RESTORE';
  const id = await o.take({ client: { number: client, name: '郑六', type: 'individual' } });
  await o.make(o.legal, 'set', { client });
  await tell();
  t.like(await checkHolds(o.deps, systemActor()), { differing: 0, missing: 0, taken: 0, asked: 0, wrongFlags: 0, pending: 0, failed: 0 });
  for (const ref of await refsOf(id)) await o.archive.store.setLegalHold(ref, false);
  t.like(await checkHolds(o.deps, systemActor()), { differing: 1, wrongFlags: 0, pending: 1 });
  await tell();
  t.true(all(await inStore(id), true));
  t.true((await o.told('hold.objects_differ')).has('hold.objects_differ error'));

  // the catalogue from a copy in which triggers had not run: what a hold speaks of is taken by the check
  const { owner } = o.archive.database;
  const catching = async (how: Sql): Promise<void> => {
    for (const name of ['records_caught', 'records_changed_caught']) await owner.run(sql`alter table records ${how} trigger ${ident(name)}`);
  };
  await catching(sql`disable`);
  const missed = await o.take({ client: { number: client, name: '郑六', type: 'individual' } });
  await catching(sql`enable`);
  t.false(await o.held(missed));
  t.like(await checkHolds(o.deps, systemActor()), { taken: 1, wrongFlags: 0 });
  t.true(await o.held(missed));
  await tell();

  const engine = createPostgresSearch({ db: o.deps.db });
  const search = testSearch(o.archive, engine);
  try {
    await search.settled();
    search.follower.buildAnew();
    await search.settled();
    t.true((await summariesOf(search.deps, o.legal, [id]))[0]?.held, 'an index that is built anew tells it as the catalogue does');
  } finally {
    await search.stop();
    await engine.close();
  }
});

const endpoint = process.env['LANTAI_TEST_S3_ENDPOINT'];
(endpoint === undefined ? test.skip : test.serial)('R34: on a real S3 with Object Lock', async (t) => {
  const store = openStore({
    kind: 's3',
    endpoint: endpoint ?? '',
    bucket: `lantai-hold-${randomBytes(4).toString('hex')}`,
    accessKey: process.env['LANTAI_TEST_S3_ACCESS_KEY'] ?? '',
    secretKey: process.env['LANTAI_TEST_S3_SECRET_KEY'] ?? '',
  });
  await store.prepare();
  t.teardown(() => store.close());
  const id = await o.take();
  // the record's object, as it stands in that store
  const [ref] = await refsOf(id);
  const moved = await store.put(ref?.key ?? '', Buffer.from('sealed'), 6);
  await o.archive.database.owner.run(sql`alter table objects disable trigger user`);
  await o.archive.database.owner.run(sql`update objects set store_version = ${moved.version} where record_id = ${id}`);
  await o.archive.database.owner.run(sql`alter table objects enable trigger user`);
  const { id: hold } = await o.make(o.legal, 'set', { records: [id] });
  t.deepEqual(await tell({ ...o.deps, store }), { done: 1, failed: 0 });
  t.true(all(await inStore(id, store), true));
  t.is(await why(store.remove(moved)), 'conflict');
  await lift(hold);
  t.deepEqual(await tell({ ...o.deps, store }), { done: 1, failed: 0 });
  t.true(all(await inStore(id, store), false));
});
