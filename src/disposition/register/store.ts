import { FALSE, join, sql, TRUE, type Queryable, type Sql, type Tx } from '../../db/index.js';
import type { ItemFacts } from './digest.js';
import type { ApprovalState, RegisterState } from './states.js';
import type { Office, RegisterKind } from './values.js';

export interface RegisterRow {
  id: string;
  number: string;
  kind: RegisterKind;
  /** The request behind an erasure, and its number. */
  request_id: string | null;
  request: string | null;
  state: RegisterState;
  round: number;
  made_by_person: string;
  made_at: Date;
  place: string;
  rules: string | null;
  digest: Buffer | null;
  item_count: number;
  frozen_at: Date | null;
  approved_at: Date | null;
  execute_after: Date | null;
  checked_at: Date | null;
  executing_at: Date | null;
  opened_at: Date | null;
  closed_at: Date | null;
  stopped_at: Date | null;
  ended_at: Date | null;
  ended_by: string | null;
  end_reason_sealed: Buffer | null;
}

/** The number of a request `q`, as it is written everywhere. */
const NUMBER = sql`'P-' || q.year || '-' || lpad(q.serial::text, 6, '0')`;

/** The number of the request behind a register of erasure; null for others. */
export const REQUEST_NUMBER = sql`(select ${NUMBER} from privacy_requests q where q.id = g.request_id)`;

const COLUMNS = sql`g.id, g.number, g.kind, g.request_id, ${REQUEST_NUMBER} as request, g.state, g.round, g.made_by_person, g.made_at, g.place, g.rules, g.digest, g.item_count, g.frozen_at, g.approved_at, g.execute_after, g.checked_at,
  g.executing_at, g.opened_at, g.closed_at, g.stopped_at, g.ended_at, g.ended_by, g.end_reason_sealed`;

export function findRegister(db: Queryable, id: string): Promise<RegisterRow | undefined> {
  return db.maybe<RegisterRow>(sql`select ${COLUMNS} from destruction_registers g where g.id = ${id}`);
}

export function lockRegister(tx: Tx, id: string): Promise<RegisterRow | undefined> {
  return tx.maybe<RegisterRow>(sql`select ${COLUMNS} from destruction_registers g where g.id = ${id} for update`);
}

export async function insertRegister(
  tx: Tx,
  one: { id: string; number: string; request: string | null; person: string; account: string; place: string; at: Date },
): Promise<void> {
  await tx.run(sql`insert into destruction_registers (id, number, kind, request_id, state, made_by_person, made_by_account, made_at, place)
    values (${one.id}, ${one.number}, ${one.request === null ? 'term' : 'erasure'}, ${one.request}, 'draft', ${one.person}, ${one.account}, ${one.at}, ${one.place})`);
}

/** Which appraised records a register is made of. */
export interface Chosen {
  appraisals?: readonly string[] | undefined;
  records?: readonly string[] | undefined;
}

/** Of the appraised, what may stand on a register: due, in no live appraisal or register, not taken out of one under the same appraisal. */
const APPRAISED = sql`from appraisal_items i join appraisals a on a.id = i.appraisal_id join records r on r.id = i.record_id
  where i.outcome = 'destroy' and a.state = 'decided' and r.state = 'due'
    and not exists (select from appraisal_items l join appraisals b on b.id = l.appraisal_id where l.record_id = i.record_id and (l.live or (b.state = 'decided' and b.decided_at > a.decided_at)))
    and not exists (select from destruction_items d join destruction_registers g on g.id = d.register_id where d.record_id = i.record_id
      and (d.state in ('listed', 'destroying', 'shredded', 'destroyed')
        or (d.appraisal_id = i.appraisal_id and (d.state in ('rejected', 'struck') or (d.state = 'released' and g.state = 'rejected')))))`;

/** Puts appraised records on a draft in the order of their archival codes; how many. What anything stands against is left out. */
export function addAppraised(tx: Tx, id: string, chosen: Chosen, free: Sql, rights: Sql, limit: number): Promise<number> {
  const wishes = join(
    [
      chosen.appraisals === undefined ? TRUE : sql`i.appraisal_id = any (${[...chosen.appraisals]}::uuid[])`,
      chosen.records === undefined ? TRUE : sql`i.record_id = any (${[...chosen.records]}::uuid[])`,
    ],
    ' and ',
    TRUE,
  );
  return tx.run(sql`insert into destruction_items (register_id, position, record_id, appraisal_id)
    select ${id}::uuid, row_number() over (order by x.archival_code, x.record_id), x.record_id, x.appraisal_id
    from (select i.record_id, i.appraisal_id, r.archival_code ${APPRAISED} and ${wishes} and ${rights} and ${free} order by r.archival_code, i.record_id limit ${limit}) x`);
}

