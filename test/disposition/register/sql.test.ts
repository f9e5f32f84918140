import { randomBytes } from 'node:crypto';
import test from 'ava';
import { newId, sql, type Sql } from '../../../src/db/index.js';
import type { TestArchive } from '../../support/archive.js';
import { appraised, digest, dueRecords, run, testArchive, withEntry } from '../support/sql.js';

let archive: TestArchive;
test.before(async () => {
  archive = await testArchive();
});
test.after.always(() => archive.close());

const at = (): Date => archive.deps.now();
const people = (): Record<'maker' | 'manager' | 'executive' | 'executor' | 'first' | 'second', string> => ({
  maker: newId(),
  manager: newId(),
  executive: newId(),
  executor: newId(),
  first: newId(),
  second: newId(),
});
type People = ReturnType<typeof people>;

const made = (id: string, who: People): Sql =>
  sql`insert into destruction_registers (id, number, state, made_by_person, made_by_account, made_at)
    values (${id}, ${`X-2026-${String(Math.trunc(Math.random() * 999_999) + 1).padStart(6, '0')}`}, 'draft', ${who.maker}, ${newId()}, ${at()})`;
const item = (id: string, appraisal: string, record: string, position = 1): Sql =>
  sql`insert into destruction_items (register_id, position, record_id, appraisal_id, facts, digest) values (${id}, ${position}, ${record}, ${appraisal}, '{}', ${digest})`;
const frozen = (id: string, count = 1): Sql =>
  sql`update destruction_registers set state = 'frozen', digest = ${digest}, item_count = ${count}, rules = 'disposition@2026-01', frozen_at = ${at()} where id = ${id}`;
const asked = (id: string, position: number, round = 1): Sql =>
  sql`insert into destruction_approvals (register_id, round, position, step, role, state, opened_at)
    values (${id}, ${round}, ${position}, ${`s${position}`}, 'records_manager', ${position === 0 ? 'open' : 'waiting'}, ${at()})`;
const approving = (id: string): Sql => sql`update destruction_registers set state = 'approving' where id = ${id}`;
const signed = (id: string, position: number, person: string, list = digest): Sql =>
  sql`update destruction_approvals set state = 'agreed', answer = 'agree', person_id = ${person}, account_id = ${newId()}, digest = ${list}, at = ${at()}, entry_id = ${newId()}
    where register_id = ${id} and position = ${position}`;
const next = (id: string, position: number): Sql => sql`update destruction_approvals set state = 'open' where register_id = ${id} and position = ${position}`;
const approved = (id: string): Sql =>
  sql`update destruction_registers set state = 'approved', approved_at = ${at()}, execute_after = ${new Date(at().getTime() + 7 * 86_400_000)} where id = ${id}`;
const appointed = (id: string, office: string, seat: number, person: string, outside: boolean): Sql =>
  sql`insert into destruction_appointments (id, register_id, office, seat, person_id, outside, appointed_by, appointed_at, entry_id)
    values (${newId()}, ${id}, ${office}, ${seat}, ${person}, ${outside}, ${newId()}, ${at()}, ${newId()})`;
const looked = (id: string, person: string, list = digest): Sql =>
  sql`update destruction_appointments set checked_at = ${at()}, checked_digest = ${list}, check_entry = ${newId()} where register_id = ${id} and person_id = ${person}`;
const checked = (id: string): Sql => sql`update destruction_registers set state = 'checked', checked_at = ${at()} where id = ${id}`;
const executing = (id: string, when: Date): Sql => sql`update destruction_registers set state = 'executing', executing_at = ${when} where id = ${id}`;
const recordApproved = (record: string): Sql => sql`update records set state = 'approved' where id = ${record}`;

interface World {
  id: string;
  record: string;
  appraisal: string;
  who: People;
}

/** A register as far as it is wanted, by straight SQL with the right persons. */
async function world(upTo: 'draft' | 'frozen' | 'approving' | 'approved' | 'staffed' | 'checked'): Promise<World> {
  const [record = ''] = await dueRecords(archive, 1);
  const appraisal = await appraised(archive, [record]);
  const id = newId();
  const who = people();
  const steps: Record<string, Sql[]> = {
    draft: [made(id, who), item(id, appraisal, record)],
    frozen: [frozen(id), asked(id, 0), asked(id, 1)],
    approving: [approving(id)],
    approved: [signed(id, 0, who.manager), next(id, 1), signed(id, 1, who.executive), approved(id), recordApproved(record)],
    staffed: [
      appointed(id, 'executor', 1, who.executor, false),
      appointed(id, 'supervisor', 1, who.first, true),
      appointed(id, 'supervisor', 2, who.second, false),
    ],
    checked: [looked(id, who.first), looked(id, who.second), checked(id)],
  };
  for (const [name, statements] of Object.entries(steps)) {
    await run(archive, ...statements);
    if (name === upTo) break;
  }
  return { id, record, appraisal, who };
}

const refused = (statement: Sql): Promise<string> =>
  run(archive, statement).then(
    () => 'done',
    (error: unknown) => (error instanceof Error ? error.message : 'odd'),
  );

