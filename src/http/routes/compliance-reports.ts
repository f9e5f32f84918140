import { CodedError } from '../../errors/index.js';
import { z } from 'zod';
import { FIGURE_NAMES, listReports, makeReport, openReport, recompute } from '../../reports/index.js';
import type { HttpDeps } from '../deps.js';
import { defineRoute, idParams, type Route } from '../route.js';

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
      summary: 'Monthly compliance reports, newest first; a month without one has no id.',
      guard,
      kind: 'api',
      responses: { 200: z.object({ items: z.array(report) }) },
      handler: async (ctx) => ({ json: { items: await listReports(reports, ctx.actor) } }),
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/compliance-reports',
      name: 'makeComplianceReport',
      tag: 'audit',
      summary: 'Make the report of an ended month by hand; it is marked as such.',
      guard,
      kind: 'api',
      body: z.strictObject({ month: z.string().regex(/^20\d\d-(0[1-9]|1[0-2])$/, 'invalid') }),
      responses: { 201: z.object({ id: z.uuid() }) },
      handler: async (ctx, { body }) => ({ status: 201, json: { id: await makeReport(reports, ctx.actor, `${body.month}-01`) } }),
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
      async handler(ctx, { params }) {
        const { body, month } = await openReport(reports, ctx.actor, params.id);
        const headers = { 'Content-Disposition': `attachment; filename="compliance-${month}.pdf"` };
        return { stream: body, type: 'application/pdf', headers };
      },
    }),
  ];
}
