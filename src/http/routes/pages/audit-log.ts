import { z } from 'zod';
import { newestCheckpoint, readPublished, verifierKey } from '../../../audit/index.js';
import { phrasesFor, say } from '../../../phrases/index.js';
import { auditProofPage, auditStatePage, paths, type AuditStateModel, type LogRunRow } from '../../../ui/index.js';
import type { HttpDeps } from '../../deps.js';
import { page } from '../../pages.js';
import { definePage, type RequestContext, type Route } from '../../route.js';
import { checkpointReply, logState, lookAtLog, placeParams, proofOf } from '../audit-log.js';
import { actAt } from './acts.js';
import { namesFor, whoIs } from './audit-rows.js';
import { formBody } from './common.js';

const fileParams = z.strictObject({ log: placeParams.shape.log, path: z.string().max(200, 'too_long') });

async function runsOf(deps: HttpDeps, ctx: RequestContext): Promise<LogRunRow[]> {
  const texts = phrasesFor(ctx.lang).audit;
  const runs = await deps.logRuns.list();
  const names = await namesFor(
    deps,
    [],
    runs.map((run) => run.pseudonym),
  );
  return runs.map((run) => ({
    id: run.id,
    at: run.started_at.toISOString(),
    who: whoIs(texts, names, run.pseudonym),
    entries: String(run.entries),
    total: String(run.total),
    result: run.result,
    faultCount: Number(run.fault_count ?? 0n),
    faults: run.faults.map((fault) => ({ what: texts.verify.faults[fault.kind], log: fault.log, sequence: fault.sequence })),
  }));
}

async function stateOf(deps: HttpDeps, ctx: RequestContext): Promise<AuditStateModel> {
  const { logs, state } = await logState(deps, ctx);
  const checkpoint = await newestCheckpoint(deps.db);
  return {
    size: String(logs.reduce((sum, one) => sum + one.size, 0n)),
    waiting: state.pending,
    well: state.trouble === null,
    logs: logs.map((one) => ({
      log: one.log,
      size: String(one.size),
      published: String(one.published),
      publishedAt: one.publishedAt?.toISOString() ?? null,
      stamped: String(one.stamped),
      stampedAt: one.stampedAt?.toISOString() ?? null,
    })),
    stamping: deps.config.timestamps !== undefined,
    checkpoint: checkpoint ?? null,
    keys: logs.map((one) => `${verifierKey(deps.audit.originOf(one.log), deps.audit.publicKey)}\n`).join(''),
    runs: await runsOf(deps, ctx),
    mayCloseLog: deps.access.mayEver(ctx.actor, 'log.view_break'),
    found: await foundOf(deps, ctx),
    lag: String(logs.reduce((sum, one) => sum + one.size - one.published, 0n)),
    mayVerify: deps.access.mayEver(ctx.actor, 'audit.verify'),
    ...(await lastChecks(deps, ctx)),
  };
}

/** What verifications found, and for those who may see them reads past the archive: what is still there first. */
async function foundOf(deps: HttpDeps, ctx: RequestContext): Promise<AuditStateModel['found']> {
  const { audit, pages } = phrasesFor(ctx.lang);
  const entries = (await deps.logRuns.found()).map(({ kind, ...one }) => ({ ...one, what: audit.verify.faults[kind], object: null }));
  const sees = deps.access.mayEver(ctx.actor, 'storage.check');
  const reads = (sees ? await deps.checks.foundReads(ctx.actor) : []).map((one) => ({
    ...one,
    what: pages.auditState.found.read,
    log: null,
    from: null,
    to: null,
  }));
  return [...entries, ...reads]
    .toSorted((a, b) => Number(b.open) - Number(a.open) || b.lastFound.getTime() - a.lastFound.getTime())
    .map(({ firstFound, lastFound, ...one }) => ({ ...one, firstFound: firstFound.toISOString(), lastFound: lastFound.toISOString() }));
}

