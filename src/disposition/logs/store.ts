import { sql, TRUE, FALSE, join, type Queryable, type Tx } from '../../db/index.js';
import type { ApprovalState, RegisterState } from '../register/states.js';
import type { Office } from '../register/values.js';

/** A register over the entries of one log. */
export interface LogRegisterRow {
  id: string;
  number: string;
  log: string;
  state: RegisterState;
  made_by_person: string;
  made_by_pseudonym: string;
  made_at: Date;
  size: bigint;
  root: Buffer;
  bundles: bigint;
  first_at: Date;
  last_at: Date;
  rule: string;
  schedule: string;
  term_until: string;
  rules: string;
  digest: Buffer;
  approved_at: Date | null;
  execute_after: Date | null;
  checked_at: Date | null;
  executing_at: Date | null;
  policy: string | null;
  bundles_gone: bigint;
  entries_gone: bigint;
  attempts: number;
  why: string | null;
  again_at: Date | null;
  opened_at: Date | null;
  closed_at: Date | null;
  ended_at: Date | null;
  ended_by: string | null;
  end_reason_sealed: Buffer | null;
  begin_entry: string | null;
}

const COLUMNS = sql`g.id, g.number, g.log, g.state, g.made_by_person, g.made_by_pseudonym, g.made_at, g.size, g.root, g.bundles, g.first_at, g.last_at, g.rule, g.schedule,
  g.term_until::text as term_until, g.rules, g.digest, g.approved_at, g.execute_after, g.checked_at, g.executing_at, g.policy, g.bundles_gone, g.entries_gone, g.attempts, g.why,
  g.again_at, g.opened_at, g.closed_at, g.ended_at, g.ended_by, g.end_reason_sealed, g.begin_entry`;

export type NewLogRegister = Pick<
  LogRegisterRow,
  | 'id'
  | 'number'
  | 'log'
  | 'size'
  | 'root'
  | 'first_at'
  | 'last_at'
  | 'rule'
  | 'schedule'
  | 'term_until'
  | 'rules'
  | 'digest'
  | 'made_by_person'
  | 'made_by_pseudonym'
  | 'made_at'
> & { made_by_account: string };

export async function insertLogRegister(tx: Tx, one: NewLogRegister): Promise<void> {
  await tx.run(sql`insert into log_destructions (id, number, log, state, made_by_person, made_by_account, made_by_pseudonym, made_at, size, root, bundles, first_at, last_at, rule, schedule,
      term_until, rules, digest)
    values (${one.id}, ${one.number}, ${one.log}, 'approving', ${one.made_by_person}, ${one.made_by_account}, ${one.made_by_pseudonym}, ${one.made_at}, ${one.size}, ${one.root},
      (${one.size}::bigint + 255) / 256, ${one.first_at}, ${one.last_at}, ${one.rule}, ${one.schedule}, ${one.term_until}, ${one.rules}, ${one.digest})`);
}

export function findLogRegister(db: Queryable, id: string): Promise<LogRegisterRow | undefined> {
  return db.maybe<LogRegisterRow>(sql`select ${COLUMNS} from log_destructions g where g.id = ${id}`);
}

export function lockLogRegister(tx: Tx, id: string): Promise<LogRegisterRow | undefined> {
  return tx.maybe<LogRegisterRow>(sql`select ${COLUMNS} from log_destructions g where g.id = ${id} for update`);
}

/** Registers, newest first; of one person where he sees only those in which he takes part. */
export function logRegisterRows(
  db: Queryable,
  seen: { person: string | null; live?: boolean },
  after: { at: Date; id: string } | null,
  limit: number,
): Promise<LogRegisterRow[]> {
  const where = join(
    [
      seen.person === null ? TRUE : sql`exists (select from log_destruction_persons p where p.register_id = g.id and p.person_id = ${seen.person})`,
      seen.live === true ? sql`g.state not in ('rejected', 'voided', 'stopped')` : TRUE,
      after === null ? TRUE : sql`(g.made_at, g.id) < (${after.at}, ${after.id}::uuid)`,
    ],
    ' and ',
    FALSE,
  );
  return db.many<LogRegisterRow>(sql`select ${COLUMNS} from log_destructions g where ${where} order by g.made_at desc, g.id desc limit ${limit}`);
}

/** Registers in these states. */
export function logRegistersIn(db: Queryable, states: readonly RegisterState[]): Promise<LogRegisterRow[]> {
  return db.many<LogRegisterRow>(sql`select ${COLUMNS} from log_destructions g where g.state = any (${[...states]}::text[]) order by g.made_at, g.id`);
}

export async function personsOfLog(db: Queryable, id: string): Promise<string[]> {
  return (await db.many<{ person_id: string }>(sql`select person_id from log_destruction_persons where register_id = ${id}`)).map((row) => row.person_id);
}

