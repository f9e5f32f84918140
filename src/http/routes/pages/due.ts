import { z } from 'zod';
import {
  dueCalendar,
  dueReminders,
  listDue,
  monthAfter,
  OVER_REASONS,
  overRetained,
  seeDueReminder,
  sweepDue,
  type DueCounts,
} from '../../../disposition/index.js';
import { phrasesFor } from '../../../phrases/index.js';
import { SERVICE_TYPES } from '../../../records/index.js';
import type { RecordState } from '../../../records/values.js';
import { dueCalendarPage, duePage, overRetainedPage, paths, type FilterChip, type Option } from '../../../ui/index.js';
import type { HttpDeps } from '../../deps.js';
import { page } from '../../pages.js';
import { definePage, idParams, type RequestContext, type Route } from '../../route.js';
import { dueExport, overExport, ruleTitle, type DueQuery } from '../due.js';
import { actAt } from './acts.js';
import { departmentsOf, formBody, linkTo, pagingOf } from './common.js';

const text = z.string().max(64, 'too_long');
const blank = <T extends z.ZodType>(schema: T) => z.preprocess((value) => (value === '' ? undefined : value), schema.optional());
/** As the form sends it: what was left empty is not said. */
const formQuery = z.strictObject({
  day: blank(z.iso.date('not_a_date')),
  from: blank(z.iso.date('not_a_date')),
  department: blank(text),
  type: blank(z.enum(SERVICE_TYPES)),
  rule: blank(text),
  state: blank(z.enum(['archived', 'extended', 'due'])),
  held: blank(z.literal('1')),
  after: blank(z.string().max(80, 'too_long')),
});
const calendarQuery = formQuery.omit({ day: true, held: true, after: true });
const overQuery = z.strictObject({
  rule: text.optional(),
  department: text.optional(),
  reason: z.enum(OVER_REASONS).optional(),
  after: z.string().max(80, 'too_long').optional(),
});
const exportFormat = z.enum(['csv', 'xlsx']).default('xlsx');

interface Options {
  departments: Option[];
  types: Option[];
  rules: Option[];
  department: (code: string) => string;
  rule: (code: string) => string;
}

async function optionsOf(deps: HttpDeps, ctx: RequestContext): Promise<Options> {
  const departments = await departmentsOf(deps, ctx);
  const types = phrasesFor(ctx.lang).values.serviceType;
  const rules = deps.due.schedules.newest.rules.filter(({ match }) => JSON.stringify(match) !== '{"field":"kind","in":["usage"]}');
  return {
    departments: departments.options,
    types: SERVICE_TYPES.map((value) => ({ value, text: types[value] })),
    rules: rules.map(({ id, title }) => ({ value: id, text: title[ctx.lang] })),
    department: departments.name,
    rule: (id) => ruleTitle(deps, ctx.lang, id),
  };
}

function chipsOf(ctx: RequestContext, path: string, query: Readonly<Record<string, string | undefined>>, options: Options): FilterChip[] {
  const { pages, values } = phrasesFor(ctx.lang);
  const t = pages.due.filters;
  const words: Record<string, (value: string) => string> = {
    department: options.department,
    type: (value) => values.serviceType[value as keyof typeof values.serviceType],
    rule: options.rule,
    held: () => pages.due.held,
    reason: (value) => pages.due.reasons[value as keyof typeof pages.due.reasons],
    state: (value) => values.recordState[value as keyof typeof values.recordState],
  };
  const labels: Readonly<Record<string, string>> = { ...t, reason: pages.due.why };
  return Object.entries(query).flatMap(([name, value]) =>
    value === undefined || name === 'after'
      ? []
      : [{ label: labels[name] ?? name, value: words[name]?.(value) ?? value, remove: linkTo(path, { ...query, [name]: undefined, after: undefined }) }],
  );
}

function lines(counts: readonly DueCounts[], of: (one: DueCounts) => string, say: (code: string) => string, link: (code: string) => string) {
  const sums = new Map<string, number>();
  for (const one of counts) sums.set(of(one), (sums.get(of(one)) ?? 0) + one.count);
  return [...sums].sort(([, a], [, b]) => b - a).map(([code, count]) => ({ text: say(code), count, href: link(code) }));
}

async function showDue(deps: HttpDeps, ctx: RequestContext, query: z.infer<typeof formQuery>) {
  const { held, ...rest } = query;
  const question: DueQuery = { ...rest, ...(held === undefined ? {} : { held: true }) };
  const list = await listDue(deps.due, ctx.actor, question);
  const options = await optionsOf(deps, ctx);
  const { values } = phrasesFor(ctx.lang);
  const { after: _after, ...kept } = query;
  const exportAt = (format: string): string => linkTo(paths.dueExport, { ...kept, format });
  return page(deps, ctx, duePage, {
    day: list.day,
    today: list.today,
    total: list.total,
    byDepartment: lines(
      list.counts,
      (one) => one.department,
      options.department,
      (department) => linkTo(paths.due, { ...kept, department }),
    ),
    byType: lines(
      list.counts,
      (one) => one.serviceType,
      (type) => values.serviceType[type as keyof typeof values.serviceType],
      (type) => linkTo(paths.due, { ...kept, type }),
    ),
    rows: list.items.map((one) => ({
      id: one.id,
      title: one.title,
      code: one.archivalCode ?? one.serviceNo,
      type: one.serviceType,
      department: options.department(one.department),
      state: one.state as RecordState,
      held: one.held,
      until: one.until,
      maximum: one.maximum,
      over: one.maximum !== null && one.maximum < list.day,
      rule: options.rule(one.rule),
    })),
    paging: { ...pagingOf(paths.due, query, list.items.length, list.next), total: query.from === undefined ? list.total : undefined },
    filters: { values: { ...kept, day: list.day }, errors: [] },
    chips: chipsOf(ctx, paths.due, kept, options),
    departments: options.departments,
    types: options.types,
    rules: options.rules,
    exports: { csv: exportAt('csv'), xlsx: exportAt('xlsx') },
    maySweep: deps.access.mayEver(ctx.actor, 'retention.sweep'),
    reminders: (await dueReminders(deps.due, ctx.actor)).map((one) => ({
      ...one,
      department: options.department(one.department),
      href: linkTo(paths.due, { day: monthEnd(one.to), from: one.from, department: one.department }),
    })),
  });
}

