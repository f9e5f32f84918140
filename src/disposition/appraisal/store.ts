import { join, sql, TRUE, type Queryable, type Sql, type Tx } from '../../db/index.js';
import type { Reason } from '../../retention/index.js';
import type { AppraisalOutcome, AppraisalState, Proposal } from './values.js';

export interface AppraisalRow {
  id: string;
  number: string;
  state: AppraisalState;
  made_by: string;
  made_at: Date;
  rules: string | null;
  digest: Buffer | null;
  submitted_at: Date | null;
  decided_at: Date | null;
  ended_at: Date | null;
}

const COLUMNS = sql`a.id, a.number, a.state, a.made_by, a.made_at, a.rules, a.digest, a.submitted_at, a.decided_at, a.ended_at`;

const NUMBER_OF = { appraisal: 'J', register: 'X', log: 'U' } as const;

/** The next number of a year; the row stays locked until the commit, so that none is left out. */
export async function nextNumber(tx: Tx, kind: 'appraisal' | 'register' | 'log', year: number): Promise<string> {
  const { last } = await tx.one<{ last: number }>(
    sql`insert into disposition_numbers (kind, year, last) values (${kind}, ${year}, 1) on conflict (kind, year) do update set last = disposition_numbers.last + 1 returning last`,
  );
  return `${NUMBER_OF[kind]}-${year}-${String(last).padStart(6, '0')}`;
}

export function findAppraisal(db: Queryable, id: string): Promise<AppraisalRow | undefined> {
  return db.maybe<AppraisalRow>(sql`select ${COLUMNS} from appraisals a where a.id = ${id}`);
}

export function lockAppraisal(tx: Tx, id: string): Promise<AppraisalRow | undefined> {
  return tx.maybe<AppraisalRow>(sql`select ${COLUMNS} from appraisals a where a.id = ${id} for update`);
}

export async function insertAppraisal(tx: Tx, one: { id: string; number: string; by: string; at: Date }): Promise<void> {
  await tx.run(sql`insert into appraisals (id, number, state, made_by, made_at) values (${one.id}, ${one.number}, 'draft', ${one.by}, ${one.at})`);
}

/** Which records of what is due an appraisal begins with. */
export interface Wanted {
  department: string;
  serviceType?: string | undefined;
  /** Year of closing. */
  year?: number | undefined;
  /** Term over on this day or before. */
  termBefore?: string | undefined;
  records?: readonly string[] | undefined;
}

/** Puts due records on an appraisal, the longest overdue first; how many there were. What is held, restricted, or stands elsewhere already is left out. */
export async function addDue(tx: Tx, id: string, wanted: Wanted, rights: Sql, limit: number): Promise<number> {
  const wishes = join(
    [
      sql`r.department = ${wanted.department}`,
      wanted.serviceType === undefined ? TRUE : sql`r.service_type = ${wanted.serviceType}`,
      wanted.year === undefined ? TRUE : sql`r.year = ${wanted.year}`,
      wanted.termBefore === undefined ? TRUE : sql`r.term_until <= ${wanted.termBefore}::date`,
      wanted.records === undefined ? TRUE : sql`r.id = any (${[...wanted.records]}::uuid[])`,
    ],
    ' and ',
    TRUE,
  );
  return tx.run(sql`insert into appraisal_items (appraisal_id, record_id, position, department)
    select ${id}::uuid, x.id, row_number() over (order by x.term_until, x.id), x.department
    from (select r.id, r.term_until, r.department from records r
      where r.state = 'due' and not r.held and not r.restricted and ${wishes} and ${rights}
        and not exists (select from appraisal_items i where i.record_id = r.id and i.live)
        and not exists (select from destruction_items i where i.record_id = r.id and i.state in ('listed', 'destroying', 'shredded', 'destroyed'))
      order by r.term_until, r.id limit ${limit}) x`);
}

export interface StepRow {
  step: number;
  made_by: string;
  made_at: Date;
  proposal: Proposal;
  years: number | null;
  months: number | null;
  basis: string | null;
  reason_sealed: Buffer;
  items: number;
  undone_at: Date | null;
}

export function stepsOf(db: Queryable, id: string): Promise<StepRow[]> {
  return db.many<StepRow>(
    sql`select step, made_by, made_at, proposal, years, months, basis, reason_sealed, items, undone_at from appraisal_steps where appraisal_id = ${id} order by step`,
  );
}

