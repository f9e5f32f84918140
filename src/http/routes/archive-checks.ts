import { z } from 'zod';
import { CHECK_FAULTS, type CheckView, type FaultRow, PARTS, type ReconciliationRow, SAMPLE_LIMITS, upperBound } from '../../checks/index.js';
import type { HttpDeps } from '../deps.js';
import { defineRoute, idParams, type RequestContext, type Route } from '../route.js';

export const PAGE = 20;

const instant = z.string().meta({ format: 'date-time' });
const part = z.object({
  part: z.enum(PARTS),
  done: z.int(),
  total: z.int(),
  frame: z.int(),
  bad: z.int(),
  young: z.int().optional(),
  upperBound: z.number().optional(),
});
const checkSchema = z
  .object({
    id: z.uuid(),
    startedAt: instant,
    finishedAt: instant.nullable(),
    heardAt: instant,
    by: z.string(),
    mode: z.enum(['whole', 'sample']),
    seed: z.string().nullable(),
    size: z.int().nullable(),
    result: z.enum(['whole', 'faulty', 'given_up']).nullable(),
    still: z.boolean(),
    trouble: z.string().nullable(),
    bytes: z.int(),
    faultCount: z.int(),
    parts: z.array(part),
  })
  .meta({ id: 'ArchiveVerification' });
const faultSchema = z.object({
  number: z.int(),
  part: z.enum(PARTS),
  kind: z.enum(CHECK_FAULTS),
  subject: z.string(),
  record: z.uuid().nullable(),
  facts: z.record(z.string(), z.union([z.string(), z.number()])),
});

const reconciliationSchema = z.object({
  at: instant,
  result: z.enum(['clean', 'unlogged', 'incomplete', 'empty']),
  reads: z.int(),
  unlogged: z.int(),
  unseen: z.int(),
  from: z.string(),
  until: z.string(),
});

/** Reads past the archive that were found; without an object: more than a reconciliation names. */
const foundReadsSchema = z.object({ object: z.string().nullable(), firstFound: instant, lastFound: instant, open: z.boolean() });

export function presentReconciliation({ at, facts }: ReconciliationRow): z.infer<typeof reconciliationSchema> {
  const { result, reads, unlogged, unseen, from, until } = facts;
  return { at: at.toISOString(), result, reads, unlogged, unseen, from, until };
}

export type PresentedCheck = z.infer<typeof checkSchema>;

export function presentCheck(row: CheckView): PresentedCheck {
  return {
    id: row.id,
    startedAt: row.started_at.toISOString(),
    finishedAt: row.finished_at?.toISOString() ?? null,
    heardAt: row.heard_at.toISOString(),
    by: row.pseudonym,
    mode: row.mode,
    seed: row.seed,
    size: row.size,
    result: row.result,
    still: row.still,
    trouble: row.trouble,
    bytes: Number(row.bytes),
    faultCount: Number(row.fault_count),
    parts: PARTS.flatMap((name) => {
      const count = row.counts[name];
      if (!count) return [];
      const sampled = row.mode === 'sample' && count.done > 0 && count.done < count.frame;
      return [{ part: name, ...count, ...(sampled ? { upperBound: upperBound(count.bad, count.done) } : {}) }];
    }),
  };
}

export function presentFault(row: FaultRow): z.infer<typeof faultSchema> {
  return { number: Number(row.number), part: row.part, kind: row.kind, subject: row.subject, record: row.record_id, facts: row.facts };
}

/** Puts on record that somebody looked at what was found of the archive. */
async function noteLook({ db, audit, access, keystore }: HttpDeps, { actor }: RequestContext): Promise<void> {
  const subject = { kind: 'archive' as const, id: keystore.archiveId };
  await db.tx((tx) => audit.append(tx, { actor, act: 'archive.verifications', subject, decision: 'allow', policy: access.version() }));
}

/** A page of checks; looking is on record. */
export async function listChecks(deps: HttpDeps, ctx: RequestContext, before?: string): Promise<{ items: CheckView[]; next: string | null }> {
  const rows = await deps.checks.list(ctx.actor, before, PAGE + 1);
  await noteLook(deps, ctx);
  const items = rows.slice(0, PAGE);
  return { items, next: rows.length > PAGE ? (items.at(-1)?.id ?? null) : null };
}

