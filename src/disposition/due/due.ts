import type { Condition } from '../../access/index.js';
import type { Actor } from '../../audit/index.js';
import { invalidField } from '../../errors/index.js';
import { dayText } from '../../records/index.js';
import type { DueDeps } from './deps.js';
import { countDue, countMonths, duePage, type CountRights, type DueFilter, type DueRow } from './due-store.js';

/** Records of a page. */
const PAGE = 50;
/** Records of a batch of an export. */
const BATCH = 1_000;

export interface DueQuestion extends DueFilter {
  /** Due on this day, in the past or to come; today where none is given. By the terms as they stand now. */
  day?: string | undefined;
  /** Only terms that end from this day on: a month of the calendar. */
  from?: string | undefined;
  after?: string | undefined;
}

export interface DueRecord extends Omit<
  DueRow,
  'archival_code' | 'service_no' | 'service_type' | 'closed_at' | 'term_until' | 'term_minimum' | 'term_maximum' | 'term_rule' | 'schedule_version'
> {
  archivalCode: string | null;
  serviceNo: string;
  serviceType: string;
  closedAt: Date;
  until: string;
  minimum: string;
  maximum: string | null;
  rule: string;
  version: string;
}

export interface DueCounts {
  department: string;
  serviceType: string;
  rule: string;
  state: string;
  count: number;
}

export interface DueList {
  day: string;
  today: string;
  total: number;
  counts: DueCounts[];
  items: DueRecord[];
  next: string | null;
}

/** Columns by which terms are counted; rights that speak of others are counted by the record. */
const COUNTED = new Set<string>(['service_type', 'department', 'sensitivity', 'state', 'restricted']);

function counted(condition: Condition): boolean {
  if (condition.op === 'and') return condition.all.every(counted);
  if (condition.op === 'or') return condition.any.every(counted);
  return condition.op === 'eq' || condition.op === 'in' ? COUNTED.has(condition.column) : true;
}

export function countRights(deps: DueDeps, actor: Actor): CountRights {
  const { roles, beyond } = deps.access.counted(actor, 'record.list');
  return { roles, kept: counted(deps.access.condition(actor, 'record.list')), beyond };
}

const AFTER = /^(\d{4}-\d{2}-\d{2})_([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})$/;

export function placeOf(after: string | undefined): { until: string; id: string } | null {
  if (after === undefined) return null;
  const match = AFTER.exec(after);
  if (!match) throw invalidField('after', 'invalid');
  return { until: match[1] as string, id: match[2] as string };
}

function filterOf({ department, type, rule, state, held }: DueFilter): DueFilter {
  return { department, type, rule, state, held };
}

/** What of the filter and the day stands in the log. */
export function dueFacts(question: DueQuestion, day: string): Record<string, string | boolean> {
  const { from, department, type, rule, state, held } = question;
  const said = Object.entries({ from, department, type, rule, state, held }).filter((one): one is [string, string | boolean] => one[1] !== undefined);
  return { day, ...Object.fromEntries(said) };
}

async function told(deps: DueDeps, actor: Actor, act: string, id: string, facts: Record<string, string | number | boolean>): Promise<void> {
  await deps.db.tx(async (tx) => {
    await deps.audit.append(tx, { actor, act, subject: { kind: 'list', id }, decision: 'allow', policy: deps.access.version(), facts });
  });
}

