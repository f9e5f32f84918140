import { setTimeout as sleep } from 'node:timers/promises';
import test from 'ava';
import { systemActor, type Actor } from '../../../src/audit/index.js';
import { ident, newId, sql, type Sql } from '../../../src/db/index.js';
import {
  answerRegister,
  checkRegister,
  createAppraisal,
  itemDigest,
  makeHold,
  proposeFor,
  registerDigest,
  signAppraisal,
  stopRegister,
  submitToGroup,
  sweepDue,
  viewRegister,
  watchRegisters,
  type DueDeps,
  type HoldsDeps,
  type ItemFacts,
} from '../../../src/disposition/index.js';
import { listDiffers } from '../../../src/disposition/register/facts-store.js';
import { archiveDay } from '../../support/day.js';
import { why } from '../../support/why.js';
import { dueRecords, withEntry } from '../support/sql.js';
import { crew, register, type Crew, type Register } from '../support/way.js';

let people: Crew;
test.before(async () => {
  people = await crew();
});
test.after.always(() => people.world.close());

const deps = () => people.world.deps;
const owner = () => people.world.archive.database.owner;
const stateOf = async (id: string): Promise<string> => (await viewRegister(deps(), people.manager, id)).state;
const watch = () => watchRegisters(deps(), systemActor());
const approve = async (one: Register) => answerRegister(deps(), people.manager, { registerId: one.id, step: 0, digest: await one.digest(), agree: true });
/** Changes rows as no program does, to see whether it is found. */
const force = (table: string, ...statements: Sql[]): Promise<void> =>
  withEntry(
    people.world.archive,
    async (tx) => {
      await tx.run(sql`alter table ${ident(table)} disable trigger user`);
      for (const one of statements) await tx.run(one);
      await tx.run(sql`alter table ${ident(table)} enable trigger user`);
    },
    owner(),
  );
const end = (one: Register) => stopRegister(deps(), people.maker, { registerId: one.id, reason: '试验结束' });

test.serial('R67: a list on which nothing changed is watched without a lock on its records', async (t) => {
  const one = await register(people, 'approved', 2);
  const session = await owner().session();
  try {
    await session.run(sql`begin`);
    await session.run(sql`select from records where id = ${one.records[0]} for update`);
    t.is(await Promise.race([watch(), sleep(4_000, 'waits')]), 0, 'somebody else works on a record: nobody waits');
  } finally {
    await session.run(sql`rollback`);
    session.release();
  }
  await end(one);
});

test.serial('R67: one register that cannot be voided keeps none of the others from it, and is reported', async (t) => {
  const bad = await register(people, 'approved', 1);
  const good = await register(people, 'approved', 1);
  for (const one of [bad, good])
    await withEntry(people.world.archive, (tx) => tx.run(sql`update records set term_until = '2031-01-01' where id = ${one.records[0]}`));
  // only of the register that was frozen first
  await owner().run(sql`create function fails() returns trigger language plpgsql as $$ begin
    if (select g.number from destruction_registers g where g.id = new.register_id) = (select min(g.number) from destruction_registers g where g.state = 'approved') then raise exception 'broken'; end if;
    return new; end $$`);
  await owner().run(sql`create trigger fails before update on destruction_items for each row execute function fails()`);
  const error = await t.throwsAsync(watch());
  await owner().run(sql`drop trigger fails on destruction_items`);
  t.true(error instanceof AggregateError && error.errors.length === 1);
  t.deepEqual([await stateOf(bad.id), await stateOf(good.id)], ['approved', 'voided']);
  t.is(await watch(), 1, 'and the next time it is');
  t.is(await stateOf(bad.id), 'voided');
});

const facts: Record<string, Sql> = {
  state: sql`update records set state = 'archived'`,
  archival_code: sql`update records set archival_code = archival_code || 'x'`,
  service_no: sql`update records set service_no = service_no || 'x'`,
  service_type: sql`update records set service_type = 'special'`,
  client_type: sql`update records set client_type = 'enterprise'`,
  sensitivity: sql`update records set sensitivity = 'public'`,
  department: sql`update records set department = 'field'`,
  opened_at: sql`update records set opened_at = opened_at - interval '1 second'`,
  closed_at: sql`update records set closed_at = closed_at + interval '2 milliseconds'`,
  archived_at: sql`update records set archived_at = archived_at - interval '1 second'`,
  term_until: sql`update records set term_until = term_until + 1`,
  term_minimum: sql`update records set term_minimum = term_minimum - 1`,
  term_maximum: sql`update records set term_maximum = null`,
  term_rule: sql`update records set term_rule = 'other'`,
  version_number: sql`update records set version_number = version_number + 1`,
  file_count: sql`update records set file_count = file_count + 1`,
};

