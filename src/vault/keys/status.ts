import type { Actor } from '../../audit/index.js';
import { KEK_STATES, type KekState } from '../../crypto/index.js';
import { PLACES } from '../store.js';
import type { KeeperDeps } from '../types.js';
import { bucketRows, countDamaged, unfinishedRotation } from './store.js';

export interface BucketStatus {
  bucket: string;
  generation: number;
  /** Places taken, of 65,536. */
  used: number;
  places: number;
  objects: number;
  /** Wraps that still name an older generation. */
  oldWraps: number;
}

export interface KeysStatus {
  archiveId: string;
  fingerprint: string;
  buckets: BucketStatus[];
  keks: Record<KekState, number>;
  /** Id of a rotation that was interrupted. */
  unfinishedRotation: string | null;
  damagedObjects: number;
}

/** How the keys stand: counts and states, never a key. */
export async function keysStatus(deps: KeeperDeps, actor: Actor): Promise<KeysStatus> {
  const { policy } = await deps.authorize(actor, 'key.status');
  const keks = Object.fromEntries(KEK_STATES.map((state) => [state, 0])) as Record<KekState, number>;
  for (const kek of await deps.keystore.keks()) keks[kek.state]++;
  const buckets = (await bucketRows(deps.db)).map((row) => ({
    bucket: row.id,
    generation: row.generation,
    used: row.used,
    places: PLACES,
    objects: Number(row.objects),
    oldWraps: Number(row.oldWraps),
  }));
  const status: KeysStatus = {
    archiveId: deps.keystore.archiveId,
    fingerprint: deps.keystore.fingerprint,
    buckets,
    keks,
    unfinishedRotation: (await unfinishedRotation(deps.db))?.id ?? null,
    damagedObjects: await countDamaged(deps.db),
  };
  await deps.db.tx((tx) =>
    deps.audit.append(tx, { actor, act: 'key.status', subject: { kind: 'key', id: 'all' }, decision: 'allow', policy, facts: { buckets: buckets.length } }),
  );
  return status;
}
