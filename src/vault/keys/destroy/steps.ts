import { setTimeout as sleep } from 'node:timers/promises';
import type { Actor, EntryInput } from '../../../audit/index.js';
import type { KekId } from '../../../crypto/index.js';
import type { Tx } from '../../../db/index.js';
import { CodedError } from '../../../errors/index.js';
import { holdGenerations } from '../../store.js';
import type { VaultDeps } from '../../types.js';
import { ContentKeys } from '../content-keys.js';
import { keepSnapshot } from '../keep-snapshot.js';
import { missingPlaces, notePlaces } from '../places/places.js';
import { takeOldWraps, updateWraps } from '../store.js';
import {
  bucketsOf,
  announcedUnderClosed,
  closedBuckets,
  closeGeneration,
  countRewrapped,
  deleteWraps,
  findDestruction,
  goOn,
  insertDestruction,
  type KeyDestruction,
  markForgotten,
  markShredded,
  nameObjects,
  snapshotted,
  wrapsUnderClosed,
} from './store.js';

const BATCH = 4000;
/** Another process may give a bucket a new generation between looking and locking. */
const TRIES = 5;

/** Who destroys, under which rules, and what for: the register of the destruction. */
export interface DestructionCause {
  actor: Actor;
  policy: string;
  /** Id of the destruction: that of the register. */
  destruction: string;
}

const entry = (cause: DestructionCause, act: string, id: string, facts: NonNullable<EntryInput['facts']>): EntryInput => ({
  actor: cause.actor,
  act,
  subject: { kind: 'key', id },
  decision: 'allow',
  policy: cause.policy,
  facts: { destruction: cause.destruction, ...facts },
});

async function destructionOf(deps: VaultDeps, cause: DestructionCause): Promise<KeyDestruction> {
  const found = await findDestruction(deps.db, cause.destruction);
  if (!found) throw new CodedError('not_found', { detail: 'destruction' });
  return found;
}

/**
 * Names the objects of records for destruction, in the caller's transaction, which holds the records and has asked everything
 * that is to be asked. Nothing is destroyed yet.
 */
export async function nameForDestruction(
  deps: Pick<VaultDeps, 'audit' | 'now'>,
  tx: Tx,
  cause: DestructionCause,
  records: readonly string[],
  others: readonly string[] = [],
): Promise<number> {
  await insertDestruction(tx, cause.destruction, records.length, deps.now());
  const count = await nameObjects(tx, cause.destruction, records, others);
  await deps.audit.append(tx, entry(cause, 'key.name_for_destruction', cause.destruction, { records: records.length, objects: count }));
  return count;
}

/**
 * In one transaction, under the lock of their rows: the generation of every bucket concerned is closed, and the wraps of the
 * destroyed are deleted. One transaction, so that nobody can wrap one of them anew in between. From here on there is no way back.
 */
export async function forgetKeys(deps: VaultDeps, cause: DestructionCause): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    if ((await destructionOf(deps, cause)).state !== 'named') return;
    await notePlaces(deps);
    const buckets = await bucketsOf(deps.db, cause.destruction);
    // durable in every copy of the keystore before the bucket names it
    for (const { bucket, generation } of buckets) await deps.keystore.ensureKek({ bucket, generation: generation + 1 });
    try {
      await deps.db.tx(async (tx) => {
        for (const { bucket, generation } of buckets) if (!(await closeGeneration(tx, cause.destruction, bucket, generation))) throw new Raced();
        const count = await deleteWraps(tx, cause.destruction);
        if (!(await markForgotten(tx, cause.destruction, deps.keystore.places, deps.now()))) throw new Raced();
        await deps.audit.append(tx, entry(cause, 'key.forget', cause.destruction, { wraps: count, buckets: buckets.length }));
      });
      return;
    } catch (error) {
      if (!(error instanceof Raced)) throw error;
      if (attempt === TRIES) throw new CodedError('conflict', { detail: 'keys are being rotated' });
    }
  }
}

/** Another process was faster; the transaction is undone. */
class Raced extends Error {}

/** Wraps every survivor of the closed generations anew, in batches; how many it was in this run. */
export async function rewrapSurvivors(deps: VaultDeps, cause: DestructionCause, progress?: (rewrapped: number) => void): Promise<number> {
  if ((await destructionOf(deps, cause)).state !== 'forgotten') return 0;
  const keys = new ContentKeys(deps);
  const buckets = (await closedBuckets(deps.db, cause.destruction)).map((one) => one.bucket);
  let total = 0;
  /** Two at a time: while the database writes one batch, the next is made ready here. */
  const lane = async (): Promise<void> => {
    for (const bucket of buckets) {
      for (let done = await rewrapBatch(deps, cause, keys, bucket); done > 0; done = await rewrapBatch(deps, cause, keys, bucket)) {
        total += done;
        progress?.(total);
      }
    }
  };
  await bothOf(lane(), lane());
  await announcedGone(deps, cause);
  // what a lane left to the other that then failed, or to another process, is still there: the step is not finished
  if ((await wrapsUnderClosed(deps.db, cause.destruction)) > 0) throw new CodedError('conflict', { detail: 'keys are being rotated' });
  await next(deps, cause, 'forgotten', 'rewrapped', 'key.rewrapped');
  return total;
}