test.serial('R67: comparing without locks finds every fact that is signed, each by itself, and nothing where nothing changed', async (t) => {
  const one = await register(people, 'approved', 2);
  const differs = () => listDiffers(deps().db, one.id, deps().now());
  t.false(await differs());
  const [record] = one.records;
  for (const [name, change] of Object.entries(facts)) {
    const [before] = await owner().many<{ row: string }>(sql`select to_jsonb(r)::text as row from records r where id = ${record}`);
    await force('records', sql`${change} where id = ${record}`);
    t.true(await differs(), name);
    const column = ident(name);
    await force(
      'records',
      sql`update records r set ${column} = o.${column} from jsonb_populate_record(null::records, ${before?.row ?? ''}::jsonb) o where r.id = ${record}`,
    );
    t.false(await differs(), `${name} as it was`);
  }
  await force('objects', sql`update objects set digest = sha256(digest) where id = (select min(id::text)::uuid from objects where record_id = ${record})`);
  t.true(await differs(), 'an object');
  t.is(await watch(), 1);
});

test.serial('R33, R67: another version of the schedule that decides the same voids nothing; another rule does', async (t) => {
  const same = await register(people, 'checked', 1);
  const other = await register(people, 'checked', 1);
  await force('records', sql`update records set schedule_version = 'general@2027-01' where id = any (${[...same.records, ...other.records]}::uuid[])`);
  t.is(await watch(), 0);
  await force('records', sql`update records set term_rule = 'aml' where id = ${other.records[0]}`);
  t.is(await watch(), 1);
  t.deepEqual([await stateOf(same.id), await stateOf(other.id)], ['checked', 'voided']);
  await end(same);
});

test.serial('R67: a register signed in the former format, which named the schedule, goes on under its digest', async (t) => {
  const one = await register(people, 'approving', 2);
  const { number } = await viewRegister(deps(), people.manager, one.id);
  const items = await owner().many<{ position: number; facts: ItemFacts }>(sql`select position, facts from destruction_items where register_id = ${one.id}`);
  const former = items.map(({ position, facts: now }) => ({ position, facts: { ...now, schedule: 'general@2026-01' } }));
  const digest = registerDigest(
    number,
    former.map((item) => ({ ...item.facts, position: item.position })),
  );
  t.notDeepEqual(digest.toString('hex'), await one.digest());
  await force(
    'destruction_items',
    ...former.map(
      (item) =>
        sql`update destruction_items set facts = ${JSON.stringify(item.facts)}::jsonb, digest = ${itemDigest(item.facts)} where register_id = ${one.id} and position = ${item.position}`,
    ),
  );
  await force('destruction_registers', sql`update destruction_registers set digest = ${digest} where id = ${one.id}`);
  await force('records', sql`update records set schedule_version = 'general@2027-01' where id = any (${one.records}::uuid[])`);
  t.is(await watch(), 0);
  t.is((await approve(one)).state, 'approved', 'what was signed then is signed on');
  t.is(await stateOf(one.id), 'approved');
  await end(one);
});

test.serial('R105: a supervisor from outside who has come to the archive meanwhile is so no more when the list is checked', async (t) => {
  const one = await register(people, 'staffed', 1);
  const check = async (who: Actor) => checkRegister(deps(), who, { registerId: one.id, digest: await one.digest() });
  await check(people.insider);
  const before = people.world.give(people.outsider, ['agent', 'records_clerk']);
  t.is(await why(check(people.outsider)), 'invalid_field');
  t.is(await stateOf(one.id), 'approved');
  people.world.give(people.outsider, before);
  t.is((await check(people.outsider)).state, 'checked');
  await end(one);
});

test.serial('R105: nor does the database let such a list begin, whatever program writes', async (t) => {
  const one = await register(people, 'checked', 1);
  const { personId: person, accountId: account } = people.outsider;
  await force(
    'role_grants',
    sql`insert into persons (id, pseudonym, display_name, created_at) values (${person}, 'p-cccccccccccccccc', 'N', now())`,
    sql`insert into accounts (id, person_id, username, state, created_at) values (${account}, ${person}, 'outsider', 'invited', now())`,
    sql`insert into role_grants (id, account_id, person_id, role, state, origin, given_at) values (${newId()}, ${account}, ${person}, 'records_clerk', 'active', 'demo', now())`,
  );
  const error = await t.throwsAsync(
    withEntry(people.world.archive, (tx) =>
      tx.run(sql`update destruction_registers set state = 'executing', executing_at = execute_after where id = ${one.id}`),
    ),
  );
  t.regex(String(error), /from outside/);
  await force('role_grants', sql`delete from role_grants where person_id = ${person}`);
  await end(one);
});

