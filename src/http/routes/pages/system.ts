import { z } from 'zod';
import { phrasesFor, say } from '../../../phrases/index.js';
import { queueStatus } from '../../../jobs/index.js';
import { buildIndexAnew, indexState } from '../../../search/index.js';
import { paths, systemPage, type FormState, type KeysPart, type SystemModel, type SystemPart } from '../../../ui/index.js';
import { checkKeys, keysStatus, rotateKeys, storageStatus, verifyObjects, type KeysCheck } from '../../../vault/index.js';
import type { HttpDeps } from '../../deps.js';
import { page, redirectWith } from '../../pages.js';
import { definePage, type Reply, type RequestContext, type Route } from '../../route.js';
import { actAt, notTyped, refusedAt, standingAt } from './acts.js';
import { attempt, formBody } from './common.js';

/** Objects that a check from the page draws; the whole store is checked by a command. */
const SAMPLE = 200;

const PARTS: readonly SystemPart[] = ['database', 'audit', 'store'];

async function partsOf(deps: HttpDeps): Promise<SystemModel['parts']> {
  const { parts } = await deps.ready();
  const state = await deps.audit.state().catch(() => undefined);
  const details: Partial<Record<SystemPart, string>> = { audit: state?.log ? `${state.log} · ${state.size}` : '', store: deps.config.s3 ? 'S3' : '' };
  return PARTS.map((part) => ({ part, ok: parts[part] ?? false, detail: details[part] ?? '' }));
}

async function keysOf(deps: HttpDeps, ctx: RequestContext, check: KeysCheck | null): Promise<KeysPart> {
  const status = await keysStatus(deps.keeper, ctx.actor);
  const sum = (count: (one: (typeof status.buckets)[number]) => number): number => status.buckets.reduce((total, one) => total + count(one), 0);
  return {
    fingerprint: status.fingerprint,
    keks: status.keks,
    buckets: status.buckets.length,
    contentKeys: sum(({ objects }) => objects),
    oldWraps: sum(({ oldWraps }) => oldWraps),
    unfinished: status.unfinishedRotation !== null,
    check: check && {
      ok: check.ok,
      bound: check.bound,
      tried: check.tried,
      lost: check.lostBuckets.length + check.lostObjects.length,
      places: check.places.map(({ place, reachable, same, faults, keks }) => ({ place, reachable, same, faults, ...keks })),
    },
    mayRotate: deps.access.mayEver(ctx.actor, 'key.rotate'),
  };
}

async function storageOf(deps: HttpDeps, ctx: RequestContext): Promise<SystemModel['storage']> {
  if (!deps.access.mayEver(ctx.actor, 'storage.check')) return null;
  return { ...(await storageStatus(deps.keeper, ctx.actor)), sample: SAMPLE };
}

async function indexOf(deps: HttpDeps, ctx: RequestContext): Promise<SystemModel['index']> {
  if (!deps.access.mayEver(ctx.actor, 'search.status')) return null;
  const { engine, count, waiting, building, trouble } = await indexState(deps.search, ctx.actor);
  return { kind: engine, count, pending: waiting, building, lastError: trouble, mayRebuild: deps.access.mayEver(ctx.actor, 'search.rebuild') };
}

async function show(deps: HttpDeps, ctx: RequestContext, more: { check?: KeysCheck; form?: FormState } = {}): Promise<Reply> {
  const tasks = await queueStatus(deps.db);
  const model: SystemModel = {
    mayCloseLog: deps.access.mayEver(ctx.actor, 'log.view_break'),
    signOn: deps.accounts.signOn !== undefined && deps.access.mayEver(ctx.actor, 'account.manage'),
    parts: await partsOf(deps),
    keys: await keysOf(deps, ctx, more.check ?? null),
    storage: await storageOf(deps, ctx),
    index: await indexOf(deps, ctx),
    tasks: tasks.map((one) => ({ ...one, lastAt: one.lastAt?.toISOString() ?? null })),
    ...(more.form ? { form: more.form } : {}),
  };
  return page(deps, standingAt(ctx, paths.system), systemPage, model, { status: more.form ? 422 : 200 });
}

/** How it runs, and the keys: counts and states, nothing of any record. */
export function systemPages(deps: HttpDeps): Route[] {
  return [
    definePage({ method: 'get', path: paths.system, name: 'systemPage', guard: 'key.status', handler: (ctx) => show(deps, ctx) }),
    definePage({
      method: 'post',
      path: paths.systemAct('check'),
      name: 'checkKeysForm',
      guard: 'key.status',
      bodyKind: 'form',
      body: formBody,
      async handler(ctx) {
        const tried = await attempt(() => checkKeys(deps.keeper, ctx.actor));
        return 'done' in tried ? show(deps, ctx, { check: tried.done }) : refusedAt(paths.system, tried.refused);
      },
    }),
    definePage({
      method: 'post',
      path: paths.systemAct('rotate'),
      name: 'rotateKeysForm',
      guard: 'key.rotate',
      bodyKind: 'form',
      body: formBody,
      async handler(ctx, { body }) {
        const form = notTyped(body, phrasesFor(ctx.lang).pages.system.keys.expected);
        if (form) return show(deps, ctx, { form });
        return actAt(paths.system, 'keys_rotated', () => rotateKeys(deps.keeper, ctx.actor));
      },
    }),
    definePage({
      method: 'post',
      path: paths.systemAct('rebuild-index'),
      name: 'rebuildIndexForm',
      guard: 'search.rebuild',
      bodyKind: 'form',
      body: formBody,
      handler: (ctx) => actAt(paths.system, 'index_rebuilding', () => buildIndexAnew(deps.search, ctx.actor)),
    }),
    definePage({
      method: 'get',
      path: paths.indexProgress,
      name: 'indexProgress',
      guard: 'search.status',
      responses: { 200: z.object({ done: z.int(), total: z.int(), figures: z.record(z.string(), z.string()), finished: z.boolean() }) },
      async handler(ctx) {
        const { building } = await indexState(deps.search, ctx.actor);
        const { done, total } = building ?? { done: 0, total: 0 };
        const text = say(phrasesFor(ctx.lang).pages.searchIndex.progress, { done, total });
        return { json: { done, total, figures: { index: text }, finished: building === null } };
      },
    }),
    definePage({
      method: 'post',
      path: paths.systemAct('verify'),
      name: 'verifyStorageForm',
      guard: 'storage.check',
      bodyKind: 'form',
      body: formBody,
      async handler(ctx) {
        const { checked, damaged } = await verifyObjects(deps.keeper, ctx.actor, { sample: SAMPLE });
        if (damaged.length === 0) return redirectWith(paths.system, { kind: 'good', code: 'verified', params: { count: checked } });
        return redirectWith(paths.system, { kind: 'bad', code: 'verified_damaged', params: { count: checked, damaged: damaged.length } });
      },
    }),
  ];
}
