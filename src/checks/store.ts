import { type DbSession, type Queryable, sql, type Tx } from '../db/index.js';
import type { CheckFault, Counts, NewFault, PartName } from './values.js';

/** Held by the process that works on a check. */
const CHECKING = 7_104_349;

export type CheckResult = 'whole' | 'faulty' | 'given_up';

export interface CheckRow {
  id: string;
  started_at: Date;
  pseudonym: string;
  mode: 'whole' | 'sample';
  seed: string | null;
  size: number | null;
  part: PartName | null;
  place: string | null;
  turn: number;
  counts: Counts;
  bytes: bigint;
  fault_count: bigint;
  heard_at: Date;
  trouble: string | null;
  finished_at: Date | null;
  result: CheckResult | null;
}

const COLUMNS = sql`id, started_at, pseudonym, mode, seed, size, part, place, turn, counts, bytes, fault_count, heard_at, trouble, finished_at, result`;

/** Whether nobody else works on a check; freed with the session, however its process ends. */
export async function holdCheck(session: DbSession): Promise<boolean> {
  return (await session.one<{ free: boolean }>(sql`select pg_try_advisory_lock(${CHECKING}) as free`)).free;
}

/** Lets the next one in at once. */
export async function freeCheck(session: DbSession): Promise<void> {
  await session.run(sql`select pg_advisory_unlock(${CHECKING})`);
}

/** Begins a check; `false` where one is unfinished. */
export async function insertCheck(tx: Tx, row: Pick<CheckRow, 'id' | 'pseudonym' | 'mode' | 'seed' | 'size'> & { at: Date }): Promise<boolean> {
  const made = await tx.many(sql`
    insert into archive_checks (id, started_at, pseudonym, mode, seed, size, heard_at)
    values (${row.id}, ${row.at}, ${row.pseudonym}, ${row.mode}, ${row.seed}, ${row.size}, ${row.at}) on conflict do nothing returning id`);
  return made.length > 0;
}

export async function unfinishedCheck(on: Queryable): Promise<CheckRow | undefined> {
  return on.maybe<CheckRow>(sql`select ${COLUMNS} from archive_checks where finished_at is null`);
}

export async function findCheck(on: Queryable, id: string): Promise<CheckRow | undefined> {
  return on.maybe<CheckRow>(sql`select ${COLUMNS} from archive_checks where id = ${id}`);
}

/** The newest first; before one of them where a page goes on. */
export async function selectChecks(on: Queryable, before: string | undefined, limit: number): Promise<CheckRow[]> {
  const after = before === undefined ? sql`` : sql`where (started_at, id) < (select c.started_at, c.id from archive_checks c where c.id = ${before}::uuid)`;
  return on.many<CheckRow>(sql`select ${COLUMNS} from archive_checks ${after} order by started_at desc, id desc limit ${limit}`);
}

/** Takes an unfinished check up; whoever worked on it before writes nothing more. */
export async function takeUp(tx: Tx, id: string, at: Date): Promise<CheckRow | undefined> {
  return tx.maybe<CheckRow>(sql`
    update archive_checks set turn = turn + 1, heard_at = ${at}, trouble = null where id = ${id} and finished_at is null returning ${COLUMNS}`);
}

export interface Progress {
  part: PartName;
  place: string | null;
  counts: Counts;
  bytes: bigint;
  faults: bigint;
}

/** Keeps how far it is; `false` where another process took it up meanwhile. */
export async function advanceCheck(tx: Tx, { id, turn }: Pick<CheckRow, 'id' | 'turn'>, to: Progress, at: Date): Promise<boolean> {
  const rows = await tx.run(sql`
    update archive_checks set part = ${to.part}, place = ${to.place}, counts = ${JSON.stringify(to.counts)}::jsonb, bytes = ${to.bytes}, fault_count = ${to.faults}, heard_at = ${at}
    where id = ${id} and turn = ${turn} and finished_at is null`);
  return rows === 1;
}

export async function insertFaults(tx: Tx, id: string, part: PartName, first: bigint, faults: readonly NewFault[]): Promise<void> {
  if (faults.length === 0) return;
  const rows = faults.map((one, i) => ({
    number: String(first + BigInt(i)),
    kind: one.kind,
    subject: one.subject,
    record: one.record,
    facts: one.facts ?? {},
  }));
  await tx.run(sql`
    insert into archive_check_faults (check_id, number, part, kind, subject, record_id, facts)
    select ${id}, number, ${part}, kind, subject, record, facts
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as f (number bigint, kind text, subject text, record uuid, facts jsonb)`);
}

export async function endCheck(tx: Tx, { id, turn }: Pick<CheckRow, 'id' | 'turn'>, result: CheckResult, at: Date): Promise<boolean> {
  return (
    (await tx.run(sql`
      update archive_checks set finished_at = ${at}, heard_at = ${at}, result = ${result} where id = ${id} and turn = ${turn} and finished_at is null`)) === 1
  );
}

export async function noteTrouble(on: Queryable, { id, turn }: Pick<CheckRow, 'id' | 'turn'>, code: string): Promise<void> {
  await on.run(sql`update archive_checks set trouble = ${code} where id = ${id} and turn = ${turn} and finished_at is null`);
}

export interface FaultRow {
  number: bigint;
  part: PartName;
  kind: CheckFault;
  subject: string;
  record_id: string | null;
  facts: Record<string, string | number>;
}

export async function selectFaults(on: Queryable, id: string, after: bigint, limit: number): Promise<FaultRow[]> {
  return on.many<FaultRow>(sql`
    select number, part, kind, subject, record_id, facts from archive_check_faults where check_id = ${id} and number > ${after} order by number limit ${limit}`);
}

/** The newest check that found something, unless a whole one since then was sound: a sample takes nothing back. */
export async function alarmingCheck(on: Queryable): Promise<{ id: string; fault_count: bigint } | undefined> {
  return on.maybe(sql`
    select id, fault_count from archive_checks c where result = 'faulty'
      and not exists (select from archive_checks x where x.result = 'whole' and x.mode = 'whole' and (x.started_at, x.id) > (c.started_at, c.id))
    order by started_at desc, id desc limit 1`);
}
