import { type Queryable, sql, type Tx } from '../../db/index.js';
import type { ItemFacts } from '../register/index.js';
import type { RegisterState } from '../register/index.js';
import { type Facts, type Obstacle, type Step, type StepState, STEPS } from './values.js';

export interface RegisterRow {
  id: string;
  number: string;
  state: RegisterState;
  round: number;
  made_by_person: string;
  digest: Buffer;
  item_count: number;
  rules: string | null;
  place: string;
  frozen_at: Date;
  approved_at: Date;
  execute_after: Date;
  checked_at: Date | null;
  executing_at: Date | null;
  opened_at: Date | null;
  closed_at: Date | null;
}

export const REGISTER_COLUMNS = sql`id, number, state, round, made_by_person, digest, item_count, rules, place, frozen_at, approved_at, execute_after, checked_at, executing_at, opened_at, closed_at`;

export function findRegister(on: Queryable, id: string): Promise<RegisterRow | undefined> {
  return on.maybe<RegisterRow>(sql`select ${REGISTER_COLUMNS} from destruction_registers where id = ${id}`);
}

export function lockRegister(tx: Tx, id: string): Promise<RegisterRow | undefined> {
  return tx.maybe<RegisterRow>(sql`select ${REGISTER_COLUMNS} from destruction_registers where id = ${id} for update`);
}

export interface AppointmentRow {
  office: 'executor' | 'supervisor';
  seat: number;
  person_id: string;
  outside: boolean;
  checked_at: Date | null;
  checked_digest: Buffer | null;
  check_entry: string | null;
  witnessed_at: Date | null;
  witness_entry: string | null;
}

export function appointmentsOf(on: Queryable, register: string): Promise<AppointmentRow[]> {
  return on.many<AppointmentRow>(sql`
    select office, seat, person_id, outside, checked_at, checked_digest, check_entry, witnessed_at, witness_entry
    from destruction_appointments where register_id = ${register} and ended_at is null order by office, seat`);
}

export interface ApprovalRow {
  position: number;
  step: string;
  role: string;
  state: string;
  person_id: string | null;
  digest: Buffer | null;
  at: Date | null;
  entry_id: string | null;
}

export function approvalsOf(on: Queryable, register: string, round: number): Promise<ApprovalRow[]> {
  return on.many<ApprovalRow>(sql`
    select position, step, role, state, person_id, digest, at, entry_id from destruction_approvals where register_id = ${register} and round = ${round} order by position`);
}

// beginning

export interface ListedItem {
  position: number;
  record_id: string;
  facts: ItemFacts;
  digest: Buffer;
}

export function listedItems(on: Queryable, register: string): Promise<ListedItem[]> {
  return on.many<ListedItem>(sql`
    select position, record_id, facts, digest from destruction_items where register_id = ${register} and state = 'listed' order by position`);
}

/** Of the records listed, those that are not to be destroyed now, and why. Under the lock of `lockListed`. */
export function obstacles(tx: Tx, register: string, now: Date, today: string): Promise<{ position: number; record_id: string; why: Obstacle[] }[]> {
  return tx.many(sql`
    select * from (
      select i.position, i.record_id, array_remove(array[
        case when r.state <> 'approved' then 'state' end,
        case when r.held or record_is_held(r.id) then 'held' end,
        case when r.restricted then 'restricted' end,
        case when r.term_minimum >= ${today}::date or (r.term_until >= ${today}::date and not destroyed_before_term(r.id)) then 'term' end,
        case when r.version_id::text is distinct from i.facts #>> '{version,id}' or r.term_until::text is distinct from i.facts #>> '{term,until}' then 'version' end,
        case when (select coalesce(jsonb_object_agg(o.id, encode(o.digest, 'hex')), '{}') from objects o where o.record_id = r.id)
          is distinct from (select coalesce(jsonb_object_agg(x ->> 'id', regexp_replace(x ->> 'digest', '^sha256:', '')), '{}') from jsonb_array_elements(i.facts -> 'objects') x) then 'objects' end,
        case when exists (select from readings g where g.record_id = r.id and g.state = 'open' and g.expires_at > ${now}) then 'reading' end,
        case when exists (select from grant_records g where g.record_id = r.id and g.live and g.ends_at > ${now}) then 'grant' end,
        case when exists (select from corrections c where c.record_id = r.id and c.state = 'proposed') then 'correction' end
      ], null) as why
      from destruction_items i join records r on r.id = i.record_id where i.register_id = ${register} and i.state = 'listed') x
    where cardinality(why) > 0 order by position`);
}

export interface RunInput {
  register: string;
  person: string;
  account: string;
  policy: string;
  entry: string;
  at: Date;
}

