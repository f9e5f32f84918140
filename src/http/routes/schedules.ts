import { z } from 'zod';
import { listMoved, reckonImpact, viewSchedule } from '../../disposition/index.js';
import { RECORD_STATES, SERVICE_TYPES } from '../../records/index.js';
import type { HttpDeps } from '../deps.js';
import { defineRoute, idParams, type Route } from '../route.js';
import { pageSchema } from '../schemas.js';

const day = z.string().meta({ format: 'date' });
const instant = z.string().meta({ format: 'date-time' });
const figures = { records: z.int(), later: z.int(), earlier: z.int(), dueNow: z.int(), dueThen: z.int(), unmatched: z.int() };
const impact = z
  .object({
    day,
    madeAt: instant,
    milliseconds: z.int(),
    totals: z.object(figures),
    rows: z.array(z.object({ serviceType: z.enum(SERVICE_TYPES), department: z.string(), ...figures })),
  })
  .meta({ id: 'ScheduleImpact' });
const change = z.object({ field: z.string(), before: z.unknown(), after: z.unknown() });
const view = z
  .object({
    id: z.uuid(),
    name: z.string(),
    digest: z.string(),
    state: z.enum(['proposed', 'agreed', 'active', 'superseded', 'refused']),
    shortens: z.boolean(),
    consented: z.boolean(),
    diff: z.object({
      before: z.string(),
      after: z.string(),
      general: z.array(change),
      added: z.array(z.string()),
      removed: z.array(z.string()),
      changed: z.array(z.object({ id: z.string(), fields: z.array(change) })),
      shortens: z.array(z.string()),
    }),
    impact: impact.nullable(),
    recompute: z
      .object({ state: z.enum(['running', 'done']), done: z.int(), total: z.int(), locks: z.object({ waiting: z.int(), failed: z.int() }) })
      .nullable(),
  })
  .meta({ id: 'ScheduleVersion' });
const movedRecord = z
  .object({
    id: z.uuid(),
    archivalCode: z.string().nullable(),
    serviceNo: z.string(),
    title: z.string(),
    serviceType: z.enum(SERVICE_TYPES),
    department: z.string(),
    state: z.enum(RECORD_STATES),
    held: z.boolean(),
    closedAt: instant,
    from: day,
    until: day,
    rule: z.string(),
  })
  .meta({ id: 'MovedRecord' });

/** Versions of the retention schedule: what they change, what that does to the archive, and consent to shorter terms. */
export function scheduleRoutes(deps: HttpDeps): Route[] {
  const { due } = deps;
  return [
    defineRoute({
      method: 'get',
      path: '/api/v1/schedules/:id',
      name: 'viewScheduleVersion',
      tag: 'retention',
      summary:
        'A version of the retention schedule: its differences from the one in force, rule by rule, its impact as last reckoned, and how far terms and locks have followed it.',
      guard: 'policy.view',
      kind: 'api',
      params: idParams,
      responses: { 200: view },
      async handler(ctx, { params }) {
        const { version, diff, impact: found, recompute } = await viewSchedule(due, ctx.actor, params.id);
        return {
          json: {
            ...version,
            consented: version.consentedBy !== null,
            diff: { ...diff, added: diff.added.map(({ id }) => id), removed: diff.removed.map(({ id }) => id) },
            impact: found && { ...found, madeAt: found.madeAt.toISOString() },
            recompute: recompute && { state: recompute.state, done: recompute.done, total: recompute.total, locks: recompute.locks },
          },
        };
      },
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/schedules/:id/impact',
      name: 'reckonImpact',
      tag: 'retention',
      summary: 'Reckon, record by record, what a waiting version would do to the archive as it is today. Changes nothing.',
      guard: 'policy.view',
      kind: 'api',
      params: idParams,
      bodyKind: 'none',
      responses: { 200: impact },
      async handler(ctx, { params }) {
        const found = await reckonImpact(due, ctx.actor, params.id);
        return { json: { ...found, madeAt: found.madeAt.toISOString() } };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/schedules/:id/records',
      name: 'listMovedRecords',
      tag: 'retention',
      summary: 'Records whose date a version would move, of those that the caller may find.',
      guard: 'policy.view',
      kind: 'api',
      params: idParams,
      query: z.strictObject({
        direction: z.enum(['later', 'earlier']).default('earlier'),
        type: z.enum(SERVICE_TYPES).optional(),
        department: z.string().max(64, 'too_long').optional(),
        after: z.uuid().optional(),
      }),
      responses: { 200: pageSchema(movedRecord) },
      async handler(ctx, { params, query }) {
        const { items, next } = await listMoved(due, ctx.actor, params.id, query);
        return { json: { items: items.map((one) => ({ ...one, closedAt: one.closedAt.toISOString() })), next } };
      },
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/schedules/:id/consent',
      name: 'consentSchedule',
      tag: 'retention',
      summary: 'Compliance lets a version act that may shorten terms; a third person beside who approves and who countersigns.',
      guard: 'schedule.consent',
      kind: 'api',
      params: idParams,
      bodyKind: 'none',
      async handler(ctx, { params }) {
        await deps.rules.consent(ctx.actor, params.id);
        return {};
      },
    }),
  ];
}