test.serial('R73: stopping takes its locks as everybody does: the register, then records in the order of their ids', async (t) => {
  const one = await register(people, 'checked', 4);
  const [first = '', ...others] = [...one.records].sort();
  const session = await owner().session();
  let stopping: Promise<void> | undefined;
  try {
    await session.run(sql`begin`);
    await session.run(sql`select from records where id = ${first} for update`);
    stopping = end(one);
    const waits = async () => (await owner().one<{ n: number }>(sql`select count(*)::int as n from pg_locks where not granted`)).n > 0;
    for (let i = 0; i < 250 && !(await waits()); i++) await sleep(20);
    t.true(await waits());
    await session.run(sql`select from records where id = any (${others}::uuid[]) order by id for update nowait`);
    t.pass('who came first goes on');
  } finally {
    await session.run(sql`rollback`);
    session.release();
  }
  await stopping;
  t.is(await stateOf(one.id), 'stopped');
});

test.serial('R73: stop, hold and watch at the same moment over the same records: nobody waits in a circle', async (t) => {
  const deadlocks = async () => {
    await owner().run(sql`select pg_stat_force_next_flush()`);
    return Number((await owner().one<{ n: bigint }>(sql`select deadlocks as n from pg_stat_database where datname = current_database()`)).n);
  };
  const before = await deadlocks();
  const legal = people.world.hire('legal');
  // no engine: a hold over a list is answered by the catalogue alone
  const holds = { ...deps(), store: people.world.archive.store } as unknown as HoldsDeps;
  const reviewOn = archiveDay(90, deps().now());
  for (let round = 0; round < 6; round++) {
    const one = await register(people, 'checked', 4);
    const outcomes = await Promise.allSettled([
      end(one),
      makeHold(holds, legal, 'set', { matter: 'lawsuit', reason: '诉讼保全', reviewOn, records: [...one.records].reverse() }),
      watch(),
    ]);
    t.true(
      outcomes.every((outcome) => outcome.status === 'fulfilled' || /wrong_state/.test(String(outcome.reason))),
      JSON.stringify(outcomes),
    );
    t.true(['stopped', 'voided'].includes(await stateOf(one.id)));
  }
  await sleep(1_500);
  t.is(await deadlocks(), before);
});

test.serial('R12, R36: an extended record that fell due and has a later day again stands as extended, not as if it had never been', async (t) => {
  const { maker, head, world } = people;
  const records = await dueRecords(world.archive, 2);
  const [extended = '', plain = ''] = records;
  const { id } = await createAppraisal(deps(), maker, { department: 'hotline', records });
  const propose = (record: string, proposal: 'extend' | 'transfer') =>
    proposeFor(deps(), maker, { appraisalId: id, which: { records: [record] }, proposal, period: { years: 4, months: 0 }, reason: '仍有利用价值' });
  await propose(extended, 'extend');
  await propose(plain, 'transfer');
  const { digest } = await submitToGroup(deps(), maker, id);
  for (const who of [maker, head]) await signAppraisal(deps(), who, { appraisalId: id, digest, agree: true });
  const states = async () =>
    Promise.all(records.map(async (record) => (await deps().db.one<{ state: string }>(sql`select state from records where id = ${record}`)).state));
  t.deepEqual(await states(), ['extended', 'due']);
  const due: DueDeps = { ...world.archive.deps, rules: { list: () => Promise.resolve([]) } };
  await sweepDue(due, systemActor());
  t.deepEqual(await states(), ['due', 'due'], 'its further term is over too');
  const further = withEntry(world.archive, (tx) => tx.run(sql`update records set state = 'extended', term_until = '2099-03-01' where id = ${extended}`));
  t.regex((await t.throwsAsync(further)).message, /by an appraisal/, 'no extension of before gives a later day');
  await withEntry(world.archive, (tx) => tx.run(sql`update records set term_until = '2099-03-01' where id = any (${records}::uuid[])`));
  await sweepDue(due, systemActor());
  t.deepEqual(await states(), ['extended', 'archived']);
  const told = await owner().one<{ new_value: string }>(
    sql`select new_value from record_history where record_id = ${extended} and field = 'state' order by id desc limit 1`,
  );
  t.is(told.new_value, 'extended');
});