/** After so long without a verification the page says so, in milliseconds. */
const LATE = 2 * 86_400_000;

/** When the log was last verified, and when reads were last compared with it; who may not see reads past the archive sees only when. */
async function lastChecks(deps: HttpDeps, ctx: RequestContext): Promise<Pick<AuditStateModel, 'verified' | 'compared' | 'nightly'>> {
  const late = (at: Date): boolean => deps.now().getTime() - at.getTime() > LATE;
  const verified = await deps.logRuns.ended();
  const compared = await deps.checks.compared();
  return {
    verified: verified ? { at: verified.at.toISOString(), late: late(verified.at) } : null,
    compared: compared
      ? { at: compared.at.toISOString(), late: late(compared.at), unlogged: deps.access.mayEver(ctx.actor, 'storage.check') ? compared.facts.unlogged : null }
      : null,
    nightly: deps.config.nightlyChecks,
  };
}

/** The state of the log, its verification, and the proof of an entry with a picture of its path. */
export function auditLogPages(deps: HttpDeps): Route[] {
  return [
    definePage({
      method: 'get',
      path: paths.auditState,
      name: 'auditStatePage',
      guard: 'audit.verify',
      handler: async (ctx) => page(deps, ctx, auditStatePage, await stateOf(deps, ctx)),
    }),
    definePage({
      method: 'post',
      path: paths.auditVerify,
      name: 'auditVerifyForm',
      guard: 'audit.verify',
      bodyKind: 'form',
      body: formBody,
      handler: (ctx) => actAt(paths.auditState, 'log_verifying', () => deps.logRuns.start(ctx.actor)),
    }),
    definePage({ method: 'get', path: paths.auditCheckpoint, name: 'auditCheckpointPage', guard: 'audit.verify', handler: () => checkpointReply(deps) }),
    definePage({
      method: 'get',
      path: paths.auditVerifyProgress,
      name: 'auditVerifyProgress',
      guard: 'audit.verify',
      responses: { 200: z.object({ done: z.int(), total: z.int(), figures: z.record(z.string(), z.string()), finished: z.boolean() }) },
      async handler(ctx) {
        const [run] = await deps.logRuns.list(1);
        const [done, total] = [Number(run?.entries ?? 0n), Number(run?.total ?? 0n)];
        const text = say(phrasesFor(ctx.lang).pages.auditState.progress, { entries: done, total });
        return { json: { done, total, figures: { verify: text }, finished: run === undefined || run.result !== null } };
      },
    }),
    definePage({
      method: 'get',
      path: `${paths.auditLog}/:log/*path`,
      name: 'auditLogFile',
      guard: 'audit.export',
      params: fileParams,
      async handler(ctx, { params: { log, path } }) {
        await lookAtLog(deps, ctx, { act: 'log.fetch', log });
        if (path === 'checkpoint') return checkpointReply(deps, log);
        const stream = await readPublished({ db: deps.db, store: deps.keeper.store, archiveId: deps.keystore.archiveId }, log, path);
        return { stream, type: path.startsWith('checkpoints/') ? 'text/plain; charset=utf-8' : 'application/octet-stream' };
      },
    }),
    definePage({
      method: 'get',
      path: `${paths.audit}/:log/:sequence/proof`,
      name: 'auditProofPage',
      guard: 'audit.search',
      params: placeParams,
      async handler(ctx, { params }) {
        const proof = await proofOf(deps, ctx, params);
        const hex = (hash: Buffer): string => hash.toString('hex');
        return page(deps, ctx, auditProofPage, {
          log: proof.log,
          sequence: params.sequence,
          size: String(proof.size),
          leaf: hex(proof.leaf),
          root: hex(proof.root),
          path: proof.path.map((one) => ({ hash: hex(one.hash), side: one.side })),
          note: proof.note,
        });
      },
    }),
  ];
}
