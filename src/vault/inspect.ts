import { isCoded } from '../errors/index.js';
import type { ObjectStore } from '../storage/index.js';
import { noteDamage } from './damage.js';
import { ContentKeys } from './keys/content-keys.js';
import { findObjects, type KeyedObject } from './store.js';
import type { KeeperDeps } from './types.js';
import { verifyObject } from './verify-objects.js';

/** Objects that are looked at side by side: while the store answers for one, others are hashed. */
const AT_ONCE = 8;

/** What can be wrong with an object: in the store, with its key, or between the two. */
export const OBJECT_FAULTS = ['missing', 'changed', 'unreadable', 'key_lost', 'wrap_lock', 'lock_short', 'hold_missing', 'hold_left', 'copy_left'] as const;
export type ObjectFault = (typeof OBJECT_FAULTS)[number];

export interface Inspected {
  objectId: string;
  recordId: string;
  /** Sealed bytes that were read and hashed. */
  bytes: number;
  faults: ObjectFault[];
}

export interface InspectInput {
  objectIds: readonly string[];
  /** Whether the store was told of a legal hold, by object; objects that are not named were never spoken of. */
  holds: ReadonlyMap<string, boolean>;
  /** Shredded objects whose bytes are said to be gone already. */
  gone: ReadonlySet<string>;
}

/**
 * Looks at objects from every side: whether the sealed bytes are there and are those that were stored (streamed, in bounded memory),
 * whether the key opens, whether lock and legal hold stand in the store, and whether of what was destroyed nothing is left.
 * No key leaves; nothing is read in the open. Damage is put on record where it is found first.
 */
export async function inspectObjects(deps: KeeperDeps, keys: ContentKeys, input: InspectInput): Promise<Inspected[]> {
  const left = (await findObjects(deps.db, input.objectIds)).values();
  const found: Inspected[] = [];
  const work = async (): Promise<void> => {
    for (const object of left) found.push(await inspect(deps, keys, object, input));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return found.sort((a, b) => (a.objectId < b.objectId ? -1 : 1));
}

/** For one walk through the objects. */
export function inspectionKeys(deps: KeeperDeps): ContentKeys {
  return new ContentKeys(deps);
}

async function inspect(deps: KeeperDeps, keys: ContentKeys, object: KeyedObject, input: InspectInput): Promise<Inspected> {
  let seen = object;
  let faults = await faultsOf(deps, keys, seen, input);
  if (faults.length > 0) {
    // it may have been destroyed, or wrapped anew, between the look into the catalogue and the look into the store
    const [now] = await findObjects(deps.db, [object.objectId]);
    if (now && (now.state !== seen.state || now.generation !== seen.generation || now.wrappedKey === null)) {
      seen = now;
      faults = await faultsOf(deps, keys, seen, input);
    }
  }
  const damage = faults.find((one) => one === 'missing' || one === 'changed');
  if (damage && seen.damagedAt === null) await noteDamage(deps, seen, damage);
  return { objectId: seen.objectId, recordId: seen.recordId, bytes: isKept(seen) ? seen.sealedSize : 0, faults };
}

const isKept = ({ state }: KeyedObject): boolean => state === 'stored' || state === 'locked';

async function faultsOf(deps: KeeperDeps, keys: ContentKeys, object: KeyedObject, { holds, gone }: InspectInput): Promise<ObjectFault[]> {
  const { state } = object;
  if (state === 'destroying') return [];
  if (!isKept(object)) {
    if (state !== 'destroyed' && !gone.has(object.objectId)) return [];
    return (await deps.store.stat(object.ref)) === undefined ? [] : ['copy_left'];
  }
  const damage = await readWhole(deps.store, object);
  const faults: ObjectFault[] = damage ? [damage] : [];
  if (!(await opens(keys, object))) faults.push('key_lost');
  // one from before there were locks may still be without
  if (object.wrapLock !== null && !keys.lock(object, object).equals(object.wrapLock)) faults.push('wrap_lock');
  if (damage !== 'missing') faults.push(...(await guardsOf(deps.store, object, holds.get(object.objectId))));
  return faults;
}

/** A store that answers, and yet cannot give this one object, has lost it: a bad sector, or bytes that its own sums refuse. */
async function readWhole(store: ObjectStore, object: KeyedObject): Promise<ObjectFault | undefined> {
  try {
    return await verifyObject(store, object);
  } catch (error) {
    if (!isCoded(error, 'store_unavailable') || (await store.stat(object.ref)) === undefined) throw error;
    return 'unreadable';
  }
}

/** Lock and legal hold, as the catalogue says that they were read back. */
async function guardsOf(store: ObjectStore, object: KeyedObject, held: boolean | undefined): Promise<ObjectFault[]> {
  const stat = await store.stat(object.ref);
  if (stat === undefined) return ['missing'];
  const faults: ObjectFault[] = [];
  if (object.lockedUntil !== null && (stat.lockedUntil === null || stat.lockedUntil < object.lockedUntil)) faults.push('lock_short');
  if (held !== undefined && stat.legalHold !== held) faults.push(held ? 'hold_missing' : 'hold_left');
  return faults;
}

async function opens(keys: ContentKeys, object: KeyedObject): Promise<boolean> {
  try {
    await keys.unwrap(object, object.wrappedKey, object);
    return true;
  } catch (error) {
    // without a wrap there is no key: of an object that is kept it was taken
    if (isCoded(error, 'key_unavailable') || isCoded(error, 'not_found')) return false;
    throw error;
  }
}