/** Which items of an appraisal are meant: all that fit. */
export interface ItemFilter {
  serviceType?: string | undefined;
  year?: number | undefined;
  sensitivity?: string | undefined;
  proposal?: Proposal | 'none' | undefined;
  outcome?: AppraisalOutcome | undefined;
  dissent?: boolean | undefined;
  records?: readonly string[] | undefined;
}

function fitting(id: string, filter: ItemFilter): Sql {
  return join(
    [
      sql`i.appraisal_id = ${id}`,
      filter.serviceType === undefined ? TRUE : sql`r.service_type = ${filter.serviceType}`,
      filter.year === undefined ? TRUE : sql`r.year = ${filter.year}`,
      filter.sensitivity === undefined ? TRUE : sql`r.sensitivity = ${filter.sensitivity}`,
      filter.proposal === undefined ? TRUE : filter.proposal === 'none' ? sql`i.step is null` : sql`s.proposal = ${filter.proposal}`,
      filter.outcome === undefined ? TRUE : sql`i.outcome = ${filter.outcome}`,
      filter.dissent === true ? sql`exists (select from appraisal_dissents d where d.appraisal_id = i.appraisal_id and d.record_id = i.record_id)` : TRUE,
      filter.records === undefined ? TRUE : sql`i.record_id = any (${[...filter.records]}::uuid[])`,
    ],
    ' and ',
    TRUE,
  );
}

const FROM = sql`from appraisal_items i join records r on r.id = i.record_id left join appraisal_steps s on s.appraisal_id = i.appraisal_id and s.step = i.step`;

export interface TermRow {
  record_id: string;
  step: number | null;
  term_until: string;
  term_maximum: string | null;
  term_reasons: Reason[];
}

/** The items that are meant, with the terms of their records. */
export function termsOf(tx: Tx, id: string, filter: ItemFilter): Promise<TermRow[]> {
  return tx.many<TermRow>(
    sql`select i.record_id, i.step, r.term_until, r.term_maximum, r.term_reasons ${FROM} where ${fitting(id, filter)} order by i.position`,
  );
}

export async function insertStep(
  tx: Tx,
  id: string,
  one: {
    step: number;
    by: string;
    at: Date;
    proposal: Proposal;
    years: number | null;
    months: number | null;
    basis: string | null;
    reason: Buffer;
    items: number;
  },
): Promise<void> {
  await tx.run(sql`insert into appraisal_steps (appraisal_id, step, made_by, made_at, proposal, years, months, basis, reason_sealed, items)
    values (${id}, ${one.step}, ${one.by}, ${one.at}, ${one.proposal}, ${one.years}, ${one.months}, ${one.basis}, ${one.reason}, ${one.items})`);
}

/** Gives items their decision, and keeps what it takes the place of. */
export async function decideItems(tx: Tx, id: string, step: number, items: readonly { record: string; until: string | null }[]): Promise<void> {
  const rows = sql`jsonb_to_recordset(${JSON.stringify(items)}::jsonb) as x (record uuid, until date)`;
  await tx.run(sql`insert into appraisal_step_items (appraisal_id, step, record_id, before)
    select ${id}::uuid, ${step}, i.record_id, i.step from appraisal_items i join ${rows} on x.record = i.record_id where i.appraisal_id = ${id}`);
  await tx.run(sql`update appraisal_items i set step = ${step}, new_until = x.until from ${rows} where i.appraisal_id = ${id} and i.record_id = x.record`);
}

/** Puts back what stood before the last decision: how many records it was about, and which of them are proposed to be extended again. */
export async function undoStep(tx: Tx, id: string, step: number, at: Date): Promise<{ items: number; extended: string[] }> {
  const rows = await tx.many<{ record_id: string; extends: boolean }>(sql`update appraisal_items i set step = b.before, new_until = null
    from appraisal_step_items b left join appraisal_steps s on s.appraisal_id = b.appraisal_id and s.step = b.before
    where b.appraisal_id = ${id} and b.step = ${step} and i.appraisal_id = ${id} and i.record_id = b.record_id
    returning i.record_id, coalesce(s.proposal = 'extend', false) as extends`);
  await tx.run(sql`update appraisal_steps set undone_at = ${at} where appraisal_id = ${id} and step = ${step}`);
  return { items: rows.length, extended: rows.filter((one) => one.extends).map((one) => one.record_id) };
}