export interface LogApprovalRow {
  register_id: string;
  position: number;
  step: string;
  role: string;
  state: ApprovalState;
  person_id: string | null;
  pseudonym: string | null;
  digest: Buffer | null;
  reason_sealed: Buffer | null;
  at: Date | null;
  entry_id: string | null;
}

export function logApprovalsOf(db: Queryable, id: string): Promise<LogApprovalRow[]> {
  return db.many<LogApprovalRow>(sql`select register_id, position, step, role, state, person_id, pseudonym, digest, reason_sealed, at, entry_id
    from log_destruction_approvals where register_id = ${id} order by position`);
}

export async function insertLogApprovals(tx: Tx, id: string, steps: readonly { step: string; role: string }[], at: Date): Promise<void> {
  for (const [position, { step, role }] of steps.entries())
    await tx.run(sql`insert into log_destruction_approvals (register_id, position, step, role, state, opened_at)
      values (${id}, ${position}, ${step}, ${role}, ${position === 0 ? 'open' : 'waiting'}, ${position === 0 ? at : null})`);
}

export interface SignedStep {
  state: 'agreed' | 'refused';
  person: string;
  account: string;
  pseudonym: string;
  digest: Buffer;
  reason: Buffer | null;
  at: Date;
  entry: string;
}

export async function answerLogApproval(tx: Tx, id: string, position: number, one: SignedStep): Promise<void> {
  await tx.run(sql`update log_destruction_approvals set state = ${one.state}, person_id = ${one.person}, account_id = ${one.account}, pseudonym = ${one.pseudonym}, digest = ${one.digest},
      reason_sealed = ${one.reason}, at = ${one.at}, entry_id = ${one.entry} where register_id = ${id} and position = ${position}`);
}

export async function openLogApproval(tx: Tx, id: string, position: number, at: Date): Promise<void> {
  await tx.run(
    sql`update log_destruction_approvals set state = 'open', opened_at = ${at} where register_id = ${id} and position = ${position} and state = 'waiting'`,
  );
}

export async function dropLogApprovals(tx: Tx, id: string): Promise<void> {
  await tx.run(sql`update log_destruction_approvals set state = 'dropped' where register_id = ${id} and state in ('open', 'waiting')`);
}

export interface LogAppointmentRow {
  id: string;
  office: Office;
  seat: number;
  person_id: string;
  outside: boolean;
  appointed_at: Date;
  ended_at: Date | null;
  checked_at: Date | null;
  checked_digest: Buffer | null;
  witnessed_at: Date | null;
  /** Where the check and the witness stand in the log; `null` for those of before this was kept. */
  check_entry: string | null;
  witness_entry: string | null;
}

/** Those who hold an office now. */
export function logAppointmentsOf(db: Queryable, id: string): Promise<LogAppointmentRow[]> {
  return db.many<LogAppointmentRow>(sql`select id, office, seat, person_id, outside, appointed_at, ended_at, checked_at, checked_digest, witnessed_at, check_entry, witness_entry
    from log_destruction_appointments where register_id = ${id} and ended_at is null order by appointed_at, id`);
}

export async function insertLogAppointment(
  tx: Tx,
  one: { id: string; register: string; office: Office; seat: number; person: string; outside: boolean; by: string; at: Date; entry: string },
): Promise<void> {
  await tx.run(sql`insert into log_destruction_appointments (id, register_id, office, seat, person_id, outside, appointed_by, appointed_at, entry_id)
    values (${one.id}, ${one.register}, ${one.office}, ${one.seat}, ${one.person}, ${one.outside}, ${one.by}, ${one.at}, ${one.entry})`);
}

export async function endLogAppointment(tx: Tx, id: string, at: Date): Promise<void> {
  await tx.run(sql`update log_destruction_appointments set ended_at = ${at} where id = ${id}`);
}

export async function markLogChecked(tx: Tx, id: string, digest: Buffer, at: Date, entry: string): Promise<void> {
  await tx.run(sql`update log_destruction_appointments set checked_at = ${at}, checked_digest = ${digest}, check_entry = ${entry} where id = ${id}`);
}

export async function markLogWitnessed(tx: Tx, id: string, at: Date, entry: string): Promise<void> {
  await tx.run(sql`update log_destruction_appointments set witnessed_at = ${at}, witness_entry = ${entry} where id = ${id}`);
}

export async function setLogApproved(tx: Tx, id: string, at: Date, executeAfter: Date): Promise<void> {
  await tx.run(sql`update log_destructions set state = 'approved', approved_at = ${at}, execute_after = ${executeAfter} where id = ${id}`);
}

export async function setLogChecked(tx: Tx, id: string, at: Date): Promise<void> {
  await tx.run(sql`update log_destructions set state = 'checked', checked_at = ${at} where id = ${id}`);
}

