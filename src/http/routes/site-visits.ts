import { z } from 'zod';
import { visitSlipPdf } from '../../documents/index.js';
import { phrasesFor } from '../../phrases/index.js';
import { READING_RESULTS } from '../../records/index.js';
import { beginVisit, endVisit, listVisits, showToVisitor, viewVisit, visitEnd, visitInput, type SiteDeps } from '../../requests/index.js';
import { contentDisposition } from '../disposition.js';
import type { HttpDeps } from '../deps.js';
import { purposeNames } from '../purposes.js';
import { defineRoute, idParams, type Reply, type RequestContext, type Route } from '../route.js';

const PDF = 'application/pdf';
const instant = z.string().meta({ format: 'date-time' });
const visitSchema = z
  .object({
    id: z.uuid(),
    requestId: z.uuid(),
    number: z.string(),
    visitor: z.object({ name: z.string(), organisation: z.string() }),
    supervisor: z.uuid(),
    place: z.string(),
    purpose: z.string(),
    beganAt: instant,
    endedAt: instant.nullable(),
    state: z.enum(['open', 'ended']),
    result: z.enum(READING_RESULTS).nullable(),
    note: z.string(),
    signed: z.boolean().nullable(),
    shown: z.array(z.object({ readingId: z.uuid(), recordId: z.uuid(), at: instant, endedAt: instant.nullable(), open: z.boolean() })),
  })
  .meta({ id: 'SiteVisit' });

export const siteDeps = (deps: HttpDeps): SiteDeps => ({ ...deps.records, ...deps.requests });

/** The slip 现场查阅登记单 of a visit, to be signed by the visitor. */
export async function slipReply(deps: HttpDeps, ctx: RequestContext, id: string): Promise<Reply> {
  const visit = await viewVisit(deps.requests, ctx.actor, id, true);
  const names = await deps.accounts.namesOfPersons([visit.supervisor]);
  const records = new Map(visit.records.map((one) => [one.id, one]));
  const purpose = purposeNames(deps, visit.purpose);
  const result = (['zh', 'en'] as const).map((lang) => (visit.result === null ? '' : phrasesFor(lang).pages.reading.giveBack.results[visit.result]));
  const date = (text: string | null): Date | null => (text === null ? null : new Date(text));
  const body = await visitSlipPdf(
    {
      archive: deps.config.archiveName,
      zone: deps.config.timeZone,
      madeAt: deps.now(),
      request: visit.number,
      visitor: [visit.visitor.name, visit.visitor.organisation].filter((one) => one !== '').join(' · '),
      supervisor: names.get(visit.supervisor) ?? '',
      place: visit.place,
      purpose: `${purpose.zh} ${purpose.en}`,
      result: [...result, visit.note].join(' ').trim(),
      began: new Date(visit.beganAt),
      ended: date(visit.endedAt),
      shown: visit.shown.map((one) => ({
        code: records.get(one.recordId)?.code ?? '',
        title: records.get(one.recordId)?.title ?? '',
        at: new Date(one.at),
        until: date(one.endedAt),
      })),
    },
    deps.signer,
  );
  return {
    body,
    type: PDF,
    headers: {
      'Cache-Control': 'no-store',
      'X-Content-Type-Options': 'nosniff',
      'Content-Disposition': contentDisposition(`${phrasesFor(ctx.lang).documents.visitSlip.title}-${visit.number}.pdf`, PDF, 'download'),
    },
  };
}

/** Reading on site: somebody from outside at a screen of the archive, beside the person who applied. */
export function siteVisitRoutes(deps: HttpDeps): Route[] {
  const api = { kind: 'api', tag: 'requests', params: idParams } as const;
  const site = siteDeps(deps);
  return [
    defineRoute({
      ...api,
      method: 'post',
      path: '/api/v1/requests/:id/visits',
      name: 'beginVisit',
      summary: 'Begin a reading on site for the person from outside of an approved application, who was held against the proof of identity; one at a time.',
      guard: 'reading.supervise',
      body: visitInput,
      responses: { 201: z.object({ id: z.uuid() }) },
      async handler(ctx, { params, body }) {
        const begun = await beginVisit(site, ctx.actor, params.id, body);
        return { status: 201, json: begun, headers: { Location: `/api/v1/site-visits/${begun.id}` } };
      },
    }),
    defineRoute({
      ...api,
      method: 'get',
      path: '/api/v1/requests/:id/visits',
      name: 'listVisits',
      summary: 'Readings on site under one application, the newest first, for its applicant and whoever keeps the register.',
      guard: 'request.register',
      responses: { 200: z.object({ items: z.array(visitSchema) }) },
      handler: async (ctx, { params }) => ({ json: { items: await listVisits(site, ctx.actor, params.id) } }),
    }),
    defineRoute({
      ...api,
      method: 'get',
      path: '/api/v1/site-visits/:id',
      name: 'viewVisit',
      summary: 'One reading on site: visitor, supervisor, what was shown, and what may be shown.',
      guard: 'request.register',
      responses: { 200: visitSchema.extend({ records: z.array(z.object({ id: z.uuid(), title: z.string(), code: z.string() })) }) },
      handler: async (ctx, { params }) => ({ json: await viewVisit(site, ctx.actor, params.id) }),
    }),
    defineRoute({
      ...api,
      method: 'post',
      path: '/api/v1/site-visits/:id/readings',
      name: 'showToVisitor',
      summary: 'Show one record of the application to the visitor: a reading whose pages bear the visitor’s name, without print and download.',
      guard: 'reading.supervise',
      body: z.strictObject({ recordId: z.uuid('not_a_uuid') }),
      responses: { 201: z.object({ readingId: z.uuid() }) },
      async handler(ctx, { params, body }) {
        const shown = await showToVisitor(site, ctx.actor, { visitId: params.id, recordId: body.recordId });
        return { status: 201, json: shown, headers: { Location: `/api/v1/readings/${shown.readingId}` } };
      },
    }),
    defineRoute({
      ...api,
      method: 'post',
      path: '/api/v1/site-visits/:id/end',
      name: 'endVisit',
      summary: 'End a reading on site with the result of the use; without the visitor’s signature the note says why.',
      guard: 'reading.supervise',
      body: visitEnd,
      async handler(ctx, { params, body }) {
        await endVisit(site, ctx.actor, params.id, body);
        return {};
      },
    }),
    defineRoute({
      ...api,
      method: 'get',
      path: '/api/v1/site-visits/:id/slip.pdf',
      name: 'printVisitSlip',
      summary: 'The slip of a reading on site as a PDF signed by the archive, with a line for the visitor’s signature.',
      guard: 'request.register',
      streams: [PDF],
      handler: (ctx, { params }) => slipReply(deps, ctx, params.id),
    }),
  ];
}
