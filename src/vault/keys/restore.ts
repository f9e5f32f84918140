import { createHash } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import type { Actor } from '../../audit/index.js';
import type { Tx } from '../../db/index.js';
import { uuidText } from '../../crypto/index.js';
import type { ObjectRef } from '../../storage/index.js';
import type { VaultDeps } from '../types.js';
import { ContentKeys } from './content-keys.js';
import { snapshotName, snapshotPrefix } from './keep-snapshot.js';
import { rowAt } from './rows.js';
import { type KeySnapshot, readSnapshot } from './snapshot.js';
import { allBuckets, applyWraps, fillBuckets, keptNumbers, rememberSnapshot, takeBehind, takeOver } from './store.js';

const BATCH = 4000;

export interface RestoredKeys {
  /** Buckets of the catalogue for which a snapshot was found. */
  buckets: number;
  /** Wraps that were taken over. */
  wraps: number;
}

/**
 * Completes a database that was restored from a backup with the newest snapshot of its key table: wraps of generations that were
 * closed since are replaced by those in force. A restore is a backup of the database and this.
 */
export async function restoreKeyTable(deps: VaultDeps, actor: Actor): Promise<RestoredKeys> {
  const report: RestoredKeys = { buckets: 0, wraps: 0 };
  const stored = await newestStored(deps);
  const keys = new ContentKeys(deps);
  for (const bucket of await allBuckets(deps.db)) {
    const snapshot = await newestOf(deps, bucket, stored.get(bucket));
    if (!snapshot) continue;
    report.buckets++;
    await deps.db.tx(async (tx) => {
      let wraps = 0;
      await takeOver(tx, bucket, snapshot.generation);
      for (let at = 0; at < snapshot.count; at += BATCH) wraps += await takeBatch(tx, keys, snapshot, at);
      report.wraps += wraps;
      await rememberSnapshot(tx, {
        bucket,
        generation: snapshot.generation,
        number: snapshot.number,
        destruction: null,
        count: snapshot.count,
        digest: createHash('sha256').update(snapshot.file).digest(),
        ref: stored.get(bucket) ?? { key: `${snapshotPrefix(deps.keystore.archiveId)}${bucket}/${String(snapshot.number)}`, version: '' },
        madeAt: new Date(snapshot.madeAt),
      });
      const facts = { generation: snapshot.generation, number: snapshot.number, count: wraps };
      await deps.audit.append(tx, { actor, act: 'key.restore_table', subject: { kind: 'key', id: bucket }, decision: 'allow', facts });
    });
  }
  await deps.db.tx(async (tx) => {
    await fillBuckets(tx);
    await deps.audit.append(tx, { actor, act: 'key.restored_table', subject: { kind: 'key', id: 'all' }, decision: 'allow', facts: { ...report } });
  });
  return report;
}

/** Wraps from a place of the snapshot on, where the catalogue is behind them; how many were taken over. */
async function takeBatch(tx: Tx, keys: ContentKeys, { bucket, count, rows }: KeySnapshot, at: number): Promise<number> {
  const batch = Array.from({ length: Math.min(BATCH, count - at) }, (_, i) => {
    const row = rowAt(rows, at + i);
    return { object: uuidText(row.object), record: uuidText(row.record), generation: row.generation, wrap: row.wrap };
  });
  const known = new Map((await takeBehind(tx, batch)).map((one) => [one.object, one.from]));
  const taken = batch.flatMap(({ object, record, generation, wrap }) => {
    const from = known.get(object);
    if (from === undefined) return [];
    const ids = { objectId: object, recordId: record };
    return [{ object, from, generation, wrap, proof: keys.proof(ids, { bucket, generation: from }), lock: keys.lock(ids, { bucket, generation }) }];
  });
  return taken.length === 0 ? 0 : applyWraps(tx, taken);
}

/** The newest snapshot of each bucket that the object store holds. */
async function newestStored(deps: VaultDeps): Promise<Map<string, ObjectRef>> {
  const newest = new Map<string, { number: number; ref: ObjectRef }>();
  for await (const { key, version } of deps.store.list(snapshotPrefix(deps.keystore.archiveId))) {
    const [bucket = '', name = ''] = key.split('/').slice(-2);
    const number = Number(name);
    if (number > (newest.get(bucket)?.number ?? 0)) newest.set(bucket, { number, ref: { key, version } });
  }
  return new Map([...newest].map(([bucket, { ref }]) => [bucket, ref]));
}

/** Of both places the newer one; one that is missing or damaged does not hide the other. */
async function newestOf(deps: VaultDeps, bucket: string, ref: ObjectRef | undefined): Promise<(KeySnapshot & { file: Buffer }) | undefined> {
  const secret = deps.keystore.secret('key-table');
  const found: (KeySnapshot & { file: Buffer })[] = [];
  for (const read of [() => deps.keystore.kept(snapshotName(bucket)), async () => ref && buffer(await deps.store.get(ref))]) {
    try {
      const file = await read();
      if (!file) continue;
      const snapshot = readSnapshot(secret, file);
      if (snapshot.bucket === bucket && snapshot.archive === deps.keystore.archiveId) found.push({ ...snapshot, file });
    } catch {
      // the other place
    }
  }
  return found.sort((one, other) => other.number - one.number)[0];
}

/** Whether the catalogue is older than a snapshot of its key table: it was restored from a backup and waits for the table. */
export async function isBehindKeyTable(deps: Pick<VaultDeps, 'db' | 'keystore'>): Promise<boolean> {
  const known = await keptNumbers(deps.db);
  const secret = deps.keystore.secret('key-table');
  for (const bucket of await allBuckets(deps.db)) {
    const file = await deps.keystore.kept(snapshotName(bucket));
    if (file && readSnapshot(secret, file).number > (known.get(bucket) ?? 0)) return true;
  }
  return false;
}