/** How many appraised records wait for a register, by appraisal. */
export function waitingForRegister(db: Queryable): Promise<{ id: string; number: string; items: number; department: string; decided_at: Date }[]> {
  return db.many(
    sql`select a.id, a.number, count(*)::int as items, min(i.department) as department, a.decided_at ${APPRAISED} group by a.id, a.number, a.decided_at order by a.decided_at, a.id limit 200`,
  );
}

/** Records that a request marked and that may stand on a register: archived, in no live appraisal and on no live register. */
const MARKED = sql`from privacy_erasures e join records r on r.id = e.record_id
  where erasure_marked(e.request_id, e.record_id) and r.state in ('archived', 'extended', 'due')
    and not exists (select from appraisal_items l where l.record_id = e.record_id and l.live)
    and not exists (select from destruction_items d where d.record_id = e.record_id and d.state in ('listed', 'destroying', 'shredded', 'destroyed'))`;

/** Puts what a request marked on a draft in the order of archival codes; how many. What anything stands against is left out. */
export function addMarked(tx: Tx, id: string, request: string, free: Sql, limit: number): Promise<number> {
  return tx.run(sql`insert into destruction_items (register_id, position, record_id)
    select ${id}::uuid, row_number() over (order by x.archival_code, x.id), x.id
    from (select r.id, r.archival_code ${MARKED} and e.request_id = ${request} and ${free} order by r.archival_code, r.id limit ${limit}) x`);
}

/** Requests with marked records that wait for a register, or the one asked about: how many each, and of those how many something stands against today. */
export function erasuresWaiting(
  db: Queryable,
  free: Sql,
  request?: string,
): Promise<{ id: string; number: string; items: number; blocked: number; due: string; decided_at: Date }[]> {
  return db.many(sql`select q.id, ${NUMBER} as number, coalesce(q.extended_to, q.due)::text as due, q.decided_at,
      count(*)::int as items, (count(*) filter (where not (${free})))::int as blocked
    from privacy_requests q join lateral (select r.* ${MARKED} and e.request_id = q.id) r on true where ${request === undefined ? TRUE : sql`q.id = ${request}`} group by q.id order by coalesce(q.extended_to, q.due), q.id limit 200`);
}

export interface ListedItem {
  position: number;
  record_id: string;
  facts: ItemFacts | null;
  digest: Buffer | null;
}

/** The items that still stand on a list, in their order. */
export function listedItems(db: Queryable, id: string): Promise<ListedItem[]> {
  return db.many<ListedItem>(
    sql`select position, record_id, facts, digest from destruction_items where register_id = ${id} and state = 'listed' order by position`,
  );
}

export async function setFacts(tx: Tx, id: string, items: readonly { position: number; facts: ItemFacts; digest: string }[]): Promise<void> {
  await tx.run(sql`update destruction_items i set facts = x.facts, digest = decode(x.digest, 'hex')
    from jsonb_to_recordset(${JSON.stringify(items)}::jsonb) as x (position integer, facts jsonb, digest text) where i.register_id = ${id} and i.position = x.position`);
}

export function takeItemsOut(tx: Tx, id: string, positions: readonly number[]): Promise<number> {
  return tx.run(sql`delete from destruction_items where register_id = ${id} and position = any (${[...positions]}::int[])`);
}

export async function freeze(tx: Tx, id: string, one: { digest: Buffer; items: number; rules: string; at: Date }): Promise<void> {
  await tx.run(
    sql`update destruction_registers set state = 'frozen', digest = ${one.digest}, item_count = ${one.items}, rules = ${one.rules}, frozen_at = ${one.at} where id = ${id}`,
  );
}

export interface ApprovalRow {
  register_id: string;
  round: number;
  position: number;
  step: string;
  role: string;
  state: ApprovalState;
  opened_at: Date | null;
  person_id: string | null;
  digest: Buffer | null;
  answer: 'agree' | 'refuse' | null;
  reason_sealed: Buffer | null;
  at: Date | null;
}

export function approvalsOf(db: Queryable, ids: readonly string[]): Promise<ApprovalRow[]> {
  return db.many<ApprovalRow>(sql`select register_id, round, position, step, role, state, opened_at, person_id, digest, answer, reason_sealed, at
    from destruction_approvals where register_id = any (${[...ids]}::uuid[]) order by register_id, round, position`);
}

