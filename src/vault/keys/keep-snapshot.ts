import { createHash } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import type { Actor } from '../../audit/index.js';
import { CodedError } from '../../errors/index.js';
import { archivePrefix, type ObjectRef } from '../../storage/index.js';
import type { VaultDeps } from '../types.js';
import { ContentKeys } from './content-keys.js';
import { countRows } from './rows.js';
import { readSnapshot, writeSnapshot } from './snapshot.js';
import { insertSnapshot, nextSnapshotNumber, tableOf } from './store.js';

/** Of the file kept beside the keys: one a bucket, the newest. */
export const snapshotName = (bucket: string): string => `keys-${bucket}.table`;
/** Below which snapshots stand in the object store. */
export const snapshotPrefix = (archive: string): string => `${archivePrefix(archive)}keys/`;

export interface SnapshotCause {
  actor: Actor;
  policy: string;
  /** The destruction that needs it. */
  destruction?: string;
}

/**
 * Keeps a bucket's part of the key table in two places outside the database, under the object store's lock and beside the keys,
 * reads both back, and opens every wrap in them. Only then is it on record: what a restore can rely on.
 */
export async function keepSnapshot(deps: VaultDeps, bucket: string, cause: SnapshotCause): Promise<number> {
  const { keystore, store } = deps;
  const secret = keystore.secret('key-table');
  const number = await nextSnapshotNumber(deps.db);
  const { generation, rows } = await tableOf(deps.db, bucket);
  const madeAt = deps.now();
  const file = writeSnapshot(secret, { archive: keystore.archiveId, bucket, generation, number, count: countRows(rows), madeAt: madeAt.toISOString(), rows });
  const ref = await store.put(`${snapshotPrefix(keystore.archiveId)}${bucket}/${number}`, file, file.length);
  await keystore.keep(snapshotName(bucket), file);
  await tryBoth(deps, bucket, ref, file);
  const count = countRows(rows);
  await deps.db.tx(async (tx) => {
    const digest = createHash('sha256').update(file).digest();
    await insertSnapshot(tx, { bucket, generation, number, destruction: cause.destruction ?? null, count, digest, ref, madeAt });
    await deps.audit.append(tx, {
      actor: cause.actor,
      act: 'key.snapshot',
      subject: { kind: 'key', id: bucket },
      decision: 'allow',
      policy: cause.policy,
      facts: { generation, number, count, digest: digest.toString('hex'), ...(cause.destruction === undefined ? {} : { destruction: cause.destruction }) },
    });
  });
  return count;
}

/** What was written is there, in both places, whole, and opens. */
async function tryBoth(deps: VaultDeps, bucket: string, ref: ObjectRef, file: Buffer): Promise<void> {
  const places = [await buffer(await deps.store.get(ref)), await deps.keystore.kept(snapshotName(bucket))];
  if (!places.every((found) => found?.equals(file) === true)) {
    throw new CodedError('store_unavailable', { detail: 'a snapshot of the key table does not read back as it was written' });
  }
  const { rows } = readSnapshot(deps.keystore.secret('key-table'), file);
  await new ContentKeys(deps).openAll(bucket, rows);
}