export async function insertRun(tx: Tx, run: RunInput): Promise<void> {
  await tx.run(sql`update destruction_registers set state = 'executing', executing_at = ${run.at} where id = ${run.register} and state = 'checked'`);
  await tx.run(sql`
    insert into destruction_runs (register_id, executor_person, executor_account, policy, entry_id, started_at)
    values (${run.register}, ${run.person}, ${run.account}, ${run.policy}, ${run.entry}, ${run.at})`);
  await tx.run(sql`
    insert into destruction_steps (register_id, position, step)
    select ${run.register}::uuid, position, step from unnest(${[...STEPS]}::text[]) with ordinality as s (step, position)`);
  await tx.run(sql`update destruction_items set state = 'destroying' where register_id = ${run.register} and state = 'listed'`);
  await tx.run(sql`
    update records r set state = 'destroying' from destruction_items i where i.register_id = ${run.register} and i.state = 'destroying' and r.id = i.record_id`);
}

/** Objects that hold what a record holds without being its own: copies that were certified from it. */
export async function copiesMadeOf(on: Queryable, records: readonly string[]): Promise<string[]> {
  const rows = await on.many<{ object_id: string }>(sql`select object_id from certified_copies where record_id = any (${records}::uuid[])`);
  return rows.map((row) => row.object_id);
}

export async function insertCopies(tx: Tx, register: string, records: readonly string[]): Promise<number> {
  return tx.run(sql`
    insert into destruction_copies (object_id, register_id, record_id)
    select o.id, ${register}::uuid, o.record_id from objects o where o.record_id = any (${records}::uuid[]) and o.state <> 'destroyed'
    union all
    select c.object_id, ${register}::uuid, c.record_id from certified_copies c where c.record_id = any (${records}::uuid[])
    on conflict (object_id) do nothing`);
}

// the run

export interface RunRow {
  register_id: string;
  number: string;
  executor_person: string;
  policy: string;
  entry_id: string;
  started_at: Date;
  executed_at: Date | null;
  again_at: Date | null;
  report: Record<string, unknown> | null;
}

export function findRun(on: Queryable, register: string): Promise<RunRow | undefined> {
  return on.maybe<RunRow>(sql`
    select u.register_id, g.number, u.executor_person, u.policy, u.entry_id, u.started_at, u.executed_at, u.again_at, u.report
    from destruction_runs u join destruction_registers g on g.id = u.register_id where u.register_id = ${register}`);
}

/** Runs that are to go on now: begun and not carried out, and not just failed. */
export async function runsToGoOn(on: Queryable, now: Date): Promise<string[]> {
  const rows = await on.many<{ register_id: string }>(
    sql`select register_id from destruction_runs where executed_at is null and (again_at is null or again_at <= ${now}) order by started_at`,
  );
  return rows.map((row) => row.register_id);
}

export interface StepRow {
  step: Step;
  position: number;
  state: StepState;
  attempts: number;
  why: string | null;
  facts: Facts;
  tried_at: Date | null;
  done_at: Date | null;
}

export function stepsOf(on: Queryable, register: string): Promise<StepRow[]> {
  return on.many<StepRow>(
    sql`select step, position, state, attempts, why, facts, tried_at, done_at from destruction_steps where register_id = ${register} order by position`,
  );
}

export async function finishStep(tx: Tx, register: string, step: Step, facts: Facts, at: Date): Promise<boolean> {
  return (
    (await tx.run(sql`
      update destruction_steps set state = 'done', attempts = attempts + 1, why = null, facts = ${JSON.stringify(facts)}::jsonb, tried_at = ${at}, done_at = ${at}
      where register_id = ${register} and step = ${step} and state <> 'done'`)) === 1
  );
}

/** A step that did not come to its end; how often it was tried. */
export async function failStep(tx: Tx, register: string, step: Step, why: string, facts: Facts, at: Date): Promise<number> {
  const row = await tx.maybe<{ attempts: number }>(sql`
    update destruction_steps set state = 'failed', attempts = attempts + 1, why = ${why}, facts = ${JSON.stringify(facts)}::jsonb, tried_at = ${at}
    where register_id = ${register} and step = ${step} and state <> 'done' returning attempts`);
  return row?.attempts ?? 0;
}

export async function tryAgainAt(tx: Tx, register: string, at: Date | null): Promise<void> {
  await tx.run(sql`update destruction_runs set again_at = ${at} where register_id = ${register}`);
}

/** The first of two numbers of the lock; the second is the register's. */
const CARRYING = 7_104_340;

/** One process at a time carries a register out; the lock goes with the session. */
export async function tryCarry(session: Queryable, register: string): Promise<boolean> {
  return (await session.one<{ got: boolean }>(sql`select pg_try_advisory_lock(${CARRYING}::integer, hashtext(${register})) as got`)).got;
}

export async function leaveOff(session: Queryable, register: string): Promise<void> {
  await session.run(sql`select pg_advisory_unlock(${CARRYING}::integer, hashtext(${register}))`);
}

/** Records of a register that were begun to be destroyed. */
export async function recordsOf(on: Queryable, register: string): Promise<string[]> {
  const rows = await on.many<{ record_id: string }>(
    sql`select record_id from destruction_items where register_id = ${register} and state in ('destroying', 'shredded', 'destroyed') order by position`,
  );
  return rows.map((row) => row.record_id);
}