/** The steps of a round; the first is open. */
export async function insertApprovals(tx: Tx, id: string, round: number, steps: readonly { step: string; role: string }[], at: Date): Promise<void> {
  for (const [position, one] of steps.entries())
    await tx.run(sql`insert into destruction_approvals (register_id, round, position, step, role, state, opened_at)
      values (${id}, ${round}, ${position}, ${one.step}, ${one.role}, ${position === 0 ? 'open' : 'waiting'}, ${position === 0 ? at : null})`);
}

export async function toApproval(tx: Tx, id: string): Promise<void> {
  await tx.run(sql`update destruction_registers set state = 'approving' where id = ${id}`);
}

export async function answerApproval(
  tx: Tx,
  at: { id: string; round: number; position: number },
  one: { agree: boolean; person: string; account: string; digest: Buffer; reason: Buffer | null; at: Date; entry: string },
): Promise<void> {
  await tx.run(sql`update destruction_approvals set state = ${one.agree ? 'agreed' : 'refused'}, answer = ${one.agree ? 'agree' : 'refuse'}, person_id = ${one.person},
    account_id = ${one.account}, digest = ${one.digest}, reason_sealed = ${one.reason}, at = ${one.at}, entry_id = ${one.entry}
    where register_id = ${at.id} and round = ${at.round} and position = ${at.position}`);
}

export async function openApproval(tx: Tx, id: string, round: number, position: number, at: Date): Promise<void> {
  await tx.run(
    sql`update destruction_approvals set state = 'open', opened_at = ${at} where register_id = ${id} and round = ${round} and position = ${position}`,
  );
}

/** What still waited is dropped; on a new round also what was agreed to. Answers stay on record. */
export async function dropApprovals(tx: Tx, id: string, round: number, agreed: boolean): Promise<void> {
  const states = agreed ? ['open', 'waiting', 'agreed'] : ['open', 'waiting'];
  await tx.run(sql`update destruction_approvals set state = 'dropped' where register_id = ${id} and round = ${round} and state = any (${states})`);
}

export async function approve(tx: Tx, id: string, at: Date, executeAfter: Date): Promise<void> {
  await tx.run(sql`update destruction_registers set state = 'approved', approved_at = ${at}, execute_after = ${executeAfter} where id = ${id}`);
}

export async function nextRound(tx: Tx, id: string, digest: Buffer, items: number): Promise<void> {
  await tx.run(sql`update destruction_registers set round = round + 1, digest = ${digest}, item_count = ${items} where id = ${id}`);
}

export function rejectItems(tx: Tx, id: string, items: readonly { position: number; reason: string }[], by: string, at: Date): Promise<number> {
  return tx.run(sql`update destruction_items i set state = 'rejected', reason_sealed = decode(x.reason, 'hex'), decided_by = ${by}, decided_at = ${at}
    from jsonb_to_recordset(${JSON.stringify(items)}::jsonb) as x (position integer, reason text) where i.register_id = ${id} and i.position = x.position and i.state = 'listed'`);
}

export async function strikeItems(tx: Tx, id: string, items: readonly { position: number; why: readonly string[] }[], at: Date): Promise<void> {
  await tx.run(sql`update destruction_items i set state = 'struck', struck_for = array(select jsonb_array_elements_text(x.why)), decided_at = ${at}
    from jsonb_to_recordset(${JSON.stringify(items)}::jsonb) as x (position integer, why jsonb) where i.register_id = ${id} and i.position = x.position and i.state = 'listed'`);
}

/** Ends a register that destroys nothing; its items are free again. */
export async function endRegister(
  tx: Tx,
  id: string,
  one: { state: 'rejected' | 'voided' | 'stopped'; by: string | null; reason: Buffer | null; at: Date },
): Promise<void> {
  await tx.run(sql`update destruction_registers set state = ${one.state}, ended_at = ${one.at}, ended_by = ${one.by}, end_reason_sealed = ${one.reason},
    stopped_at = ${one.state === 'stopped' ? one.at : null} where id = ${id}`);
}

/** Records whose list was approved, with history; gives which. Their locks are held already. */
export async function approveRecords(tx: Tx, id: string, told: { at: Date; by: string; entry: string }): Promise<string[]> {
  const rows = await tx.many<{ id: string; old: string }>(sql`update records r set state = 'approved' from destruction_items i, records o
    where i.register_id = ${id} and i.record_id = r.id and o.id = r.id and r.state in ('archived', 'extended', 'due') and i.state = 'listed' returning r.id, o.state as old`);
  await insertStates(
    tx,
    rows.map((row) => ({ ...row, new: 'approved' })),
    told,
  );
  return rows.map((row) => row.id);
}

