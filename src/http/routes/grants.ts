import { z } from 'zod';
import {
  GRANT_ACTS,
  GRANT_KINDS,
  GRANT_REASON_LENGTH,
  GRANT_RESULTS,
  GRANT_STATES,
  grantView,
  handBackGrant,
  listGrants,
  reviewEmergency,
  revokeGrant,
  takeEmergency,
  type GrantListOptions,
} from '../../access/index.js';
import { readCursorPair, writeCursorPair } from '../cursor.js';
import type { HttpDeps } from '../deps.js';
import { defineRoute, idParams, type RequestContext, type Route } from '../route.js';
import { pageSchema } from '../schemas.js';

const grant = z
  .object({
    id: z.uuid(),
    kind: z.enum(GRANT_KINDS),
    person: z.object({ id: z.uuid(), name: z.string() }),
    acts: z.array(z.enum(GRANT_ACTS)),
    purpose: z.string(),
    startsAt: z.string(),
    endsAt: z.string(),
    readingsLeft: z.int().nullable(),
    requestId: z.uuid().nullable(),
    supervisedFor: z.string(),
    reason: z.string(),
    issuedBy: z.string(),
    issuedAt: z.string(),
    state: z.enum(GRANT_STATES),
    endedAt: z.string().nullable(),
    result: z.string().nullable(),
    endReason: z.string(),
    records: z.int(),
    review: z
      .object({ due: z.string(), overdue: z.boolean(), at: z.string().nullable(), accepted: z.boolean().nullable(), by: z.string(), note: z.string() })
      .nullable(),
  })
  .meta({ id: 'Grant' });
const detail = grant.extend({ listed: z.array(z.object({ id: z.uuid(), archivalCode: z.string().nullable(), title: z.string() })) });
const query = z.strictObject({ after: z.string().max(120).optional(), live: z.enum(['1']).optional(), kind: z.enum(GRANT_KINDS).optional() });

/** Grants 授权: one's own, those of the archive, handing back and revoking. */
export function grantRoutes(deps: HttpDeps): Route[] {
  const page = async (ctx: RequestContext, which: GrantListOptions['which'], asked: z.infer<typeof query>) => {
    const { items, next } = await listGrants(deps, ctx.actor, { which, live: asked.live === '1', kind: asked.kind, after: readCursorPair(asked.after) });
    return { json: { items, next: writeCursorPair(next) } };
  };
  return [
    defineRoute({
      method: 'get',
      path: '/api/v1/grants/own',
      name: 'listMyGrants',
      tag: 'readings',
      summary: 'The grants of the caller, newest first; `live=1`: only those that give something, `kind`: only of one kind.',
      guard: 'reading.own',
      kind: 'api',
      query,
      responses: { 200: pageSchema(grant) },
      handler: (ctx, asked) => page(ctx, 'own', asked.query),
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/grants',
      name: 'listGrants',
      tag: 'readings',
      summary: 'The grants of the archive, newest first; `live=1`: only those that give something, `kind`: only of one kind.',
      guard: 'grant.list',
      kind: 'api',
      query,
      responses: { 200: pageSchema(grant) },
      handler: (ctx, asked) => page(ctx, 'all', asked.query),
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/grants/review',
      name: 'listEmergencies',
      tag: 'readings',
      summary: 'Emergency readings that nobody has reviewed yet, those that wait longest first; an overdue one says so.',
      guard: 'reading.review',
      kind: 'api',
      query,
      responses: { 200: pageSchema(grant) },
      handler: (ctx, asked) => page(ctx, 'review', asked.query),
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/records/:id/emergency',
      name: 'takeEmergency',
      tag: 'readings',
      summary: 'Take a grant of one hour in an emergency, for a reason; compliance reviews it within two working days.',
      guard: 'reading.emergency',
      kind: 'api',
      params: idParams,
      body: z.strictObject({
        purpose: z.string().min(1, 'missing').max(40, 'too_long'),
        reason: z.string().min(1, 'empty').max(GRANT_REASON_LENGTH, 'too_long'),
      }),
      responses: { 201: z.object({ id: z.uuid(), endsAt: z.string() }) },
      async handler(ctx, { params, body }) {
        const { id, endsAt } = await takeEmergency(deps.records, ctx.actor, { recordId: params.id, ...body });
        return { status: 201, json: { id, endsAt: endsAt.toISOString() }, headers: { Location: `/api/v1/grants/${id}` } };
      },
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/grants/:id/review',
      name: 'reviewEmergency',
      tag: 'readings',
      summary: 'Find an emergency reading justified or not; only by another person.',
      guard: 'reading.review',
      kind: 'api',
      params: idParams,
      body: z.strictObject({ accepted: z.boolean(), note: z.string().max(GRANT_REASON_LENGTH, 'too_long').optional() }),
      async handler(ctx, { params, body }) {
        await reviewEmergency(deps, ctx.actor, { grantId: params.id, ...body });
        return {};
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/grants/:id',
      name: 'viewGrant',
      tag: 'readings',
      summary: 'One grant with its records: one’s own, or any for who may list them.',
      guard: 'reading.own',
      kind: 'api',
      params: idParams,
      responses: { 200: detail },
      handler: async (ctx, { params }) => ({ json: await grantView(deps, ctx.actor, params.id) }),
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/grants/:id/revoke',
      name: 'revokeGrant',
      tag: 'readings',
      summary: 'Take a grant back at once: its readings are over, and what streams under it stops in the middle.',
      guard: 'grant.revoke',
      kind: 'api',
      params: idParams,
      body: z.strictObject({ reason: z.string().min(1, 'empty').max(GRANT_REASON_LENGTH, 'too_long') }),
      async handler(ctx, { params, body }) {
        await revokeGrant(deps, ctx.actor, { grantId: params.id, reason: body.reason });
        return {};
      },
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/grants/:id/return',
      name: 'handBackGrant',
      tag: 'readings',
      summary: 'Hand a grant of one’s own back with the result of use; nothing more is read under it.',
      guard: 'reading.own',
      kind: 'api',
      params: idParams,
      body: z.strictObject({ result: z.enum(GRANT_RESULTS), note: z.string().max(GRANT_REASON_LENGTH, 'too_long').optional() }),
      async handler(ctx, { params, body }) {
        await handBackGrant(deps, ctx.actor, { grantId: params.id, ...body });
        return {};
      },
    }),
  ];
}