/** Milliseconds to wait for what was announced under a closed generation, and between two looks: it is named within a second as a rule. */
const PATIENCE = 5_000;
const LOOK = 250;

async function announcedGone(deps: VaultDeps, cause: DestructionCause): Promise<void> {
  for (let waited = 0; waited < PATIENCE && (await announcedUnderClosed(deps.db, cause.destruction)) > 0; waited += LOOK) await sleep(LOOK);
}

/** Waits for both even where one fails, so that nothing goes on behind the caller's back. */
async function bothOf(...lanes: Promise<void>[]): Promise<void> {
  for (const result of await Promise.allSettled(lanes)) if (result.status === 'rejected') throw result.reason;
}

async function rewrapBatch(deps: VaultDeps, cause: DestructionCause, keys: ContentKeys, bucket: string): Promise<number> {
  return deps.db.tx(async (tx) => {
    const generation = (await holdGenerations(tx, [bucket])).get(bucket);
    if (generation === undefined) throw new Error('bucket unknown');
    const rows = await takeOldWraps(tx, bucket, generation, BATCH);
    if (rows.length === 0) return 0;
    const count = await updateWraps(tx, generation, await keys.rewrap(bucket, rows, generation));
    await countRewrapped(tx, cause.destruction, count);
    await deps.audit.append(tx, entry(cause, 'key.rewrap', bucket, { generation, count }));
    return count;
  });
}

/** Keeps the new key table of every bucket concerned in two places, read back and opened. */
export async function snapshotKeys(deps: VaultDeps, cause: DestructionCause): Promise<void> {
  if ((await destructionOf(deps, cause)).state !== 'rewrapped') return;
  const kept = await snapshotted(deps.db, cause.destruction);
  for (const { bucket } of await closedBuckets(deps.db, cause.destruction)) {
    if (!kept.has(bucket)) await keepSnapshot(deps, bucket, cause);
  }
  await next(deps, cause, 'rewrapped', 'snapshotted', 'key.snapshotted');
}

async function next(deps: VaultDeps, cause: DestructionCause, from: KeyDestruction['state'], to: KeyDestruction['state'], act: string): Promise<void> {
  await deps.db.tx(async (tx) => {
    if (await goOn(tx, cause.destruction, from, to, deps.now())) await deps.audit.append(tx, entry(cause, act, cause.destruction, {}));
  });
}

const struckOff = (): CodedError => new CodedError('key_unavailable', { detail: 'a copy of the keystore that was registered is not any more' });

/**
 * Destroys every generation up to the closed one in every registered copy of the keystore.
 * @returns the keys that a copy out of reach still holds: call again until there are none
 */
export async function destroyKeks(deps: VaultDeps, cause: DestructionCause): Promise<KekId[]> {
  const { state, places } = await destructionOf(deps, cause);
  if (state === 'destroyed') return [];
  if (state !== 'snapshotted') throw new CodedError('conflict', { detail: 'the survivors are not safe yet' });
  if (places === null || deps.keystore.places < places) throw struckOff();
  // each by its identity, since as many as before may be others; what is only out of reach is waited for below
  const away = (await deps.keystore.identities()).filter((one) => one.id === null).length;
  if ((await missingPlaces(deps)).length > away) throw struckOff();
  const closed = new Map((await closedBuckets(deps.db, cause.destruction)).map((one) => [one.bucket, one.through]));
  if ((await wrapsUnderClosed(deps.db, cause.destruction)) > 0) throw new CodedError('internal', { detail: 'a wrap names a key that is to be destroyed' });
  const keks = (await deps.keystore.keks()).filter((one) => one.state !== 'destroyed' && one.generation <= (closed.get(one.bucket) ?? 0));
  const waiting: KekId[] = [];
  for (const { bucket, generation } of keks) {
    await deps.db.tx((tx) => deps.audit.append(tx, entry(cause, 'key.destroy', bucket, { generation })));
    if ((await deps.keystore.destroyKek({ bucket, generation })) !== 'destroyed') waiting.push({ bucket, generation });
  }
  if (waiting.length > 0) return waiting;
  // what came back instead of one that was out of reach may be another
  if ((await missingPlaces(deps)).length > 0) throw struckOff();
  await deps.db.tx(async (tx) => {
    if (!(await goOn(tx, cause.destruction, 'snapshotted', 'destroyed', deps.now()))) return;
    const objects = await markShredded(tx, cause.destruction);
    await deps.audit.append(tx, entry(cause, 'key.destroyed', cause.destruction, { keys: keks.length, objects, places: deps.keystore.places }));
  });
  return [];
}
