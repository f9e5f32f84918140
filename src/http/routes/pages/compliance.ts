import { check, CodedError } from '../../../errors/index.js';
import { z } from 'zod';
import { formatFor, phrasesFor } from '../../../phrases/index.js';
import { FIGURE_NAMES, figureKey, listReports, makeReport, recompute, viewReport, type FigureName, type FigureRow } from '../../../reports/index.js';
import { complianceFigurePage, complianceListPage, complianceReportPage, EMPTY_FORM, paths, type FigureModel, type FormState } from '../../../ui/index.js';
import type { HttpDeps } from '../../deps.js';
import { page, redirectWith } from '../../pages.js';
import { definePage, idParams, type Reply, type RequestContext, type Route } from '../../route.js';
import { monthBody, reportMonth, reportJsonReply, reportPdfReply } from '../compliance-reports.js';
import { refusedAt, standingAt } from './acts.js';
import { attempt, departmentsOf, formBody, pagingOf, purposeText, refusedForm, textOf, type Form } from './common.js';

const GUARD = 'report.compliance';

async function showList(deps: HttpDeps, ctx: RequestContext, query: { after?: string | undefined }, form: FormState, status = 200): Promise<Reply> {
  const { items: rows, next } = await listReports(deps.reports, ctx.actor, query.after);
  const paging = pagingOf(paths.compliance, query, rows.length, next);
  return page(deps, status === 200 ? ctx : standingAt(ctx, paths.compliance), complianceListPage, { rows, form, paging }, { status });
}

async function make(deps: HttpDeps, ctx: RequestContext, body: Form): Promise<Reply> {
  const tried = await attempt(() => makeReport(deps.reports, ctx.actor, `${check(monthBody, { month: textOf(body, 'month') }).month}-01`));
  if ('done' in tried) return redirectWith(paths.complianceReport(tried.done), { kind: 'good', code: 'report_made' });
  return tried.refused.fields.length > 0 ? showList(deps, ctx, {}, refusedForm(body, tried.refused), 422) : refusedAt(paths.compliance, tried.refused);
}

type KeyWords = (figure: FigureName, key: string) => string;

async function wordsOf(deps: HttpDeps, ctx: RequestContext): Promise<KeyWords> {
  const departments = await departmentsOf(deps, ctx);
  const names = { department: departments.name, purpose: (code: string) => purposeText(deps, ctx, code) };
  return (figure, key) => figureKey(ctx.lang, figure, key, names);
}

/** Columns and rows of a figure as they are read; with `now`, both sides of each number. */
function figureModel(ctx: RequestContext, words: KeyWords, name: FigureName, reported: readonly FigureRow[], now?: readonly FigureRow[]): FigureModel {
  const t = phrasesFor(ctx.lang);
  const heads: Readonly<Record<string, string>> = t.reports.monthly.columns;
  const side = t.pages.oversight.compliance.figure;
  const columns = [...new Set([...reported, ...(now ?? [])].flatMap((row) => Object.keys(row.values)))].sort();
  const head = (column: string): string => heads[column] ?? column;
  const keys = [...new Set([...reported, ...(now ?? [])].map((row) => row.key))].sort();
  const find = (rows: readonly FigureRow[], key: string, column: string): string => {
    const value = rows.find((row) => row.key === key)?.values[column];
    return value === undefined || value === null ? '' : formatFor(ctx.lang).number(value);
  };
  const told = t.reports.monthly.figures[name];
  return {
    name,
    title: told,
    columns: now === undefined ? columns.map(head) : columns.flatMap((column) => [`${head(column)} ${side.reported}`, `${head(column)} ${side.now}`]),
    rows: keys.map((key) => {
      const values =
        now === undefined
          ? columns.map((column) => find(reported, key, column))
          : columns.flatMap((column) => [find(reported, key, column), find(now, key, column)]);
      return { key, text: words(name, key), values, changed: now !== undefined && values.some((value, i) => i % 2 === 0 && value !== values[i + 1]) };
    }),
  };
}

async function showReport(deps: HttpDeps, ctx: RequestContext, id: string): Promise<Reply> {
  const report = await viewReport(deps.reports, ctx.actor, id);
  const words = await wordsOf(deps, ctx);
  const names = await deps.accounts.namesOfPersons(report.madeBy === null ? [] : [report.madeBy]);
  const { month, origin, madeAt, calendar, figuresDigest, documentDigest } = report;
  return page(deps, ctx, complianceReportPage, {
    id,
    month,
    origin,
    madeAt,
    calendar,
    figuresDigest,
    documentDigest,
    by: report.madeBy === null ? phrasesFor(ctx.lang).audit.actors.system : (names.get(report.madeBy) ?? ''),
    figures: report.figures.map((one) => {
      const figure = figureModel(ctx, words, one.name, one.rows);
      return one.present ? { ...figure, title: figure.title + phrasesFor(ctx.lang).reports.monthly.present } : figure;
    }),
  });
}

async function showFigure(deps: HttpDeps, ctx: RequestContext, id: string, asked: string): Promise<Reply> {
  const name = FIGURE_NAMES.find((one) => one === asked);
  if (name === undefined) throw new CodedError('not_found');
  const { reported, now, same, present, month } = await recompute(deps.reports, ctx.actor, id, name);
  return page(deps, ctx, complianceFigurePage, { id, month, figure: figureModel(ctx, await wordsOf(deps, ctx), name, reported, now), same, present });
}

/** Monthly compliance reports, for people. */
export function compliancePages(deps: HttpDeps): Route[] {
  return [
    definePage({
      method: 'get',
      path: paths.compliance,
      name: 'complianceListPage',
      guard: GUARD,
      query: z.strictObject({ after: reportMonth.optional() }),
      handler: (ctx, { query }) => showList(deps, ctx, query, EMPTY_FORM),
    }),
    definePage({
      method: 'post',
      path: paths.compliance,
      name: 'makeComplianceForm',
      guard: GUARD,
      bodyKind: 'form',
      body: formBody,
      handler: (ctx, { body }) => make(deps, ctx, body),
    }),
    definePage({
      method: 'get',
      path: '/compliance-reports/:id',
      name: 'complianceReportPage',
      guard: GUARD,
      params: idParams,
      handler: (ctx, { params }) => showReport(deps, ctx, params.id),
    }),
    definePage({
      method: 'get',
      path: '/compliance-reports/:id/report.pdf',
      name: 'compliancePdfPage',
      guard: GUARD,
      params: idParams,
      streams: ['application/pdf'],
      handler: (ctx, { params }) => reportPdfReply(deps, ctx, params.id),
    }),
    definePage({
      method: 'get',
      path: '/compliance-reports/:id/report.json',
      name: 'complianceJsonPage',
      guard: GUARD,
      params: idParams,
      streams: ['application/json'],
      handler: (ctx, { params }) => reportJsonReply(deps, ctx, params.id),
    }),
    definePage({
      method: 'get',
      path: '/compliance-reports/:id/figures/:figure',
      name: 'complianceFigurePage',
      guard: GUARD,
      params: idParams.extend({ figure: z.string().max(60) }),
      handler: (ctx, { params }) => showFigure(deps, ctx, params.id, params.figure),
    }),
  ];
}
