import { createHash } from 'node:crypto';
import { scopeFacts, type Actor } from '../../audit/index.js';
import { dayOf, firstWorkingDay, formatDay, parseDay, startOf } from '../../classification/index.js';
import { canonicalJson } from '../../crypto/index.js';
import { newId } from '../../db/index.js';
import { CodedError, invalidField } from '../../errors/index.js';
import type { Opened } from '../../vault/index.js';
import type { ReportsDeps } from '../deps.js';
import { reportPdf } from './paper.js';
import {
  allowTime,
  FIGURE_NAMES,
  figureRows,
  findReport,
  hasRegular,
  insertReport,
  lockReports,
  PRESENT,
  reportedMonths,
  reportsBetween,
  type FigureName,
  type FigureRow,
  type FigureRules,
  type Figures,
  type Period,
  type ReportRow,
} from './store.js';

const sha256 = (data: string | Buffer): string => `sha256:${createHash('sha256').update(data).digest('hex')}`;

/** `2026-10-01` of the month before a day. */
function monthBefore(month: string): string {
  const { y, m } = parseDay(month);
  return formatDay(m === 1 ? { y: y - 1, m: 12, d: 1 } : { y, m: m - 1, d: 1 });
}

/** The time that a month covers in the archive's zone. */
export function periodOf(month: string, zone: string): Period {
  const first = parseDay(month);
  const { y, m } = first;
  return { from: startOf(first, zone), to: startOf(m === 12 ? { y: y + 1, m: 1, d: 1 } : { y, m: m + 1, d: 1 }, zone) };
}

const figureRules = (deps: ReportsDeps): FigureRules => ({ unusedDays: deps.rules.acting('oversight', deps.oversightRules.versions).accounts.unused_days });

/** All figures of a month in one snapshot that only reads: nobody waits for it. */
export function figuresOf(deps: ReportsDeps, month: string): Promise<Figures> {
  const period = periodOf(month, deps.settings.zone);
  return deps.db.tx(
    async (tx) => {
      await allowTime(tx);
      const all: Partial<Figures> = {};
      for (const name of FIGURE_NAMES) all[name] = await figureRows(tx, name, period, figureRules(deps));
      return all as Figures;
    },
    { isolation: 'repeatable read', readOnly: true },
  );
}

/** Makes last month's report once its first working day has come; whether it did. Repeatable. */
export async function makeDueReport(deps: ReportsDeps, system: Actor): Promise<boolean> {
  const today = dayOf(deps.now(), deps.settings.zone);
  const calendar = deps.rules.acting('calendar', deps.calendars.versions);
  if (formatDay(today) < formatDay(firstWorkingDay(calendar, today).day)) return false;
  const month = monthBefore(formatDay({ ...today, d: 1 }));
  if (await hasRegular(deps.db, month)) return false;
  await make(deps, system, month, null);
  return true;
}

/** Makes the report of a past month by hand; it is marked as such. */
export async function makeReport(deps: ReportsDeps, actor: Actor, month: string): Promise<string> {
  deps.access.authorize(actor, 'report.compliance');
  if (actor.personId === null) throw new CodedError('forbidden');
  if (periodOf(month, deps.settings.zone).to > deps.now()) throw invalidField('month', 'invalid');
  return make(deps, actor, month, actor.personId);
}

