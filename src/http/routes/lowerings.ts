import { z } from 'zod';
import { answerLowering, listLowerings, SENSITIVITIES } from '../../records/index.js';
import type { HttpDeps } from '../deps.js';
import { defineRoute, idParams, type Route } from '../route.js';
import { pageSchema } from '../schemas.js';

const lowering = z
  .object({
    id: z.uuid(),
    recordId: z.uuid(),
    title: z.string(),
    serviceNo: z.string(),
    archivalCode: z.string().nullable(),
    from: z.enum(SENSITIVITIES),
    to: z.enum(SENSITIVITIES),
    proposedBy: z.uuid(),
    proposedAt: z.string(),
    own: z.boolean(),
  })
  .meta({ id: 'Lowering' });

/** Sensitivities that are lowered by two persons. */
export function loweringRoutes(deps: HttpDeps): Route[] {
  const { records } = deps;
  return [
    defineRoute({
      method: 'get',
      path: '/api/v1/lowerings',
      name: 'listLowerings',
      tag: 'records',
      summary: 'Lower sensitivities that wait for a second person, oldest first.',
      guard: 'record.reclassify',
      kind: 'api',
      query: z.strictObject({ after: z.string().max(120).optional() }),
      responses: { 200: pageSchema(lowering) },
      handler: async (ctx, { query }) => ({ json: await listLowerings(records, ctx.actor, query.after) }),
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/records/:id/lowering',
      name: 'answerLowering',
      tag: 'records',
      summary: 'Agree to a lower sensitivity that another person proposed, or refuse it; who proposed it can only take it back.',
      guard: 'record.reclassify',
      kind: 'api',
      params: idParams,
      body: z.strictObject({ agree: z.boolean() }),
      async handler(ctx, { params, body }) {
        await answerLowering(records, ctx.actor, { recordId: params.id, agree: body.agree });
        return {};
      },
    }),
  ];
}
