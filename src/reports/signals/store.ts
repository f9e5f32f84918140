import { join, type Queryable, sql, TRUE, type Tx } from '../../db/index.js';
import type { SignalKind } from './rules.js';

/** A key of two numbers, which no lock of one number can meet. */
const LOCK = sql`7104, 87`;

/** One process at a time looks through days. */
export async function lockDays(tx: Tx): Promise<void> {
  await tx.run(sql`select pg_advisory_xact_lock(${LOCK})`);
}

export async function lastDay(db: Queryable): Promise<string | null> {
  return (await db.one<{ day: string | null }>(sql`select max(day) as day from signal_days`)).day;
}

export async function isLookedAt(db: Queryable, day: string): Promise<boolean> {
  return (await db.maybe(sql`select day from signal_days where day = ${day}::date`)) !== undefined;
}

export async function insertDay(tx: Tx, one: { day: string; rules: string; at: Date; readings: number; signals: number }): Promise<void> {
  await tx.run(
    sql`insert into signal_days (day, rules, looked_at, readings, signals) values (${one.day}::date, ${one.rules}, ${one.at}, ${one.readings}, ${one.signals})`,
  );
}

/** What a case looks into: signals of one kind, or what reviewers of samples doubted. */
export type CaseKind = SignalKind | 'sample';

export interface CaseRow {
  id: string;
  number: string;
  person_id: string;
  kind: CaseKind;
  opened_at: Date;
  state: 'open' | 'working' | 'closed';
  assignee: string | null;
  assigned_at: Date | null;
  outcome: CaseOutcome | null;
  closed_by: string | null;
  closed_at: Date | null;
  signals: number;
}

export const CASE_OUTCOMES = ['justified', 'not_justified', 'rule_too_strict'] as const;
export type CaseOutcome = (typeof CASE_OUTCOMES)[number];
export const CASE_STATES = ['open', 'working', 'closed'] as const;
export type CaseState = (typeof CASE_STATES)[number];

const CASE = sql`c.id, c.number, c.person_id, c.kind, c.opened_at, c.state, c.assignee, c.assigned_at, c.outcome, c.closed_by, c.closed_at,
  (select count(*)::int from signals s where s.case_id = c.id or s.id = c.from_signal) as signals`;

/** The case that still looks into this kind of signal of a person, if there is one. */
export function lockOpenCase(tx: Tx, person: string, kind: CaseKind): Promise<{ id: string } | undefined> {
  return tx.maybe(sql`select id from signal_cases where person_id = ${person} and kind = ${kind} and state <> 'closed' for update`);
}

export async function nextCaseNumber(tx: Tx, year: number): Promise<string> {
  const { n } = await tx.one<{ n: bigint }>(sql`select nextval('signal_case_numbers') as n`);
  return `C-${year}-${String(n).padStart(6, '0')}`;
}

export async function insertCase(
  tx: Tx,
  one: { id: string; number: string; person: string; kind: CaseKind; at: Date; entry: string; fromSignal: string | null },
): Promise<void> {
  await tx.run(sql`insert into signal_cases (id, number, person_id, kind, opened_at, state, entry_id, from_signal)
    values (${one.id}, ${one.number}, ${one.person}, ${one.kind}, ${one.at}, 'open', ${one.entry}, ${one.fromSignal})`);
}

export interface SignalRow {
  id: string;
  kind: SignalKind;
  person_id: string;
  day: string;
  rules: string;
  figures: Record<string, number>;
  evidence: string[];
  case_id: string;
  case_number: string;
  case_state: CaseState;
  raised_at: Date;
}

export async function insertSignal(tx: Tx, one: Omit<SignalRow, 'case_number' | 'case_state'> & { entry: string }): Promise<void> {
  await tx.run(sql`insert into signals (id, kind, person_id, day, rules, figures, evidence, case_id, raised_at, entry_id)
    values (${one.id}, ${one.kind}, ${one.person_id}, ${one.day}::date, ${one.rules}, ${JSON.stringify(one.figures)}::jsonb, ${one.evidence}::uuid[], ${one.case_id}, ${one.raised_at}, ${one.entry})`);
}

const SIGNAL = sql`s.id, s.kind, s.person_id, s.day, s.rules, s.figures, s.evidence, c.id as case_id, c.number as case_number, c.state as case_state, s.raised_at`;
/** The case that looks into a signal: the newest that was opened from it, else the one that it opened or joined. */
const ITS_CASE = sql`join signal_cases c on c.id = coalesce(
  (select id from signal_cases a where a.from_signal = s.id order by a.opened_at desc, a.id desc limit 1), s.case_id)`;

export async function lockSignal(tx: Tx, id: string): Promise<void> {
  await tx.run(sql`select pg_advisory_xact_lock(7104, hashtext(${id}))`);
}

interface After {
  at: Date;
  id: string;
}

