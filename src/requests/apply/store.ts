import { type Queryable, sql, type Sql, type Tx } from '../../db/index.js';
import type { PlannedStep } from '../flow/route.js';
import type { StepTimes } from '../flow/clock.js';
import type { Fit } from '../values.js';

/** A record as far as an application asks. */
export interface NamedRecord {
  id: string;
  department: string;
  sensitivity: string;
  state: string;
  restricted: boolean;
  purposes: string[];
  /** Whether the applicant may find it. */
  listed: boolean;
  /** What it was found by, where numbers were typed. */
  service_no: string;
  archival_code: string | null;
}

const columns = (rights: Sql): Sql =>
  sql`r.id, r.department, r.sensitivity, r.state, r.restricted, r.purposes, (${rights}) as listed, r.service_no, r.archival_code`;

export function namedById(db: Queryable, rights: Sql, ids: readonly string[]): Promise<NamedRecord[]> {
  return db.many<NamedRecord>(sql`select ${columns(rights)} from records r where r.id = any (${[...ids]}::uuid[]) and (${rights})`);
}

/** Without regard to rights: who decides has to know what was meant. */
export function namedByNumber(db: Queryable, rights: Sql, forms: readonly string[]): Promise<NamedRecord[]> {
  return db.many<NamedRecord>(
    sql`select ${columns(rights)} from records r where r.service_no = any (${[...forms]}::text[]) or r.archival_code = any (${[...forms]}::text[])`,
  );
}

export function namedByClient(db: Queryable, rights: Sql, client: string, limit: number): Promise<NamedRecord[]> {
  return db.many<NamedRecord>(
    sql`select ${columns(rights)} from records r where r.client_number = ${client} order by r.closed_at desc, r.id desc limit ${limit}`,
  );
}

/** Applications of one person that wait. */
export async function waitingOf(db: Queryable, person: string): Promise<number> {
  return (await db.one<{ n: number }>(sql`select count(*)::int as n from requests where applicant = ${person} and state = 'submitted'`)).n;
}

/** The next number of a year; the row stays locked until the commit, so that no number is left out. */
export async function nextNumber(tx: Tx, year: number): Promise<string> {
  const { last } = await tx.one<{ last: number }>(
    sql`insert into request_numbers (year, last) values (${year}, 1) on conflict (year) do update set last = request_numbers.last + 1 returning last`,
  );
  return `Q-${year}-${String(last).padStart(6, '0')}`;
}

export interface NewRequest {
  id: string;
  number: string;
  kind: string;
  form: string;
  state: 'submitted' | 'refused';
  applicant: string;
  account: string;
  department: string;
  purpose: string;
  why: Buffer;
  outsider: Buffer | null;
  named: Buffer;
  namedBy: string;
  basis: string | null;
  reference: Buffer | null;
  law: string;
  assessment: string;
  hidden: boolean;
  digest: string;
  records: number;
  cut: boolean;
  acts: readonly string[];
  readings: number | null;
  startsAt: Date;
  endsAt: Date;
  /** At most as late as `endsAt`. */
  leftTo: Date;
  policy: string;
  entry: string;
  at: Date;
}

export async function insertRequest(tx: Tx, row: NewRequest): Promise<void> {
  const ended = row.state === 'refused' ? row.at : null;
  await tx.run(sql`insert into requests (id, number, kind, form, state, applicant, account_id, department, purpose, reason_sealed, outsider_sealed, named_sealed, named_by,
      basis, reference_sealed, law, assessment, hidden, digest, records, cut, acts, readings, starts_at, ends_at, policy, entry_id, submitted_at,
      left_acts, left_readings, left_starts_at, left_ends_at, decided_at, refused_for, ended_at)
    values (${row.id}, ${row.number}, ${row.kind}, ${row.form}, ${row.state}, ${row.applicant}, ${row.account}, ${row.department}, ${row.purpose}, ${row.why}, ${row.outsider}, ${row.named}, ${row.namedBy},
      ${row.basis}, ${row.reference}, ${row.law}, ${row.assessment}, ${row.hidden}, ${row.digest}, ${row.records}, ${row.cut}, ${[...row.acts]}, ${row.readings}, ${row.startsAt}, ${row.endsAt}, ${row.policy}, ${row.entry}, ${row.at},
      ${[...row.acts]}, ${row.readings}, ${row.startsAt}, ${row.leftTo}, ${ended}, ${ended === null ? null : 'no_approver'}, ${ended})`);
}

export async function insertSteps(
  tx: Tx,
  request: { id: string; applicant: string },
  steps: readonly (PlannedStep & { state: string })[],
  opened: (StepTimes & { at: Date }) | null,
): Promise<void> {
  for (const step of steps) {
    const open = step.state === 'open' ? opened : null;
    await tx.run(sql`insert into request_steps (request_id, position, applicant, rule, role, department, escalate, different, state, opened_at, remind_at, escalate_at, due_at)
      values (${request.id}, ${step.position}, ${request.applicant}, ${step.rule}, ${step.role}, ${step.department}, ${step.escalate}, ${step.different}, ${step.state},
        ${open?.at ?? null}, ${open?.remindAt ?? null}, ${open?.escalateAt ?? null}, ${open?.dueAt ?? null})`);
  }
}

export async function insertRecords(tx: Tx, request: string, list: readonly { id: string; department: string; listed: boolean; fit: Fit }[]): Promise<void> {
  if (list.length === 0) return;
  await tx.run(sql`insert into request_records (request_id, record_id, department, listed, fit)
    select ${request}, * from unnest(${list.map((one) => one.id)}::uuid[], ${list.map((one) => one.department)}::text[], ${list.map((one) => one.listed)}::boolean[], ${list.map((one) => one.fit)}::text[])`);
}

export interface NewPaper {
  id: string;
  kind: string;
  objectId: string;
  name: Buffer;
  type: string;
  size: number;
}

export async function insertPapers(tx: Tx, request: string, papers: readonly NewPaper[]): Promise<void> {
  for (const one of papers)
    await tx.run(sql`insert into request_papers (id, request_id, kind, object_id, name_sealed, media_type, size)
      values (${one.id}, ${request}, ${one.kind}, ${one.objectId}, ${one.name}, ${one.type}, ${one.size})`);
}