async function make(deps: ReportsDeps, actor: Actor, month: string, by: string | null): Promise<string> {
  const id = newId();
  const at = deps.now();
  const calendar = deps.rules.acting('calendar', deps.calendars.versions);
  const figures = await figuresOf(deps, month);
  const origin = by === null ? 'regular' : 'by_hand';
  const json = jsonOf({ month, origin, made_at: at, calendar: calendar.name, figures });
  const pdf = await reportPdf(deps, { month, origin, at, figures, json });
  const staged = await deps.vault.stage({ recordId: id, versionId: id, fonds: deps.settings.fonds, body: pdf, size: pdf.length, replay: false });
  await deps.db.tx(async (tx) => {
    await lockReports(tx);
    if (by === null && (await hasRegular(tx, month))) throw new CodedError('conflict');
    await deps.vault.record(tx, [staged]);
    const digests = { figures_digest: sha256(canonicalJson(figures)), document_digest: sha256(pdf) };
    const entry = await deps.audit.append(tx, {
      actor,
      act: 'compliance.make',
      subject: { kind: 'report', id },
      decision: 'allow',
      ...(by === null ? {} : { policy: deps.access.version() }),
      facts: { month: month.slice(0, 7), origin, figures: digests.figures_digest, document: digests.document_digest },
    });
    await insertReport(tx, {
      id,
      month,
      origin,
      made_at: at,
      made_by: by,
      calendar: calendar.name,
      figures,
      ...digests,
      object_id: staged.objectId,
      entry: entry.id,
    });
  });
  return id;
}

export interface ReportSummary {
  month: string;
  /** `null`: this month has no report. */
  id: string | null;
  origin: ReportRow['origin'] | null;
  madeAt: string | null;
  documentDigest: string | null;
}

/** Months of a page of the list. */
export const REPORT_MONTHS = 24;

/** The last month that has ended. */
const lastMonth = (deps: ReportsDeps): string => monthBefore(formatDay({ ...dayOf(deps.now(), deps.settings.zone), d: 1 }));

/**
 * Reports of two years, newest month first; ended months without one are shown as missing, from the first that has one.
 * `next`: the month (`2024-03`) after which the next page begins.
 */
export async function listReports(deps: ReportsDeps, actor: Actor, after?: string): Promise<{ items: ReportSummary[]; next: string | null }> {
  deps.access.authorize(actor, 'report.compliance');
  const oldest = (await reportedMonths(deps.db))[0];
  const newest = lastMonth(deps);
  let month = after === undefined || `${after}-01` > newest ? newest : monthBefore(`${after}-01`);
  const months = oldest === undefined || after === undefined || month >= oldest ? [month] : [];
  while (months.length < REPORT_MONTHS && oldest !== undefined && month > oldest) months.push((month = monthBefore(month)));
  const rows = await reportsBetween(deps.db, month, months[0] ?? month);
  await note(deps, actor, 'compliance.list', { kind: 'list', id: 'reports' }, { shown: rows.length });
  const items = months.flatMap((one): ReportSummary[] => {
    const own = rows.filter((row) => row.month === one);
    if (own.length === 0) return [{ month: one.slice(0, 7), id: null, origin: null, madeAt: null, documentDigest: null }];
    return own.map((row) => ({
      month: one.slice(0, 7),
      id: row.id,
      origin: row.origin,
      madeAt: row.made_at.toISOString(),
      documentDigest: row.document_digest,
    }));
  });
  return { items, next: oldest !== undefined && month > oldest ? month.slice(0, 7) : null };
}

export interface ReportView {
  id: string;
  month: string;
  origin: ReportRow['origin'];
  madeAt: string;
  madeBy: string | null;
  calendar: string;
  figuresDigest: string;
  documentDigest: string;
  /** As they were reported; a figure that came later than the report has no place in it. */
  figures: { name: FigureName; present: boolean; rows: FigureRow[] }[];
}

/** One report with its figures as they were reported. */
export async function viewReport(deps: ReportsDeps, actor: Actor, id: string): Promise<ReportView> {
  const row = await reportOf(deps, actor, id);
  await note(deps, actor, 'compliance.view', { kind: 'report', id }, { month: row.month.slice(0, 7) });
  return {
    id,
    month: row.month.slice(0, 7),
    origin: row.origin,
    madeAt: row.made_at.toISOString(),
    madeBy: row.made_by,
    calendar: row.calendar,
    figuresDigest: row.figures_digest,
    documentDigest: row.document_digest,
    figures: FIGURE_NAMES.flatMap((name) => {
      const rows = row.figures[name];
      return rows === undefined ? [] : [{ name, present: PRESENT.has(name), rows }];
    }),
  };
}

