import { z } from 'zod';
import { keysStatus, rotateKeys, checkKeys } from '../../vault/index.js';
import { buildIndexAnew, indexState } from '../../search/index.js';
import type { HttpDeps } from '../deps.js';
import { defineRoute, idParams, type Route } from '../route.js';

const version = z.object({
  id: z.uuid(),
  version: z.string(),
  profile: z.string(),
  state: z.string(),
  proposedAt: z.string(),
  activatedAt: z.string().nullable(),
  endedAt: z.string().nullable(),
});

/** Keys, policies and the scheme: what administrators look after. None of it opens content. */
export function systemRoutes(deps: HttpDeps): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/api/v1/keys',
      name: 'viewKeys',
      tag: 'system',
      guard: 'key.status',
      kind: 'api',
      responses: { 200: z.object({ keys: z.record(z.string(), z.number()), buckets: z.int(), places: z.number(), used: z.number() }).loose() },
      async handler(ctx) {
        const status = await keysStatus(deps.keeper, ctx.actor);
        return {
          json: {
            keys: status.keks,
            buckets: status.buckets.length,
            places: status.buckets.length * 65_536,
            used: status.buckets.reduce((sum, one) => sum + one.used, 0),
          },
        };
      },
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/keys/check',
      name: 'checkKeys',
      tag: 'system',
      summary: 'Open a sample of wrapped keys without touching content.',
      guard: 'key.status',
      kind: 'api',
      body: z.strictObject({ sample: z.int().min(0).max(100_000).optional() }),
      responses: { 200: z.looseObject({}) },
      handler: async (ctx, { body }) => ({ json: { ...(await checkKeys(deps.keeper, ctx.actor, body.sample === undefined ? {} : { sample: body.sample })) } }),
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/keys/rotate',
      name: 'rotateKeys',
      tag: 'system',
      summary: 'Wrap every content key anew under a new generation; objects stay as they are.',
      guard: 'key.rotate',
      kind: 'api',
      bodyKind: 'none',
      responses: { 200: z.object({ rotation: z.uuid(), resumed: z.boolean(), buckets: z.int(), rewrapped: z.int(), retired: z.int() }) },
      handler: async (ctx) => ({ json: await rotateKeys(deps.keeper, ctx.actor) }),
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/index',
      name: 'viewIndex',
      tag: 'system',
      summary: 'How the search index stands.',
      guard: 'search.status',
      kind: 'api',
      responses: {
        200: z.object({
          engine: z.enum(['postgres', 'meilisearch']),
          count: z.int().nullable(),
          waiting: z.int(),
          waitingSince: z.string().nullable(),
          building: z.object({ done: z.int(), total: z.int() }).nullable(),
          trouble: z.string().nullable(),
        }),
      },
      handler: async (ctx) => ({ json: await indexState(deps.search, ctx.actor) }),
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/index/rebuild',
      name: 'rebuildIndex',
      tag: 'system',
      summary: 'Build the search index anew beside the one in use, which answers meanwhile.',
      guard: 'search.rebuild',
      kind: 'api',
      bodyKind: 'none',
      async handler(ctx) {
        await buildIndexAnew(deps.search, ctx.actor);
        return { status: 202 };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/policies',
      name: 'listPolicies',
      tag: 'system',
      guard: 'policy.view',
      kind: 'api',
      responses: { 200: z.object({ items: z.array(version) }) },
      async handler(ctx) {
        const list = await deps.policies.list(ctx.actor);
        return {
          json: {
            items: list.map((one) => ({
              id: one.id,
              version: one.version,
              profile: one.profile,
              state: one.state,
              proposedAt: one.proposedAt.toISOString(),
              activatedAt: one.activatedAt?.toISOString() ?? null,
              endedAt: one.endedAt?.toISOString() ?? null,
            })),
          },
        };
      },
    }),
    ...(['agree', 'confirm', 'refuse'] as const).map((act) =>
      defineRoute({
        method: 'post',
        path: `/api/v1/policies/:id/${act}`,
        name: `${act}Policy`,
        tag: 'system',
        summary: 'A changed version of the rules acts only after two persons agreed to it.',
        guard: act === 'agree' ? 'policy.activate' : 'policy.confirm',
        kind: 'api',
        params: idParams,
        bodyKind: 'none',
        async handler(ctx, { params }) {
          await deps.policies[act](ctx.actor, params.id);
          return {};
        },
      }),
    ),
    defineRoute({
      method: 'get',
      path: '/api/v1/scheme',
      name: 'viewScheme',
      tag: 'system',
      summary: 'The classification scheme that acts: types, forms, purposes, filing scope.',
      guard: 'scheme.view',
      kind: 'api',
      responses: { 200: z.looseObject({ name: z.string(), digest: z.string(), version: z.string() }) },
      handler: async () => ({ json: { ...deps.records.schemes.newest } }),
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/schedule',
      name: 'viewSchedule',
      tag: 'system',
      summary: 'The retention schedule that acts.',
      guard: 'scheme.view',
      kind: 'api',
      responses: { 200: z.looseObject({ name: z.string(), digest: z.string(), version: z.string() }) },
      handler: async () => ({ json: { ...deps.records.schedules.newest } }),
    }),
  ];
}