/** Which signals are asked for; all that is given must fit. */
export interface SignalFilter {
  kind?: SignalKind | undefined;
  /** State of the case that looks into it. */
  state?: CaseState | undefined;
  person?: string | undefined;
  /** Days that signals are about, both included. */
  from?: string | undefined;
  to?: string | undefined;
}

/** Signals about others than the viewer, newest first. */
export function listSignalRows(db: Queryable, viewer: string, filter: SignalFilter, after: After | null, limit: number): Promise<SignalRow[]> {
  const { kind, state, person, from, to } = filter;
  const where = join(
    [
      sql`s.person_id <> ${viewer}`,
      ...(kind === undefined ? [] : [sql`s.kind = ${kind}`]),
      ...(state === undefined ? [] : [sql`c.state = ${state}`]),
      ...(person === undefined ? [] : [sql`s.person_id = ${person}`]),
      ...(from === undefined ? [] : [sql`s.day >= ${from}::date`]),
      ...(to === undefined ? [] : [sql`s.day <= ${to}::date`]),
      ...(after ? [sql`(s.raised_at, s.id) < (${after.at}, ${after.id}::uuid)`] : []),
    ],
    ' and ',
    TRUE,
  );
  return db.many<SignalRow>(sql`select ${SIGNAL} from signals s ${ITS_CASE}
    where ${where} order by s.raised_at desc, s.id desc limit ${limit}`);
}

export function findSignal(db: Queryable, id: string): Promise<SignalRow | undefined> {
  return db.maybe<SignalRow>(sql`select ${SIGNAL} from signals s ${ITS_CASE} where s.id = ${id}`);
}

export function signalsOfCase(db: Queryable, id: string): Promise<SignalRow[]> {
  return db.many<SignalRow>(
    sql`select ${SIGNAL} from signals s ${ITS_CASE} where s.case_id = ${id} or s.id = (select from_signal from signal_cases where id = ${id}) order by s.day, s.id limit 200`,
  );
}

/** Which cases are asked for; all that is given must fit. */
export interface CaseFilter {
  states: readonly CaseState[];
  /** Only those that the viewer has taken. */
  mine?: boolean | undefined;
}

/** Cases about others than the viewer, newest first. */
export function listCaseRows(db: Queryable, viewer: string, { states, mine }: CaseFilter, after: After | null, limit: number): Promise<CaseRow[]> {
  const from = after ? sql`and (c.opened_at, c.id) < (${after.at}, ${after.id}::uuid)` : sql``;
  const own = mine === true ? sql`and c.assignee = ${viewer}` : sql``;
  return db.many<CaseRow>(sql`select ${CASE} from signal_cases c where c.person_id <> ${viewer} and c.state = any (${[...states]}::text[]) ${own} ${from}
    order by c.opened_at desc, c.id desc limit ${limit}`);
}

/** How many cases wait for somebody, and how many for the viewer. */
export function countCases(db: Queryable, viewer: string): Promise<{ open: number; mine: number }> {
  return db.one(sql`select count(*) filter (where state = 'open')::int as open, count(*) filter (where assignee = ${viewer})::int as mine
    from signal_cases where state <> 'closed' and person_id <> ${viewer}`);
}

export function findCase(db: Queryable, id: string): Promise<CaseRow | undefined> {
  return db.maybe<CaseRow>(sql`select ${CASE} from signal_cases c where c.id = ${id}`);
}

export function lockCase(tx: Tx, id: string): Promise<CaseRow | undefined> {
  return tx.maybe<CaseRow>(sql`select ${CASE} from signal_cases c where c.id = ${id} for update of c`);
}

export async function assignCaseRow(tx: Tx, id: string, person: string, at: Date): Promise<void> {
  await tx.run(sql`update signal_cases set state = 'working', assignee = ${person}, assigned_by = ${person}, assigned_at = ${at} where id = ${id}`);
}

export async function closeCaseRow(tx: Tx, id: string, outcome: CaseOutcome, person: string, at: Date): Promise<void> {
  await tx.run(sql`update signal_cases set state = 'closed', outcome = ${outcome}, closed_by = ${person}, closed_at = ${at} where id = ${id}`);
}

export interface NoteRow {
  id: string;
  by: string;
  at: Date;
  text_sealed: Buffer;
}

export async function insertNote(tx: Tx, caseId: string, one: NoteRow & { entry: string }): Promise<void> {
  await tx.run(
    sql`insert into signal_case_notes (id, case_id, written_by, at, text_sealed, entry_id) values (${one.id}, ${caseId}, ${one.by}, ${one.at}, ${one.text_sealed}, ${one.entry})`,
  );
}

export function notesOf(db: Queryable, caseId: string): Promise<NoteRow[]> {
  return db.many<NoteRow>(sql`select id, written_by as by, at, text_sealed from signal_case_notes where case_id = ${caseId} order by at, id limit 500`);
}
