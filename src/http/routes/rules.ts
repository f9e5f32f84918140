import { z } from 'zod';
import type { HttpDeps } from '../deps.js';
import { defineRoute, idParams, type Route } from '../route.js';

const version = z
  .object({
    id: z.uuid(),
    kind: z.enum(['scheme', 'schedule', 'signals', 'calendar', 'disposition', 'oversight']),
    name: z.string(),
    digest: z.string(),
    state: z.enum(['proposed', 'agreed', 'active', 'superseded', 'refused']),
    firstSeen: z.string(),
    activatedAt: z.string().nullable(),
    endedAt: z.string().nullable(),
  })
  .meta({ id: 'RuleVersion' });

/** Versions of scheme and schedule, and their approval by two persons. */
export function ruleRoutes(deps: HttpDeps): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/api/v1/rules',
      name: 'listRules',
      tag: 'system',
      summary: 'Versions of the classification scheme and of the retention schedule: in force, waiting, superseded, refused.',
      guard: 'policy.view',
      kind: 'api',
      responses: { 200: z.object({ items: z.array(version) }) },
      async handler(ctx) {
        const items = (await deps.rules.list(ctx.actor)).map((one) => ({
          ...one,
          firstSeen: one.firstSeen.toISOString(),
          activatedAt: one.activatedAt?.toISOString() ?? null,
          endedAt: one.endedAt?.toISOString() ?? null,
        }));
        return { json: { items } };
      },
    }),
    ...(['agree', 'confirm', 'refuse'] as const).map((act) =>
      defineRoute({
        method: 'post',
        path: `/api/v1/rules/:id/${act}`,
        name: `${act}Rule`,
        tag: 'system',
        summary: 'A new version of scheme or schedule acts only after two persons agreed to it; until then the former one acts.',
        guard: act === 'agree' ? 'policy.activate' : 'policy.confirm',
        kind: 'api',
        params: idParams,
        bodyKind: 'none',
        async handler(ctx, { params }) {
          await deps.rules[act](ctx.actor, params.id);
          return {};
        },
      }),
    ),
  ];
}