/** The figures as JSON, byte for byte what travels inside the document. */
export async function reportJson(deps: ReportsDeps, actor: Actor, id: string): Promise<{ month: string; json: string }> {
  const row = await reportOf(deps, actor, id);
  const month = row.month.slice(0, 7);
  await note(deps, actor, 'compliance.download', { kind: 'report', id }, { month, format: 'json' });
  return { month, json: jsonOf(row) };
}

const jsonOf = ({ month, origin, made_at, calendar, figures }: Pick<ReportRow, 'month' | 'origin' | 'made_at' | 'calendar' | 'figures'>): string =>
  canonicalJson({ month: month.slice(0, 7), origin, madeAt: made_at.toISOString(), calendar, figures });

/** How many months since the first report have none: what stands on the home page. */
export async function countMissing(deps: ReportsDeps, actor: Actor): Promise<number> {
  deps.access.authorize(actor, 'report.compliance');
  const months = await reportedMonths(deps.db);
  const oldest = months[0];
  if (oldest === undefined) return 0;
  let missing = 0;
  for (let month = lastMonth(deps); month > oldest; month = monthBefore(month)) if (!months.includes(month)) missing++;
  return missing;
}

async function reportOf(deps: ReportsDeps, actor: Actor, id: string): Promise<ReportRow> {
  deps.access.authorize(actor, 'report.compliance');
  const row = await findReport(deps.db, id);
  if (!row) throw new CodedError('not_found');
  return row;
}

/** Runs a figure of a report again, now, and says whether it still is what the report says; one of the `present` may honestly differ. */
export async function recompute(
  deps: ReportsDeps,
  actor: Actor,
  id: string,
  name: FigureName,
): Promise<{ month: string; reported: FigureRow[]; now: FigureRow[]; same: boolean; present: boolean }> {
  const row = await reportOf(deps, actor, id);
  const reported = row.figures[name];
  if (reported === undefined) throw new CodedError('not_found');
  const period = periodOf(row.month, deps.settings.zone);
  const now = await deps.db.tx(
    async (tx) => {
      await allowTime(tx);
      return figureRows(tx, name, period, figureRules(deps));
    },
    { isolation: 'repeatable read', readOnly: true },
  );
  const same = canonicalJson(now) === canonicalJson(reported);
  await note(deps, actor, 'compliance.figure', { kind: 'report', id }, { figure: name, same });
  return { month: row.month.slice(0, 7), reported, now, same, present: PRESENT.has(name) };
}

/** The document as it was signed. The access is on record before the vault is asked for the key. */
export async function openReport(deps: ReportsDeps, actor: Actor, id: string): Promise<Opened & { month: string }> {
  const row = await reportOf(deps, actor, id);
  return { ...(await deps.streams.under(actor, [], () => openSealed(deps, actor, row))), month: row.month.slice(0, 7) };
}

async function openSealed(deps: ReportsDeps, actor: Actor, row: ReportRow): Promise<Opened> {
  const scope = { actorPseudonym: actor.pseudonym, objectId: row.object_id, range: null };
  const pending = await deps.db.tx((tx) =>
    deps.audit.append(tx, {
      actor,
      act: 'compliance.download',
      subject: { kind: 'report', id: row.id },
      decision: 'allow',
      policy: deps.access.version(),
      facts: { month: row.month.slice(0, 7), ...scopeFacts(scope) },
    }),
  );
  return deps.vault.open(actor, deps.audit.receipt(pending, scope), row.object_id, null);
}

async function note(
  deps: ReportsDeps,
  actor: Actor,
  act: string,
  subject: { kind: 'list' | 'report'; id: string },
  facts: Record<string, string | number | boolean>,
): Promise<void> {
  await deps.db.tx((tx) => deps.audit.append(tx, { actor, act, subject, decision: 'allow', policy: deps.access.version(), facts }));
}