test('straight SQL with different persons goes through', async (t) => {
  const { id, record } = await world('checked');
  t.deepEqual(
    await archive.database.app.one(sql`select r.state, x.state as record from destruction_registers r, records x where r.id = ${id} and x.id = ${record}`),
    {
      state: 'checked',
      record: 'approved',
    },
  );
  t.regex(await refused(executing(id, at())), /wait_out_the_pause/, 'the pause is part of the row');
  t.is(await refused(executing(id, new Date(at().getTime() + 8 * 86_400_000))), 'done');
});

test('the same person twice is refused straight in SQL, whatever two parts they are (R68)', async (t) => {
  const approve = await world('approving');
  t.regex(await refused(signed(approve.id, 0, approve.who.maker)), /different_persons/, 'maker approves');
  await run(archive, signed(approve.id, 0, approve.who.manager), next(approve.id, 1));
  t.regex(await refused(signed(approve.id, 1, approve.who.manager)), /different_persons/, 'one approves twice');
  const one = await world('approved');
  for (const part of ['maker', 'manager', 'executive'] as const) {
    t.regex(await refused(appointed(one.id, 'executor', 1, one.who[part], false)), /different_persons/, `${part} executes`);
    t.regex(await refused(appointed(one.id, 'supervisor', 1, one.who[part], true)), /different_persons/, `${part} witnesses`);
  }
  await run(archive, appointed(one.id, 'executor', 1, one.who.executor, false));
  t.regex(await refused(appointed(one.id, 'supervisor', 1, one.who.executor, true)), /different_persons/, 'executor witnesses');
  await run(archive, appointed(one.id, 'supervisor', 1, one.who.first, true));
  t.regex(await refused(appointed(one.id, 'supervisor', 2, one.who.first, true)), /different_persons/, 'one witnesses twice');
  t.regex(await refused(sql`update destruction_appointments set person_id = ${one.who.maker} where register_id = ${one.id}`), /permission denied/);
  t.regex(await refused(sql`delete from destruction_persons where register_id = ${one.id}`), /permission denied/);
  // appointed before the approvals: who is to execute approves no more
  const early = await world('approving');
  await run(archive, appointed(early.id, 'executor', 1, early.who.executor, false));
  t.regex(await refused(signed(early.id, 0, early.who.executor)), /different_persons/);
});

test('also the owner of the schema is refused: the trigger asks whoever writes', async (t) => {
  const one = await world('approved');
  const as = (statement: Sql) => withEntry(archive, (tx) => tx.run(statement), archive.database.owner);
  await t.throwsAsync(as(appointed(one.id, 'supervisor', 1, one.who.manager, true)), { message: /different_persons/ });
  await t.throwsAsync(as(checked(one.id)), { message: /two supervisors/ });
  await run(archive, appointed(one.id, 'executor', 1, one.who.executor, false));
  await t.throwsAsync(as(sql`update destruction_appointments set person_id = ${one.who.maker} where register_id = ${one.id}`), { message: /not changed/ });
});

test('steps are not skipped, lists are not empty, signatures are over the very list (R66, R67)', async (t) => {
  const draft = await world('draft');
  t.regex(await refused(frozen(draft.id, 2)), /over all its items/, 'a count that is not true');
  const empty = newId();
  await run(archive, made(empty, people()));
  t.regex(await refused(frozen(empty, 0)), /registers_frozen/);
  t.regex(await refused(approving(draft.id)), /does not go from draft/);
  const other = await world('approving');
  t.regex(await refused(approved(other.id)), /signed its very list/);
  t.regex(await refused(signed(other.id, 1, other.who.executive)), /in its turn|in order/);
  t.regex(await refused(signed(other.id, 0, other.who.manager, randomBytes(32))), /over the very list/);
  t.regex(await refused(sql`update destruction_registers set digest = ${randomBytes(32)} where id = ${other.id}`), /frozen/);
  t.regex(await refused(sql`update destruction_items set facts = '{"a":1}' where register_id = ${other.id}`), /frozen/);
  t.regex(await refused(item(other.id, other.appraisal, other.record, 2)), /frozen|unique/);
  t.regex(await refused(sql`delete from destruction_items where register_id = ${other.id}`), /frozen/);
  t.regex(await refused(recordApproved(other.record)), /by its register/);
  const [never = ''] = await dueRecords(archive, 1);
  const fresh = newId();
  await run(archive, made(fresh, people()));
  t.regex(await refused(item(fresh, other.appraisal, never)), /only what was appraised/);
  t.regex(
    await refused(
      sql`insert into destruction_registers (id, number, state, made_by_person, made_by_account, made_at) values (${newId()}, 'X-2026-000000', 'approved', ${newId()}, ${newId()}, ${at()})`,
    ),
    /begins as a draft|check/,
  );
});