/** Their keys are gone everywhere. */
export async function markShredded(tx: Tx, register: string): Promise<number> {
  await tx.run(sql`
    update records r set state = 'shredded' from destruction_items i where i.register_id = ${register} and i.state = 'destroying' and r.id = i.record_id and r.state = 'destroying'`);
  return tx.run(sql`update destruction_items set state = 'shredded' where register_id = ${register} and state = 'destroying'`);
}

/** Records none of whose copies is left: destroyed. */
export async function markDestroyed(tx: Tx, register: string): Promise<string[]> {
  const rows = await tx.many<{ id: string }>(sql`
    update records r set state = 'destroyed' from destruction_items i
    where i.register_id = ${register} and i.state = 'shredded' and r.id = i.record_id and r.state = 'shredded'
      and not exists (select from destruction_copies c where c.record_id = r.id and c.state <> 'gone')
    returning r.id`);
  await tx.run(
    sql`update destruction_items set state = 'destroyed' where register_id = ${register} and record_id = any (${rows.map((row) => row.id)}::uuid[]) and state = 'shredded'`,
  );
  return rows.map((row) => row.id);
}

export async function markExecuted(tx: Tx, register: string, report: object, at: Date): Promise<void> {
  await tx.run(
    sql`update destruction_runs set executed_at = ${at}, report = ${JSON.stringify(report)}::jsonb, again_at = null where register_id = ${register}`,
  );
  await tx.run(sql`update destruction_registers set state = 'open', opened_at = ${at} where id = ${register} and state = 'executing'`);
}

export async function eraseCatalogue(tx: Tx, records: readonly string[]): Promise<number> {
  return (await tx.one<{ n: number }>(sql`select destruction_erase(${records}::uuid[]) as n`)).n;
}

export async function forgetImports(tx: Tx, records: readonly string[]): Promise<number> {
  return (await tx.one<{ n: number }>(sql`select destruction_forget_imports(${records}::uuid[]) as n`)).n;
}

/** Service numbers of a register's records that may be those of canaries: it is proved by the number itself. */
export async function canariesListed(on: Queryable, register: string): Promise<string[]> {
  const rows = await on.many<{ service_no: string }>(sql`
    select r.service_no from destruction_items i join records r on r.id = i.record_id
    where i.register_id = ${register} and i.state in ('shredded', 'destroyed') and r.service_no like 'CANARY-%' order by i.position`);
  return rows.map((row) => row.service_no);
}

/** Appraisals that decided on the records of a register; none decides on what is erased at the request of its person. */
export async function appraisalsBehind(on: Queryable, register: string): Promise<string[]> {
  const rows = await on.many<{ id: string }>(
    sql`select distinct appraisal_id as id from destruction_items where register_id = ${register} and appraisal_id is not null and state in ('destroying', 'shredded', 'destroyed') order by 1`,
  );
  return rows.map((row) => row.id);
}

/** Imports by which records of a register came. */
export async function importsBehind(on: Queryable, register: string): Promise<string[]> {
  const rows = await on.many<{ id: string }>(sql`
    select distinct r.import_id as id from destruction_items i join records r on r.id = i.record_id
    where i.register_id = ${register} and i.state in ('shredded', 'destroyed') and r.import_id is not null`);
  return rows.map((row) => row.id);
}

export interface UploadsLeft {
  /** Uploads that wait and were there before the destruction began: nobody knows what they hold, and they go by themselves. */
  waiting: number;
  until: Date | null;
  /** Rejected rows of the imports behind. */
  rejects: number;
  /** Uploads of the imports behind that can still be opened: one that runs, say. */
  keys: number;
}

export function uploadsLeft(on: Queryable, imports: readonly string[], before: Date): Promise<UploadsLeft> {
  return on.one<UploadsLeft>(sql`
    select (select count(*)::int from import_waiting where created_at < ${before}) as waiting, (select max(expires_at) from import_waiting where created_at < ${before}) as until,
      (select count(*)::int from import_rejects where import_id = any (${[...imports]}::uuid[])) as rejects,
      (select count(*)::int from imports where id = any (${[...imports]}::uuid[]) and spool_key is not null) as keys`);
}

/** Readings under which pages of a register's records could still be before somebody's eyes. */
export async function openReadings(on: Queryable, register: string): Promise<number> {
  const { n } = await on.one<{ n: number }>(sql`
    select count(*)::int as n from destruction_items i join readings g on g.record_id = i.record_id and g.state = 'open'
    where i.register_id = ${register} and i.state in ('shredded', 'destroyed')`);
  return n;
}

export interface GoneItem extends ListedItem {
  state: 'shredded' | 'destroyed';
}

/** Items that were carried out, with what everybody signed of them. */
export function goneItems(on: Queryable, register: string): Promise<GoneItem[]> {
  return on.many<GoneItem>(sql`
    select position, record_id, facts, digest, state from destruction_items where register_id = ${register} and state in ('shredded', 'destroyed') order by position`);
}