export async function setLogExecuting(tx: Tx, id: string, at: Date, policy: string, entry: string): Promise<void> {
  await tx.run(sql`update log_destructions set state = 'executing', executing_at = ${at}, policy = ${policy}, begin_entry = ${entry} where id = ${id}`);
}

export async function setLogOpen(tx: Tx, id: string, at: Date): Promise<void> {
  await tx.run(sql`update log_destructions set state = 'open', opened_at = ${at}, why = null, again_at = null where id = ${id} and state = 'executing'`);
}

export async function setLogClosed(tx: Tx, id: string, at: Date): Promise<void> {
  await tx.run(sql`update log_destructions set state = 'closed', closed_at = ${at} where id = ${id} and state = 'open'`);
}

export async function endLogRegister(
  tx: Tx,
  id: string,
  one: { state: 'rejected' | 'voided' | 'stopped'; by: string | null; reason: Buffer | null; at: Date },
): Promise<void> {
  await tx.run(
    sql`update log_destructions set state = ${one.state}, ended_at = ${one.at}, ended_by = ${one.by}, end_reason_sealed = ${one.reason} where id = ${id}`,
  );
}

export async function noteLogFailure(tx: Tx, id: string, why: string, again: Date): Promise<void> {
  await tx.run(sql`update log_destructions set attempts = attempts + 1, why = ${why}, again_at = ${again} where id = ${id}`);
}

export async function addEntriesGone(tx: Tx, id: string, count: number): Promise<void> {
  await tx.run(sql`update log_destructions set entries_gone = entries_gone + ${count} where id = ${id}`);
}

/** Notes which versions of bundles are gone, and which the store keeps until when. How many went is counted anew, so that no attempt counts twice. */
export async function noteCopies(
  tx: Tx,
  id: string,
  one: { gone: readonly Version[]; locked: readonly (Version & { until: Date | null })[] },
  at: Date,
): Promise<void> {
  const { gone, locked } = one;
  await countBundlesGone(tx, id);
  await tx.run(sql`update log_destruction_copies c set gone_at = ${at} from unnest(${gone.map((x) => x.key)}::text[], ${gone.map((x) => x.version)}::text[]) as x (key, version)
    where c.register_id = ${id} and c.key = x.key and c.version = x.version and c.gone_at is null`);
  await tx.run(sql`insert into log_destruction_copies (register_id, key, version, locked_until)
    select ${id}::uuid, * from unnest(${locked.map((x) => x.key)}::text[], ${locked.map((x) => x.version)}::text[], ${locked.map((x) => x.until)}::timestamptz[])
    on conflict (register_id, key, version) do update set locked_until = excluded.locked_until where log_destruction_copies.gone_at is null`);
}

const BUNDLES_GONE = sql`(select count(*) from audit_published p where p.log = g.log and p.key like '%/tile/entries/%' and p.removed_at >= g.executing_at)`;

async function countBundlesGone(tx: Tx, id: string): Promise<void> {
  await tx.run(sql`update log_destructions g set bundles_gone = ${BUNDLES_GONE} where g.id = ${id}`);
}

type Version = { key: string; version: string };

const notAmong = (left: readonly Version[]) => sql`c.gone_at is null and not exists (
    select from unnest(${left.map((x) => x.key)}::text[], ${left.map((x) => x.version)}::text[]) as x (key, version) where x.key = c.key and x.version = c.version)`;

/** Whether something went of which a register does not know yet, by what is left in the store. */
export async function copiesUnnoted(db: Queryable, id: string, left: readonly Version[]): Promise<boolean> {
  const { unnoted } = await db.one<{ unnoted: boolean }>(sql`select g.bundles_gone <> ${BUNDLES_GONE}
    or exists (select from log_destruction_copies c where c.register_id = g.id and ${notAmong(left)}) as unnoted from log_destructions g where g.id = ${id}`);
  return unnoted;
}

/**
 * Notes that locked versions which the store has no longer are gone: removed by an attempt that was ended before it noted them, or by other
 * ways. How many.
 */
export async function noteCopiesLeft(tx: Tx, id: string, left: readonly Version[], at: Date): Promise<number> {
  await countBundlesGone(tx, id);
  return (await tx.many(sql`update log_destruction_copies c set gone_at = ${at} where c.register_id = ${id} and ${notAmong(left)} returning 1`)).length;
}

export interface LogCopies {
  locked: number;
  until: Date | null;
}

/** Bundles that the store still keeps, and until when the last of them. */
export function logCopiesOf(db: Queryable, id: string): Promise<LogCopies> {
  return db.one<LogCopies>(
    sql`select count(*)::int as locked, max(locked_until) as until from log_destruction_copies where register_id = ${id} and gone_at is null`,
  );
}
