import type { KeyObject } from 'node:crypto';
import type { Tx } from '../db/index.js';
import { CodedError } from '../errors/index.js';
import type { ContentKeys } from './keys/content-keys.js';
import { holdGenerations, insertObjects, shareNaming } from './store.js';
import type { Sealed, SealedFacts, Staged } from './types.js';

/** Content keys of what this process staged and has not recorded yet. Weak: they go with the staged object. */
export type StagedKeys = WeakMap<Staged, KeyObject>;

/** Content keys of what this process sealed and has not stored yet. */
export type SealedKeys = WeakMap<Sealed, KeyObject>;

/**
 * Names staged objects in the catalogue, all in one statement, in the caller's transaction (which must append an entry).
 * The wraps must name the generation in force; where a rotation was faster they are made anew.
 * @throws CodedError `conflict` where the sweep has claimed one of them as an orphan
 */
export async function record(keys: ContentKeys, known: StagedKeys, tx: Tx, staged: readonly Staged[]): Promise<void> {
  if (staged.length === 0) return;
  await shareNaming(tx);
  const current = await underCurrent(keys, known, tx, staged);
  if ((await insertObjects(tx, current, (one) => keys.lock(one, one))) !== staged.length)
    throw new CodedError('conflict', { detail: 'a staged object was swept' });
}

/** The same objects with wraps under the generation in force, which is held until the end of the transaction; where a rotation was faster, one is made anew. */
export async function underCurrent<T extends SealedFacts>(keys: ContentKeys, known: WeakMap<T, KeyObject>, tx: Tx, list: readonly T[]): Promise<T[]> {
  const generations = await holdGenerations(tx, [...new Set(list.map((one) => one.bucket))]);
  const current: T[] = [];
  for (const one of list) {
    const key = known.get(one);
    if (!key) throw new Error('not staged by this vault');
    const generation = generations.get(one.bucket);
    if (generation === undefined) throw new CodedError('key_unavailable', { detail: 'bucket unknown' });
    if (generation === one.generation) {
      current.push(one);
      continue;
    }
    const anew = Object.freeze({ ...one, generation, wrappedKey: await keys.wrap(one, key, { bucket: one.bucket, generation }) });
    known.set(anew, key);
    current.push(anew);
  }
  return current;
}
