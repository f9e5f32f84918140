import { z } from 'zod';
import {
  dueCalendar,
  exportDue,
  exportOver,
  listDue,
  OVER_REASONS,
  overRetained,
  sweepDue,
  type DueQuestion,
  type DueRecord,
  type OverQuestion,
  type OverRow,
} from '../../disposition/index.js';
import { csvStream, xlsxStream, type ExportColumn } from '../../documents/index.js';
import { phrasesFor, type Lang } from '../../phrases/index.js';
import { RECORD_STATES, SENSITIVITIES, SERVICE_TYPES } from '../../records/index.js';
import type { HttpDeps } from '../deps.js';
import { defineRoute, type Reply, type RequestContext, type Route } from '../route.js';
import { pageSchema } from '../schemas.js';

const text = z.string().max(64, 'too_long').optional();
const day = z.iso.date('not_a_date');
const dueQuery = z.strictObject({
  day: day.optional(),
  from: day.optional(),
  department: text,
  type: z.enum(SERVICE_TYPES).optional(),
  rule: text,
  state: z.enum(['archived', 'extended', 'due']).optional(),
  held: z.stringbool().optional(),
  after: z.string().max(80, 'too_long').optional(),
});
export type DueQuery = z.infer<typeof dueQuery>;
const overQuery = z.strictObject({ rule: text, department: text, reason: z.enum(OVER_REASONS).optional(), after: z.string().max(80, 'too_long').optional() });
const dueRecord = z
  .object({
    id: z.uuid(),
    archivalCode: z.string().nullable(),
    serviceNo: z.string(),
    title: z.string(),
    serviceType: z.enum(SERVICE_TYPES),
    department: z.string(),
    sensitivity: z.enum(SENSITIVITIES),
    state: z.enum(RECORD_STATES),
    held: z.boolean(),
    restricted: z.boolean(),
    closedAt: z.string().meta({ format: 'date-time' }),
    until: z.string(),
    minimum: z.string(),
    maximum: z.string().nullable(),
    rule: z.string(),
    version: z.string(),
  })
  .meta({ id: 'DueRecord' });
const overRecord = z
  .object({
    id: z.uuid(),
    archivalCode: z.string().nullable(),
    serviceNo: z.string(),
    title: z.string(),
    department: z.string(),
    state: z.enum(RECORD_STATES),
    rule: z.string(),
    reason: z.enum(OVER_REASONS),
    maximum: z.string(),
    until: z.string(),
  })
  .meta({ id: 'OverRetainedRecord' });

/** A rule by its title in the newest version that has it; its code where none has. */
export function ruleTitle(deps: HttpDeps, lang: Lang, id: string): string {
  const found = [...deps.due.schedules.versions].reverse().find(({ rules }) => rules.some((rule) => rule.id === id));
  return found?.rules.find((rule) => rule.id === id)?.title[lang] ?? id;
}

