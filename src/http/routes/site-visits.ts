import { z } from 'zod';
import { visitSlipPdf } from '../../documents/index.js';
import { phrasesFor } from '../../phrases/index.js';
import { READING_RESULTS } from '../../records/index.js';
import {
  beginVisit,
  BROKEN_OFF,
  endVisit,
  listVisits,
  showToVisitor,
  viewVisit,
  visitEnd,
  visitInput,
  type SiteDeps,
  type VisitEnd,
} from '../../requests/index.js';
import { SESSION_COOKIE } from '../middleware/identify.js';
import { contentDisposition } from '../disposition.js';
import { originOf } from './sessions.js';
import type { HttpDeps } from '../deps.js';
import { purposeNames } from '../purposes.js';
import { defineRoute, idParams, type CookieToSet, type Reply, type RequestContext, type Route } from '../route.js';

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
    endsAt: instant.nullable(),
    brokenOff: z.enum(BROKEN_OFF).nullable(),
    strayed: z.int(),
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

/** Sent where a session is locked or let go: what the browser keeps to go back to is another's from then on. */
export const FORGET = { 'Clear-Site-Data': '"cache"' };

/** Ends a visit in the session that is locked to it: first who stands by shows that it is him; then he has a session of his own again. */
export async function endAtScreen(
  deps: HttpDeps,
  ctx: RequestContext,
  visit: string,
  end: VisitEnd & { password?: string | undefined; code?: string | undefined },
): Promise<{ reopened: boolean; cookies: CookieToSet[]; headers: Record<string, string> }> {
  const { password, code, ...asked } = end;
  const proved = await deps.accounts.proveAtLock(ctx.actor, { password, code });
  await endVisit(siteDeps(deps), ctx.actor, visit, asked);
  const next = await deps.accounts.reopenSession(ctx.actor, proved, originOf(ctx));
  const cookie: CookieToSet = next === undefined ? { name: SESSION_COOKIE, value: '', maxAge: 0 } : { name: SESSION_COOKIE, value: next.token };
  return { reopened: next !== undefined, cookies: [cookie], headers: FORGET };
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
      summary:
        'Begin a reading on site for the person from outside of an approved application, who was held against the proof of identity; one at a time. From then on this session is locked to it: everything else answers 403 `session_locked`, for every holder of the cookie, until it ends.',
      guard: 'reading.supervise',
      body: visitInput,
      responses: { 201: z.object({ id: z.uuid(), endsAt: instant }) },
      async handler(ctx, { params, body }) {
        const begun = await beginVisit(site, ctx.actor, params.id, body);
        return {
          status: 201,
          json: { id: begun.id, endsAt: begun.endsAt.toISOString() },
          headers: { ...FORGET, Location: `/api/v1/site-visits/${begun.id}` },
        };
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
      summary:
        'Show one record of the application to the visitor, in the session that is locked to the visit: a reading whose pages bear the visitor’s name, without print and download.',
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
      summary:
        'End a reading on site with the result of the use; without the visitor’s signature the note says why. In its locked session password, and code where the role asks for a second factor, are needed, or, without a password of one’s own, the answer of the single sign-on a moment before; the answer sets the cookie of a new session where a password was given.',
      guard: 'reading.supervise',
      body: visitEnd.extend({ password: z.string().max(1000, 'too_long').optional(), code: z.string().max(40, 'too_long').optional() }),
      async handler(ctx, { params, body: { password, code, ...end } }) {
        if (ctx.actor.locked !== undefined) {
          const { cookies, headers } = await endAtScreen(deps, ctx, params.id, { ...end, password, code });
          return { cookies, headers };
        }
        await endVisit(site, ctx.actor, params.id, end);
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
