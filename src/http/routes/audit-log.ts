import { z } from 'zod';
import {
  type AuditState,
  type EntryProof,
  LOG_NAME,
  newestCheckpoint,
  proofText,
  proveEntry,
  publishedState,
  type PublishedState,
  type RunRow,
} from '../../audit/index.js';
import { CodedError } from '../../errors/index.js';
import type { HttpDeps } from '../deps.js';
import { defineRoute, type Reply, type RequestContext, type Route } from '../route.js';
import { readerOf } from './audit.js';

export const placeParams = z.strictObject({ log: z.string().regex(LOG_NAME, 'invalid'), sequence: z.string().regex(/^\d{1,18}$/, 'invalid') });

/** The newest signed head, of one log or of the newest, as a file. */
export async function checkpointReply(deps: HttpDeps, log?: string): Promise<Reply> {
  const note = await newestCheckpoint(deps.db, log);
  if (note === undefined) throw new CodedError('not_found');
  return { body: Buffer.from(note), type: 'text/plain; charset=utf-8', headers: { 'Content-Disposition': 'attachment; filename="checkpoint.txt"' } };
}

/** Puts on record that somebody looked at the log as a whole, or fetched a file of it. */
export async function lookAtLog(deps: HttpDeps, ctx: RequestContext, what = { act: 'log.state', log: 'all' }): Promise<void> {
  await deps.db.tx(async (tx) => {
    await deps.audit.append(tx, { actor: ctx.actor, act: what.act, subject: { kind: 'log', id: what.log }, decision: 'allow' });
  });
}

/** The logs and how they fare; looking is on record. */
export async function logState(deps: HttpDeps, ctx: RequestContext): Promise<{ logs: PublishedState[]; state: AuditState }> {
  await lookAtLog(deps, ctx);
  const [logs, state] = await Promise.all([publishedState(deps.db), deps.audit.state()]);
  return { logs, state };
}

export const proofOf = (deps: HttpDeps, ctx: RequestContext, { log, sequence }: z.infer<typeof placeParams>): Promise<EntryProof> =>
  proveEntry(readerOf(deps), ctx.actor, { log, sequence: BigInt(sequence) });

const attached = (name: string): Record<string, string> => ({ 'Content-Disposition': `attachment; filename="${name}"` });

const runSchema = z.object({
  id: z.uuid(),
  startedAt: z.string(),
  finishedAt: z.string().nullable(),
  by: z.string(),
  entries: z.string(),
  total: z.string(),
  result: z.enum(['whole', 'faulty', 'cut_off', 'failed']).nullable(),
  faultCount: z.int(),
  faults: z.array(z.object({ kind: z.string(), log: z.string(), sequence: z.string().nullable() })),
});

function presentRun(run: RunRow): z.infer<typeof runSchema> {
  return {
    id: run.id,
    startedAt: run.started_at.toISOString(),
    finishedAt: run.finished_at?.toISOString() ?? null,
    by: run.pseudonym,
    entries: String(run.entries),
    total: String(run.total),
    result: run.result,
    faultCount: Number(run.fault_count ?? 0n),
    faults: run.faults,
  };
}

const logSchema = z.object({
  log: z.string(),
  size: z.string(),
  published: z.string(),
  publishedAt: z.string().nullable(),
  stamped: z.string(),
  stampedAt: z.string().nullable(),
});

const foundSchema = z.object({
  kind: z.string(),
  log: z.string(),
  from: z.string().nullable(),
  to: z.string().nullable(),
  firstFound: z.string(),
  lastFound: z.string(),
  open: z.boolean(),
});

/** The state of the log, its verification, and proofs of entries. */
export function auditLogRoutes(deps: HttpDeps): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/api/v1/audit/logs',
      name: 'auditLogs',
      tag: 'audit',
      summary: 'The logs of all years: their size, and how far they are published and time-stamped.',
      guard: 'audit.verify',
      kind: 'api',
      responses: { 200: z.object({ items: z.array(logSchema), waiting: z.int(), well: z.boolean() }) },
      async handler(ctx) {
        const { logs, state } = await logState(deps, ctx);
        const items = logs.map((one) => ({
          log: one.log,
          size: String(one.size),
          published: String(one.published),
          publishedAt: one.publishedAt?.toISOString() ?? null,
          stamped: String(one.stamped),
          stampedAt: one.stampedAt?.toISOString() ?? null,
        }));
        return { json: { items, waiting: state.pending, well: state.trouble === null } };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/audit/checkpoint',
      name: 'auditCheckpoint',
      tag: 'audit',
      summary: 'The newest signed head of the log (C2SP tlog-checkpoint), to be kept elsewhere.',
      guard: 'audit.verify',
      kind: 'api',
      streams: ['text/plain'],
      handler: () => checkpointReply(deps),
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/audit/logs/:log/entries/:sequence/proof',
      name: 'auditProof',
      tag: 'audit',
      summary: 'Proof that an entry stands in the signed log (C2SP tlog-proof); looking is itself on record.',
      guard: 'audit.search',
      kind: 'api',
      params: placeParams,
      streams: ['text/plain'],
      async handler(ctx, { params }) {
        const proof = await proofOf(deps, ctx, params);
        return { body: Buffer.from(proofText(proof)), type: 'text/plain; charset=utf-8', headers: attached(`${params.log}-${params.sequence}.tlog-proof`) };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/audit/logs/:log/entries/:sequence/canonical',
      name: 'auditCanonical',
      tag: 'audit',
      summary: 'An entry, byte for byte what its hash covers.',
      guard: 'audit.search',
      kind: 'api',
      params: placeParams,
      streams: ['application/json'],
      async handler(ctx, { params }) {
        const { canonical } = await proofOf(deps, ctx, params);
        return { body: Buffer.from(canonical), type: 'application/json; charset=utf-8', headers: attached(`${params.log}-${params.sequence}.json`) };
      },
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/audit/verifications',
      name: 'verifyAuditLog',
      tag: 'audit',
      summary: 'Start a verification of every entry of the log; it runs in the background, one at a time.',
      guard: 'audit.verify',
      kind: 'api',
      responses: { 202: z.object({ id: z.uuid() }) },
      handler: async (ctx) => ({ status: 202, json: { id: await deps.logRuns.start(ctx.actor) } }),
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/audit/verifications',
      name: 'auditVerifications',
      tag: 'audit',
      summary: 'The newest verifications of the log: who, when, what was found; and all that was ever found, what is still there first.',
      guard: 'audit.verify',
      kind: 'api',
      responses: { 200: z.object({ items: z.array(runSchema), found: z.array(foundSchema) }) },
      async handler(ctx) {
        await lookAtLog(deps, ctx);
        const found = (await deps.logRuns.found()).map((one) => ({ ...one, firstFound: one.firstFound.toISOString(), lastFound: one.lastFound.toISOString() }));
        return { json: { items: (await deps.logRuns.list()).map(presentRun), found } };
      },
    }),
  ];
}
