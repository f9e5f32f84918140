import type { Actor } from '../../audit/index.js';
import type { KeystoreReport } from '../../crypto/index.js';
import { CodedError, isCoded } from '../../errors/index.js';
import { drawObjects, findIdentity } from '../store.js';
import type { KeeperDeps } from '../types.js';
import { ContentKeys } from './content-keys.js';
import { bucketGenerations } from './store.js';

export interface KeysCheck {
  ok: boolean;
  /** The keystore folder and each registered copy. */
  places: KeystoreReport[];
  /** Whether the database is bound to this keystore. */
  bound: boolean;
  /** Buckets whose key in force does not open. */
  lostBuckets: string[];
  /** Wraps tried, and those that do not open (object ids). */
  tried: number;
  lostObjects: string[];
}

/** Opens every key in every copy, each bucket's key in force, and a sample of wraps; reads no content. */
export async function checkKeys(deps: KeeperDeps, actor: Actor, input: { sample?: number } = {}): Promise<KeysCheck> {
  const { policy } = await deps.authorize(actor, 'key.status');
  const sample = input.sample ?? 1000;
  if (!Number.isSafeInteger(sample) || sample < 0) throw new CodedError('invalid_request');
  const identity = await findIdentity(deps.db);
  const places = await deps.keystore.check();
  const bound = identity?.archive_id === deps.keystore.archiveId && identity.keystore_fingerprint === deps.keystore.fingerprint;
  const lostBuckets: string[] = [];
  for (const { id, generation } of await bucketGenerations(deps.db)) {
    if (!(await opens(deps.keystore.kek({ bucket: id, generation })))) lostBuckets.push(id);
  }
  const keys = new ContentKeys(deps);
  const drawn = await drawObjects(deps.db, sample);
  const lostObjects: string[] = [];
  for (const one of drawn) if (!(await opens(keys.unwrap(one, one.wrappedKey, one)))) lostObjects.push(one.objectId);
  const ok = bound && lostBuckets.length === 0 && lostObjects.length === 0 && places.every((one) => one.reachable && one.same && one.faults.length === 0);
  const facts = { ok, places: places.length, tried: drawn.length, lost: lostBuckets.length + lostObjects.length };
  await deps.db.tx((tx) =>
    deps.audit.append(tx, { actor, act: 'key.check', subject: { kind: 'key', id: 'all' }, decision: ok ? 'allow' : 'error', policy, facts }),
  );
  return { ok, places, bound, lostBuckets, tried: drawn.length, lostObjects };
}

async function opens(work: Promise<unknown>): Promise<boolean> {
  try {
    await work;
    return true;
  } catch (error) {
    if (isCoded(error, 'key_unavailable')) return false;
    throw error;
  }
}
