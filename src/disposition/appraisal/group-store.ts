import { FALSE, join, sql, TRUE, type Queryable, type Sql, type Tx } from '../../db/index.js';
import type { AppraisalRow } from './store.js';
import type { AppraisalState } from './values.js';

export interface MemberRow {
  appraisal_id: string;
  position: number;
  rule: string;
  role: string;
  department: string | null;
  person_id: string | null;
  answer: 'agree' | 'dissent' | null;
  digest: Buffer | null;
  opinion_sealed: Buffer | null;
  at: Date | null;
  entry_id: string | null;
}

export function membersOf(db: Queryable, ids: readonly string[]): Promise<MemberRow[]> {
  return db.many<MemberRow>(sql`select appraisal_id, position, rule, role, department, person_id, answer, digest, opinion_sealed, at, entry_id
    from appraisal_members where appraisal_id = any (${[...ids]}::uuid[]) order by appraisal_id, position`);
}

export async function insertMembers(tx: Tx, id: string, members: readonly { rule: string; role: string; department: string | null }[]): Promise<void> {
  for (const [position, one] of members.entries())
    await tx.run(
      sql`insert into appraisal_members (appraisal_id, position, rule, role, department) values (${id}, ${position}, ${one.rule}, ${one.role}, ${one.department})`,
    );
}

export async function submitAppraisal(tx: Tx, id: string, one: { digest: Buffer; items: number; rules: string; at: Date }): Promise<void> {
  await tx.run(
    sql`update appraisals set state = 'signing', digest = ${one.digest}, item_count = ${one.items}, rules = ${one.rules}, submitted_at = ${one.at} where id = ${id}`,
  );
}

export async function signMember(
  tx: Tx,
  id: string,
  position: number,
  one: { person: string; account: string; answer: 'agree' | 'dissent'; digest: Buffer; opinion: Buffer | null; at: Date; entry: string },
): Promise<void> {
  await tx.run(sql`update appraisal_members set person_id = ${one.person}, account_id = ${one.account}, answer = ${one.answer}, digest = ${one.digest},
    opinion_sealed = ${one.opinion}, at = ${one.at}, entry_id = ${one.entry} where appraisal_id = ${id} and position = ${position}`);
}

/** The records on which a member dissents; all of the appraisal's where none is named. Gives how many. */
export function insertDissents(tx: Tx, id: string, position: number, records: readonly string[]): Promise<number> {
  const named = records.length === 0 ? TRUE : sql`i.record_id = any (${[...records]}::uuid[])`;
  return tx.run(sql`insert into appraisal_dissents (appraisal_id, position, record_id)
    select i.appraisal_id, ${position}, i.record_id from appraisal_items i where i.appraisal_id = ${id} and ${named}`);
}

/** Locks the records of an appraisal in the order of their ids. */
export async function lockRecords(tx: Tx, id: string): Promise<void> {
  await tx.run(sql`select r.id from records r join appraisal_items i on i.record_id = r.id where i.appraisal_id = ${id} order by r.id for update of r`);
}

export async function setOutcomes(tx: Tx, id: string, outcomes: readonly { record: string; outcome: string }[]): Promise<void> {
  await tx.run(sql`update appraisal_items i set outcome = x.outcome
    from jsonb_to_recordset(${JSON.stringify(outcomes)}::jsonb) as x (record uuid, outcome text) where i.appraisal_id = ${id} and i.record_id = x.record`);
}

export async function endAppraisal(tx: Tx, id: string, state: 'decided' | 'withdrawn', at: Date): Promise<void> {
  await tx.run(sql`update appraisals set state = ${state}, decided_at = ${state === 'decided' ? at : null}, ended_at = ${at} where id = ${id}`);
}

export interface NewExtension {
  id: string;
  record: string;
  years: number | null;
  months: number | null;
  permanent: boolean;
  basis: string | null;
  until: string;
  reasons: string;
  entry: string;
  old_until: string;
}

/** Gives records their further term, with history. */
export async function extendRecords(tx: Tx, appraisal: string, at: Date, by: string, rows: readonly NewExtension[]): Promise<void> {
  if (rows.length === 0) return;
  const from = sql`jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
    as x (id uuid, record uuid, years integer, months integer, permanent boolean, basis text, until date, reasons text, entry uuid, old_until text)`;
  await tx.run(sql`insert into record_extensions (id, record_id, appraisal_id, at, years, months, permanent, basis, until, entry_id)
    select x.id, x.record, ${appraisal}::uuid, ${at}, x.years, x.months, x.permanent, x.basis, x.until, x.entry from ${from}`);
  // what was decided with its reason is not kept too long
  await tx.run(sql`update records r set state = 'extended', term_until = x.until, term_reasons = x.reasons::jsonb,
      term_maximum = case when r.term_maximum is not null then greatest(r.term_maximum, x.until) end from ${from} where r.id = x.record`);
  await tx.run(sql`insert into record_history (record_id, at, by_pseudonym, entry_id, field, old_value, new_value)
    select x.record, ${at}, ${by}, x.entry, f.field, f.old, f.new from ${from}
    cross join lateral (values ('state', 'due', 'extended'), ('term', x.old_until, x.until::text)) as f (field, old, new)`);
}

/** Which appraisals somebody sees: every one, or those of a department that were submitted, or those he is asked for. */
export interface Seen {
  all: boolean;
  department: string;
  state?: AppraisalState | undefined;
}

export function appraisalRows(db: Queryable, seen: Seen, after: { at: Date; id: string } | null, limit: number): Promise<AppraisalRow[]> {
  const own = seen.all
    ? TRUE
    : seen.department === ''
      ? FALSE
      : sql`a.state <> 'draft' and exists (select from appraisal_members m where m.appraisal_id = a.id and m.department = ${seen.department})`;
  const where: Sql = join(
    [own, seen.state === undefined ? TRUE : sql`a.state = ${seen.state}`, after === null ? TRUE : sql`(a.made_at, a.id) < (${after.at}, ${after.id}::uuid)`],
    ' and ',
    TRUE,
  );
  return db.many<AppraisalRow>(sql`select a.id, a.number, a.state, a.made_by, a.made_at, a.rules, a.digest, a.submitted_at, a.decided_at, a.ended_at
    from appraisals a where ${where} order by a.made_at desc, a.id desc limit ${limit}`);
}

/** Appraisals that wait for a signature which somebody of these roles and department could give, and has not given yet. */
export async function waitingForSignature(
  db: Queryable,
  who: { personId: string; roles: readonly string[]; department: string },
): Promise<{ id: string; number: string; submitted_at: Date }[]> {
  return db.many(sql`select a.id, a.number, a.submitted_at from appraisals a where a.state = 'signing'
      and exists (select from appraisal_members m where m.appraisal_id = a.id and m.answer is null and m.role = any (${[...who.roles]}) and (m.department is null or m.department = ${who.department}))
      and not exists (select from appraisal_members m where m.appraisal_id = a.id and m.person_id = ${who.personId})
    order by a.submitted_at, a.id limit 100`);
}