test('a record stands on one live register; on another again once the first came to nothing', async (t) => {
  const one = await world('approved');
  const second = newId();
  await run(archive, made(second, people()));
  t.regex(await refused(item(second, one.appraisal, one.record)), /one_live/);
  t.regex(await refused(sql`update records set state = 'due' where id = ${one.record}`), /live register/);
  await run(
    archive,
    sql`update destruction_registers set state = 'voided', ended_at = ${at()} where id = ${one.id}`,
    sql`update records set state = 'due' where id = ${one.record}`,
  );
  t.is(await refused(item(second, one.appraisal, one.record)), 'done');
});

test('both supervisors check, one of them from outside, before it counts as checked (R105)', async (t) => {
  const inside = await world('approved');
  await run(
    archive,
    appointed(inside.id, 'executor', 1, inside.who.executor, false),
    appointed(inside.id, 'supervisor', 1, inside.who.first, false),
    appointed(inside.id, 'supervisor', 2, inside.who.second, false),
    looked(inside.id, inside.who.first),
    looked(inside.id, inside.who.second),
  );
  t.regex(await refused(checked(inside.id)), /one of them from outside/);
  const once = await world('staffed');
  t.regex(await refused(looked(once.id, once.who.executor)), /supervisors_sign/, 'the executor checks nothing');
  t.regex(await refused(looked(once.id, once.who.first, randomBytes(32))), /approved list/);
  await run(archive, looked(once.id, once.who.first));
  t.regex(await refused(checked(once.id)), /two supervisors/);
  t.regex(
    await refused(sql`update destruction_appointments set ended_at = ${at()} where register_id = ${once.id} and person_id = ${once.who.first}`),
    /nobody leaves/,
  );
});

test('a register that is carried out goes no other way, and is not called open or closed by anybody who writes so (R105)', async (t) => {
  const { id } = await world('checked');
  await run(
    archive,
    executing(id, new Date(at().getTime() + 8 * 86_400_000)),
    sql`update destruction_items set state = 'destroying' where register_id = ${id}`,
  );
  t.regex(await refused(sql`update destruction_items set state = 'listed' where register_id = ${id}`), /does not go/);
  t.regex(
    await refused(
      sql`update destruction_registers set state = 'stopped', stopped_at = ${at()}, ended_at = ${at()}, ended_by = ${newId()}, end_reason_sealed = 'x' where id = ${id}`,
    ),
    /does not go/,
  );
  t.regex(await refused(sql`update destruction_items set state = 'shredded' where register_id = ${id}`), /a key or a copy of the record remains/);
  t.regex(await refused(sql`update destruction_items set state = 'destroyed' where register_id = ${id}`), /a key or a copy of the record remains/);
  t.regex(await refused(sql`update destruction_registers set state = 'open', opened_at = ${at()} where id = ${id}`), /a step of the destruction is not done/);
  t.regex(await refused(sql`update destruction_registers set state = 'closed', closed_at = ${at()} where id = ${id}`), /does not go/);
});

test('a missing signature of the group: not complete (R104)', async (t) => {
  const [record = ''] = await dueRecords(archive, 1);
  const id = newId();
  const sign = (position: number, person: string): Sql =>
    sql`update appraisal_members set person_id = ${person}, account_id = ${newId()}, answer = 'agree', digest = ${digest}, at = ${at()}, entry_id = ${newId()} where appraisal_id = ${id} and position = ${position}`;
  await run(
    archive,
    sql`insert into appraisals (id, number, state, made_by, made_at) values (${id}, 'J-2025-000001', 'draft', ${newId()}, ${at()})`,
    sql`insert into appraisal_items (appraisal_id, record_id, position, department) values (${id}, ${record}, 1, 'hotline')`,
  );
  const submit = sql`update appraisals set state = 'signing', digest = ${digest}, item_count = 1, submitted_at = ${at()}, rules = 'r' where id = ${id}`;
  t.regex(await refused(submit), /needs a proposal/);
  await run(
    archive,
    sql`insert into appraisal_steps (appraisal_id, step, made_by, made_at, proposal, reason_sealed, items) values (${id}, 1, ${newId()}, ${at()}, 'destroy', ${randomBytes(20)}, 1)`,
    sql`update appraisal_items set step = 1 where appraisal_id = ${id}`,
  );
  t.regex(await refused(submit), /records and a group/);
  await run(
    archive,
    sql`insert into appraisal_members (appraisal_id, position, rule, role) values (${id}, 0, 'clerk', 'records_clerk'), (${id}, 1, 'department', 'supervisor')`,
    submit,
  );
  const decide = sql`update appraisals set state = 'decided', decided_at = ${at()}, ended_at = ${at()} where id = ${id}`;
  const clerk = newId();
  await run(archive, sign(0, clerk));
  t.regex(await refused(decide), /every member/);
  t.regex(await refused(sign(1, clerk)), /different_persons/);
  t.regex(await refused(sql`update appraisal_items set step = null where appraisal_id = ${id}`), /as a draft/);
  await run(archive, sign(1, newId()), decide);
  t.regex(await refused(sql`update records set state = 'extended' where id = ${record}`), /by an appraisal/);
});
