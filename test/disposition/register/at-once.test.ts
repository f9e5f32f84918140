import { setTimeout as sleep } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import { systemActor } from '../../../src/audit/index.js';
import { silentLogger } from '../../../src/config/index.js';
import { ident, newId, sql, type Sql, type Tx } from '../../../src/db/index.js';
import { listRegisterItems, makeHold, viewRegister, watchRegisters, type HoldsDeps } from '../../../src/disposition/index.js';
import { correctRecord } from '../../../src/records/index.js';
import { createJobs, type Jobs, type Tasks } from '../../../src/jobs/index.js';
import { issueGrant } from '../../../src/access/index.js';
import { withEntry } from '../support/sql.js';
import { crew, register, type Crew } from '../support/way.js';

let people: Crew;
let jobs: Jobs<Tasks>;
test.before(async () => {
  people = await crew();
  jobs = createJobs({
    connectionString: people.world.archive.database.urls.app,
    log: silentLogger,
    // by itself it comes never here: what is seen was called for
    tasks: { watchRegisters: { parse: () => ({}), run: async () => void (await watchRegisters(deps(), systemActor())) } },
  });
});
test.after.always(async () => {
  await jobs.stop();
  await people.world.close();
});

const deps = () => people.world.deps;
const owner = () => people.world.archive.database.owner;
const stateOf = async (id: string): Promise<string> => (await viewRegister(deps(), people.manager, id)).state;
const asked = async (): Promise<number> =>
  (await owner().one<{ n: number }>(sql`select count(*)::int as n from graphile_worker.jobs where task_identifier = 'watchRegisters'`)).n;
const forget = () => owner().run(sql`delete from graphile_worker._private_jobs`);
const holds = () => ({ ...deps(), store: people.world.archive.store }) as unknown as HoldsDeps;
const reviewOn = (): string => new Date(deps().now().getTime() + 90 * 86_400_000).toISOString().slice(0, 10);
const hold = (records: string[]) =>
  makeHold(holds(), people.world.hire('legal'), 'set', { matter: 'lawsuit', reason: '诉讼保全', reviewOn: reviewOn(), records });

/** Changes rows past the guards of a table, but for the trigger that is tried. */
const past = (table: string, but: string, ...statements: Sql[]): Promise<void> =>
  withEntry(
    people.world.archive,
    async (tx: Tx) => {
      await tx.run(sql`alter table ${ident(table)} disable trigger user`);
      await tx.run(sql`alter table ${ident(table)} enable trigger ${ident(but)}`);
      for (const one of statements) await tx.run(one);
      await tx.run(sql`alter table ${ident(table)} enable trigger user`);
    },
    owner(),
  );

const touches: Record<string, (record: string, t: ExecutionContext) => Promise<unknown>> = {
  hold: (record) => hold([record]),
  event: (record) => withEntry(people.world.archive, (tx) => tx.run(sql`update records set term_until = '2031-01-01' where id = ${record}`)),
  reclassified: (record) => past('records', 'records_listed_changed', sql`update records set department = 'field' where id = ${record}`),
  grant: (record) =>
    deps().db.tx((tx) =>
      issueGrant(tx, deps(), people.executive, {
        kind: 'confidential',
        personId: people.head.personId ?? '',
        recordIds: [record],
        acts: ['view'],
        purpose: 'solve',
        startsAt: deps().now(),
        endsAt: new Date(deps().now().getTime() + 3_600_000),
        readings: null,
        requestId: null,
      }),
    ),
  correction: (record) =>
    correctRecord(people.world.archive.deps, people.executor, { recordId: record, patch: { title: '更正后的题名' }, reason: '题名有误，已核实' }),
  loan: async (record, t) => {
    const id = newId();
    const at = deps().now();
    const end = new Date(at.getTime() + 3_600_000);
    await past(
      'requests',
      'loan_of_listed',
      sql`insert into requests (id, number, kind, form, state, applicant, account_id, department, purpose, named_by, hidden, digest, records, cut, acts, starts_at, ends_at, policy,
          entry_id, submitted_at, left_acts, left_starts_at, left_ends_at)
        values (${id}, 'Q-2026-999999', 'internal', 'paper', 'submitted', ${newId()}, ${newId()}, 'hotline', 'solve', 'records', false, ${`sha256:${'0'.repeat(64)}`}, 1, false, '{}',
          ${at}, ${end}, 'test', ${newId()}, ${at}, '{}', ${at}, ${end})`,
    );
    await past(
      'request_records',
      'request_records_audited',
      sql`insert into request_records (request_id, record_id, department, listed, fit) values (${id}, ${record}, 'hotline', true, 'fit')`,
    );
    t.is(await asked(), 0, 'an application that nobody approved is no loan');
    await past('requests', 'loan_of_listed', sql`update requests set state = 'approved' where id = ${id}`);
  },
};

test.serial('R67, R73: whatever touches a record on a list that stands calls for a look in its own transaction; what touches none does not', async (t) => {
  const one = await register(people, 'approved', 1);
  const [record = ''] = one.records;
  const draft = await register(people, 'draft', 1);
  await forget();
  await hold(draft.records);
  await withEntry(people.world.archive, (tx) => tx.run(sql`update records set year = year where id = ${record}`));
  t.is(await asked(), 0, 'a list that is no list yet; nothing that was listed');
  const undone = withEntry(people.world.archive, async (tx) => {
    await tx.run(sql`update records set term_until = '2031-01-01' where id = ${record}`);
    throw new Error('undone');
  });
  await t.throwsAsync(undone, { message: 'undone' });
  t.is(await asked(), 0, 'what did not happen');
  await withEntry(people.world.archive, async (tx) => {
    for (const day of ['2031-01-01', '2031-01-02', '2031-01-03']) await tx.run(sql`update records set term_until = ${day}::date where id = ${record}`);
  });
  t.is(await asked(), 1, 'one for a transaction');
  const [payload] = await owner().many<{ payload: unknown }>(sql`select payload from graphile_worker._private_jobs`);
  t.deepEqual(payload?.payload, {}, 'and nothing of the record in it');
  await watchRegisters(deps(), systemActor());
  t.is(await stateOf(one.id), 'voided');
});

for (const [name, touch] of Object.entries(touches)) {
  test.serial(`R67, R73: ${name}: it voids a register within seconds, and no look at set times is needed`, async (t) => {
    const state = name === 'correction' ? 'approving' : 'approved'; // nobody corrects what is approved
    const one = await register(people, state, 2);
    const [record = ''] = one.records;
    await forget();
    await touch(record, t);
    t.is(await asked(), 1);
    t.is(await stateOf(one.id), state, 'nobody has looked yet');
    await jobs.start();
    const until = Date.now() + 30_000; // on a machine that does much else
    while ((await stateOf(one.id)) !== 'voided' && Date.now() < until) await sleep(50);
    t.is(await stateOf(one.id), 'voided');
    const { items } = await listRegisterItems(deps(), people.manager, one.id);
    t.true(items.find((item) => item.record === record)?.changed.includes(name as never), 'and says for what');
    await jobs.stop();
  });
}
