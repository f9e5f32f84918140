import { type Queryable, sql, type Tx } from '../db/index.js';
import type { Role } from '../access/index.js';
import type { RequestState, StepState } from './flow/machine.js';
import type { Fit, NamedBy, NoticeKind, RequestForm } from './values.js';

export interface RequestRow {
  id: string;
  number: string;
  kind: 'internal' | 'external' | 'confidential';
  form: RequestForm;
  state: RequestState;
  applicant: string;
  department: string;
  purpose: string;
  reason_sealed: Buffer;
  outsider_sealed: Buffer | null;
  named_sealed: Buffer;
  named_by: NamedBy;
  basis: string | null;
  reference_sealed: Buffer | null;
  law: string;
  assessment: string;
  hidden: boolean;
  digest: string;
  records: number;
  cut: boolean;
  acts: string[];
  readings: number | null;
  starts_at: Date;
  ends_at: Date;
  left_acts: string[];
  left_readings: number | null;
  left_starts_at: Date;
  left_ends_at: Date;
  submitted_at: Date;
  decided_at: Date | null;
  refused_for: 'no_approver' | 'unanswered' | 'withdrawn' | null;
  ended_at: Date | null;
  grant_id: string | null;
  result: string | null;
  result_sealed: Buffer | null;
  overdue_reminders: number;
  recalled_at: Date | null;
}

export const REQUEST_COLUMNS = sql`q.id, q.number, q.kind, q.form, q.state, q.applicant, q.department, q.purpose, q.reason_sealed, q.outsider_sealed, q.named_sealed, q.named_by,
  q.basis, q.reference_sealed, q.law, q.assessment, q.hidden, q.digest, q.records, q.cut, q.acts, q.readings, q.starts_at, q.ends_at, q.left_acts, q.left_readings, q.left_starts_at, q.left_ends_at,
  q.submitted_at, q.decided_at, q.refused_for, q.ended_at, q.grant_id, q.result, q.result_sealed, q.overdue_reminders, q.recalled_at`;

export interface StepRow {
  request_id: string;
  position: number;
  rule: string;
  role: Role;
  department: string | null;
  escalate: Role | null;
  different: boolean;
  state: StepState;
  opened_at: Date | null;
  remind_at: Date | null;
  escalate_at: Date | null;
  due_at: Date | null;
  reminded_at: Date | null;
  escalated_at: Date | null;
  decided_by: string | null;
  decided_for: string | null;
  decided_as: 'own' | 'deputy' | 'escalated' | null;
  decided_at: Date | null;
  reason_sealed: Buffer | null;
  narrowed: boolean;
}

export function findRequest(db: Queryable, id: string): Promise<RequestRow | undefined> {
  return db.maybe<RequestRow>(sql`select ${REQUEST_COLUMNS} from requests q where q.id = ${id}`);
}

export function lockRequest(tx: Tx, id: string): Promise<RequestRow | undefined> {
  return tx.maybe<RequestRow>(sql`select ${REQUEST_COLUMNS} from requests q where q.id = ${id} for update`);
}

export async function numbersOf(db: Queryable, ids: readonly string[]): Promise<Map<string, string>> {
  const rows = await db.many<{ id: string; number: string }>(sql`select id, number from requests where id = any (${[...ids]}::uuid[])`);
  return new Map(rows.map((row) => [row.id, row.number]));
}

export function stepsOf(db: Queryable, ids: readonly string[]): Promise<StepRow[]> {
  return db.many<StepRow>(sql`select request_id, position, rule, role, department, escalate, different, state, opened_at, remind_at, escalate_at, due_at, reminded_at, escalated_at,
    decided_by, decided_for, decided_as, decided_at, reason_sealed, narrowed from request_steps where request_id = any (${[...ids]}::uuid[]) order by request_id, position`);
}

export interface RequestRecord {
  record_id: string;
  department: string;
  /** Whose it is by now; a correction may have moved it. */
  department_now: string;
  listed: boolean;
  fit: Fit;
  kept: boolean;
  title: string;
  service_no: string;
  archival_code: string | null;
  sensitivity: string;
  state: string;
  restricted: boolean;
  purposes: string[];
}

/** The records of an application with what the catalogue says of them now. */
export function recordsOfRequest(db: Queryable, id: string): Promise<RequestRecord[]> {
  return db.many<RequestRecord>(sql`select x.record_id, x.department, r.department as department_now, x.listed, x.fit, x.kept, r.title, r.service_no, r.archival_code, r.sensitivity, r.state, r.restricted, r.purposes
    from request_records x join records r on r.id = x.record_id where x.request_id = ${id} order by r.closed_at desc, r.id desc`);
}

export async function endRequest(
  tx: Tx,
  id: string,
  end: { state: 'refused' | 'lapsed' | 'withdrawn'; why: 'unanswered' | 'withdrawn' | null; at: Date },
): Promise<void> {
  await tx.run(sql`update requests set state = ${end.state}, refused_for = ${end.why}, decided_at = ${end.at}, ended_at = ${end.at} where id = ${id}`);
}

/** Steps that were open or waited when the application ended. */
export async function closeSteps(tx: Tx, id: string, open: 'unanswered' | 'dropped'): Promise<void> {
  await tx.run(
    sql`update request_steps set state = case state when 'open' then ${open} else 'dropped' end where request_id = ${id} and state in ('open', 'waiting')`,
  );
}

/** People whom an approver named for the time of being away. */
export async function principalsOf(db: Queryable, deputy: string, at: Date): Promise<string[]> {
  const rows = await db.many<{ person_id: string }>(
    sql`select distinct person_id from request_deputies where deputy_id = ${deputy} and starts_at <= ${at} and ends_at > ${at} and ended_at is null`,
  );
  return rows.map((row) => row.person_id);
}

export async function insertNotice(
  tx: Tx,
  one: { id: string; request: string; kind: NoticeKind; at: Date; person?: string; role?: string; department?: string | null },
): Promise<void> {
  await tx.run(sql`insert into request_notices (id, request_id, kind, to_person, to_role, to_department, made_at)
    values (${one.id}, ${one.request}, ${one.kind}, ${one.person ?? null}, ${one.role ?? null}, ${one.department ?? null}, ${one.at})`);
}
