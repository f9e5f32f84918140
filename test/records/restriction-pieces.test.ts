import test from 'ava';
import { type Actor, systemActor } from '../../src/audit/index.js';
import { newId, sql } from '../../src/db/index.js';
import { CodedError } from '../../src/errors/index.js';
import {
  answerRestriction,
  capture,
  carryRestrictions,
  dossier,
  listRecords,
  openReading,
  proposeRelease,
  proposeRestriction,
  readContent,
  type RecordsDeps,
  viewRecord,
  viewRestriction,
} from '../../src/records/index.js';
import { carryRestriction } from '../../src/records/restriction/carry.js';
import { fill, randomRecords } from '../disposition/random.js';
import { testArchive, testDraft, type TestArchive } from '../support/archive.js';
import { why } from '../support/why.js';

let archive: TestArchive;
let agent: Actor;
let officer: Actor;
let manager: Actor;
test.before(async () => {
  archive = await testArchive();
  agent = archive.person('agent');
  officer = archive.person('compliance_officer', 'compliance');
  manager = archive.person('records_manager', 'archive');
});
test.after.always(() => archive.close());

const draftOf = (client: string) => testDraft({ client: { number: client, name: '周某', type: 'individual' } });
const take = async (client: string): Promise<string> => (await capture(archive.deps, agent, { draft: draftOf(client), files: [] })).id;

/** A client with so many records more. */
async function many(client: string, count: number): Promise<void> {
  const records = randomRecords(count, 187).map((one) => ({ ...one, id: newId(), events: [], held: false, state: 'archived', until: '2099-01-01' }));
  await fill(archive.database, records as never);
  await archive.database.superuser.tx(async (tx) => {
    await tx.run(sql`set local session_replication_role = 'replica'`);
    await tx.run(sql`update records set client_number = ${client} where id = any (${records.map((one) => one.id)}::uuid[])`);
  });
}

const counts = (client: string) =>
  archive.database.owner.one<{ all: number; restricted: number }>(
    sql`select count(*)::int as all, (count(*) filter (where restricted))::int as restricted from records where client_number = ${client}`,
  );

/** Everything that the use-cases need, failing at the nth piece of a restriction. */
function strikingAt(piece: number): RecordsDeps {
  let pieces = 0;
  const append: typeof archive.deps.audit.append = async (tx, entry) => {
    if (entry.act === 'restriction.carry' && ++pieces === piece) throw new CodedError('unavailable');
    return archive.deps.audit.append(tx, entry);
  };
  const audit = new Proxy(archive.deps.audit, { get: (to, key) => (key === 'append' ? append : (Reflect.get(to, key, to) as unknown)) });
  return { ...archive.deps, audit };
}

test.serial(
  'R87: 2,500 records of a client are restricted in pieces; struck in the middle nothing is half done to be seen, and it goes on there',
  async (t) => {
    const client = 'C-PIECES-1';
    const mine = await take(client);
    await many(client, 2500);
    const reading = await openReading(archive.deps, agent, { recordId: mine, purpose: 'solve' });
    const before = (await dossier(archive.deps, manager, client))?.total;
    t.is(before, 2501);
    t.truthy(await dossier(archive.deps, agent, client));
    const { id } = await proposeRestriction(archive.deps, officer, { client, ground: 'objection', reason: '客户来函要求停止使用' });
    t.is((await viewRestriction(archive.deps, manager, id)).records, 2501, 'how many it is about is said before it is agreed to');

    t.is(await why(answerRestriction(strikingAt(2), manager, { id, agree: true })), 'unavailable');
    t.deepEqual(await counts(client), { all: 2501, restricted: 1000 }, 'the piece that failed left nothing behind');
    const struck = await viewRestriction(archive.deps, officer, id);
    t.like(struck, { state: 'setting', records: 1000, decidedBy: manager.personId });
    // of the client one sees all or nothing, and reads nothing
    t.is(await dossier(archive.deps, agent, client), undefined);
    t.deepEqual((await listRecords(archive.deps, agent, { client })).items, []);
    t.is((await dossier(archive.deps, manager, client))?.total, 2501, 'whoever finds restricted records too sees all of them, as ever');
    t.is(await why(readContent(archive.deps, agent, { readingId: reading.id, kind: 'view' })), 'reading_expired');
    const { open } = await archive.database.owner.one<{ open: string }>(
      sql`select id as open from records where client_number = ${client} and not restricted order by closed_at limit 1`,
    );
    for (const record of [open, mine]) t.is(await why(openReading(archive.deps, agent, { recordId: record, purpose: 'solve' })), 'not_found');
    // what comes meanwhile is restricted, and no step is taken on what is under way
    const later = await take(client);
    t.is(await why(viewRecord(archive.deps, agent, later)), 'not_found');
    t.is(await why(proposeRelease(archive.deps, officer, { id, reason: '撤回' })), 'wrong_state');
    t.is(await why(answerRestriction(archive.deps, manager, { id, agree: true })), 'wrong_state');

    // two processes at once take turns
    await Promise.all([carryRestrictions(archive.deps, systemActor()), carryRestrictions(archive.deps, systemActor())]);
    t.deepEqual(await counts(client), { all: 2502, restricted: 2502 });
    t.like(await viewRestriction(archive.deps, officer, id), { state: 'live', records: 2501 });
    const { entries, history } = await archive.database.owner.one<{ entries: number; history: number }>(sql`select
    (select count(*)::int from (select entry from audit_entries where act = 'record.restrict' union all select entry from audit_pending where entry::jsonb ->> 'act' = 'record.restrict') x
      where entry::jsonb -> 'facts' ->> 'restriction' = ${id}) as entries,
    (select count(*)::int from record_history h join records r on r.id = h.record_id where r.client_number = ${client} and h.field = 'restricted') as history`);
    t.deepEqual({ entries, history }, { entries: 2501, history: 2501 }, 'each record has its entry, once');

    // the way back, struck likewise
    await proposeRelease(archive.deps, officer, { id, reason: '客户撤回异议' });
    t.is(await why(answerRestriction(strikingAt(3), manager, { id, agree: true })), 'unavailable');
    t.deepEqual(await counts(client), { all: 2502, restricted: 502 });
    t.like(await viewRestriction(archive.deps, officer, id), { state: 'releasing', records: 2000 });
    t.is(await dossier(archive.deps, agent, client), undefined, 'not a part of him either');
    await carryRestrictions(archive.deps, systemActor());
    t.deepEqual(await counts(client), { all: 2502, restricted: 0 });
    t.like(await viewRestriction(archive.deps, officer, id), { state: 'released', records: 2502 });
    t.is(await why(viewRecord(archive.deps, agent, mine)), 'done');
  },
);

