import { z } from 'zod';
import { BREAK_REASONS, type CloseDeps, decideOnBreak, proposeBreak, storedLogs, viewBreaks } from '../../audit/index.js';
import type { HttpDeps } from '../deps.js';
import { defineRoute, idParams, type Route } from '../route.js';

/** What closing a log with a loss needs. */
export function closingOf(deps: HttpDeps): CloseDeps {
  const { db, audit, keystore, access, keeper, now } = deps;
  return { db, audit, keystore, stored: storedLogs(keeper.store, keystore.archiveId), authorize: (actor, right) => access.authorize(actor, right), now };
}

const point = z.object({ size: z.string(), root: z.string() });
const state = z
  .object({
    kind: z.enum(['behind', 'differs', 'memory']),
    log: z.string(),
    signed: point.nullable(),
    published: point.nullable(),
    held: point,
  })
  .meta({ id: 'BrokenLog' });
const decision = z
  .object({
    id: z.uuid(),
    log: z.string(),
    signed: z.string().nullable(),
    published: z.string().nullable(),
    held: z.string(),
    reason: z.enum(BREAK_REASONS),
    words: z.string(),
    proposedAt: z.string(),
    proposedBy: z.string(),
    decidedAt: z.string().nullable(),
    decidedBy: z.string().nullable(),
    decision: z.enum(['agreed', 'refused']).nullable(),
  })
  .meta({ id: 'LogBreak' });

const pointOf = (one: { size: bigint; root: Buffer }): z.infer<typeof point> => ({ size: String(one.size), root: one.root.toString('base64') });

/** Closing a log of which a restore lost something: proposed by one person, agreed to by another. */
export function logBreakRoutes(deps: HttpDeps): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/api/v1/audit/breaks',
      name: 'logBreaks',
      tag: 'audit',
      summary: 'Why the log cannot go on after a restore (null where it can), and what was proposed and decided.',
      guard: 'log.view_break',
      kind: 'api',
      responses: { 200: z.object({ broken: state.nullable(), items: z.array(decision) }) },
      async handler(ctx) {
        const { broken, breaks } = await viewBreaks(closingOf(deps), ctx.actor);
        const { signed = null, published = null } = broken ?? {};
        return {
          json: {
            broken: broken && {
              kind: broken.kind,
              log: broken.log,
              signed: signed && pointOf(signed),
              published: published && pointOf(published),
              held: pointOf(broken.held),
            },
            items: breaks.map((one) => ({
              id: one.id,
              log: one.log,
              signed: one.signed && String(one.signed.size),
              published: one.published && String(one.published.size),
              held: String(one.held.size),
              reason: one.reason,
              words: one.words,
              proposedAt: one.proposedAt.toISOString(),
              proposedBy: one.proposedBy,
              decidedAt: one.decidedAt?.toISOString() ?? null,
              decidedBy: one.decidedBy,
              decision: one.decision,
            })),
          },
        };
      },
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/audit/breaks',
      name: 'proposeLogBreak',
      tag: 'audit',
      summary: 'Propose to close a log that a restore left shorter than what was signed. Refused with `conflict` where the log can go on.',
      guard: 'log.propose_break',
      kind: 'api',
      body: z.strictObject({ reason: z.enum(BREAK_REASONS), words: z.string().max(2000, 'too_long') }),
      responses: { 201: z.object({ id: z.uuid() }) },
      handler: async (ctx, { body }) => ({ status: 201, json: { id: await proposeBreak(closingOf(deps), ctx.actor, body) } }),
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/audit/breaks/:id/decision',
      name: 'decideLogBreak',
      tag: 'audit',
      summary: 'Agree to close the log, as another person than who proposed it, or refuse. Agreed, another log of the same year goes on.',
      guard: 'log.agree_break',
      kind: 'api',
      params: idParams,
      body: z.strictObject({ agree: z.boolean() }),
      async handler(ctx, { params, body }) {
        await decideOnBreak(closingOf(deps), ctx.actor, params.id, body.agree);
        return {};
      },
    }),
  ];
}
