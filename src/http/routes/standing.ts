import { z } from 'zod';
import { endStandingRule, listStandingRules } from '../../access/index.js';
import type { HttpDeps } from '../deps.js';
import { defineRoute, type Route } from '../route.js';

const rule = z
  .object({
    id: z.string(),
    says: z.object({ zh: z.string(), en: z.string() }),
    readers: z.array(z.string()),
    departments: z.array(z.string()),
    types: z.array(z.string()),
    sensitivities: z.array(z.string()),
    purposes: z.array(z.string()),
    states: z.array(z.string()),
    from: z.string(),
    until: z.string(),
    state: z.enum(['proposed', 'agreed', 'active', 'ended', 'refused']),
    endedAt: z.string().nullable(),
  })
  .meta({ id: 'StandingRule' });

/** Standing rules 常设授权, under which is read by role. */
export function standingRoutes(deps: HttpDeps): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/api/v1/standing-rules',
      name: 'listStandingRules',
      tag: 'readings',
      summary: 'The standing rules under which is read by role, newest first.',
      guard: 'standing.view',
      kind: 'api',
      responses: { 200: z.object({ items: z.array(rule) }) },
      async handler(ctx) {
        const rows = await listStandingRules(deps, ctx.actor);
        const items = rows.map(({ says_zh, says_en, starts_on, ends_on, ended_at, ...row }) => ({
          ...row,
          says: { zh: says_zh, en: says_en },
          from: starts_on.toISOString(),
          until: ends_on.toISOString(),
          endedAt: ended_at?.toISOString() ?? null,
        }));
        return { json: { items } };
      },
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/standing-rules/:id/end',
      name: 'endStandingRule',
      tag: 'readings',
      summary: 'End a standing rule early: nothing more is read under it.',
      guard: 'standing.propose',
      kind: 'api',
      params: z.strictObject({ id: z.string().regex(/^[a-z][a-z0-9-]{0,39}\.[1-9][0-9]{0,5}$/) }),
      bodyKind: 'none',
      async handler(ctx, { params }) {
        await endStandingRule(deps, ctx.actor, params.id);
        return {};
      },
    }),
  ];
}