test.serial('R87: whoever agrees waits for so many pieces, and is told that the rest goes on by itself', async (t) => {
  const client = 'C-PIECES-2';
  for (let i = 0; i < 5; i++) await take(client);
  const { id } = await proposeRestriction(archive.deps, officer, { client, ground: 'objection', reason: '客户来函要求停止使用' });
  t.is(await why(answerRestriction(strikingAt(1), manager, { id, agree: true })), 'unavailable');
  t.deepEqual(await carryRestriction(archive.deps, systemActor(), id, { size: 2, pieces: 1 }), { state: 'setting', records: 2 });
  const stop = new AbortController();
  stop.abort();
  t.deepEqual(await carryRestriction(archive.deps, systemActor(), id, { size: 2, signal: stop.signal }), { state: 'setting', records: 4 });
  // one that was passed by already is closed anew meanwhile, further up than the place: it is found before it ends
  await archive.database.superuser.tx(async (tx) => {
    await tx.run(sql`set local session_replication_role = 'replica'`);
    await tx.run(
      sql`update records set restricted = false where id = (select id from records where client_number = ${client} and restricted order by closed_at desc, id desc limit 1)`,
    );
  });
  t.deepEqual(await carryRestriction(archive.deps, systemActor(), id, { size: 2 }), { state: 'live', records: 6 });
  t.deepEqual(await counts(client), { all: 5, restricted: 5 });
});

test.serial('R87: the database calls no restriction of a client live, or released, while a record of his is left, and lets no step be skipped', async (t) => {
  const client = 'C-PIECES-3';
  await take(client);
  const { id } = await proposeRestriction(archive.deps, officer, { client, ground: 'objection', reason: '客户来函要求停止使用' });
  const change = async (what: ReturnType<typeof sql>): Promise<string> => {
    const error: unknown = await t.throwsAsync(
      archive.deps.db.tx(async (tx) => {
        await archive.deps.audit.append(tx, { actor: officer, act: 'restriction.carry', subject: { kind: 'restriction', id }, decision: 'allow' });
        await tx.run(what);
      }),
    );
    return (error as { code: string }).code;
  };
  const [one, other] = [officer.personId, manager.personId];
  t.is(await change(sql`update restrictions set state = 'live', decided_by = ${other}, decided_at = now() where id = ${id}`), '23514');
  t.is(await change(sql`update restrictions set state = 'setting', decided_by = ${one}, decided_at = now() where id = ${id}`), '23514', 'the same person');
  t.is(await why(answerRestriction(strikingAt(1), manager, { id, agree: true })), 'unavailable');
  for (const state of ['live', 'released', 'refused', 'proposed', 'releasing'])
    t.true(['23514', '23001'].includes(await change(sql`update restrictions set state = ${state} where id = ${id}`)), state);
  t.is(await change(sql`update restrictions set client_number = 'C-OTHER' where id = ${id}`), '23001');
  await carryRestrictions(archive.deps, systemActor());
  t.is(await change(sql`update records set restricted = false where client_number = ${client}`), '23514');
  t.is(
    await change(
      sql`update restrictions set state = 'released', release_reason_sealed = 'x', release_proposed_by = ${one}, release_proposed_at = now(), released_by = ${other}, released_at = now() where id = ${id}`,
    ),
    '23001',
    'a release is proposed first',
  );
});
