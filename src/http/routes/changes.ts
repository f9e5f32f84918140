import { z } from 'zod';
import { CHANGE_KINDS, listChanges, seeChange, type ChangesDeps } from '../../access/index.js';
import type { HttpDeps } from '../deps.js';
import { defineRoute, idParams, type Route } from '../route.js';

export function changesDeps(deps: HttpDeps): ChangesDeps {
  return { db: deps.db, audit: deps.audit, access: deps.access, waitHours: deps.config.changeWaitHours, now: deps.now };
}

const change = z
  .object({
    id: z.uuid(),
    kind: z.enum(CHANGE_KINDS),
    facts: z.record(z.string(), z.string()),
    proposedBy: z.uuid().nullable(),
    proposedAt: z.string(),
    overdue: z.boolean(),
  })
  .meta({ id: 'WaitingChange' });

/** Changes of roles and rules that wait in front of the audit administrator. */
export function changeRoutes(deps: HttpDeps): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/api/v1/changes',
      name: 'listChanges',
      tag: 'people',
      summary: 'Changes of roles and rules that no audit administrator has seen yet, the longest waiting first; at most 200.',
      guard: 'change.see',
      kind: 'api',
      responses: { 200: z.object({ items: z.array(change) }) },
      async handler(ctx) {
        const items = await listChanges(changesDeps(deps), ctx.actor);
        return { json: { items: items.map((one) => ({ ...one, proposedAt: one.proposedAt.toISOString() })) } };
      },
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/changes/:id/see',
      name: 'seeChange',
      tag: 'people',
      summary: 'The audit administrator has seen a change; only now can a second person put it in force. The id is that of the grant, version or rule.',
      guard: 'change.see',
      kind: 'api',
      params: idParams,
      bodyKind: 'none',
      async handler(ctx, { params }) {
        await seeChange(changesDeps(deps), ctx.actor, { id: params.id });
        return {};
      },
    }),
  ];
}
