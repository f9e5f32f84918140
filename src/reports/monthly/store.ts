import { type Queryable, sql, type Sql, type Tx } from '../../db/index.js';

/** A month as the half-open time it covers. */
export interface Period {
  from: Date;
  to: Date;
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
  holdings: ({ to }: Period) =>
    shape(
      sql`service_type || ' ' || extract(year from term_until)`,
      sql`jsonb_build_object('records', count(*))`,
      sql`from records where archived_at < ${to} and state not in ('shredded', 'destroyed', 'transferred') group by 1 order by 1`,
    ),
} as const satisfies Record<string, (period: Period) => Sql>;

export type FigureName = keyof typeof FIGURES;
/** Figures of what is now: the tables do not keep how it stood at the end of a month. */
export const PRESENT: ReadonlySet<FigureName> = new Set(['requests', 'accounts', 'holdings']);
export const FIGURE_NAMES = Object.keys(FIGURES) as [FigureName, ...FigureName[]];

export function figureRows(db: Queryable, name: FigureName, period: Period): Promise<FigureRow[]> {
  return db.many<FigureRow>(FIGURES[name](period));
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

export function reportRows(db: Queryable): Promise<ReportRow[]> {
  return db.many<ReportRow>(sql`select ${COLUMNS} from compliance_reports order by month desc, made_at desc limit 240`);
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