/** What is, was or will be due on a day, by the terms as they stand now: totals, and a page of the records, longest over first. */
export async function listDue(deps: DueDeps, actor: Actor, question: DueQuestion): Promise<DueList> {
  deps.access.authorizeEver(actor, 'retention.view');
  const today = dayText(deps.now(), deps.schedules.newest.timeZone);
  const day = question.day ?? today;
  const rights = countRights(deps, actor);
  const filter = filterOf(question);
  const after = placeOf(question.after);
  const counts = await countDue(deps.db, rights, filter, day);
  const total = counts.reduce((sum, { n }) => sum + Number(n), 0);
  const where = deps.access.where(actor, 'record.list', 'r');
  const rows = total === 0 ? [] : await duePage(deps.db, where, rights, filter, { day, from: question.from ?? null, after, limit: PAGE + 1 });
  await told(deps, actor, 'retention.list', 'due', { ...dueFacts(question, day), total, count: Math.min(rows.length, PAGE) });
  const last = rows[PAGE - 1];
  return {
    day,
    today,
    total,
    counts: counts.map(({ department, service_type, term_rule, state, n }) => ({
      department,
      serviceType: service_type,
      rule: term_rule,
      state,
      count: Number(n),
    })),
    items: rows.slice(0, PAGE).map(dueRecord),
    next: rows.length > PAGE && last ? `${last.term_until}_${last.id}` : null,
  };
}

function dueRecord(row: DueRow): DueRecord {
  const { id, title, department, sensitivity, state, held, restricted } = row;
  return {
    id,
    title,
    department,
    sensitivity,
    state,
    held,
    restricted,
    archivalCode: row.archival_code,
    serviceNo: row.service_no,
    serviceType: row.service_type,
    closedAt: row.closed_at,
    until: row.term_until,
    minimum: row.term_minimum,
    maximum: row.term_maximum,
    rule: row.term_rule,
    version: row.schedule_version,
  };
}

/** The whole list, batch by batch; one entry in the log. */
export async function exportDue(deps: DueDeps, actor: Actor, question: DueQuestion, format: string): Promise<{ day: string; rows: AsyncGenerator<DueRecord> }> {
  deps.access.authorizeEver(actor, 'retention.view');
  const day = question.day ?? dayText(deps.now(), deps.schedules.newest.timeZone);
  await told(deps, actor, 'retention.export', 'due', { ...dueFacts(question, day), format });
  const rights = countRights(deps, actor);
  const where = deps.access.where(actor, 'record.list', 'r');
  async function* rows(): AsyncGenerator<DueRecord> {
    for (let after: { until: string; id: string } | null = null; ;) {
      const batch: DueRow[] = await duePage(deps.db, where, rights, filterOf(question), { day, from: question.from ?? null, after, limit: BATCH });
      for (const row of batch) yield dueRecord(row);
      const last = batch[BATCH - 1];
      if (!last) return;
      after = { until: last.term_until, id: last.id };
    }
  }
  return { day, rows: rows() };
}

/** How many terms end in each month of a year or two, and how many had ended before. */
export interface DueCalendar {
  today: string;
  from: string;
  overdue: number;
  months: { month: string; count: number }[];
}

/** Months that the calendar shows. */
const MONTHS = 24;

export async function dueCalendar(deps: DueDeps, actor: Actor, question: Omit<DueFilter, 'held'> & { from?: string | undefined }): Promise<DueCalendar> {
  deps.access.authorizeEver(actor, 'retention.view');
  const today = dayText(deps.now(), deps.schedules.newest.timeZone);
  const from = question.from ?? `${today.slice(0, 7)}-01`;
  const rights = countRights(deps, actor);
  const filter = filterOf(question);
  const rows = new Map((await countMonths(deps.db, rights, filter, { from, to: monthAfter(from, MONTHS) })).map(({ month, n }) => [month, Number(n)]));
  const overdue = (await countDue(deps.db, rights, filter, from)).reduce((sum, { n }) => sum + Number(n), 0);
  const months = Array.from({ length: MONTHS }, (_, i) => monthAfter(from, i)).map((month) => ({ month, count: rows.get(month) ?? 0 }));
  await told(deps, actor, 'retention.calendar', 'due', { ...dueFacts(question, today) });
  return { today, from, overdue, months };
}

/** The first of the month so many months later. */
export function monthAfter(month: string, more: number): string {
  const count = Number(month.slice(0, 4)) * 12 + Number(month.slice(5, 7)) - 1 + more;
  return `${String(Math.floor(count / 12)).padStart(4, '0')}-${String((count % 12) + 1).padStart(2, '0')}-01`;
}