export async function setUntil(tx: Tx, id: string, items: readonly { record: string; until: string | null }[]): Promise<void> {
  await tx.run(sql`update appraisal_items i set new_until = x.until
    from jsonb_to_recordset(${JSON.stringify(items)}::jsonb) as x (record uuid, until date) where i.appraisal_id = ${id} and i.record_id = x.record`);
}

export function takeOut(tx: Tx, id: string, filter: ItemFilter): Promise<number> {
  return tx.run(sql`delete from appraisal_items where appraisal_id = ${id} and record_id in (select i.record_id ${FROM} where ${fitting(id, filter)})`);
}

export interface ItemRow {
  position: number;
  record_id: string;
  department: string;
  listed: boolean;
  title: string;
  service_no: string;
  archival_code: string | null;
  service_type: string;
  sensitivity: string;
  year: number;
  closed_at: Date;
  state: string;
  held: boolean;
  restricted: boolean;
  term_until: string;
  term_maximum: string | null;
  step: number | null;
  proposal: Proposal | null;
  years: number | null;
  months: number | null;
  basis: string | null;
  new_until: string | null;
  outcome: AppraisalOutcome | null;
  dissents: number;
}

/** A page of items in their order, or all of them. `rights` says which the viewer may find: of others no title is shown. */
export function itemsOf(db: Queryable, id: string, rights: Sql, filter: ItemFilter = {}, page?: { after: number; limit: number }): Promise<ItemRow[]> {
  return db.many<ItemRow>(sql`select i.position, i.record_id, i.department, ${rights} as listed, r.title, r.service_no, r.archival_code, r.service_type, r.sensitivity, r.year, r.closed_at, r.state, r.held,
      r.restricted, r.term_until, r.term_maximum, i.step, s.proposal, s.years, s.months, s.basis, i.new_until, i.outcome,
      (select count(*)::int from appraisal_dissents d where d.appraisal_id = i.appraisal_id and d.record_id = i.record_id) as dissents
    ${FROM} where ${fitting(id, filter)} and ${page === undefined ? TRUE : sql`i.position > ${page.after}`} order by i.position ${page === undefined ? sql`` : sql`limit ${page.limit}`}`);
}

/** How many items fit a filter. */
export async function countItems(db: Queryable, id: string, filter: ItemFilter = {}): Promise<number> {
  return (await db.one<{ n: number }>(sql`select count(*)::int as n ${FROM} where ${fitting(id, filter)}`)).n;
}

export interface GroupRow {
  service_type: string;
  year: number;
  items: number;
  undecided: number;
}

/** The items by type and year of closing: how many, and how many without a proposal. */
export function groupsOf(db: Queryable, id: string): Promise<GroupRow[]> {
  return db.many<GroupRow>(sql`select r.service_type, r.year, count(*)::int as items, (count(*) filter (where i.step is null))::int as undecided
    from appraisal_items i join records r on r.id = i.record_id where i.appraisal_id = ${id} group by 1, 2 order by 2, 1`);
}

export interface CountRow {
  items: number;
  undecided: number;
  destroy: number;
  extend: number;
  transfer: number;
  keep: number;
  open: number;
  department: string | null;
}

export async function countsOf(db: Queryable, ids: readonly string[]): Promise<Map<string, CountRow>> {
  const rows = await db.many<
    CountRow & { id: string }
  >(sql`select i.appraisal_id as id, count(*)::int as items, (count(*) filter (where i.step is null))::int as undecided,
      (count(*) filter (where s.proposal = 'destroy'))::int as destroy, (count(*) filter (where s.proposal = 'extend'))::int as extend,
      (count(*) filter (where s.proposal = 'transfer'))::int as transfer, (count(*) filter (where s.proposal = 'keep'))::int as keep,
      (count(*) filter (where i.outcome = 'open'))::int as open, min(i.department) as department
    from appraisal_items i left join appraisal_steps s on s.appraisal_id = i.appraisal_id and s.step = i.step where i.appraisal_id = any (${[...ids]}::uuid[]) group by 1`);
  return new Map(rows.map((row) => [row.id, row]));
}