/** A term that ends on a day is over on the next. */
function monthEnd(day: string): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + 86_400_000).toISOString().slice(0, 10);
}

async function showCalendar(deps: HttpDeps, ctx: RequestContext, query: z.infer<typeof calendarQuery>) {
  const { from: asked, ...filter } = query;
  const from = asked === undefined ? undefined : `${asked.slice(0, 7)}-01`;
  const calendar = await dueCalendar(deps.due, ctx.actor, { ...filter, from });
  const options = await optionsOf(deps, ctx);
  return page(deps, ctx, dueCalendarPage, {
    overdue: { count: calendar.overdue, href: linkTo(paths.due, { ...filter, day: calendar.from }) },
    months: calendar.months.map(({ month, count }) => ({
      month: month.slice(0, 7),
      count,
      href: linkTo(paths.due, { ...filter, from: month, day: monthAfter(month, 1) }),
    })),
    earlier: linkTo(paths.dueCalendar, { ...filter, from: monthAfter(calendar.from, -12) }),
    later: linkTo(paths.dueCalendar, { ...filter, from: monthAfter(calendar.from, 12) }),
    total: calendar.months.reduce((sum, { count }) => sum + count, 0),
    filters: { values: { ...filter }, errors: [] },
    departments: options.departments,
    types: options.types,
    rules: options.rules,
  });
}

async function showOver(deps: HttpDeps, ctx: RequestContext, query: z.infer<typeof overQuery>) {
  const report = await overRetained(deps.due, ctx.actor, query);
  const options = await optionsOf(deps, ctx);
  const { after: _after, ...kept } = query;
  const exportAt = (format: string): string => linkTo(paths.overExport, { ...kept, format });
  return page(deps, ctx, overRetainedPage, {
    day: report.day,
    total: report.total,
    counts: report.counts.map(({ rule, department, reason, n, oldest }) => ({
      rule: options.rule(rule),
      department: options.department(department),
      reason,
      count: n,
      oldest,
      href: linkTo(paths.overRetained, { rule, department, reason }),
    })),
    rows: report.items.map((one) => ({
      id: one.id,
      title: one.title,
      code: one.archival_code ?? one.service_no,
      department: options.department(one.department),
      state: one.state as RecordState,
      rule: options.rule(one.rule),
      reason: one.reason,
      maximum: one.maximum,
      until: one.until,
    })),
    paging: pagingOf(paths.overRetained, query, report.items.length, report.next),
    chips: chipsOf(ctx, paths.overRetained, kept, options),
    exports: { csv: exportAt('csv'), xlsx: exportAt('xlsx') },
  });
}

/** What is due, when, and what is kept too long. */
export function duePages(deps: HttpDeps): Route[] {
  const guard = 'retention.view' as const;
  return [
    definePage({ method: 'get', path: paths.due, name: 'duePage', guard, query: formQuery, handler: (ctx, { query }) => showDue(deps, ctx, query) }),
    definePage({
      method: 'get',
      path: paths.dueExport,
      name: 'dueExportPage',
      guard,
      query: formQuery.extend({ format: exportFormat }),
      handler: (ctx, { query: { format, held, ...rest } }) => dueExport(deps, ctx, { ...rest, ...(held === undefined ? {} : { held: true }) }, format),
    }),
    definePage({
      method: 'get',
      path: paths.dueCalendar,
      name: 'dueCalendarPage',
      guard,
      query: calendarQuery,
      handler: (ctx, { query }) => showCalendar(deps, ctx, query),
    }),
    definePage({
      method: 'get',
      path: paths.overRetained,
      name: 'overRetainedPage',
      guard,
      query: overQuery,
      handler: (ctx, { query }) => showOver(deps, ctx, query),
    }),
    definePage({
      method: 'get',
      path: paths.overExport,
      name: 'overExportPage',
      guard,
      query: overQuery.extend({ format: exportFormat }),
      handler: (ctx, { query: { format, ...rest } }) => overExport(deps, ctx, rest, format),
    }),
    definePage({
      method: 'post',
      path: paths.sweepDue,
      name: 'sweepDueForm',
      guard: 'retention.sweep',
      bodyKind: 'form',
      body: formBody,
      handler: (ctx) => actAt(paths.due, 'swept', () => sweepDue(deps.due, ctx.actor)),
    }),
    definePage({
      method: 'post',
      path: '/retention/reminders/:id/seen',
      name: 'seeDueReminderForm',
      guard,
      params: idParams,
      bodyKind: 'form',
      body: formBody,
      handler: (ctx, { params }) => actAt(paths.due, 'saved', () => seeDueReminder(deps.due, ctx.actor, params.id)),
    }),
  ];
}
