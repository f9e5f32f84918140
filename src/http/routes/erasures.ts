import { z } from 'zod';
import { createErasure, erasuresToMake, REGISTER_LIMITS } from '../../disposition/index.js';
import { bindErasure, PRIVACY_LENGTHS } from '../../privacy/index.js';
import type { HttpDeps } from '../deps.js';
import { defineRoute, idParams, type Route } from '../route.js';

const instant = z.string().meta({ format: 'date-time' });

/** What became of what a request marked for destruction. */
export const erasuresSchema = z.object({ marked: z.int(), open: z.int(), destroyed: z.int(), bound: z.int(), bindable: z.int() });

/** A destruction register that carries a request out. */
export const erasureRegisterSchema = z.object({
  id: z.uuid(),
  number: z.string(),
  state: z.string(),
  certificate: z.string().nullable(),
  executedAt: instant.nullable(),
});

/** Erasure before term (PIPL 47): what a decided request marked, taken up by a register of its own kind, or restricted instead. */
export function erasureRoutes({ disposition, privacy }: HttpDeps): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/api/v1/erasures',
      name: 'erasuresWaiting',
      tag: 'disposition',
      summary: 'Requests for erasure whose marked records wait for a register, the one that is due first before the others.',
      guard: 'destruction.make',
      kind: 'api',
      responses: {
        200: z.object({
          items: z.array(
            z.object({ id: z.uuid(), number: z.string(), items: z.int(), blocked: z.int(), due: z.string().meta({ format: 'date' }), decidedAt: instant }),
          ),
        }),
      },
      handler: async (ctx) => ({ json: { items: await erasuresToMake(disposition, ctx.actor) } }),
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/erasures/:id/register',
      name: 'createErasureRegister',
      tag: 'disposition',
      summary: 'Make a draft register of what a request marked, to be destroyed before its term.',
      guard: 'destruction.make',
      kind: 'api',
      params: idParams,
      body: z.strictObject({ place: z.string().max(REGISTER_LIMITS.place, 'too_long').optional() }),
      responses: { 201: z.object({ id: z.uuid(), number: z.string(), items: z.int(), cut: z.boolean() }) },
      handler: async (ctx, { params, body }) => ({ status: 201, json: await createErasure(disposition, ctx.actor, { requestId: params.id, ...body }) }),
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/privacy/requests/:id/bind',
      name: 'bindPrivacyRequest',
      tag: 'privacy',
      summary: 'Restrict instead what was marked for destruction and a hold or a term of law has come over since; needs a second factor.',
      guard: 'privacy.decide',
      kind: 'api',
      params: idParams,
      body: z.strictObject({ ground: z.string().max(40), reason: z.string().max(PRIVACY_LENGTHS.note) }),
      responses: { 200: z.object({ bound: z.int() }) },
      handler: async (ctx, { params, body }) => ({ json: await bindErasure(privacy, ctx.actor, { id: params.id, ...body }) }),
    }),
  ];
}
