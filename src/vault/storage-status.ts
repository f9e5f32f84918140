import type { Actor } from '../audit/index.js';
import { storedTotals } from './store.js';
import type { KeeperDeps } from './types.js';

export interface StorageStatus {
  objects: number;
  /** Sealed bytes. */
  bytes: number;
  /** Objects whose lock in the store has not run out. */
  locked: number;
  damaged: number;
  /** Claimed as orphans and not removed yet. */
  orphans: number;
}

/** How much is stored, locked and damaged: counts, nothing of any record. */
export async function storageStatus(deps: KeeperDeps, actor: Actor): Promise<StorageStatus> {
  const { policy } = await deps.authorize(actor, 'storage.check');
  const totals = await storedTotals(deps.db, deps.now());
  const status = {
    objects: Number(totals.objects),
    bytes: Number(totals.bytes),
    locked: Number(totals.locked),
    damaged: Number(totals.damaged),
    orphans: Number(totals.orphans),
  };
  await deps.db.tx((tx) =>
    deps.audit.append(tx, {
      actor,
      act: 'storage.status',
      subject: { kind: 'archive', id: deps.keystore.archiveId },
      decision: 'allow',
      policy,
      facts: { objects: status.objects, damaged: status.damaged },
    }),
  );
  return status;
}
