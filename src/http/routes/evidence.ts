import { z } from 'zod';
import {
  askEvidence,
  decideEvidence,
  fetchEvidence,
  listEvidence,
  PACK_KINDS,
  PACK_LIMITS,
  PACK_STATES,
  viewEvidence,
  withdrawEvidence,
} from '../../evidence/index.js';
import { readCursorPair, writeCursorPair } from '../cursor.js';
import type { HttpDeps } from '../deps.js';
import { defineRoute, idParams, type Reply, type RequestContext, type Route } from '../route.js';
import { pageSchema } from '../schemas.js';
import { goneSchema, presentGone } from './audit.js';

const instant = z.string().meta({ format: 'date-time' });
const day = z.string().meta({ format: 'date' });
const SHOWN = [...PACK_STATES, 'making', 'lapsed'] as const;

const summary = z
  .object({
    id: z.uuid(),
    number: z.string(),
    kind: z.enum(PACK_KINDS),
    from: day,
    to: day,
    state: z.enum(SHOWN),
    askedBy: z.uuid(),
    askedAt: instant,
    entries: z.int(),
  })
  .meta({ id: 'EvidencePack' });
const view = summary
  .extend({
    personId: z.uuid().nullable(),
    client: z.string().nullable(),
    recordId: z.uuid().nullable(),
    sides: z.boolean(),
    needsApproval: z.boolean(),
    reason: z.string(),
    decidedBy: z.uuid().nullable(),
    decidedAt: instant.nullable(),
    endedAt: instant.nullable(),
    failure: z.string().nullable(),
    size: z.string().nullable(),
    digest: z.string().nullable(),
    sums: z.string().nullable(),
    until: instant.nullable(),
    gone: goneSchema,
    done: z.int(),
    total: z.int(),
    mayDecide: z.boolean(),
    mayWithdraw: z.boolean(),
    mayFetch: z.boolean(),
  })
  .meta({ id: 'EvidencePackView' });

/** What a pack is asked for with; a form gives the same. */
export const packBody = z.strictObject({
  kind: z.enum(PACK_KINDS, 'unknown_value'),
  subject: z.string().max(128, 'too_long').optional(),
  from: z.string().max(10, 'not_a_date'),
  to: z.string().max(10, 'not_a_date'),
  sides: z.boolean().optional(),
  reason: z.string().max(PACK_LIMITS.reason, 'too_long'),
});
export const packQuery = z.strictObject({ state: z.enum(PACK_STATES, 'unknown_value').optional(), after: z.string().max(100, 'too_long').optional() });

export async function packReply({ evidence }: HttpDeps, { actor }: RequestContext, id: string): Promise<Reply> {
  const { body, size, number } = await fetchEvidence(evidence, actor, id);
  return {
    stream: body,
    type: 'application/zip',
    headers: { 'Content-Disposition': `attachment; filename="${number}.zip"`, 'Content-Length': String(size) },
  };
}

const viewed = (one: Awaited<ReturnType<typeof viewEvidence>>): object => ({ ...one, gone: presentGone(one.gone) });

/** Evidence packs for inspectors: asked for, approved where they are about a person, made in the background, fetched by their maker. */
export function evidenceRoutes(deps: HttpDeps): Route[] {
  const { evidence } = deps;
  return [
    defineRoute({
      method: 'get',
      path: '/api/v1/evidence-packs',
      name: 'listEvidencePacks',
      tag: 'audit',
      summary: 'Evidence packs, newest first.',
      guard: 'evidence.view',
      kind: 'api',
      query: packQuery,
      responses: { 200: pageSchema(summary) },
      async handler(ctx, { query }) {
        const { items, next } = await listEvidence(evidence, ctx.actor, { state: query.state, after: readCursorPair(query.after) });
        return { json: { items, next: writeCursorPair(next) } };
      },
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/evidence-packs',
      name: 'askEvidencePack',
      tag: 'audit',
      summary: 'Ask for an evidence pack of a period, person, client or record; about a person or a client it waits for a second person.',
      guard: 'evidence.make',
      kind: 'api',
      body: packBody,
      responses: { 201: z.object({ id: z.uuid(), state: z.enum(PACK_STATES) }) },
      handler: async (ctx, { body }) => ({ status: 201, json: await askEvidence(evidence, ctx.actor, body) }),
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/evidence-packs/:id',
      name: 'viewEvidencePack',
      tag: 'audit',
      summary: 'One evidence pack: what it is about, why, who approved it, how far its making is, its digests.',
      guard: 'evidence.view',
      kind: 'api',
      params: idParams,
      responses: { 200: view },
      handler: async (ctx, { params }) => ({ json: viewed(await viewEvidence(evidence, ctx.actor, params.id)) }),
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/evidence-packs/:id/decide',
      name: 'decideEvidencePack',
      tag: 'audit',
      summary: 'Approve an evidence pack, or decline it; never its maker, nor the person it is about.',
      guard: 'evidence.approve',
      kind: 'api',
      params: idParams,
      body: z.strictObject({ agree: z.boolean() }),
      responses: {},
      async handler(ctx, { params, body }) {
        await decideEvidence(evidence, ctx.actor, params.id, body.agree);
        return { status: 204 };
      },
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/evidence-packs/:id/withdraw',
      name: 'withdrawEvidencePack',
      tag: 'audit',
      summary: 'Take back a pack that one asked for and that nobody answered yet.',
      guard: 'evidence.make',
      kind: 'api',
      params: idParams,
      responses: {},
      async handler(ctx, { params }) {
        await withdrawEvidence(evidence, ctx.actor, params.id);
        return { status: 204 };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/evidence-packs/:id/pack.zip',
      name: 'fetchEvidencePack',
      tag: 'audit',
      summary: 'The pack as a ZIP, for its maker, within its time; every download is on record.',
      guard: 'evidence.make',
      kind: 'api',
      params: idParams,
      streams: ['application/zip'],
      handler: (ctx, { params }) => packReply(deps, ctx, params.id),
    }),
  ];
}
