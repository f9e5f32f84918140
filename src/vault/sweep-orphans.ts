import type { Actor } from '../audit/index.js';
import { CodedError, isCoded } from '../errors/index.js';
import { archivePrefix, DEFAULT_LOCK, type ObjectEntry, type ObjectRef, parseObjectKey } from '../storage/index.js';
import { claimOrphans, holdNaming, markRemoved, unnamed, waitingOrphans } from './store.js';
import type { KeeperDeps } from './types.js';

const BATCH = 1000;

export interface SweepInput {
  /** Only objects stored before; at least as long ago as the lock that every new object has. */
  olderThan: Date;
}

export interface SweepReport {
  looked: number;
  claimed: number;
  removed: number;
  /** Still locked or held in the store; taken up by a later sweep. */
  waiting: number;
  /** Unfinished writes cleared away. */
  tidied: number;
}

/**
 * Removes stored objects that no row ever named, such as those of captures that failed half-way. First they are claimed,
 * alone against every transaction that names objects, and on record; after that no capture can name them; then they are removed.
 */
export async function sweepOrphans(deps: KeeperDeps, actor: Actor, input: SweepInput): Promise<SweepReport> {
  const { policy } = await deps.authorize(actor, 'storage.check');
  const now = deps.now();
  if (now.getTime() - input.olderThan.getTime() < DEFAULT_LOCK)
    throw new CodedError('invalid_request', { detail: 'the sweep leaves objects of the last day alone' });
  const report: SweepReport = { looked: 0, claimed: 0, removed: 0, waiting: 0, tidied: await deps.store.tidy(input.olderThan) };
  let batch: ObjectEntry[] = [];
  const flush = async (): Promise<void> => {
    report.claimed += await claim(deps, actor, policy, batch);
    batch = [];
  };
  for await (const entry of deps.store.list(archivePrefix(deps.keystore.archiveId))) {
    if (entry.modifiedAt >= input.olderThan || !parseObjectKey(entry.key)) continue;
    report.looked++;
    batch.push(entry);
    if (batch.length >= BATCH) await flush();
  }
  await flush();
  await removeClaimed(deps, actor, policy, report);
  return report;
}

async function claim(deps: KeeperDeps, actor: Actor, policy: string, batch: readonly ObjectEntry[]): Promise<number> {
  if (batch.length === 0 || (await unnamed(deps.db, batch)).length === 0) return 0;
  return deps.db.tx(async (tx) => {
    await holdNaming(tx);
    const names = new Set((await unnamed(tx, batch)).map(nameOf));
    const found = batch.filter((one) => names.has(nameOf(one)));
    if (found.length === 0) return 0;
    await claimOrphans(tx, found);
    await append(deps, tx, actor, policy, 'object.claim_orphans', found);
    return found.length;
  });
}

async function removeClaimed(deps: KeeperDeps, actor: Actor, policy: string, report: SweepReport): Promise<void> {
  let after: ObjectRef = { key: '', version: '' };
  for (;;) {
    const waiting = await waitingOrphans(deps.db, after, BATCH);
    const last = waiting.at(-1);
    if (!last) return;
    after = last;
    const removed: ObjectRef[] = [];
    // only content is ever claimed: the log, snapshots of keys and the ledger are not within reach of the sweep, whatever a row says
    for (const ref of waiting) if (parseObjectKey(ref.key) && (await remove(deps, ref))) removed.push(ref);
    report.removed += removed.length;
    report.waiting += waiting.length - removed.length;
    if (removed.length === 0) continue;
    await deps.db.tx(async (tx) => {
      await markRemoved(tx, removed, deps.now());
      await append(deps, tx, actor, policy, 'object.remove_orphans', removed);
    });
  }
}

/** Whether the object is gone now, also when an earlier sweep was killed after removing it. */
async function remove(deps: KeeperDeps, ref: ObjectRef): Promise<boolean> {
  try {
    await deps.store.remove(ref);
    return true;
  } catch (error) {
    if (isCoded(error, 'not_found')) return true;
    if (isCoded(error, 'conflict')) return false;
    throw error;
  }
}

function nameOf(ref: ObjectRef): string {
  return `${ref.key} ${ref.version}`;
}

async function append(
  deps: KeeperDeps,
  tx: Parameters<KeeperDeps['audit']['append']>[0],
  actor: Actor,
  policy: string,
  act: string,
  refs: readonly ObjectRef[],
): Promise<void> {
  const objects = refs.map((ref) => parseObjectKey(ref.key)?.object ?? '').slice(0, 50);
  const facts = { count: refs.length, objects };
  await deps.audit.append(tx, { actor, act, subject: { kind: 'archive', id: deps.keystore.archiveId }, decision: 'allow', policy, facts });
}