/** Records of a list that came to nothing are what they were: due again, or, where a request had marked them, kept. Gives which, with their state. */
export async function freeRecords(
  tx: Tx,
  id: string,
  kind: RegisterKind,
  told: { at: Date; by: string; entry: string },
): Promise<{ id: string; state: string }[]> {
  const before = sql`case when ${kind} = 'term' then 'due' when exists (select from record_extensions e where e.record_id = r.id and e.until <= r.term_until) then 'extended' else 'archived' end`;
  const rows = await tx.many<{ id: string; state: string }>(sql`update records r set state = ${before} from destruction_items i
    where i.register_id = ${id} and i.record_id = r.id and r.state = 'approved' and i.state in ('released', 'struck') returning r.id, r.state`);
  await insertStates(
    tx,
    rows.map((row) => ({ id: row.id, old: 'approved', new: row.state })),
    told,
  );
  return rows;
}

async function insertStates(tx: Tx, rows: readonly { id: string; old: string; new: string }[], told: { at: Date; by: string; entry: string }): Promise<void> {
  await tx.run(sql`insert into record_history (record_id, at, by_pseudonym, entry_id, field, old_value, new_value)
    select x.id, ${told.at}, ${told.by}, ${told.entry}, 'state', x.old, x.new from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as x (id uuid, old text, new text)`);
}

export interface AppointmentRow {
  id: string;
  register_id: string;
  office: Office;
  seat: number;
  person_id: string;
  outside: boolean;
  appointed_by: string;
  appointed_at: Date;
  ended_at: Date | null;
  checked_at: Date | null;
  checked_digest: Buffer | null;
  witnessed_at: Date | null;
}

export function appointmentsOf(db: Queryable, ids: readonly string[]): Promise<AppointmentRow[]> {
  return db.many<AppointmentRow>(sql`select id, register_id, office, seat, person_id, outside, appointed_by, appointed_at, ended_at, checked_at, checked_digest, witnessed_at
    from destruction_appointments where register_id = any (${[...ids]}::uuid[]) order by appointed_at, id`);
}

export async function insertAppointment(
  tx: Tx,
  one: { id: string; register: string; office: Office; seat: number; person: string; outside: boolean; by: string; at: Date; entry: string },
): Promise<void> {
  await tx.run(sql`insert into destruction_appointments (id, register_id, office, seat, person_id, outside, appointed_by, appointed_at, entry_id)
    values (${one.id}, ${one.register}, ${one.office}, ${one.seat}, ${one.person}, ${one.outside}, ${one.by}, ${one.at}, ${one.entry})`);
}

export async function endAppointment(tx: Tx, id: string, at: Date): Promise<void> {
  await tx.run(sql`update destruction_appointments set ended_at = ${at} where id = ${id}`);
}

export async function markChecked(tx: Tx, id: string, digest: Buffer, at: Date, entry: string): Promise<void> {
  await tx.run(sql`update destruction_appointments set checked_at = ${at}, checked_digest = ${digest}, check_entry = ${entry} where id = ${id}`);
}

export async function setChecked(tx: Tx, id: string, at: Date): Promise<void> {
  await tx.run(sql`update destruction_registers set state = 'checked', checked_at = ${at} where id = ${id}`);
}

/** Everybody who takes part, or took part in an earlier round. */
export async function personsOf(db: Queryable, id: string): Promise<string[]> {
  return (await db.many<{ person_id: string }>(sql`select person_id from destruction_persons where register_id = ${id}`)).map((row) => row.person_id);
}

export interface RegisterSeen {
  /** `null`: every register; else those in which this person takes part. */
  person: string | null;
  state?: RegisterState | undefined;
  live?: boolean | undefined;
}

export function registerRows(db: Queryable, seen: RegisterSeen, after: { at: Date; id: string } | null, limit: number): Promise<RegisterRow[]> {
  const where = join(
    [
      seen.person === null ? TRUE : sql`exists (select from destruction_persons p where p.register_id = g.id and p.person_id = ${seen.person})`,
      seen.state === undefined ? TRUE : sql`g.state = ${seen.state}`,
      seen.live === true ? sql`g.state not in ('closed', 'rejected', 'voided', 'stopped')` : TRUE,
      after === null ? TRUE : sql`(g.made_at, g.id) < (${after.at}, ${after.id}::uuid)`,
    ],
    ' and ',
    FALSE,
  );
  return db.many<RegisterRow>(sql`select ${COLUMNS} from destruction_registers g where ${where} order by g.made_at desc, g.id desc limit ${limit}`);
}