function fileReply<Row>(name: string, format: 'csv' | 'xlsx', columns: readonly ExportColumn<Row>[], rows: AsyncIterable<Row>): Reply {
  const headers = { 'Content-Disposition': `attachment; filename="${name}.${format}"` };
  if (format === 'csv') return { stream: csvStream(columns, rows), type: 'text/csv; charset=utf-8', headers };
  return { stream: xlsxStream(name, columns, rows), type: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', headers };
}

/** The due list as a table file, in the reader's language. */
export async function dueExport(deps: HttpDeps, ctx: RequestContext, question: DueQuestion, format: 'csv' | 'xlsx'): Promise<Reply> {
  const { values, pages } = phrasesFor(ctx.lang);
  const t = pages.due;
  const { day: on, rows } = await exportDue(deps.due, ctx.actor, question, format);
  const columns: ExportColumn<DueRecord>[] = [
    { head: t.code, value: (row) => row.archivalCode, width: 24 },
    { head: t.serviceNo, value: (row) => row.serviceNo },
    { head: t.name, value: (row) => row.title, width: 40 },
    { head: t.filters.type, value: (row) => values.serviceType[row.serviceType as keyof typeof values.serviceType] },
    { head: t.filters.department, value: (row) => row.department },
    { head: t.until, value: (row) => row.until },
    { head: t.maximum, value: (row) => row.maximum },
    { head: t.filters.rule, value: (row) => ruleTitle(deps, ctx.lang, row.rule), width: 30 },
    { head: t.version, value: (row) => row.version },
    { head: t.filters.state, value: (row) => values.recordState[row.state as keyof typeof values.recordState] },
    { head: t.filters.held, value: (row) => (row.held ? t.held : '') },
  ];
  return fileReply(`due-${on}`, format, columns, rows);
}

/** What is kept too long, as a table file. */
export async function overExport(deps: HttpDeps, ctx: RequestContext, question: OverQuestion, format: 'csv' | 'xlsx'): Promise<Reply> {
  const { values, pages } = phrasesFor(ctx.lang);
  const t = pages.due;
  const { day: on, rows } = await exportOver(deps.due, ctx.actor, question, format);
  const columns: ExportColumn<OverRow>[] = [
    { head: t.code, value: (row) => row.archival_code, width: 24 },
    { head: t.serviceNo, value: (row) => row.service_no },
    { head: t.name, value: (row) => row.title, width: 40 },
    { head: t.filters.department, value: (row) => row.department },
    { head: t.maximum, value: (row) => row.maximum },
    { head: t.until, value: (row) => row.until },
    { head: t.filters.rule, value: (row) => ruleTitle(deps, ctx.lang, row.rule), width: 30 },
    { head: t.why, value: (row) => t.reasons[row.reason], width: 24 },
    { head: t.filters.state, value: (row) => values.recordState[row.state as keyof typeof values.recordState] },
  ];
  return fileReply(`over-retained-${on}`, format, columns, rows);
}

/** What is due on a day, by month, and kept too long; the sweep. */
export function dueRoutes(deps: HttpDeps): Route[] {
  const { due } = deps;
  const format = z.enum(['csv', 'xlsx']).default('xlsx');
  const files = ['text/csv', 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'];
  const counts = z.array(
    z.object({ department: z.string(), serviceType: z.enum(SERVICE_TYPES), rule: z.string(), state: z.enum(RECORD_STATES), count: z.int() }),
  );
  return [
    defineRoute({
      method: 'get',
      path: '/api/v1/due',
      name: 'listDue',
      tag: 'retention',
      summary: 'What is, was or will be due on a day, by the terms as they stand now: totals, and a page of the records, longest over first.',
      guard: 'retention.view',
      kind: 'api',
      query: dueQuery,
      responses: { 200: pageSchema(dueRecord).extend({ day: z.string(), today: z.string(), total: z.int(), counts }) },
      async handler(ctx, { query }) {
        const list = await listDue(due, ctx.actor, query);
        return { json: { ...list, items: list.items.map((one) => ({ ...one, closedAt: one.closedAt.toISOString() })) } };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/due/export',
      name: 'exportDue',
      tag: 'retention',
      summary: 'The whole due list as CSV or XLSX.',
      guard: 'retention.view',
      kind: 'api',
      query: dueQuery.omit({ after: true }).extend({ format }),
      streams: files,
      handler: (ctx, { query: { format: as, ...question } }) => dueExport(deps, ctx, question, as),
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/due/calendar',
      name: 'dueCalendar',
      tag: 'retention',
      summary: 'How many terms end in each of two years of months, and how many ended before.',
      guard: 'retention.view',
      kind: 'api',
      query: dueQuery.omit({ day: true, held: true, after: true }),
      responses: { 200: z.object({ today: z.string(), from: z.string(), overdue: z.int(), months: z.array(z.object({ month: z.string(), count: z.int() })) }) },
      handler: async (ctx, { query: { from, ...filter } }) => ({
        json: await dueCalendar(due, ctx.actor, { ...filter, from: from === undefined ? undefined : `${from.slice(0, 7)}-01` }),
      }),
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/due/sweep',
      name: 'sweepDue',
      tag: 'retention',
      summary: 'Look through the archive now: what is over and not held is put on the list. Destroys nothing.',
      guard: 'retention.sweep',
      kind: 'api',
      bodyKind: 'none',
      responses: { 200: z.object({ day: z.string(), due: z.int(), kept: z.int() }) },
      handler: async (ctx) => ({ json: await sweepDue(due, ctx.actor) }),
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/over-retained',
      name: 'listOverRetained',
      tag: 'retention',
      summary: 'What is kept beyond its longest term, by rule and department, and why.',
      guard: 'retention.view',
      kind: 'api',
      query: overQuery,
      responses: {
        200: pageSchema(overRecord).extend({
          day: z.string(),
          total: z.int(),
          counts: z.array(z.object({ rule: z.string(), department: z.string(), reason: z.enum(OVER_REASONS), count: z.int(), oldest: z.string() })),
        }),
      },
      async handler(ctx, { query }) {
        const report = await overRetained(due, ctx.actor, query);
        const items = report.items.map(({ archival_code, service_no, ...one }) => ({ ...one, archivalCode: archival_code, serviceNo: service_no }));
        return { json: { ...report, items, counts: report.counts.map(({ n, ...one }) => ({ ...one, count: n })) } };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/over-retained/export',
      name: 'exportOverRetained',
      tag: 'retention',
      summary: 'The same as CSV or XLSX.',
      guard: 'retention.view',
      kind: 'api',
      query: overQuery.omit({ after: true }).extend({ format }),
      streams: files,
      handler: (ctx, { query: { format: as, ...question } }) => overExport(deps, ctx, question, as),
    }),
  ];
}
