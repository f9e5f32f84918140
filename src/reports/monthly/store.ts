import { type Queryable, sql, type Sql, type Tx } from '../../db/index.js';
import { listedAccounts } from '../accounts/store.js';
import { USES } from '../usage/question.js';

const RIGHTS: readonly string[] = USES.rights;

/** A month as the half-open time it covers. */
export interface Period {
  from: Date;
  to: Date;
}

/** What the rules that act say of figures. */
export interface FigureRules {
  unusedDays: number;
}

/** One row of a figure: what it counts, and its numbers. */
export interface FigureRow {
  key: string;
  values: Record<string, number>;
}

/** Numbers of a row as one JSON object, so that every figure has the same shape. */
const shape = (key: Sql, values: Sql, rest: Sql): Sql => sql`select ${key} as key, ${values} as values ${rest}`;

/**
 * The named queries of the report, which anybody allowed runs again. They tell what happened in the month and how it stood at its
 * end, so that they give the same ever after; those of {@link PRESENT} tell what stands when they are run.
 */
export const FIGURES = {
  lateness: ({ from, to }: Period) =>
    shape(
      sql`department`,
      sql`jsonb_build_object('archived', count(*), 'late', count(*) filter (where archived_at - closed_at > interval '24 hours'),
        'medianSeconds', round(percentile_disc(0.5) within group (order by extract(epoch from archived_at - closed_at))))`,
      sql`from records where archived_at >= ${from} and archived_at < ${to} group by department order by department`,
    ),
  readings_by_kind: ({ from, to }: Period) =>
    shape(
      sql`access_kind`,
      sql`jsonb_build_object('opened', count(*), 'persons', count(distinct person_id), 'granted', count(grant_id))`,
      sql`from readings where opened_at >= ${from} and opened_at < ${to} group by access_kind order by access_kind`,
    ),
  readings_by_purpose: ({ from, to }: Period) =>
    shape(
      sql`purpose`,
      sql`jsonb_build_object('opened', count(*), 'persons', count(distinct person_id))`,
      sql`from readings where opened_at >= ${from} and opened_at < ${to} group by purpose order by purpose`,
    ),
  readings_ended: ({ from, to }: Period) =>
    shape(
      sql`coalesce(result, state)`,
      sql`jsonb_build_object('ended', count(*))`,
      sql`from readings where ended_at >= ${from} and ended_at < ${to} group by 1 order by 1`,
    ),
  requests: ({ from, to }: Period) =>
    shape(
      sql`kind || ' ' || state`,
      sql`jsonb_build_object('requests', count(*))`,
      sql`from requests where submitted_at >= ${from} and submitted_at < ${to} group by 1 order by 1`,
    ),
  emergency: ({ from, to }: Period) =>
    shape(
      sql`case when reviewed_at is null or reviewed_at >= ${to} then 'waiting' else 'reviewed' end`,
      sql`jsonb_build_object('grants', count(*))`,
      sql`from grants where kind = 'emergency' and issued_at >= ${from} and issued_at < ${to} group by 1 order by 1`,
    ),
  signals: ({ from, to }: Period) =>
    shape(
      sql`s.kind`,
      sql`jsonb_build_object('raised', count(*), 'justified', count(*) filter (where c.outcome = 'justified' and c.closed_at < ${to}),
        'notJustified', count(*) filter (where c.outcome = 'not_justified' and c.closed_at < ${to}),
        'ruleTooStrict', count(*) filter (where c.outcome = 'rule_too_strict' and c.closed_at < ${to}),
        'waiting', count(*) filter (where c.closed_at is null or c.closed_at >= ${to}))`,
      sql`from signals s join signal_cases c on c.id = s.case_id where s.raised_at >= ${from} and s.raised_at < ${to} group by s.kind order by s.kind`,
    ),
  rights: ({ from, to }: Period) =>
    shape(
      sql`role`,
      sql`jsonb_build_object('given', count(*) filter (where given_at >= ${from} and given_at < ${to}), 'taken', count(*) filter (where taken_at >= ${from} and taken_at < ${to}))`,
      sql`from role_grants where (given_at >= ${from} and given_at < ${to}) or (taken_at >= ${from} and taken_at < ${to}) group by role order by role`,
    ),
  accounts: ({ from, to }: Period) =>
    shape(
      sql`a.state`,
      sql`jsonb_build_object('accounts', count(*), 'leavers', count(*) filter (where p.left_at >= ${from} and p.left_at < ${to}))`,
      sql`from accounts a join persons p on p.id = a.person_id where a.created_at < ${to} group by a.state order by a.state`,
    ),
  // how long from the application to its decision, of those decided in the month; in seconds
  request_times: ({ from, to }: Period) =>
    shape(
      sql`kind`,
      sql`jsonb_build_object('decided', count(*), 'agreed', count(grant_id),
        'medianSeconds', round(percentile_disc(0.5) within group (order by extract(epoch from decided_at - submitted_at))),
        'p90Seconds', round(percentile_disc(0.9) within group (order by extract(epoch from decided_at - submitted_at))))`,
      sql`from requests where decided_at >= ${from} and decided_at < ${to} and refused_for is distinct from 'withdrawn' group by kind order by kind`,
    ),
  // what was to be handed back by the end of the month
  overdue: ({ from, to }: Period) =>
    shape(
      sql`kind`,
      sql`jsonb_build_object('due', count(*) filter (where left_ends_at >= ${from}),
        'lateBack', count(*) filter (where left_ends_at >= ${from} and (ended_at is null or ended_at > left_ends_at)),
        'overdue', count(*) filter (where ended_at is null or ended_at >= ${to}))`,
      sql`from requests where grant_id is not null and left_ends_at < ${to} and (left_ends_at >= ${from} or ended_at is null or ended_at >= ${from})
        group by kind order by kind`,
    ),
  // from the log, as the access audit counts it
  refusals: ({ from, to }: Period) =>
    shape(
      sql`act`,
      sql`jsonb_build_object('refused', count(*), 'persons', count(distinct actor))`,
      sql`from audit_entries where decision <> 'allow' and decision = 'deny' and t >= ${from} and t < ${to} group by act order by act`,
    ),
  rights_changed: ({ from, to }: Period) =>
    shape(
      sql`act`,
      sql`jsonb_build_object('times', count(*), 'persons', count(distinct actor))`,
      sql`from audit_entries where act = any (${[...RIGHTS]}::text[]) and decision = 'allow' and t >= ${from} and t < ${to} group by act order by act`,
    ),
  // samples drawn in the month, as they were marked by its end
  sampling: ({ from, to }: Period) =>
    shape(
      sql`s.kind`,
      sql`jsonb_build_object('samples', count(distinct s.id), 'entries', count(*), 'justified', count(*) filter (where m.mark = 'justified'),
        'notJustified', count(*) filter (where m.mark = 'not_justified'), 'unclear', count(*) filter (where m.mark = 'unclear'),
        'waiting', count(*) filter (where m.mark is null))`,
      sql`from samples s join sample_items i on i.sample_id = s.id left join lateral (
          select mark from sample_marks n where n.sample_id = i.sample_id and n.position = i.position and n.at < ${to} order by n.at desc, n.id desc limit 1) m on true
        where s.drawn_at >= ${from} and s.drawn_at < ${to} group by s.kind order by s.kind`,
    ),
  account_review: ({ to }: Period, { unusedDays }: FigureRules) =>
    shape(
      sql`kind`,
      sql`jsonb_build_object('accounts', count(*))`,
      sql`from (${listedAccounts(to, unusedDays)}) x where kind is not null group by kind order by kind`,
    ),
  holdings: ({ to }: Period) =>
    shape(
      sql`service_type || ' ' || extract(year from term_until)`,
      sql`jsonb_build_object('records', count(*))`,
      sql`from records where archived_at < ${to} and state not in ('shredded', 'destroyed', 'transferred') group by 1 order by 1`,
    ),
} as const satisfies Record<string, (period: Period, rules: FigureRules) => Sql>;

