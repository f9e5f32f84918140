import { CodedError } from '../../errors/index.js';
import { z } from 'zod';
import { FIGURE_NAMES, listReports, makeReport, openReport, recompute, reportJson, viewReport } from '../../reports/index.js';
import type { HttpDeps } from '../deps.js';
import { defineRoute, idParams, type Reply, type RequestContext, type Route } from '../route.js';

const rows = z.array(z.object({ key: z.string(), values: z.record(z.string(), z.number()) }));
const report = z
  .object({
    month: z.string(),
    id: z.uuid().nullable(),
    origin: z.enum(['regular', 'by_hand']).nullable(),
    madeAt: z.string().nullable(),
    documentDigest: z.string().nullable(),
  })
  .meta({ id: 'ComplianceReport' });

/** A month, as `2026-03`. */
export const reportMonth = z.string().regex(/^20\d\d-(0[1-9]|1[0-2])$/, 'invalid');
export const monthBody = z.strictObject({ month: reportMonth });

const attached = (month: string, ext: string) => ({ 'Content-Disposition': `attachment; filename="compliance-${month}.${ext}"` });

export async function reportPdfReply({ reports }: HttpDeps, { actor }: RequestContext, id: string): Promise<Reply> {
  const { body, month } = await openReport(reports, actor, id);
  return { stream: body, type: 'application/pdf', headers: attached(month, 'pdf') };
}

export async function reportJsonReply({ reports }: HttpDeps, { actor }: RequestContext, id: string): Promise<Reply> {
  const { month, json } = await reportJson(reports, actor, id);
  return { body: Buffer.from(json), type: 'application/json; charset=utf-8', headers: attached(month, 'json') };
}

/** The monthly compliance report: kept documents, and every figure as a query that is run again. */
export function complianceReportRoutes(deps: HttpDeps): Route[] {
  const { reports } = deps;
  const guard = 'report.compliance';
  return [
    defineRoute({
      method: 'get',
      path: '/api/v1/compliance-reports',
      name: 'listComplianceReports',
      tag: 'audit',
      summary: 'Monthly compliance reports of two years, newest first; a month without one has no id. `next` is the `after` of the page before them.',
      guard,
      kind: 'api',
      query: z.strictObject({ after: reportMonth.optional() }),
      responses: { 200: z.object({ items: z.array(report), next: z.string().nullable() }) },
      handler: async (ctx, { query }) => ({ json: await listReports(reports, ctx.actor, query.after) }),
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/compliance-reports',
      name: 'makeComplianceReport',
      tag: 'audit',
      summary: 'Make the report of an ended month by hand; it is marked as such.',
      guard,
      kind: 'api',
      body: monthBody,
      responses: { 201: z.object({ id: z.uuid() }) },
      handler: async (ctx, { body }) => ({ status: 201, json: { id: await makeReport(reports, ctx.actor, `${body.month}-01`) } }),
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/compliance-reports/:id',
      name: 'viewComplianceReport',
      tag: 'audit',
      summary: 'One report with its figures as they were reported.',
      guard,
      kind: 'api',
      params: idParams,
      responses: {
        200: z.object({
          id: z.uuid(),
          month: z.string(),
          origin: z.enum(['regular', 'by_hand']),
          madeAt: z.string(),
          madeBy: z.uuid().nullable(),
          calendar: z.string(),
          figuresDigest: z.string(),
          documentDigest: z.string(),
          figures: z.array(z.object({ name: z.enum(FIGURE_NAMES), present: z.boolean(), rows })),
        }),
      },
      handler: async (ctx, { params }) => ({ json: await viewReport(reports, ctx.actor, params.id) }),
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/compliance-reports/:id/report.json',
      name: 'downloadComplianceFigures',
      tag: 'audit',
      summary: 'The figures as canonical JSON, byte for byte what travels inside the signed document.',
      guard,
      kind: 'api',
      params: idParams,
      streams: ['application/json'],
      handler: (ctx, { params }) => reportJsonReply(deps, ctx, params.id),
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/compliance-reports/:id/figures/:figure',
      name: 'recomputeFigure',
      tag: 'audit',
      summary: 'Run a figure of a report again and compare it with what the report says; a figure of the `present` state may have moved on since.',
      guard,
      kind: 'api',
      params: idParams.extend({ figure: z.string().min(1).max(60) }),
      responses: { 200: z.object({ reported: rows, now: rows, same: z.boolean(), present: z.boolean() }) },
      async handler(ctx, { params }) {
        const figure = FIGURE_NAMES.find((one) => one === params.figure);
        if (figure === undefined) throw new CodedError('not_found');
        return { json: await recompute(reports, ctx.actor, params.id, figure) };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/compliance-reports/:id/report.pdf',
      name: 'downloadComplianceReport',
      tag: 'audit',
      summary: 'The signed document, with its figures as JSON inside.',
      guard,
      kind: 'api',
      params: idParams,
      streams: ['application/pdf'],
      handler: (ctx, { params }) => reportPdfReply(deps, ctx, params.id),
    }),
  ];
}
