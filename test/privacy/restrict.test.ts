import test from 'ava';
import { newId, sql } from '../../src/db/index.js';
import { CodedError } from '../../src/errors/index.js';
import { restrictFor } from '../../src/privacy/index.js';
import { answerRestriction, capture } from '../../src/records/index.js';
import { fill, randomRecords } from '../disposition/random.js';
import { testDraft } from '../support/archive.js';
import { archiveDay } from '../support/day.js';
import { why } from '../support/why.js';
import { decided, testPrivacy } from './support.js';

test('R87: what keeps 2,500 records of one client from being erased is restricted in pieces; one that ended in between goes on', async (t) => {
  const archive = await testPrivacy();
  t.teardown(() => archive.close());
  const officer = archive.person('compliance_officer', 'compliance');
  const clerk = archive.person('records_clerk', 'archive');
  const manager = archive.person('records_manager', 'archive');
  const client = 'C-MANY';
  // one record that may be erased, and 2,500 that law prescribes to be kept
  const day = archiveDay(-800, archive.clock.now);
  const draft = testDraft({
    client: { number: client, name: '周某', type: 'individual' },
    serviceType: 'survey',
    channel: 'visit',
    openedAt: `${day}T09:00:00+08:00`,
    closedAt: `${day}T10:00:00+08:00`,
  });
  const erased = (await capture(archive.deps, archive.person('agent'), { draft, files: [] })).id;
  const records = randomRecords(2500, 87).map((one) => ({ ...one, id: newId(), events: [], held: false, state: 'archived', until: '2099-01-01' }));
  await fill(archive.database, records as never);
  await archive.database.superuser.tx(async (tx) => {
    await tx.run(sql`set local session_replication_role = 'replica'`);
    await tx.run(sql`update records set client_number = ${client} where id = any (${records.map((one) => one.id)}::uuid[])`);
  });
  const requestId = await decided(archive, { clerk, officer }, { kind: 'erasure', client, outcome: 'partly', ground: 'term' });
  const ask = { requestId, ground: 'term', reason: '法定期限未满' } as const;

  // struck at the second piece: the first stands, alone
  let pieces = 0;
  const append: typeof archive.deps.audit.append = async (tx, entry) => {
    if (entry.act === 'restriction.propose' && ++pieces === 2) throw new CodedError('unavailable');
    return archive.deps.audit.append(tx, entry);
  };
  const audit = new Proxy(archive.deps.audit, { get: (to, key) => (key === 'append' ? append : (Reflect.get(to, key, to) as unknown)) });
  t.is(await why(restrictFor({ ...archive.privacy, audit }, officer, ask)), 'unavailable');
  const named = () =>
    archive.database.owner.many<{ id: string; n: number }>(sql`
      select s.id, count(x.record_id)::int as n from restrictions s left join restriction_records x on x.restriction_id = s.id where s.request_id = ${requestId} group by s.id order by s.proposed_at, s.id`);
  t.deepEqual(
    (await named()).map((one) => one.n),
    [1000],
  );
  t.deepEqual(await restrictFor(archive.privacy, officer, ask), { restrictions: 2 });
  t.deepEqual(await restrictFor(archive.privacy, officer, ask), { restrictions: 0 }, 'all is named: nothing is asked for twice');
  const made = await named();
  t.deepEqual(
    made.map((one) => one.n).sort((a, b) => a - b),
    [500, 1000, 1000],
  );
  const { distinct } = await archive.database.owner.one<{ distinct: number }>(
    sql`select count(distinct record_id)::int as distinct from restriction_records where restriction_id = any (${made.map((one) => one.id)}::uuid[])`,
  );
  t.is(distinct, 2500, 'each record in one of them');

  // the second person answers them one by one; one that is refused leaves its records to be asked for anew
  const [first, second, third] = made.map((one) => one.id);
  t.is(await why(answerRestriction(archive.deps, officer, { id: first ?? '', agree: true })), 'same_person');
  t.is((await answerRestriction(archive.deps, manager, { id: first ?? '', agree: true })).records, made[0]?.n ?? 0);
  await answerRestriction(archive.deps, manager, { id: second ?? '', agree: false });
  t.deepEqual(await restrictFor(archive.privacy, officer, ask), { restrictions: 1 });
  const anew = (await named()).find((one) => ![first, second, third].includes(one.id));
  t.is(anew?.n, made[1]?.n);
  for (const id of [third ?? '', anew?.id ?? '']) await answerRestriction(archive.deps, manager, { id, agree: true });
  const { restricted } = await archive.database.owner.one<{ restricted: number }>(
    sql`select count(*)::int as restricted from records where client_number = ${client} and restricted`,
  );
  t.is(restricted, 2500);
  const { free } = await archive.database.owner.one<{ free: boolean }>(sql`select not restricted as free from records where id = ${erased}`);
  t.true(free, 'what is to be destroyed is not restricted');
  t.is(await why(restrictFor(archive.privacy, officer, ask)), 'invalid_field', 'nothing is left');
});
