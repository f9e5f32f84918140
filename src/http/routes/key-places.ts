import { z } from 'zod';
import { decidePlaceEnd, listPlaceEnds, listPlaces, PLACE_FATES, type PlaceEndView, proposePlaceEnd } from '../../vault/index.js';
import type { HttpDeps } from '../deps.js';
import { defineRoute, idParams, type Route } from '../route.js';

const fate = z.enum(PLACE_FATES);
const place = z.object({ id: z.uuid(), place: z.string().nullable(), firstSeen: z.string(), ended: fate.nullable() }).meta({ id: 'KeyPlace' });
const end = z
  .object({
    id: z.uuid(),
    place: z.uuid(),
    fate,
    words: z.string(),
    proposedAt: z.string(),
    proposedBy: z.string(),
    decidedAt: z.string().nullable(),
    decidedBy: z.string().nullable(),
    decision: z.enum(['confirmed', 'refused']).nullable(),
    executedAt: z.string().nullable(),
  })
  .meta({ id: 'KeyPlaceEnd' });

const endOf = (one: PlaceEndView): z.infer<typeof end> => ({
  id: one.id,
  place: one.place,
  fate: one.fate,
  words: one.words,
  proposedAt: one.proposedAt.toISOString(),
  proposedBy: one.proposedBy,
  decidedAt: one.decidedAt?.toISOString() ?? null,
  decidedBy: one.decidedBy,
  decision: one.decision,
  executedAt: one.executedAt?.toISOString() ?? null,
});

/** Places of the keystore, and that one is gone for good: asked for by one person, confirmed by another, carried out on the machine. */
export function keyPlaceRoutes(deps: HttpDeps): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/api/v1/keys/places',
      name: 'keyPlaces',
      tag: 'system',
      summary: 'Every place that ever held keys, by its identity, and what was asked and decided of places that are gone.',
      guard: 'key.status',
      kind: 'api',
      responses: { 200: z.object({ items: z.array(place), ends: z.array(end) }) },
      async handler(ctx) {
        const items = await listPlaces(deps.keeper, ctx.actor);
        return { json: { items, ends: (await listPlaceEnds(deps.keeper, ctx.actor)).map(endOf) } };
      },
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/keys/places/:id/ends',
      name: 'proposePlaceEnd',
      tag: 'system',
      summary: 'Ask to end a place that is gone for good. Refused with `conflict` where it can be reached, was ended, or this was asked already.',
      guard: 'key.propose_end',
      kind: 'api',
      params: idParams,
      body: z.strictObject({ fate, words: z.string().max(2000, 'too_long') }),
      responses: { 201: z.object({ id: z.uuid() }) },
      handler: async (ctx, { params, body }) => ({ status: 201, json: { id: await proposePlaceEnd(deps.keeper, ctx.actor, { place: params.id, ...body }) } }),
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/keys/place-ends/:id/decision',
      name: 'decidePlaceEnd',
      tag: 'system',
      summary: 'Confirm it, as another person than who asked, or refuse. What was confirmed is carried out by a command on the machine.',
      guard: 'key.confirm_end',
      kind: 'api',
      params: idParams,
      body: z.strictObject({ agree: z.boolean() }),
      async handler(ctx, { params, body }) {
        await decidePlaceEnd(deps.keeper, ctx.actor, params.id, body.agree);
        return {};
      },
    }),
  ];
}