export type FigureName = keyof typeof FIGURES;
/** Figures of what is now: the tables do not keep how it stood at the end of a month. */
export const PRESENT: ReadonlySet<FigureName> = new Set(['requests', 'accounts', 'account_review', 'holdings']);
export const FIGURE_NAMES = Object.keys(FIGURES) as [FigureName, ...FigureName[]];

export function figureRows(db: Queryable, name: FigureName, period: Period, rules: FigureRules): Promise<FigureRow[]> {
  return db.many<FigureRow>(FIGURES[name](period, rules));
}

/** Long counts may take their time, and block nobody: the transaction only reads. */
export async function allowTime(tx: Tx): Promise<void> {
  await tx.run(sql`set local statement_timeout = 120000`);
}

export type Figures = Record<FigureName, FigureRow[]>;

export interface ReportRow {
  id: string;
  month: string;
  origin: 'regular' | 'by_hand';
  made_at: Date;
  made_by: string | null;
  calendar: string;
  /** A report has the figures that there were when it was made. */
  figures: Partial<Figures>;
  figures_digest: string;
  document_digest: string;
  object_id: string;
}

const COLUMNS = sql`id, month, origin, made_at, made_by, calendar, figures, figures_digest, document_digest, object_id`;

export async function insertReport(tx: Tx, one: ReportRow & { entry: string }): Promise<void> {
  await tx.run(sql`insert into compliance_reports (id, month, origin, made_at, made_by, calendar, figures, figures_digest, document_digest, object_id, entry_id)
    values (${one.id}, ${one.month}::date, ${one.origin}, ${one.made_at}, ${one.made_by}, ${one.calendar}, ${JSON.stringify(one.figures)}::jsonb, ${one.figures_digest}, ${one.document_digest}, ${one.object_id}, ${one.entry})`);
}

export type ReportLine = Pick<ReportRow, 'id' | 'month' | 'origin' | 'made_at' | 'document_digest'>;

/** The reports of some months, from one to another, newest first. */
export function reportsBetween(db: Queryable, first: string, last: string): Promise<ReportLine[]> {
  return db.many<ReportLine>(sql`select id, month, origin, made_at, document_digest from compliance_reports
    where month >= ${first}::date and month <= ${last}::date order by month desc, made_at desc, id desc`);
}

/** The months that have a report, oldest first. */
export async function reportedMonths(db: Queryable): Promise<string[]> {
  const rows = await db.many<{ month: string }>(sql`select distinct month from compliance_reports order by month`);
  return rows.map((row) => row.month);
}

export function findReport(db: Queryable, id: string): Promise<ReportRow | undefined> {
  return db.maybe<ReportRow>(sql`select ${COLUMNS} from compliance_reports where id = ${id}`);
}

/** A key of two numbers, which no lock of one number can meet. */
export async function lockReports(tx: Tx): Promise<void> {
  await tx.run(sql`select pg_advisory_xact_lock(7104, 89)`);
}

export async function hasRegular(db: Queryable, month: string): Promise<boolean> {
  return (await db.maybe(sql`select id from compliance_reports where month = ${month}::date and origin = 'regular'`)) !== undefined;
}
