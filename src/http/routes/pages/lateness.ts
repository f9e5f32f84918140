import { z } from 'zod';
import { latenessReport, type LatenessReport, type RecordSummary } from '../../../records/index.js';
import { latenessPage, paths, type LatenessKind, type LatenessModel } from '../../../ui/index.js';
import type { HttpDeps } from '../../deps.js';
import { page } from '../../pages.js';
import { definePage, type RequestContext, type Route } from '../../route.js';
import { departmentsOf, pagingOf } from './common.js';

const query = z.strictObject({
  kind: z.enum(['late', 'not_archived', 'return_call']).default('late'),
  hours: z.coerce.number('wrong_type').int().min(1).max(8760).optional(),
  days: z.coerce.number('wrong_type').int().min(1).max(3660).optional(),
  after: z.string().max(400, 'too_long').optional(),
});
type Query = z.infer<typeof query>;
type Row = LatenessModel['rows'][number];

const secondsBetween = (from: string, to: string): number => (Date.parse(to) - Date.parse(from)) / 1000;

function recordRow(one: RecordSummary, department: (code: string) => string): Row {
  return {
    id: one.id,
    title: one.title,
    serviceNo: one.serviceNo,
    department: department(one.department),
    source: one.sourceSystem,
    closedAt: one.closedAt,
    archivedAt: one.archivedAt,
    saidAt: null,
    lagSeconds: one.archivedAt === null ? null : secondsBetween(one.closedAt, one.archivedAt),
  };
}

function rowsOf(report: LatenessReport, kind: LatenessKind, department: (code: string) => string, now: Date): Row[] {
  if (kind === 'late') return report.late.items.map((one) => recordRow(one, department));
  if (kind === 'return_call') return report.missingReturnCalls.items.map((one) => recordRow(one, department));
  return report.closedNotArchived.map((one) => ({
    id: null,
    title: null,
    serviceNo: one.serviceNo,
    department: department(one.department),
    source: one.sourceSystem,
    closedAt: one.closedAt,
    archivedAt: null,
    saidAt: null,
    lagSeconds: secondsBetween(one.closedAt, now.toISOString()),
  }));
}

/** As many closings as the report lists at most. */
const LISTED = 50;

function figuresOf(report: LatenessReport): LatenessModel['figures'] {
  const sum = (count: (one: LatenessReport['departments'][number]) => number): number => report.departments.reduce((all, one) => all + count(one), 0);
  const total = sum((one) => one.total);
  const late = sum((one) => one.late);
  const calls = report.missingReturnCalls;
  return {
    onTime: total === 0 ? null : (total - late) / total,
    late,
    notArchived: { count: report.closedNotArchived.length, more: report.closedNotArchived.length >= LISTED },
    returnCall: { count: calls.items.length, more: calls.next !== null },
  };
}

function pagingFor(report: LatenessReport, input: Query, shown: number): LatenessModel['paging'] {
  const next = { late: report.late.next, return_call: report.missingReturnCalls.next, not_archived: null }[input.kind];
  return pagingOf(paths.lateness, input, shown, next);
}

async function modelOf(deps: HttpDeps, ctx: RequestContext, input: Query): Promise<LatenessModel> {
  const { kind, hours, days, after } = input;
  const cursor = after === undefined ? {} : kind === 'late' ? { afterLate: after } : kind === 'return_call' ? { afterCalls: after } : {};
  const report = await latenessReport(deps.records, ctx.actor, { hours, days, ...cursor });
  const departments = await departmentsOf(deps, ctx);
  const rows = rowsOf(report, kind, departments.name, deps.now());
  const reasons = new Map(deps.records.schemes.newest.filingScope.rules.map((rule) => [rule.id, rule.title[ctx.lang]]));
  return {
    kind,
    hours: report.hours,
    days: report.days,
    figures: figuresOf(report),
    rows,
    paging: pagingFor(report, input, rows.length),
    departments: report.departments.map((one) => ({ ...one, department: departments.name(one.department) })),
    outOfScope: report.outOfScope.map((one) => ({ source: one.sourceSystem, reason: reasons.get(one.reason) ?? one.reason, count: one.count })),
  };
}

/** What came late, what never came, what lacks its return call. */
export function latenessPages(deps: HttpDeps): Route[] {
  return [
    definePage({
      method: 'get',
      path: paths.lateness,
      name: 'latenessPage',
      guard: 'report.lateness',
      query,
      handler: async (ctx, input) => page(deps, ctx, latenessPage, await modelOf(deps, ctx, input.query)),
    }),
  ];
}