/** Faults are told fifty at a time; where more follow, the number after which they do. */
export const nextFault = (faults: readonly FaultRow[], count: bigint): string | null => {
  const last = faults.at(-1)?.number;
  return last !== undefined && faults.length === 50 && last < count ? String(last) : null;
};

export const placeQuery = z.strictObject({
  after: z
    .string()
    .regex(/^\d{1,18}$/, 'invalid')
    .optional(),
});
export const beforeQuery = z.strictObject({ after: z.uuid().optional() });

const startBody = z.discriminatedUnion('mode', [
  z.strictObject({ mode: z.literal('whole') }),
  z.strictObject({
    mode: z.literal('sample'),
    size: z.int().min(1).max(SAMPLE_LIMITS.size),
    seed: z.string().max(SAMPLE_LIMITS.seed).optional(),
  }),
]);

/** Verifications of the whole archive against its stores. */
export function archiveCheckRoutes(deps: HttpDeps): Route[] {
  return [
    defineRoute({
      method: 'post',
      path: '/api/v1/archive/verifications',
      name: 'verifyArchive',
      tag: 'system',
      summary: 'Start a verification of the whole archive, or of a sample of it; it runs in the background, one at a time, and goes on after a stop.',
      guard: 'storage.check',
      kind: 'api',
      bodyKind: 'json',
      body: startBody,
      responses: { 202: z.object({ id: z.uuid() }) },
      handler: async (ctx, { body }) => ({ status: 202, json: { id: await deps.checks.start(ctx.actor, body) } }),
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/archive/verifications/give-up',
      name: 'giveUpArchiveVerification',
      tag: 'system',
      summary: 'Give up the unfinished verification that no process works on, so that another can begin anew.',
      guard: 'storage.check',
      kind: 'api',
      responses: { 200: z.object({ ok: z.literal(true) }) },
      async handler(ctx) {
        await deps.checks.giveUp(ctx.actor);
        return { json: { ok: true } };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/archive/verifications',
      name: 'archiveVerifications',
      tag: 'system',
      summary: 'Verifications of the archive, the newest first: what was looked at, and what was found.',
      guard: 'storage.check',
      kind: 'api',
      query: beforeQuery,
      responses: { 200: z.object({ items: z.array(checkSchema), next: z.string().nullable() }) },
      async handler(ctx, { query }) {
        const { items, next } = await listChecks(deps, ctx, query.after);
        return { json: { items: items.map(presentCheck), next } };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/archive/reconciliations',
      name: 'archiveReconciliations',
      tag: 'system',
      summary:
        "The newest reconciliations of readings with the store's own access log: unlogged reads should be 0; and all that were ever found, those still there first. Looking is on record.",
      guard: 'storage.check',
      kind: 'api',
      responses: { 200: z.object({ items: z.array(reconciliationSchema), found: z.array(foundReadsSchema) }) },
      async handler(ctx) {
        const items = await deps.checks.reconciliations(ctx.actor);
        await noteLook(deps, ctx);
        const found = (await deps.checks.foundReads(ctx.actor)).map((one) => ({
          ...one,
          firstFound: one.firstFound.toISOString(),
          lastFound: one.lastFound.toISOString(),
        }));
        return { json: { items: items.map(presentReconciliation), found } };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/archive/verifications/:id',
      name: 'archiveVerification',
      tag: 'system',
      summary: 'One verification of the archive, with what it found: ids and codes only.',
      guard: 'storage.check',
      kind: 'api',
      params: idParams,
      query: placeQuery,
      responses: { 200: z.object({ check: checkSchema, faults: z.array(faultSchema), next: z.string().nullable() }) },
      async handler(ctx, { params, query }) {
        const { check, faults } = await deps.checks.view(ctx.actor, params.id, BigInt(query.after ?? '0'));
        return { json: { check: presentCheck(check), faults: faults.map(presentFault), next: nextFault(faults, check.fault_count) } };
      },
    }),
  ];
}
